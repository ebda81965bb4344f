"""What invented enterprises do over the years, one declaration after the other in time.

Time goes on from row to row and the enterprises take turns, as in a real system: what belongs to
one enterprise does not lie together.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from services.standards.domain import documents, record_number
from services.standards.domain.catalogue import CatalogueRecord, CatalogueState
from services.standards.domain.drafts import DraftContent, Pick
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import (
    DeclarationState,
    DisclosureMode,
    StandardKind,
    UploadState,
    VersionChange,
    WithdrawalReason,
)
from services.standards.models import (
    CatalogueStandard,
    Declaration,
    NumberClaim,
    RecordCounter,
    Review,
    Upload,
    Version,
)
from services.standards.usecases import versioning
from tools.generate_declarations.contents import Author, make_catalogue
from tools.generate_declarations.enterprises import make_enterprises
from tools.generate_declarations.rows import Batch

ISSUER: Final = "示范标准化机构"
BATCH: Final = 500

_DRAFT_SHARE: Final = 0.08
_REVISION_SHARE: Final = 0.05
_WITHDRAWN_SHARE: Final = 0.07
_CORRECTED_SHARE: Final = 0.06
_EXTENDED_SHARE: Final = 0.03
_REVISABLE_SHARE: Final = 0.15
_ENDED_AFTER_REVISION_SHARE: Final = 0.3
# Enterprises remember a few declarations that they may still revise.
_REMEMBERED: Final = 4
# Nobody is asked whether a standard goes on being used (every two years), and the 24 hours of
# correction of the last one are over.
_SPAN: Final = timedelta(days=700)
_QUIET: Final = timedelta(days=2)
_SUBJECT: Final = "service:generator"
_ADDRESS: Final = "192.0.2.1"


@dataclass(frozen=True)
class Plan:
    """Say what is generated.

    Args:
        declarations: how many.
        until: the moment that the database is of.
        enterprises: how many take turns.
        first_owns: declarations of the first enterprise, a fair share unless given.
        seed: of the dice.
    """

    declarations: int
    until: datetime
    enterprises: int = 472
    first_owns: int | None = None
    seed: int = 1

    @property
    def owned_by_first(self) -> int:
        """Return how many declarations the first enterprise has."""
        if self.first_owns is not None:
            return self.first_owns
        return -(-self.declarations // self.enterprises)


@dataclass(frozen=True)
class Revisable:
    """Hold of a published declaration what a revision of it needs."""

    declaration_id: str
    chain_id: str
    record_number: str
    content: DraftContent
    is_claimed: bool


@dataclass
class Office:
    """Be one enterprise, and how far it has counted."""

    number: int
    enterprise: EnterpriseSnapshot
    published: int = 0
    serial: int = 0
    picked: int = 0
    revisable: list[Revisable] = field(default_factory=list)


def generate_batches(plan: Plan) -> Iterator[Batch]:
    """Return the rows of a whole database, a few hundred declarations at a time."""
    return _Generation(plan).run()


class _Generation:
    """Throw the dice, and let the classes of the service do what they would do."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._dice = random.Random(plan.seed)  # noqa: S311 - invented data, no secrets
        self._start = plan.until - _SPAN
        self._offices = [
            Office(number, enterprise)
            for number, enterprise in enumerate(make_enterprises(plan.enterprises))
        ]
        self._batch = Batch()
        self._author = Author(self._dice, self._write_catalogue())

    def run(self) -> Iterator[Batch]:
        for place, office in enumerate(self._turns()):
            self._declare(office, self._moment(place))
            if self._batch.declarations >= BATCH:
                yield self._finish()
        for office in self._offices:
            if office.published:
                counter = RecordCounter(
                    enterprise_code=office.enterprise.code, last=office.published
                )
                self._batch.add(counter)
        yield self._finish()

    def _finish(self) -> Batch:
        batch, self._batch = self._batch, Batch()
        return batch

    def _turns(self) -> Iterator[Office]:
        """Give the first enterprise its part, evenly over the years; the others take turns."""
        total, owned = self._plan.declarations, self._plan.owned_by_first
        first, others = self._offices[0], self._offices[1:]
        waiting: list[Office] = []
        for place in range(total):
            if not others or (place + 1) * owned // total > place * owned // total:
                yield first
                continue
            if not waiting:
                waiting = self._dice.sample(others, len(others))
            yield waiting.pop()

    def _moment(self, place: int) -> datetime:
        step = (_SPAN - _QUIET) / max(1, self._plan.declarations)
        # Shorter than a step, so that time never goes back.
        return self._start + step * (place + self._dice.random())

    def _between(self, begin: datetime, end: datetime) -> datetime:
        return begin + (end - begin) * self._dice.random()

    def _new_id(self, moment: datetime) -> str:
        """Return an id as `chassis.ids.new_id` would have made it at that moment."""
        milliseconds = int(moment.timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | self._dice.getrandbits(12) << 64
        return str(uuid.UUID(int=value | 0b10 << 62 | self._dice.getrandbits(62)))

    def _happens(self, share: float) -> bool:
        return self._dice.random() < share

    def _declare(self, office: Office, now: datetime) -> None:
        if office.revisable and self._happens(_REVISION_SHARE):
            self._revise(office, now)
            return
        content = self._new_content(office)
        new_id = self._new_id(now)
        declaration = self._draft(office, new_id, new_id, content, now)
        if self._happens(_DRAFT_SHARE):
            self._settle(office, declaration, is_claimed=False)
            return
        self._publish(office, declaration, now)
        self._live_on(office, declaration)

    def _live_on(self, office: Office, declaration: Declaration) -> None:
        """Let one thing happen to what was published, or none."""
        is_own = declaration.kind == StandardKind.ENTERPRISE
        if self._happens(_CORRECTED_SHARE):
            self._correct(office, declaration)
        elif self._happens(_EXTENDED_SHARE):
            self._extend(office, declaration)
        if is_own and self._happens(_REVISABLE_SHARE):
            self._remember(office, declaration)
            return
        if is_own and self._happens(_WITHDRAWN_SHARE):
            self._withdraw(declaration, self._between(declaration.updated_at, self._plan.until))
        self._settle(office, declaration, is_claimed=False)

    def _remember(self, office: Office, declaration: Declaration) -> None:
        """Keep it for a revision; after one it may end, so its end lies after all of them."""
        if self._happens(_ENDED_AFTER_REVISION_SHARE):
            late = self._between(self._plan.until - _QUIET / 2, self._plan.until)
            self._withdraw(declaration, late)
        is_claimed = declaration.state == DeclarationState.PUBLISHED
        self._settle(office, declaration, is_claimed=False)
        office.revisable.append(
            Revisable(
                declaration_id=declaration.id,
                chain_id=declaration.chain_id,
                record_number=str(declaration.record_number),
                content=declaration.content,
                is_claimed=is_claimed,
            )
        )
        del office.revisable[:-_REMEMBERED]

    def _revise(self, office: Office, now: datetime) -> None:
        old = office.revisable.pop(self._dice.randrange(len(office.revisable)))
        content = replace(old.content, products=self._author.write_products(old.content.title))
        declaration = self._draft(office, self._new_id(now), old.chain_id, content, now)
        declaration.supersedes_id = old.declaration_id
        declaration.predecessor = Declaration(
            id=old.declaration_id, record_number=old.record_number
        )
        if not self._happens(_DRAFT_SHARE):
            self._publish(office, declaration, now)
        self._settle(office, declaration, is_claimed=old.is_claimed)

    def _new_content(self, office: Office) -> DraftContent:
        kind = self._author.choose_kind()
        if kind is StandardKind.NATIONAL and office.picked < self._author.picks:
            office.picked += 1
            return self._author.write(kind, office.number, office.picked)
        if kind is StandardKind.NATIONAL:
            kind = StandardKind.GROUP
        office.serial += 1
        return self._author.write(kind, office.number, office.serial)

    def _draft(
        self, office: Office, new_id: str, chain_id: str, content: DraftContent, now: datetime
    ) -> Declaration:
        declaration = Declaration(
            id=new_id,
            enterprise_id=office.enterprise.enterprise_id,
            chain_id=chain_id,
            kind=content.number.kind.value,
            state=DeclarationState.DRAFT.value,
            published_version=0,
            withdrawal_note="",
            sequence=0,
            created_at=now,
            version=1,
            indicators=[],
            products=[],
        )
        declaration.write(content, now=now)
        if content.mode is DisclosureMode.FULL_TEXT:
            self._upload(declaration, now).attach(declaration)
        return declaration

    def _upload(self, declaration: Declaration, now: datetime) -> Upload:
        upload_id = self._new_id(now)
        return Upload(
            id=upload_id,
            blob_id=upload_id,
            enterprise_id=declaration.enterprise_id,
            opened_by=_SUBJECT,
            state=UploadState.ACCEPTED.value,
            file_name=f"{declaration.number_text.replace('/', '_')} {declaration.title}.pdf",
            size=self._dice.randint(40_000, 4_000_000),
            sha256=f"{self._dice.getrandbits(256):064x}",
            pages=self._dice.randint(3, 40),
            attempts=1,
            created_at=now,
        )

    def _publish(self, office: Office, declaration: Declaration, now: datetime) -> None:
        office.published += 1
        number = record_number.compose_record_number(
            kind=StandardKind(declaration.kind),
            code=office.enterprise.code,
            published_at=now,
            count=office.published,
        )
        declaration.publish(record_number=number, now=now)
        self._keep_version(office, declaration, VersionChange.PUBLISHED)

    def _correct(self, office: Office, declaration: Declaration) -> None:
        content = declaration.content
        first = replace(content.products[0], model=f"{content.products[0].model}-G")
        now = self._between(declaration.updated_at, declaration.updated_at + _QUIET / 2)
        declaration.write(replace(content, products=(first, *content.products[1:])), now=now)
        declaration.correct(now=now)
        self._keep_version(office, declaration, VersionChange.CORRECTED)

    def _extend(self, office: Office, declaration: Declaration) -> None:
        now = self._between(declaration.updated_at, self._plan.until - _QUIET / 2)
        product = self._author.write_product(declaration.title)
        declaration.add_products([product], now=now)
        self._keep_version(office, declaration, VersionChange.PRODUCTS_ADDED)

    def _withdraw(self, declaration: Declaration, now: datetime) -> None:
        reason = self._dice.choice(list(WithdrawalReason))
        declaration.withdraw(reason=reason.value, note="", now=now)
        declaration.version += 1

    def _keep_version(
        self, office: Office, declaration: Declaration, change: VersionChange
    ) -> None:
        declaration.version += 1
        committed = versioning.render_commitment(declaration, office.enterprise)
        document = documents.canonicalize(
            versioning.document_content(declaration, office.enterprise, committed)
        )
        version = Version(
            declaration_id=declaration.id,
            number=declaration.published_version,
            change=change.value,
            document=document.text,
            document_sha256=document.sha256,
            published_at=declaration.updated_at,
            upload_id=None if declaration.upload is None else declaration.upload.id,
            commitment_template=committed.template_version,
            commitment_text=committed.text,
            committed_by=_SUBJECT,
            committed_from=_ADDRESS,
        )
        self._batch.add(version)

    def _settle(self, office: Office, declaration: Declaration, *, is_claimed: bool) -> None:
        """Take down the declaration as it stands in the end."""
        batch = self._batch
        for product in declaration.products:
            product.declaration_id = declaration.id
            batch.add(product)
        for indicator in declaration.indicators:
            indicator.declaration_id = declaration.id
            batch.add(indicator)
        if declaration.upload is not None:
            declaration.upload.declaration_id = declaration.id
            batch.add(declaration.upload)
        if declaration.published_at is not None:
            batch.add(
                Review(
                    declaration_id=declaration.id,
                    enterprise_id=declaration.enterprise_id,
                    enterprise_code=office.enterprise.code,
                    counted_from=declaration.published_at,
                    times_asked=0,
                    is_overdue=False,
                    ended_at=declaration.withdrawn_at,
                )
            )
        if not is_claimed and declaration.state != DeclarationState.WITHDRAWN:
            batch.add(
                NumberClaim(
                    enterprise_id=declaration.enterprise_id,
                    kind=declaration.kind,
                    number_key=declaration.number_key,
                    chain_id=declaration.chain_id,
                )
            )
        batch.add(declaration)

    def _write_catalogue(self) -> list[Pick]:
        """Write down national standards to pick."""
        picks = []
        for number, title in make_catalogue():
            standard = CatalogueStandard(
                id=self._new_id(self._start), created_at=self._start, version=1, source_digest=""
            )
            record = CatalogueRecord(
                number=number, title=title, state=CatalogueState.CURRENT, issued_by=ISSUER
            )
            standard.take(record, now=self._start)
            self._batch.add(standard)
            picks.append(Pick(catalogue_id=standard.id, number=number, title=title))
        return picks


def midnight(now: datetime) -> datetime:
    """Return the last midnight, so that two runs of one day write the same."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
