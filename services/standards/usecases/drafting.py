"""Save and delete drafts: what an enterprise types before it publishes (手册 4, 5.4, 5.6)."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis import errors, ids
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import drafts
from services.standards.domain.drafts import DraftContent
from services.standards.domain.kinds import (
    OFFERED_KINDS,
    OFFERED_MODES,
    DisclosureMode,
    StandardKind,
)
from services.standards.domain.lifecycle import Action
from services.standards.domain.rules import LifeRules
from services.standards.models import Declaration
from services.standards.usecases import faults, holding, numbers


class KindNotOfferedError(errors.DomainError):
    """Refuse a kind of standard that cannot be declared here."""

    code = "standards.kind_not_offered"


class ModeNotOfferedError(errors.DomainError):
    """Refuse a way of disclosure that is not on offer."""

    code = "standards.mode_not_offered"


class NumberLockedError(errors.DomainError):
    """Refuse to change name or number where there are other revisions with them (手册 5.3.2)."""

    code = "standards.number_locked"


class VersionRequiredError(errors.DomainError):
    """Ask which version of the draft the caller has changed."""

    code = "standards.version_required"


def save_draft(  # noqa: PLR0913 - one per part of the entry page
    *,
    tx: Transaction,
    enterprise_id: str,
    life: LifeRules,
    kind: str,
    number: Mapping[str, str],
    title: str,
    products: Sequence[Mapping[str, str]],
    disclosure_mode: str,
    upload_id: str | None,
    declaration_id: str | None,
    expected_version: int | None,
) -> dict[str, Any]:
    """Create a draft, or replace what one says, and return it; no commitment is needed (R-128).

    Raises:
        KindNotOfferedError: this kind of standard cannot be declared.
        ModeNotOfferedError: this way of disclosure is not on offer.
        InvalidDraftError: a field is missing or malformed, or the file cannot be used.
        NotFoundError: there is no such draft, or it is someone else's.
        VersionRequiredError: a change does not say what it is based on.
        StaleError: the draft was changed meanwhile.
        PublishedNotSavableError: it is a draft no longer.
        NumberLockedError: it revises another one, whose name and number stay.
        AlreadyExistsError: the enterprise has this number already.
    """
    offered_kind, mode = check_offer(kind, disclosure_mode)
    content = read_content(number, title, products)
    declaration = _load_or_create(tx, enterprise_id, offered_kind, declaration_id, expected_version)
    now = tx.now()
    declaration.check_open(Action.EDIT, now=now, rules=life)
    check_name_and_number(declaration, content)
    declaration.write(
        number=content.number,
        title=content.title,
        disclosure_mode=mode,
        products=content.products,
        now=now,
    )
    session = tx.session
    session.add(declaration)
    holding.put_text(tx, declaration, upload_id)
    session.flush()  # the claim below looks for the row
    numbers.claim_number(session, declaration)
    tx.audit("declaration.saved", object_id=declaration.id, enterprise_id=enterprise_id)
    return queries.own_view(declaration, now=now, rules=life)


def delete_draft(
    *, tx: Transaction, enterprise_id: str, life: LifeRules, declaration_id: str
) -> dict[str, Any]:
    """Delete a draft with its products, and give up its file and its number (手册 5.6).

    Raises:
        NotFoundError: there is no such draft, or it is someone else's.
        PublishedNotDeletableError: it was published.
    """
    session = tx.session
    declaration = queries.find_own(
        session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    declaration.check_open(Action.DELETE, now=tx.now(), rules=life)
    numbers.lock_chain(session, declaration)
    if declaration.upload is not None:
        declaration.upload.release(now=tx.now())
        session.flush()  # the file must have let go before the draft goes
    session.delete(declaration)
    session.flush()
    numbers.release_number(session, declaration.chain_id)
    tx.audit("declaration.deleted", object_id=declaration_id, enterprise_id=enterprise_id)
    return {"declaration_id": declaration_id}


def check_offer(kind: str, disclosure_mode: str) -> tuple[StandardKind, DisclosureMode]:
    """Return kind and way of disclosure.

    Raises:
        KindNotOfferedError: this kind of standard cannot be declared.
        ModeNotOfferedError: this way of disclosure is not on offer.
    """
    offered_kind, mode = StandardKind(kind), DisclosureMode(disclosure_mode)
    if offered_kind not in OFFERED_KINDS:
        raise KindNotOfferedError(kind=kind)
    if mode not in OFFERED_MODES:
        raise ModeNotOfferedError(disclosure_mode=disclosure_mode)
    return offered_kind, mode


def read_content(
    number: Mapping[str, str], title: str, products: Sequence[Mapping[str, str]]
) -> DraftContent:
    """Return what was typed, in plain form.

    Raises:
        InvalidDraftError: a field is missing or malformed.
    """
    try:
        return drafts.read_draft(number=number, title=title, products=products)
    except drafts.DraftFaultsError as error:
        raise faults.refuse(error.faults) from error


def check_name_and_number(declaration: Declaration, content: DraftContent) -> None:
    """Make sure that what other revisions share is not changed (手册 5.3.2).

    Raises:
        NumberLockedError: it is.
    """
    if not declaration.is_number_locked:
        return
    changed = []
    if content.number.text != declaration.number_text:
        changed.append(errors.FieldError("/number", NumberLockedError.code))
    if content.title != declaration.title:
        changed.append(errors.FieldError("/title", NumberLockedError.code))
    if changed:
        raise NumberLockedError(fields=changed)


def _load_or_create(
    tx: Transaction,
    enterprise_id: str,
    kind: StandardKind,
    declaration_id: str | None,
    expected_version: int | None,
) -> Declaration:
    if declaration_id is None:
        new_id = ids.new_id()
        return Declaration(
            id=new_id,
            chain_id=new_id,
            enterprise_id=enterprise_id,
            kind=kind.value,
            state="DRAFT",
            published_version=0,
            created_at=tx.now(),
            products=[],
        )
    declaration = queries.find_own(
        tx.session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
    )
    if expected_version is None:
        raise VersionRequiredError
    declaration.check_version(expected_version)
    return declaration
