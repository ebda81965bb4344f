"""Reads of texts and notices."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors
from chassis.outbox import format_time
from services.notify.domain import texts
from services.notify.domain.texts import NoticeState, TextKind
from services.notify.models import Notice, TextVersion


class NotFoundError(errors.DomainError):
    """Say that there is no such text, notice or message, or that it is someone else's."""

    code = "notify.not_found"


def find_newest(session: Session, *, kind: TextKind, name: str) -> TextVersion | None:
    """Return the version of a text that is in use, None when it was never written down."""
    return session.scalars(
        sa.select(TextVersion)
        .where(TextVersion.kind == kind.value, TextVersion.name == name)
        .order_by(TextVersion.version.desc())
        .limit(1)
    ).one_or_none()


def body_of(session: Session, *, kind: TextKind, name: str) -> tuple[str, str]:
    """Return title and body of a template in use: the shipped one until another is written down."""
    found = find_newest(session, kind=kind, name=name)
    if found is not None:
        return found.title, found.body
    return texts.shipped_template(kind, name) or ("", "")


def list_texts(session: Session, *, kinds: Sequence[TextKind]) -> list[dict[str, Any]]:
    """Return the version in use of each text."""
    newest = (
        sa.select(
            TextVersion.kind, TextVersion.name, sa.func.max(TextVersion.version).label("version")
        )
        .where(TextVersion.kind.in_([kind.value for kind in kinds]))
        .group_by(TextVersion.kind, TextVersion.name)
        .subquery()
    )
    found = session.scalars(
        sa.select(TextVersion)
        .join(
            newest,
            sa.and_(
                TextVersion.kind == newest.c.kind,
                TextVersion.name == newest.c.name,
                TextVersion.version == newest.c.version,
            ),
        )
        .order_by(TextVersion.kind, TextVersion.name)
    )
    return [text_view(text) for text in found]


def list_versions(session: Session, *, kind: TextKind, name: str) -> list[dict[str, Any]]:
    """Return all versions of a text, the newest first."""
    found = session.scalars(
        sa.select(TextVersion)
        .where(TextVersion.kind == kind.value, TextVersion.name == name)
        .order_by(TextVersion.version.desc())
    )
    return [{**text_view(text), "author": text.author} for text in found]


def text_view(text: TextVersion) -> dict[str, Any]:
    """Return what is shown of a text."""
    return {
        "kind": text.kind,
        "name": text.name,
        "version": text.version,
        "title": text.title,
        "body": text.body,
        "updated_at": format_time(text.written_at),
    }


def search_faq(session: Session, *, query: str) -> list[dict[str, Any]]:
    """Return the FAQ entries that hold every word of the query, by their number."""
    words = texts.words_of(query)
    entries = [faq_view(entry) for entry in list_texts(session, kinds=[TextKind.FAQ])]
    found = [
        entry for entry in entries if texts.has_words(words, entry["question"], entry["answer"])
    ]
    return sorted(found, key=lambda entry: int(entry["number"]))


def find_faq_entry(session: Session, *, number: int) -> dict[str, Any]:
    """Return an entry of the FAQ.

    Raises:
        NotFoundError: there is none.
    """
    found = find_newest(session, kind=TextKind.FAQ, name=str(number))
    if found is None:
        raise NotFoundError
    return faq_view(text_view(found))


def faq_view(text: dict[str, Any]) -> dict[str, Any]:
    """Return a text as an entry of the FAQ."""
    return {
        "number": int(text["name"]),
        "question": text["title"],
        "answer": text["body"],
        "version": text["version"],
        "updated_at": text["updated_at"],
    }


def find_notice(session: Session, *, notice_id: str, is_locked: bool = False) -> Notice:
    """Return a notice, locked when it is about to change.

    Raises:
        NotFoundError: there is none.
    """
    statement = sa.select(Notice).where(Notice.id == notice_id)
    if is_locked:
        statement = statement.with_for_update()
    notice = session.scalars(statement).one_or_none()
    if notice is None:
        raise NotFoundError
    return notice


def find_public_notice(session: Session, *, notice_id: str) -> dict[str, Any]:
    """Return a notice that everybody may read.

    Raises:
        NotFoundError: there is none, or it is not public.
    """
    notice = find_notice(session, notice_id=notice_id)
    if notice.state != NoticeState.PUBLISHED:
        raise NotFoundError
    return public_notice_view(notice)


def list_notices(session: Session, *, is_public: bool, page: int, page_size: int) -> dict[str, Any]:
    """Return a page of notices, the newest first: the public ones, or all for staff."""
    wanted = Notice.state == NoticeState.PUBLISHED.value if is_public else sa.true()
    order = Notice.published_at if is_public else Notice.created_at
    found = session.scalars(
        sa.select(Notice)
        .where(wanted)
        .order_by(order.desc(), Notice.id.desc())
        .offset((page - 1) * page_size)
        .limit(page_size)
    )
    view = public_notice_view if is_public else notice_view
    return {
        "items": [view(notice) for notice in found],
        "total": session.scalar(sa.select(sa.func.count()).select_from(Notice).where(wanted)),
        "page": page,
        "page_size": page_size,
    }


def public_notice_view(notice: Notice) -> dict[str, Any]:
    """Return what everybody sees of a notice."""
    return {
        "notice_id": notice.id,
        "title": notice.title,
        "body": notice.body,
        "published_at": notice.published_at and format_time(notice.published_at),
    }


def notice_view(notice: Notice) -> dict[str, Any]:
    """Return what staff sees of a notice."""
    return {
        **public_notice_view(notice),
        "state": notice.state,
        "version": notice.version,
        "author": notice.author,
        "created_at": format_time(notice.created_at),
        "withdrawn_at": notice.withdrawn_at and format_time(notice.withdrawn_at),
    }
