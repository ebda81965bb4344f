"""Entry points of ``registry``."""

from datetime import datetime
from typing import Any, ClassVar

from chassis import keyrings, rotation
from chassis.clock import SystemClock
from chassis.config import CommonSettings
from chassis.crypto import Keyring
from chassis.errors import DomainError
from chassis.fault_reports import to_csv
from chassis.handlers import Delivery, on_event
from chassis.rpc import rpc
from chassis.service import Provided, Service
from chassis.timers import every
from contracts.events import ENTERPRISE_REGISTERED
from services.registry import queries, schemas
from services.registry.adapters.reports import REASONS
from services.registry.adapters.source import HttpSource
from services.registry.config import Settings
from services.registry.events import Sealer
from services.registry.usecases import (
    disclosure,
    regions,
    registrations,
    sourcing,
    verification,
    waiting,
)
from services.registry.usecases.protection import Ring
from services.registry.usecases.rotation import COLUMNS
from services.registry.usecases.sourcing import Sourcing
from services.registry.usecases.verification import Limits, Submission
from services.registry.usecases.waiting import WaitingRules

OPERATORS = ("OPERATOR",)
SERVICES = ("SERVICE",)
# System administrators see the state of imports, not what is in them (三员).
WATCHERS = ("OPERATOR", "SYSTEM_ADMIN")
CHECK_SECONDS = 2
ROTATION_SECONDS = 3600
PURGE_SECONDS = 60
LOOK_UP_SECONDS = 60


def _sourcing(settings: Settings) -> Sourcing:
    """Return the live source that the settings name, if any."""
    if not settings.source_url:
        return Sourcing()
    source = HttpSource(
        settings.source_url,
        settings.source_key,
        allows_loopback=not settings.is_production,
        now=SystemClock(settings.clock_offset_file).now,
    )
    return Sourcing(source, settings.source_freshness)


class OrganizationNotFoundError(DomainError):
    """Say that there is no such organisation."""

    code = "registry.organization_not_found"


class DivisionNotFoundError(DomainError):
    """Say that there is no such division."""

    code = "registry.division_not_found"


class ImportNotFoundError(DomainError):
    """Say that there is no such import."""

    code = "registry.import_not_found"


