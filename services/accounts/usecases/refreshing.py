"""更新 (手册 6.1, FAQ 12, 15, 16): take over what the organisation-code database states now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from chassis import crypto
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from contracts.events import ENTERPRISE_REFRESHED
from services.accounts import events, queries
from services.accounts.domain import facts, moments
from services.accounts.models import Enterprise, RegistrationFacts
from services.accounts.usecases import protection
from services.accounts.usecases.enterprises import FACTS
from services.accounts.usecases.profiles import EnterpriseNotFoundError
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.waiting import Opener

UPDATED: Final = "企业信息已更新"
UP_TO_DATE: Final = (
    "企业信息已是最新。如信息近期变更过，请等待组织机构代码库的数据同步（一般为 7-15 个工作日）。"
)
_NUMBER: Final = "legal_representative_id_number"


class OrganizationDeregisteredError(DomainError):
    """Say that the code database does not know the organisation as active any more."""

    code = "accounts.organization_deregistered"


class Registry(Protocol):
    """What this service asks ``registry``."""

    def get_organization(self, *, organization_id: str) -> dict[str, Any]:
        """Return an organisation without its identity number."""

    def get_sealed_id_number(self, *, organization_id: str) -> dict[str, Any]:
        """Return the identity number, readable for this service only."""


def refresh_enterprise(
    *, database: Database, ring: Ring, opener: Opener, registry: Registry, enterprise_id: str
) -> dict[str, Any]:
    """Take over the newest data and say what changed and when the record was last synced.

    Declarations that were published keep what they said (R-212).

    Raises:
        EnterpriseNotFoundError: there is no such enterprise.
        OrganizationDeregisteredError: the organisation was deregistered.
    """
    with database.read() as session:
        enterprise = queries.get_enterprise(session, enterprise_id)
    if enterprise is None:
        raise EnterpriseNotFoundError
    organization_id = enterprise.organization_id
    organization = registry.get_organization(organization_id=organization_id)
    synced_at = organization["last_synced_at"]
    if organization["status"] != "ACTIVE":
        raise OrganizationDeregisteredError(last_synced_at=synced_at)
    sealed = registry.get_sealed_id_number(organization_id=organization_id)
    number = opener.unseal(sealed[f"{_NUMBER}_sealed"], "accounts")
    with database.transaction() as tx:
        changed = _refresh(tx, ring, enterprise_id, organization, number)
    return {
        "is_changed": bool(changed),
        "changed": changed,
        "message": UPDATED if changed else UP_TO_DATE,
        "last_synced_at": synced_at,
    }


def _refresh(
    tx: Transaction, ring: Ring, enterprise_id: str, organization: Mapping[str, Any], number: str
) -> list[str]:
    enterprise = queries.lock_enterprise(tx.session, enterprise_id)
    now = tx.now()
    before = _as_registered(enterprise)
    changed = enterprise.refresh({name: organization[name] for name in FACTS}, now)
    changed += _refresh_number(ring, enterprise, number)
    if changed:
        _keep(tx, before)
        _announce(tx, enterprise, changed, now)
    tx.audit(
        "enterprise.refreshed",
        object_id=enterprise_id,
        enterprise_id=enterprise_id,
        details={"changed": ",".join(changed)},
    )
    return changed


def _refresh_number(ring: Ring, enterprise: Enterprise, number: str) -> list[str]:
    place = protection.place(protection.LEGAL_REPRESENTATIVE, enterprise.id)
    current = ring.decrypt(enterprise.legal_representative_id_number_encrypted, place)
    # The applicant may have typed 15 digits of the same person.
    if crypto.is_same(facts.fold_number(current), facts.fold_number(number)):
        return []
    enterprise.legal_representative_id_number_encrypted = ring.encrypt(number, place)
    enterprise.legal_representative_id_number_index = ring.blind_index(
        number, protection.LEGAL_REPRESENTATIVE
    )
    return [_NUMBER]


def _as_registered(enterprise: Enterprise) -> RegistrationFacts:
    return RegistrationFacts(
        enterprise_id=enterprise.id,
        name=enterprise.name,
        legal_representative=enterprise.legal_representative,
        legal_representative_id_number_encrypted=(
            enterprise.legal_representative_id_number_encrypted
        ),
        address=enterprise.address,
    )


def _keep(tx: Transaction, before: RegistrationFacts) -> None:
    """Keep what was stated at registration: what the first 更新 that changes anything replaces."""
    if queries.get_registration_facts(tx.session, before.enterprise_id) is None:
        tx.session.add(before)


def _announce(tx: Transaction, enterprise: Enterprise, changed: list[str], now: datetime) -> None:
    # The version of the row counts its changes; it is raised when the row is written.
    data = events.enterprise_refreshed(enterprise, changed=changed, at=moments.to_text(now))
    tx.emit(ENTERPRISE_REFRESHED, subject=enterprise.id, sequence=enterprise.version + 1, data=data)
