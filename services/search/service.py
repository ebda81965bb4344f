"""Entry points of ``search``."""

from functools import partial
from typing import Any, ClassVar

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.blobs import open_store
from chassis.config import CommonSettings
from chassis.handlers import Delivery, Reject, on_event
from chassis.rpc import RpcClient, RpcProxy, rpc
from chassis.service import Provided, Service
from contracts.events import DECLARATION_PUBLISHED
from services.search import queries, schemas
from services.search.adapters.cursors import Cursors
from services.search.adapters.texts import read_text
from services.search.config import Settings
from services.search.domain.documents import read_document
from services.search.queries import MAX_TOTAL, Filters
from services.search.usecases import indexing


class SearchService(Service):
    """Keep the public index; everything in it came by events and can be rebuilt."""

    name = "search"
    settings_class: ClassVar[type[CommonSettings]] = Settings

    standards: RpcProxy = RpcClient("standards", idempotent=("get_version",))
    blobs: BlobStore = Provided(lambda settings: open_store(settings.storage_url))
    cursors: Cursors = Provided(lambda settings: Cursors(settings.cursor_key))

    @on_event(DECLARATION_PUBLISHED)
    def handle_declaration_published(self, delivery: Delivery) -> None:
        """Put a publication into the index (手册 4.1: 在公共平台上展示)."""
        event = delivery.event
        version = self.standards.get_version(declaration_id=event.subject, version=event.sequence)
        if version["sha256"] != event.data["document_sha256"]:
            raise Reject("the document is not the one that was announced")
        read = partial(
            read_document,
            declaration_id=event.subject,
            sequence=event.sequence,
            text=version["document"],
            sha256=version["sha256"],
            extracted=read_text(self.blobs, version["extracted_text"]),
        )
        entry = jobs.in_thread(read)
        with self.database.transaction(delivery) as tx:
            indexing.index_document(tx=tx, entry=entry)

    @rpc(public=True, idempotent=True)
    def search_declarations(  # noqa: PLR0913 - one per filter
        self,
        *,
        query: str = "",
        kind: str | None = None,
        state: str | None = None,
        region: str | None = None,
        credit_code: str | None = None,
        cursor: str | None = None,
        limit: int = 15,
    ) -> dict[str, Any]:
        """Search everything published (手册 FAQ 32); without words, return the newest."""
        asked = schemas.load(
            schemas.SearchInput,
            query=query,
            kind=kind,
            state=state,
            region=region,
            credit_code=credit_code,
            cursor=cursor,
            limit=limit,
        )
        question = {name: asked[name] for name in asked if name not in {"cursor", "limit"}}
        filters = Filters(kind=kind, state=state, region=region, credit_code=credit_code)
        after = None if cursor is None else self.cursors.read(cursor, question=question)
        with self.database.read() as session:
            page = queries.find_page(
                session, query=query, filters=filters, after=after, limit=limit
            )
            total = queries.count_total(session, query=query, filters=filters)
        last = page.last
        return {
            "items": page.items,
            "next_cursor": None if last is None else self.cursors.write(last, question=question),
            "total": min(total, MAX_TOTAL),
            "total_text": f"{MAX_TOTAL}+" if total > MAX_TOTAL else str(total),
        }

    @rpc(public=True, idempotent=True)
    def get_document(self, *, record_number: str) -> dict[str, Any]:
        """Return one publication (手册 5.1.1)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        with self.database.read() as session:
            return queries.find_document(session, **wanted)


SERVICE = SearchService