class RegistryService(Service):
    """Keep the organisation records and say whether an applicant matches them."""

    name = "registry"
    settings_class: ClassVar[type[CommonSettings]] = Settings

    settings: Settings
    ring: Ring = Provided(keyrings.data_ring)
    keyring: Keyring = Provided(keyrings.data_ring)
    seals: Sealer = Provided(keyrings.seal_ring)
    limits: Limits = Provided(
        lambda settings: Limits(
            verifications_per_network_hour=settings.verifications_per_network_hour,
            misses_per_network_day=settings.misses_per_network_day,
            misses_per_organization_day=settings.misses_per_organization_day,
        )
    )

    sourcing: Sourcing = Provided(_sourcing)
    waiting_rules: WaitingRules = Provided(
        lambda settings: WaitingRules(
            life=settings.waiting_life, public_url=settings.public_url.rstrip("/")
        )
    )

    @rpc(roles=SERVICES, sensitive_arguments=("legal_representative_id_number",))
    def verify(  # noqa: PLR0913 - the five fields of the form
        self,
        *,
        code: str,
        name: str,
        legal_representative: str,
        legal_representative_id_number: str,
        address: str,
        client_address: str = "",
    ) -> dict[str, Any]:
        """Compare five fields with the organisation record (手册 2.1)."""
        submission = Submission(
            code=code,
            name=name,
            legal_representative=legal_representative,
            id_number=legal_representative_id_number,
            address=address,
        )
        schemas.check(schemas.SubmissionInput, submission, client_address=client_address)
        return verification.verify_organization(
            database=self.database,
            ring=self.ring,
            limits=self.limits,
            submission=submission,
            client_address=client_address,
            sourcing=self.sourcing,
        )

    @rpc(roles=SERVICES, sensitive_arguments=("id_number", "phone"))
    def wait_for_sync(
        self, *, phone: str, client_address: str = "", **fields: str
    ) -> dict[str, Any]:
        """Put an applicant on the waiting list (手册 FAQ 14)."""
        known = schemas.load(
            schemas.WaitingInput, {**fields, "phone": phone, "client_address": client_address}
        )
        return waiting.wait_for_sync(
            database=self.database,
            ring=self.ring,
            rules=self.waiting_rules,
            phone=known.pop("phone"),
            client_address=known.pop("client_address"),
            submission=Submission(**known),
        )

    @rpc(roles=SERVICES, sensitive_arguments=("token",))
    def get_waiting(self, *, token: str, client_address: str = "") -> dict[str, Any]:
        """Return how the case of somebody on the waiting list stands."""
        arguments = {"token": token, "client_address": client_address}
        known = schemas.load(schemas.TokenInput, arguments)
        return waiting.get_waiting(database=self.database, **known)

    @rpc(roles=SERVICES, sensitive_arguments=("token",))
    def resume_waiting(self, *, token: str, client_address: str = "") -> dict[str, Any]:
        """Return the organisation of who was told that the record has come."""
        arguments = {"token": token, "client_address": client_address}
        known = schemas.load(schemas.TokenInput, arguments)
        return waiting.resume(database=self.database, ring=self.ring, sealer=self.seals, **known)

    @every(seconds=CHECK_SECONDS, lease="waiting")
    def check_waiting(self) -> None:
        """Compare who waits with the records that came."""
        with self.database.transaction() as tx:
            waiting.check_waiting(
                tx=tx, ring=self.ring, sealer=self.seals, rules=self.waiting_rules
            )

    @every(seconds=LOOK_UP_SECONDS, lease="source")
    def look_up_waiting(self) -> None:
        """Ask the live source for codes that applicants wait for."""
        sourcing.look_up_waiting(database=self.database, ring=self.ring, sourcing=self.sourcing)

    @every(seconds=PURGE_SECONDS, lease="purge")
    def purge(self) -> None:
        """Delete what has expired."""
        with self.database.transaction() as tx:
            waiting.purge(tx=tx, now=tx.now())

    @every(seconds=ROTATION_SECONDS, lease="rotation")
    def rotate_keys(self) -> None:
        """Bring personal data under the newest key."""
        rotation.rotate(self.database, self.keyring, COLUMNS)

    @rpc(roles=SERVICES, idempotent=True)
    def get_organization(self, organization_id: str) -> dict[str, Any]:
        """Return one organisation, without its identity number."""
        schemas.load(schemas.OrganizationInput, {"organization_id": organization_id})
        sourcing.refresh(
            database=self.database, ring=self.ring, sourcing=self.sourcing,
            organization_id=organization_id,
        )  # fmt: skip
        with self.database.read() as session:
            organization = queries.get_organization(session, organization_id)
        if organization is None:
            raise OrganizationNotFoundError
        return verification.describe(self.ring, organization)

    @rpc(roles=SERVICES)
    def get_sealed_id_number(self, organization_id: str) -> dict[str, Any]:
        """Return an identity number for accounts to keep: 更新 takes it over with the rest."""
        schemas.load(schemas.OrganizationInput, {"organization_id": organization_id})
        with self.database.transaction() as tx:
            return disclosure.seal_id_number(
                tx=tx, ring=self.ring, sealer=self.seals, organization_id=organization_id
            )

    @rpc(public=True, idempotent=True)
    def list_divisions(self, parent: str = "") -> dict[str, Any]:
        """Return the divisions below one, or the provinces."""
        code = schemas.load(schemas.CodeInput, {"code": parent})["code"]
        with self.database.read() as session:
            return {"divisions": queries.list_divisions(session, code)}

    @rpc(public=True, idempotent=True)
    def get_division(self, code: str) -> dict[str, Any]:
        """Return one division with the names of those above it."""
        known = schemas.load(schemas.CodeInput, {"code": code})["code"]
        with self.database.read() as session:
            division = queries.get_division(session, known)
        if division is None:
            raise DivisionNotFoundError
        return division

    @rpc(roles=OPERATORS)
    def set_region_open(self, region: str, is_open: bool) -> dict[str, Any]:  # noqa: FBT001 - an RPC argument
        """Open or close a region for registration (手册 FAQ 8)."""
        arguments = schemas.load(schemas.RegionInput, {"region": region, "is_open": is_open})
        return self.database.command(self.call, regions.set_region_open, **arguments)

    @rpc(public=True, idempotent=True)
    def list_open_regions(self) -> dict[str, Any]:
        """Return where registration is open, and the exceptions (手册 FAQ 8, 30)."""
        with self.database.read() as session:
            return {"regions": queries.list_open_regions(session)}

    @rpc(roles=WATCHERS, idempotent=True)
    def list_imports(self, page: int = 1) -> dict[str, Any]:
        """Return a page of the imports of the code database, the newest first."""
        known = schemas.load(schemas.PageInput, {"page": page})
        with self.database.read() as session:
            return queries.list_imports(session, **known)

    @rpc(roles=WATCHERS, idempotent=True)
    def get_import(self, import_id: str) -> dict[str, Any]:
        """Return how far one import has come."""
        known = schemas.load(schemas.ImportInput, {"import_id": import_id})
        with self.database.read() as session:
            found = queries.get_import(session, **known)
        if found is None:
            raise ImportNotFoundError
        return found

    @rpc(roles=OPERATORS, idempotent=True)
    def get_import_report(self, import_id: str) -> dict[str, Any]:
        """Return the report of the rows that one import did not take, as CSV."""
        known = schemas.load(schemas.ImportInput, {"import_id": import_id})
        with self.database.read() as session:
            if queries.get_import(session, **known) is None:
                raise ImportNotFoundError
            return {"csv": to_csv(queries.list_faults(session, **known), REASONS)}

    @rpc(roles=OPERATORS, idempotent=True)
    def list_regions(self) -> dict[str, Any]:
        """Return every region that was opened or closed."""
        with self.database.read() as session:
            return {"regions": queries.list_region_switches(session)}

    @on_event(ENTERPRISE_REGISTERED)
    def handle_enterprise_registered(self, delivery: Delivery) -> None:
        """Note that an organisation has registered."""
        data = delivery.event.data
        with self.database.transaction(delivery) as tx:
            registrations.note_registration(
                tx=tx,
                organization_id=str(data["organization_id"]),
                at=datetime.fromisoformat(str(data["registered_at"])),
            )


SERVICE = RegistryService
