"""The inbox on a real database, on both engines."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import sqlalchemy as sa

from chassis import ids
from services.notify.models import InboxMessage
from services.notify.usecases import inbox
from services.notify.usecases.inbox import Posting

if TYPE_CHECKING:
    from tests.integration.notify.conftest import PostOffice

OWNER = "user:owner"


def new_posting(recipient: str = OWNER, template: str = "PASSWORD_CHANGED") -> Posting:
    """Return what another service would want to be told."""
    return Posting(
        request_id=ids.new_id(),
        recipient=recipient,
        template=template,
        link="/account",
        values={},
    )


class TestPostMessage:
    def test_makes_one_message_of_a_request(self, post_office: "PostOffice") -> None:
        posting = new_posting()

        def post(_: int) -> None:
            with post_office.database.transaction() as tx:
                inbox.post_message(tx=tx, posting=posting)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(post, range(8)))

        with post_office.database.read() as session:
            (message,) = session.scalars(sa.select(InboxMessage)).all()
        assert (message.recipient, message.title) == (OWNER, "登录密码已修改")
