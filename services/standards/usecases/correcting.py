"""Put right or extend what is public: 修改 within 24 hours (手册 5.4), 关联产品 (手册 5.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from chassis import errors
from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import documents, drafts
from services.standards.domain.drafts import DraftFaultsError
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DisclosureMode, VersionChange
from services.standards.domain.lifecycle import Action
from services.standards.domain.products import MAX_PRODUCTS, ProductData
from services.standards.domain.rules import LifeRules, PublicationRules
from services.standards.models import Declaration, Version
from services.standards.usecases import checking, drafting, faults, versioning
from services.standards.usecases.versioning import Submission


class NothingAddedError(errors.DomainError):
    """Refuse to add no product at all."""

    code = "standards.nothing_added"


def correct_declaration(  # noqa: PLR0913 - the entry page, and who submits it
    *,
    tx: Transaction,
    enterprise: EnterpriseSnapshot,
    rules: PublicationRules,
    life: LifeRules,
    subject: str,
    client_address: str,
    declaration_id: str,
    entry: Mapping[str, Any],
    is_committed: bool,
    expected_version: int,
) -> dict[str, Any]:
    """Replace what was published within the last 24 hours; it is public at once (手册 5.4).

    ``entry`` is the entry page: see `domain.drafts.read_draft`. Record number and 公开时间 stay,
    what was public before is kept as the earlier version.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        CorrectionOverError, CorrectionOverPickedError: the 24 hours are over.
        WithdrawnError, NotPublishedError: it is not public.
        StaleError: it was changed since the caller read it.
        InvalidDraftError: a field is missing or malformed, or the file cannot be used.
        NumberLockedError: other revisions have its name and number.
        AlreadyExistsError: the enterprise has declared the new number already.
        NotPublishableError: commitment, text, products or fields of them are missing, or the law
            forbids what it says (标准化法 Art. 21, 企业标准化促进办法 Art. 14).
    """
    declaration = _find(tx, enterprise, declaration_id)
    now = tx.now()
    declaration.check_open(Action.CORRECT, now=now, rules=life)
    declaration.check_version(expected_version)
    drafting.fill_in(tx, declaration, entry, now=now)
    versioning.check_complete(
        declaration,
        is_committed=is_committed,
        rules=rules,
        forbidden=checking.find_forbidden(tx, declaration, region=enterprise.region, rules=rules),
    )
    declaration.correct(now=now)
    versioning.write_version(
        tx,
        declaration,
        enterprise,
        submission=Submission(subject, client_address, is_committed),
        change=VersionChange.CORRECTED,
        now=now,
    )
    tx.session.flush()
    return queries.submitted_view(declaration, now=now, rules=life)


def add_products(  # noqa: PLR0913 - the products, and who submits them
    *,
    tx: Transaction,
    enterprise: EnterpriseSnapshot,
    rules: PublicationRules,
    life: LifeRules,
    subject: str,
    client_address: str,
    declaration_id: str,
    products: Sequence[Mapping[str, str]],
    is_committed: bool,
    expected_version: int,
) -> dict[str, Any]:
    """Let a published declaration cover more products; nothing else of it changes (手册 5.2).

    The enterprise stays on record as it was at publication (FAQ 15, FAQ 16, FAQ 31).

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
        WithdrawnError, NotPublishedError: it is not public.
        StaleError: it was changed since the caller read it.
        InvalidDraftError: a product is malformed, or there would be too many.
        NothingAddedError: there is no product.
        NotPublishableError: the commitment or a field of a product is missing.
    """
    declaration = _find(tx, enterprise, declaration_id)
    now = tx.now()
    declaration.check_open(Action.ADD_PRODUCTS, now=now, rules=life)
    declaration.check_version(expected_version)
    try:
        added = drafts.read_products(products)
    except DraftFaultsError as error:
        raise faults.refuse(error.faults) from error
    if not added:
        raise NothingAddedError
    if len(declaration.products) + len(added) > MAX_PRODUCTS:
        raise faults.refuse([drafts.too_many_products()])
    _check_added(declaration, added, is_committed=is_committed, rules=rules)
    declaration.add_products(added, now=now)
    versioning.write_version(
        tx,
        declaration,
        _published_snapshot(tx, declaration),
        submission=Submission(subject, client_address, is_committed),
        change=VersionChange.PRODUCTS_ADDED,
        now=now,
    )
    tx.session.flush()
    return queries.submitted_view(declaration, now=now, rules=life)


def _find(tx: Transaction, enterprise: EnterpriseSnapshot, declaration_id: str) -> Declaration:
    return queries.find_own(
        tx.session,
        declaration_id=declaration_id,
        enterprise_id=enterprise.enterprise_id,
        is_locked=True,
    )


def _check_added(
    declaration: Declaration,
    added: Sequence[ProductData],
    *,
    is_committed: bool,
    rules: PublicationRules,
) -> None:
    """Check what was sent; what is public already was checked by the rules of its time."""
    sent = replace(
        declaration.content, mode=DisclosureMode.NONE, indicators=(), products=tuple(added)
    )
    versioning.check_content(sent, has_text=True, is_committed=is_committed, rules=rules)


def _published_snapshot(tx: Transaction, declaration: Declaration) -> EnterpriseSnapshot:
    version = tx.session.get_one(Version, (declaration.id, declaration.published_version - 1))
    return EnterpriseSnapshot(**documents.read(version.document)["enterprise"])
