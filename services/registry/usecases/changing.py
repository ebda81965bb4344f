"""Change one record of the code database: what was, stays in its history; what is, is announced."""

from collections.abc import Mapping
from typing import Final

from chassis.uow import Transaction
from contracts.events import ORGANIZATION_DEREGISTERED, ORGANIZATION_UPDATED
from services.registry import events
from services.registry.domain.rows import OrganizationRecord
from services.registry.models import (
    Organization,
    OrganizationChange,
    OrganizationFacts,
    OrganizationStatus,
)
from services.registry.usecases import protection
from services.registry.usecases.protection import Ring

# Of these the history says only that they changed.
_PERSONAL: Final = frozenset({"legal_representative_id_number", "phone"})
_COLUMNS: Final = {"legal_representative_id_type": "id_number_type"}


class Protector:
    """Turn records as the source states them into facts that may be stored."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring

    def digest(self, record: OrganizationRecord) -> str:
        """Return a keyed hash of the whole record: a plain one would betray the identity number."""
        return self.digest_of_text(record.to_text())

    def digest_of_text(self, text: str) -> str:
        """Return the digest of a record that has been written as text already."""
        return self._ring.blind_index(text, protection.RECORD)

    def protect(self, organization_id: str, record: OrganizationRecord) -> OrganizationFacts:
        """Return the facts of a record, its personal numbers encrypted and hashed."""
        ring, phone = self._ring, record.phone
        indexes = protection.id_indexes(ring, record.id_number)
        id_number_place = protection.place(protection.ID_NUMBER, organization_id)
        phone_place = protection.place(protection.PHONE, organization_id)
        is_gone = record.is_deregistered
        return OrganizationFacts(
            credit_code=record.credit_code,
            organization_code=record.organization_code,
            name=record.name,
            legal_representative=record.legal_representative,
            id_number_type=record.id_number_type.value,
            id_number_encrypted=ring.encrypt(record.id_number, id_number_place),
            id_number_index=indexes.full,
            id_number_short_index=indexes.short,
            is_id_number_short=indexes.is_short_form,
            address=record.address,
            region=record.region,
            postcode=record.postcode,
            legal_representative_email=record.email,
            phone_encrypted=ring.encrypt(phone, phone_place) if phone else None,
            phone_index=ring.blind_index(phone, protection.PHONE) if phone else None,
            status=(
                OrganizationStatus.DEREGISTERED if is_gone else OrganizationStatus.ACTIVE
            ).value,
        )


def change(
    tx: Transaction,
    organization: Organization,
    facts: OrganizationFacts,
    *,
    source_digest: str,
    import_id: str | None,
) -> bool:
    """Take over new facts, keep the old ones in the history; tell whether anything differs."""
    before = {name: getattr(organization, name) for name in facts._fields}
    changed = organization.take(facts, source_digest=source_digest)
    _announce(tx, organization, before, changed, import_id)
    return bool(changed)


def deregister(tx: Transaction, organization: Organization, *, import_id: str | None) -> None:
    """Mark an organisation as gone: a full file of the code database does not have it."""
    before = {"status": organization.status}
    organization.deregister()
    _announce(tx, organization, before, {"status"}, import_id)


def _announce(
    tx: Transaction,
    organization: Organization,
    before: Mapping[str, str | None],
    changed: set[str],
    import_id: str | None,
) -> None:
    if not changed:
        return
    now = tx.now()
    for name in sorted(changed):
        old = None if name in _PERSONAL else before[_COLUMNS.get(name, name)]
        tx.session.add(
            OrganizationChange(
                organization_id=organization.id, changed_at=now, import_id=import_id,
                field=name, old_value=old,
            )
        )  # fmt: skip
    data = events.organization_updated(organization, changed=changed, at=now)
    sequence = organization.version
    tx.emit(ORGANIZATION_UPDATED, subject=organization.id, sequence=sequence, data=data)
    if "status" in changed and not organization.is_active:
        tx.emit(
            ORGANIZATION_DEREGISTERED,
            subject=organization.id,
            sequence=sequence,
            data=events.organization_deregistered(organization, at=now),
        )
