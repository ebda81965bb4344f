"""Notices 公告: written by staff, published for everybody, withdrawn."""

from typing import Any

from chassis import ids
from chassis.errors import DomainError
from chassis.uow import Transaction
from services.notify.domain.texts import NoticeState
from services.notify.models import Notice, WrongStateError
from services.notify.queries import texts as queries


class NoticeStateError(DomainError):
    """Refuse a step that the notice is past, or not yet at."""

    code = "notify.notice_state"


def write_notice(*, tx: Transaction, title: str, body: str, author: str) -> dict[str, Any]:
    """Begin a notice; nobody sees it yet."""
    notice = Notice(
        id=ids.new_id(),
        title=title,
        body=body,
        state=NoticeState.DRAFT.value,
        author=author,
        created_at=tx.now(),
    )
    tx.session.add(notice)
    tx.audit("notice.written", object_id=notice.id)
    return _saved(tx, notice)


def edit_notice(
    *, tx: Transaction, notice_id: str, title: str, body: str, expected_version: int
) -> dict[str, Any]:
    """Change what a notice says.

    Raises:
        NotFoundError: there is none.
        StaleError: somebody else has changed it.
        NoticeStateError: it was withdrawn.
    """
    notice = _load(tx, notice_id, expected_version)
    try:
        notice.edit(title=title, body=body)
    except WrongStateError:
        raise NoticeStateError from None
    tx.audit("notice.edited", object_id=notice.id)
    return _saved(tx, notice)


def publish_notice(*, tx: Transaction, notice_id: str, expected_version: int) -> dict[str, Any]:
    """Show a notice to everybody.

    Raises:
        NotFoundError: there is none.
        StaleError: somebody else has changed it.
        NoticeStateError: it is no draft.
    """
    notice = _load(tx, notice_id, expected_version)
    try:
        notice.publish(now=tx.now())
    except WrongStateError:
        raise NoticeStateError from None
    tx.audit("notice.published", object_id=notice.id)
    return _saved(tx, notice)


def withdraw_notice(*, tx: Transaction, notice_id: str, expected_version: int) -> dict[str, Any]:
    """Show a notice no more; staff still sees it.

    Raises:
        NotFoundError: there is none.
        StaleError: somebody else has changed it.
        NoticeStateError: it is not public.
    """
    notice = _load(tx, notice_id, expected_version)
    try:
        notice.withdraw(now=tx.now())
    except WrongStateError:
        raise NoticeStateError from None
    tx.audit("notice.withdrawn", object_id=notice.id)
    return _saved(tx, notice)


def _load(tx: Transaction, notice_id: str, expected_version: int) -> Notice:
    notice = queries.find_notice(tx.session, notice_id=notice_id, is_locked=True)
    notice.check_version(expected_version)
    return notice


def _saved(tx: Transaction, notice: Notice) -> dict[str, Any]:
    tx.session.flush()  # the answer carries the new version
    return queries.notice_view(notice)
