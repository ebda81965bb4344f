"""Entry points: complaints about publications 投诉举报 (Standardization Law, article 35)."""

from collections.abc import Callable
from typing import Any, Final

from chassis import keyrings, rotation
from chassis.crypto import Keyring
from chassis.errors import DomainError, ForbiddenError
from chassis.rpc import rpc
from chassis.service import Provided
from chassis.timers import every
from services.standards import schemas
from services.standards.domain.complaints import ComplaintState
from services.standards.queries import complaints as queries
from services.standards.schemas import complaints as inputs
from services.standards.service.base import READERS, StandardsBase, bound
from services.standards.usecases import complaint_steps, complaints
from services.standards.usecases.complaints import ComplaintLimits
from services.standards.usecases.protection import Ring, Sealer
from services.standards.usecases.rotation import COLUMNS

HANDLERS: Final = ("BUREAU", "OPERATOR")
# Operators keep the platform running; who has complained is no business of theirs.
CONFIDANTS: Final = ("BUREAU",)
ROTATION_SECONDS: Final = 3600
_UNKNOWN_ENTERPRISE: Final = "accounts.enterprise_not_found"


class ComplaintEntries(StandardsBase):
    """File, ask, handle."""

    ring: Ring = Provided(keyrings.data_ring)
    keyring: Keyring = Provided(keyrings.data_ring)
    seals: Sealer = Provided(keyrings.seal_ring)
    complaint_limits: ComplaintLimits = Provided(lambda _: ComplaintLimits())

    @rpc(
        public=True,
        sensitive_arguments=("complaint_text", "reporter_name", "phone", "captcha_answer"),
    )
    def file_complaint(self, **fields: str) -> dict[str, Any]:
        """Take a complaint about a publication from anyone."""
        known = schemas.load(inputs.ComplaintInput, **fields)
        captcha = {name: known.pop(name) for name in ("captcha_id", "captcha_answer")}
        limits, address = self.complaint_limits, known.pop("client_address")
        visit = {"database": self.database, "limits": limits, "client_address": address}
        filing = complaints.read_filing(
            text=known.pop("complaint_text"), name=known.pop("reporter_name"), **known
        )
        complaints.count_visit(**visit)
        self.accounts.spend_captcha(**captcha)
        area = self._area_of(complaints.find_subject(filing=filing, **visit))
        with self.database.transaction() as tx:
            return complaints.file_complaint(tx=tx, ring=self.ring, filing=filing, area=area)

    @rpc(public=True, sensitive_arguments=("code",))
    def get_complaint_state(self, **fields: str) -> dict[str, Any]:
        """Return how a complaint stands, to whoever knows its code."""
        known = schemas.load(inputs.ComplaintQuestionInput, **fields)
        return complaints.get_state(
            database=self.database,
            ring=self.ring,
            limits=self.complaint_limits,
            number=known["complaint_number"],
            code=known["code"],
            client_address=known["client_address"],
        )

    @rpc(roles=HANDLERS, idempotent=True)
    def list_complaints(self, **wanted: object) -> dict[str, Any]:
        """Return a page of the complaints of the own area, without what was written."""
        known = schemas.load(inputs.ComplaintListInput, **wanted)
        if known["state"] is not None:
            known["state"] = ComplaintState(known["state"])
        with self.database.read() as session:
            return queries.list_complaints(session, area=self._area(), **known)

    @rpc(roles=HANDLERS, idempotent=True)
    def get_complaint(self, *, complaint_id: str) -> dict[str, Any]:
        """Return a complaint of the own area; not who has complained."""
        known = schemas.load(inputs.ComplaintOneInput, complaint_id=complaint_id)
        return complaint_steps.get_complaint(
            database=self.database, ring=self.ring, area=self._area(), **known
        )

    @rpc(roles=CONFIDANTS)
    def show_complaint_reporter(self, *, complaint_id: str, reason: str) -> dict[str, Any]:
        """Return who has complained; who asked, and why, is written down."""
        known = schemas.load(inputs.ReporterInput, complaint_id=complaint_id, reason=reason)
        with self.database.transaction() as tx:
            return complaint_steps.show_reporter(tx=tx, ring=self.ring, area=self._area(), **known)

    @rpc(roles=HANDLERS)
    def accept_complaint(
        self, *, complaint_id: str, expected_version: int, note: str = ""
    ) -> dict[str, Any]:
        """Take a complaint up."""
        known = schemas.load(
            inputs.ComplaintNoteInput,
            complaint_id=complaint_id,
            expected_version=expected_version,
            note=note,
        )
        return self._handle(complaint_steps.accept_complaint, known)

    @rpc(roles=HANDLERS)
    def refuse_complaint(
        self, *, complaint_id: str, expected_version: int, outcome: str, note: str = ""
    ) -> dict[str, Any]:
        """Refuse to take a complaint up; the reporter is told why."""
        known = schemas.load(
            inputs.ComplaintRefusalInput,
            complaint_id=complaint_id,
            expected_version=expected_version,
            outcome=outcome,
            note=note,
        )
        return self._handle(complaint_steps.refuse_complaint, known, sealer=self.seals)

    @rpc(roles=HANDLERS)
    def resolve_complaint(
        self,
        *,
        complaint_id: str,
        expected_version: int,
        finding: str,
        outcome: str,
        note: str = "",
    ) -> dict[str, Any]:
        """End the inquiry; the reporter is told what was found."""
        known = schemas.load(
            inputs.ComplaintResolutionInput,
            complaint_id=complaint_id,
            expected_version=expected_version,
            finding=finding,
            outcome=outcome,
            note=note,
        )
        return self._handle(complaint_steps.resolve_complaint, known, sealer=self.seals)

    @rpc(roles=HANDLERS)
    def add_complaint_note(
        self, *, complaint_id: str, expected_version: int, note: str
    ) -> dict[str, Any]:
        """Write something down for colleagues."""
        known = schemas.load(
            inputs.ComplaintNoteInput,
            complaint_id=complaint_id,
            expected_version=expected_version,
            note=note,
        )
        return self._handle(complaint_steps.add_note, known)

    @rpc(roles=READERS, idempotent=True)
    def list_complaint_findings(
        self, *, declaration_id: str, page: int = 1, page_size: int = 15
    ) -> dict[str, Any]:
        """Return what the own enterprise may know of complaints about a declaration."""
        wanted = schemas.load(
            inputs.FindingsInput, declaration_id=declaration_id, page=page, page_size=page_size
        )
        return complaints.list_findings(
            database=self.database, enterprise_id=self.enterprise_id(), **wanted
        )

    @every(seconds=ROTATION_SECONDS, lease="rotation")
    def rotate_keys(self) -> None:
        """Bring what was written in confidence under the newest key."""
        rotation.rotate(self.database, self.keyring, COLUMNS)

    def _handle(
        self,
        use_case: Callable[..., dict[str, Any]],
        known: dict[str, Any],
        **ports: object,
    ) -> dict[str, Any]:
        """Carry out one step in the own area."""
        ruled = bound(use_case, ring=self.ring, area=self._area(), **ports)
        return self.command(ruled, subject=self.subject(), **known)

    def _area(self) -> str:
        """Return the prefix of division codes that the one who asks may act on; "" for all.

        Raises:
            ForbiddenError: he is of a bureau without an area.
        """
        actor = self.call.actor
        if actor is None or ("BUREAU" in actor.roles and not actor.region):
            raise ForbiddenError
        return actor.region or ""

    def _area_of(self, subject: dict[str, str]) -> str:
        """Return the division code of the bureau in charge; of a stranger, the region published."""
        try:
            found = self.accounts.get_enterprise_area(enterprise_id=subject["enterprise_id"])
        except DomainError as error:
            if error.wire_code != _UNKNOWN_ENTERPRISE:
                raise
            return subject["region"]
        return str(found["area"])
