"""Texts that staff edits: templates and FAQ entries, each edit a new version."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.exc import IntegrityError

from chassis import db
from chassis.errors import DomainError, FieldError, StaleError
from chassis.uow import Transaction
from services.notify.domain import texts
from services.notify.domain.templates import INBOX_TEMPLATES, TEMPLATES, TemplateError
from services.notify.domain.texts import TextKind
from services.notify.models import TextVersion
from services.notify.queries import texts as queries

if TYPE_CHECKING:
    import sqlalchemy as sa

SHIPPED: Final = "shipped"
_TEXTS: Final = cast("sa.Table", TextVersion.__table__)


class TemplateInvalidError(DomainError):
    """Refuse a template that could not be filled, or would leave something out."""

    code = "notify.template_invalid"


@dataclass(frozen=True)
class ShippedText:
    """Be a text as it comes with the program."""

    kind: TextKind
    name: str
    title: str
    body: str


def shipped_templates() -> list[ShippedText]:
    """Return the templates as they come with the program."""
    sms = [ShippedText(TextKind.SMS, name, "", body) for name, body in TEMPLATES.items()]
    inbox = [
        ShippedText(TextKind.INBOX, name, text.title, text.body)
        for name, text in INBOX_TEMPLATES.items()
    ]
    return sms + inbox


def install(*, tx: Transaction, shipped: Iterable[ShippedText]) -> None:
    """Write down what comes with the program as version 1; what is there stays."""
    now = tx.now()
    rows = [
        {
            "kind": text.kind.value,
            "name": text.name,
            "version": 1,
            "title": text.title,
            "body": text.body,
            "author": SHIPPED,
            "written_at": now,
        }
        for text in shipped
    ]
    tx.session.execute(
        db.insert_into(_TEXTS, tx.dialect)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["kind", "name", "version"])
    )


def save_template(  # noqa: PLR0913 - one per column, all by keyword
    *,
    tx: Transaction,
    kind: TextKind,
    name: str,
    title: str,
    body: str,
    expected_version: int,
    author: str,
) -> dict[str, Any]:
    """Put a new version of a template into use.

    Raises:
        NotFoundError: there is no such template.
        TemplateInvalidError: it has other places than the shipped one, or is too long.
        StaleError: somebody else has edited it.
    """
    check_template(kind, name, body)
    return _save(
        tx,
        kind=kind,
        name=name,
        title="" if kind is TextKind.SMS else title,
        body=body,
        expected_version=expected_version,
        author=author,
    )


def check_template(kind: TextKind, name: str, body: str) -> None:
    """Refuse a template that could not be filled, or would leave something out.

    Raises:
        NotFoundError: there is no such template.
        TemplateInvalidError: it has other places than the shipped one, or is too long.
    """
    if texts.shipped_template(kind, name) is None:
        raise queries.NotFoundError
    try:
        texts.check_template(kind, name, body)
    except TemplateError:
        raise TemplateInvalidError(
            fields=[FieldError("/body", "notify.template_invalid")]
        ) from None


def save_faq_entry(  # noqa: PLR0913 - one per column, all by keyword
    *,
    tx: Transaction,
    number: int,
    question: str,
    answer: str,
    expected_version: int,
    author: str,
) -> dict[str, Any]:
    """Put a new version of an FAQ entry into use; version 0 begins a new entry.

    Raises:
        StaleError: somebody else has edited it.
    """
    saved = _save(
        tx,
        kind=TextKind.FAQ,
        name=str(number),
        title=question,
        body=answer,
        expected_version=expected_version,
        author=author,
    )
    return queries.faq_view(saved)


def _save(  # noqa: PLR0913 - one per column
    tx: Transaction,
    *,
    kind: TextKind,
    name: str,
    title: str,
    body: str,
    expected_version: int,
    author: str,
) -> dict[str, Any]:
    newest = queries.find_newest(tx.session, kind=kind, name=name)
    if (newest.version if newest else 0) != expected_version:
        raise StaleError
    text = TextVersion(
        kind=kind.value,
        name=name,
        version=expected_version + 1,
        title=title,
        body=body,
        author=author,
        written_at=tx.now(),
    )
    tx.session.add(text)
    try:
        # Now, not at the end: only here it is known that somebody else was faster.
        tx.session.flush()
    except IntegrityError as error:
        if db.unique_violation(error, "pk_text_versions"):
            raise StaleError from error
        raise
    tx.audit(
        "text.edited",
        object_id=f"{kind.value}:{name}",
        details={"version": str(expected_version + 1)},
    )
    return queries.text_view(text)
