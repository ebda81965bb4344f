"""Save and delete drafts: what an enterprise types before it publishes (手册 4, 5.4, 5.6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import errors, ids
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import drafts, number_forms
from services.standards.domain.drafts import DraftContent, Fault, Pick
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.lifecycle import Action
from services.standards.domain.rules import LifeRules
from services.standards.models import CatalogueStandard, Declaration
from services.standards.usecases import faults, holding, numbers

KIND_FIXED: Final = "standards.kind_fixed"
CATALOGUE_UNKNOWN: Final = "standards.catalogue_unknown"


class NumberLockedError(errors.DomainError):
    """Refuse to change name or number where there are other revisions with them (手册 5.3.2)."""

    code = "standards.number_locked"


class VersionRequiredError(errors.DomainError):
    """Ask which version of the draft the caller has changed."""

    code = "standards.version_required"


def save_draft(  # noqa: PLR0913 - the entry page, and which draft it is of
    *,
    tx: Transaction,
    enterprise_id: str,
    life: LifeRules,
    kind: str,
    entry: Mapping[str, Any],
    declaration_id: str | None,
    expected_version: int | None,
) -> dict[str, Any]:
    """Create a draft, or replace what one says, and return it; no commitment is needed (R-128).

    ``entry`` is the entry page: see `domain.drafts.read_draft`.

    Raises:
        InvalidDraftError: a field is missing or malformed, or the file cannot be used.
        NotFoundError: there is no such draft, or it is someone else's.
        VersionRequiredError: a change does not say what it is based on.
        StaleError: the draft was changed meanwhile.
        PublishedNotSavableError: it is a draft no longer.
        NumberLockedError: it revises another one, whose name and number stay.
        AlreadyExistsError: the enterprise has this number already.
    """
    session = tx.session
    wanted_kind, now = StandardKind(kind), tx.now()
    if declaration_id is None:
        declaration = _create(enterprise_id, wanted_kind, now=now)
    else:
        declaration = queries.find_own(
            session, declaration_id=declaration_id, enterprise_id=enterprise_id, is_locked=True
        )
        declaration.check_open(Action.EDIT, now=now, rules=life)
        _check_basis(declaration, wanted_kind, expected_version)
    fill_in(tx, declaration, entry, now=now)
    tx.audit("declaration.saved", object_id=declaration.id, enterprise_id=enterprise_id)
    session.flush()
    return queries.own_view(declaration, now=now, rules=life)


def fill_in(
    tx: Transaction, declaration: Declaration, entry: Mapping[str, Any], *, now: datetime
) -> None:
    """Let a declaration say what the entry page says: content, file, and number.

    Raises:
        InvalidDraftError: a field is missing or malformed, or the file cannot be used.
        NumberLockedError: other revisions have its name and number.
        AlreadyExistsError: the enterprise has this number already.
    """
    kind = StandardKind(declaration.kind)
    try:
        pick = _find_pick(tx.session, kind, entry.get("catalogue_id"))
        content = drafts.read_draft(kind, entry, pick=pick)
    except drafts.DraftFaultsError as error:
        raise faults.refuse(error.faults) from error
    _check_name_and_number(declaration, content)
    tx.session.add(declaration)
    with tx.session.no_autoflush:
        indicators = holding.put_indicator_files(tx, declaration, content.indicators)
    declaration.write(replace(content, indicators=indicators), now=now)
    holding.put_text(tx, declaration, entry.get("upload_id"))
    tx.session.flush()  # the claim below looks for the row
    numbers.claim_number(tx.session, declaration)


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
    for upload in [declaration.upload, *declaration.indicator_files]:
        if upload is not None:
            upload.release(now=tx.now())
    session.flush()  # the files must have let go before the draft goes
    session.delete(declaration)
    session.flush()
    numbers.release_number(session, declaration.chain_id)
    tx.audit("declaration.deleted", object_id=declaration_id, enterprise_id=enterprise_id)
    return {"declaration_id": declaration_id}


def _find_pick(session: Session, kind: StandardKind, catalogue_id: str | None) -> Pick | None:
    """Return the standard that was chosen in the catalogue, of the kind of the page (FAQ 18)."""
    if catalogue_id is None:
        return None
    found = session.get(CatalogueStandard, catalogue_id)
    if found is None or found.kind != kind:
        raise drafts.DraftFaultsError([Fault("/catalogue_id", CATALOGUE_UNKNOWN)])
    number = number_forms.read_number(found.number_text, kind)
    return Pick(catalogue_id=found.id, number=number, title=found.title)


def _check_name_and_number(declaration: Declaration, content: DraftContent) -> None:
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


def _create(enterprise_id: str, kind: StandardKind, *, now: datetime) -> Declaration:
    new_id = ids.new_id()
    return Declaration(
        id=new_id,
        chain_id=new_id,
        enterprise_id=enterprise_id,
        kind=kind.value,
        state=DeclarationState.DRAFT.value,
        published_version=0,
        created_at=now,
        indicators=[],
        products=[],
    )


def _check_basis(
    declaration: Declaration, kind: StandardKind, expected_version: int | None
) -> None:
    """Make sure that the caller changes the draft he saw, on the page of its kind."""
    if expected_version is None:
        raise VersionRequiredError
    declaration.check_version(expected_version)
    if declaration.kind != kind:
        raise faults.refuse([Fault("/kind", KIND_FIXED)])
