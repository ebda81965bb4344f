"""Text messages to the owners of an enterprise, asked for by a service that knows no phone."""

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from chassis import ids
from services.accounts.usecases import reminding

if TYPE_CHECKING:
    from tests.integration.accounts.conftest import World


def text_owners(world: "World", enterprise_id: str) -> int:
    with world.database.transaction() as tx:
        return reminding.text_owners(
            tx=tx,
            ring=world.ring,
            sealer=world.seals,
            enterprise_id=enterprise_id,
            template="REVIEW_DUE",
            values={"count": "3"},
        )


class TestTextOwners:
    @pytest.mark.proves("R-209")
    def test_sends_one_to_each_owner_sealed(self, world: "World") -> None:
        """手册 FAQ 36."""
        world.register(1, phone="19900000001")
        world.register(2, phone="19900000002")
        with world.database.read() as session:
            enterprise_id = session.scalar(
                sa.text("SELECT enterprise_id FROM account ORDER BY created_at, id LIMIT 1")
            )

        count = text_owners(world, enterprise_id)

        *_, message = world.messages()
        assert count == 1
        assert message["template"] == "REVIEW_DUE"
        assert message["values"] == {"count": "3"}
        assert message["phone"] in {"19900000001", "19900000002"}
        assert [one["template"] for one in world.messages()].count("REVIEW_DUE") == 1

    def test_sends_nothing_where_nobody_is(self, world: "World") -> None:
        world.register(1)
        before = len(world.messages())

        assert text_owners(world, ids.new_id()) == 0
        assert len(world.messages()) == before
