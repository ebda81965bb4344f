"""Entry points of ``standards``."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial, update_wrapper
from typing import Any, ClassVar, Final

from chassis import counters
from chassis.blobs import open_store
from chassis.config import CommonSettings
from chassis.errors import DomainError, ForbiddenError, RateLimitedError
from chassis.rpc import RpcClient, RpcProxy, rpc
from chassis.service import Provided, Service
from chassis.timers import every
from services.standards import queries, schemas
from services.standards.adapters.inspection import Inspector
from services.standards.config import Settings
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import BarcodeRule, PublicationRules
from services.standards.usecases import drafting, publication, uploads

READERS: Final = ("OWNER", "FILER", "VIEWER")
# What machine keys of an enterprise may read.
READING_KEYS: Final = ("declarations:read",)
WRITERS: Final = ("OWNER", "FILER")
SERVICES: Final = ("SERVICE",)
_HOUR: Final = timedelta(hours=1)


class UploadMismatchError(DomainError):
    """Say that the file that lies in the store is not the one that was announced."""

    code = "standards.upload_mismatch"


def _rules(settings: Settings) -> PublicationRules:
    return PublicationRules(
        required_product_fields=settings.required_product_fields,
        barcode=BarcodeRule(settings.barcode_rule),
    )


def _inspector(settings: Settings) -> Inspector:
    return Inspector(open_store(settings.storage_url))


class StandardsService(Service):
    """Keep the declarations of enterprises, their texts, and the public log."""

    name = "standards"
    settings_class: ClassVar[type[CommonSettings]] = Settings
    public_log = True

    settings: Settings
    accounts: RpcProxy = RpcClient("accounts", idempotent=("get_enterprise",))
    rules: PublicationRules = Provided(_rules)
    inspector: Inspector = Provided(_inspector)

    @rpc(roles=WRITERS)
    def save_draft(  # noqa: PLR0913 - one per part of the entry page
        self,
        *,
        kind: str,
        number: dict[str, str],
        title: str,
        products: list[dict[str, str]],
        disclosure_mode: str = "FULL_TEXT",
        upload_id: str | None = None,
        declaration_id: str | None = None,
        expected_version: int | None = None,
    ) -> dict[str, Any]:
        """Create a draft or change one (手册 4.1: 保存)."""
        draft = schemas.load(
            schemas.DraftInput,
            kind=kind,
            number=number,
            title=title,
            products=products,
            disclosure_mode=disclosure_mode,
            upload_id=upload_id,
            declaration_id=declaration_id,
            expected_version=expected_version,
        )
        return self._command(drafting.save_draft, enterprise_id=self._enterprise_id(), **draft)

    @rpc(roles=WRITERS)
    def delete_draft(self, *, declaration_id: str) -> dict[str, Any]:
        """Delete a draft (手册 5.6)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        return self._command(drafting.delete_draft, enterprise_id=self._enterprise_id(), **wanted)

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def get_declaration(self, *, declaration_id: str) -> dict[str, Any]:
        """Return one of the enterprise's own declarations (手册 5.1)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        with self.database.read() as session:
            own = queries.find_own(session, enterprise_id=self._enterprise_id(), **wanted)
            return queries.own_view(own, now=self.database.clock.now())

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def list_declarations(  # noqa: PLR0913 - one per keyword box
        self,
        *,
        kind: str,
        state: str = "PUBLISHED",
        title: str = "",
        number: str = "",
        product_name: str = "",
        barcode: str = "",
        page: int = 1,
        page_size: int = 15,
    ) -> dict[str, Any]:
        """Return a page of the published or the unpublished table (手册 5.4.2, 5.7)."""
        boxes = schemas.load(
            schemas.ListInput,
            kind=kind,
            state=state,
            title=title,
            number=number,
            product_name=product_name,
            barcode=barcode,
            page=page,
            page_size=page_size,
        )
        boxes |= {"kind": StandardKind(kind), "state": DeclarationState(state)}
        with self.database.read() as session:
            return queries.list_own(
                session,
                enterprise_id=self._enterprise_id(),
                now=self.database.clock.now(),
                **boxes,
            )

    @rpc(roles=READERS, idempotent=True)
    def preview_commitment(self, *, declaration_id: str) -> dict[str, Any]:
        """Return the commitment that goes with a draft (手册 4.1)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        enterprise = self._enterprise()
        with self.database.read() as session:
            return publication.preview_commitment(session, enterprise=enterprise, **wanted)

    @rpc(roles=WRITERS)
    def publish_declaration(
        self,
        *,
        declaration_id: str,
        is_committed: bool,
        expected_version: int,
        client_address: str = "",
    ) -> dict[str, Any]:
        """Publish a draft (手册 4.1: 提交)."""
        submission = schemas.load(
            schemas.PublicationInput,
            declaration_id=declaration_id,
            is_committed=is_committed,
            expected_version=expected_version,
            client_address=client_address,
        )
        publish = _bound(
            publication.publish_declaration, enterprise=self._enterprise(), rules=self.rules
        )
        return self._command(publish, subject=self._subject(), **submission)

    @rpc(roles=WRITERS)
    def open_upload(self, *, file_name: str, size: int | None = None) -> dict[str, Any]:
        """Make room for a file (手册 4.2)."""
        file = schemas.load(schemas.OpenUploadInput, file_name=file_name, size=size)
        self._count_upload()
        room = _bound(
            uploads.open_upload,
            max_bytes=self.settings.upload_max_bytes,
            lifetime=self.settings.upload_seconds,
        )
        return self._command(
            room, enterprise_id=self._enterprise_id(), subject=self._subject(), **file
        )

    @rpc(roles=WRITERS)
    def finish_upload(self, *, upload_id: str, sha256: str, size: int) -> dict[str, Any]:
        """Take down a file that has arrived; it is inspected at once."""
        file = schemas.load(
            schemas.FinishUploadInput, upload_id=upload_id, sha256=sha256, size=size
        )
        self._check_arrived(upload_id, size)
        return self._command(
            uploads.finish_upload,
            enterprise_id=self._enterprise_id(),
            subject=self._subject(),
            max_bytes=self.settings.upload_max_bytes,
            **file,
        )

    @rpc(roles=READERS, idempotent=True)
    def get_upload(self, *, upload_id: str) -> dict[str, Any]:
        """Return where a file stands."""
        wanted = schemas.load(schemas.UploadInput, upload_id=upload_id)
        with self.database.read() as session:
            own = queries.find_own_upload(session, enterprise_id=self._enterprise_id(), **wanted)
            return queries.upload_view(own)

    @rpc(public=True, idempotent=True)
    def get_version(self, *, declaration_id: str, version: int) -> dict[str, Any]:
        """Return a published version, word for word."""
        wanted = schemas.load(schemas.VersionInput, declaration_id=declaration_id, version=version)
        with self.database.read() as session:
            return queries.find_version(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_public_declaration(self, *, record_number: str) -> dict[str, Any]:
        """Return what the public sees of a declaration (手册 5.1.1)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.find_public(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_public_text(self, *, record_number: str) -> dict[str, Any]:
        """Return where the published text is kept (手册 FAQ 27)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.find_public_text(session, **wanted)

    @rpc(roles=SERVICES, idempotent=True)
    def scan_versions(self, *, after: str = "", limit: int = 100) -> dict[str, Any]:
        """Return a page of everything published, for rebuilding an index."""
        wanted = schemas.load(schemas.ScanInput, after=after, limit=limit)
        with self.database.read() as session:
            return queries.scan_versions(session, **wanted)

    @rpc(public=True, idempotent=True)
    def list_events(self, *, after: int = 0, limit: int = 100) -> dict[str, Any]:
        """Return a page of the public log."""
        wanted = schemas.load(schemas.EventsInput, after=after, limit=limit)
        with self.database.read() as session:
            return queries.list_events(session, **wanted)

    @every(seconds=0.5)
    def inspect_uploads(self) -> None:
        """Inspect the files that wait; replicas share them row by row."""
        self.inspector.run_due(self.database)

    @every(seconds=600, lease="uploads")
    def sweep_uploads(self) -> None:
        """Take away files that nobody kept."""
        self.inspector.sweep(self.database)
        self.inspector.sweep_orphans(self.database, now=self.database.clock.now())

    def _command(
        self, use_case: Callable[..., dict[str, Any]], **arguments: object
    ) -> dict[str, Any]:
        return self.database.command(self.call, use_case, **arguments)

    def _enterprise_id(self) -> str:
        actor = self.call.actor
        if actor is None or actor.enterprise_id is None:
            raise ForbiddenError
        return actor.enterprise_id

    def _subject(self) -> str:
        return "" if self.call.actor is None else self.call.actor.subject

    def _enterprise(self) -> EnterpriseSnapshot:
        profile = self.accounts.get_enterprise(enterprise_id=self._enterprise_id())
        return EnterpriseSnapshot.from_profile(profile)

    def _count_upload(self) -> None:
        key = f"uploads:{self._enterprise_id()}"
        hit = counters.hit(self.database, key, self.settings.uploads_per_hour, _HOUR)
        if hit.is_over:
            raise RateLimitedError(hit.retry_after.total_seconds())

    def _check_arrived(self, upload_id: str, size: int) -> None:
        with self.database.read() as session:
            upload = queries.find_own_upload(
                session, upload_id=upload_id, enterprise_id=self._enterprise_id()
            )
        if not self.inspector.matches(upload.key, size=size):
            raise UploadMismatchError


def _bound(
    use_case: Callable[..., dict[str, Any]], **ports: object
) -> Callable[..., dict[str, Any]]:
    """Give a use case what is no part of the request: a repeat of it may find these changed."""
    return update_wrapper(partial(use_case, **ports), use_case)


SERVICE = StandardsService
