"""Entry points of ``search``."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final

from chassis import jobs
from chassis.blob_store import BlobStore
from chassis.blobs import open_store
from chassis.config import CommonSettings
from chassis.handlers import Delivery, Reject, on_event
from chassis.read_replicas import ReadReplicas
from chassis.rpc import RpcClient, RpcProxy, rpc
from chassis.service import HolderProvider, Provided, ReadReplicasProvider, Service
from chassis.timers import every
from contracts.events import (
    DECLARATION_MARKED,
    DECLARATION_VERSIONED,
    DECLARATION_WITHDRAWN,
)
from services.search import queries, schemas
from services.search.adapters.answering import answer_search
from services.search.adapters.counting import TermCounter
from services.search.adapters.cursors import Cursors
from services.search.adapters.rebuilding import Pace, Rebuilder
from services.search.adapters.texts import read_text
from services.search.config import Settings
from services.search.domain.documents import read_current, read_standing
from services.search.domain.statistics import read_fact
from services.search.queries import statistics as statistics_queries
from services.search.queries import suggestions
from services.search.usecases import indexing, statistics

# A rebuild works for so long, then leaves the process to those who search.
REBUILD_SECONDS: Final = 2.0
REST_SECONDS: Final = 1.0
WATCH_SECONDS: Final = 1.0
COUNT_SECONDS: Final = 1.0
# What is read into tokens in about a millisecond is not handed to another thread and back.
SHORT_CHARACTERS: Final = 4_000


class StandardsBehindError(Exception):
    """Say that standards does not know yet what it has announced; the event is tried again."""


class SearchService(Service):
    """Keep the public index; everything in it came by events and can be rebuilt."""

    name = "search"
    settings_class: ClassVar[type[CommonSettings]] = Settings

    standards: RpcProxy = RpcClient(
        "standards", idempotent=("get_current_version", "scan_versions", "scan_standings")
    )
    blobs: BlobStore = Provided(lambda settings: open_store(settings.storage_url))
    cursors: Cursors = Provided(lambda settings: Cursors(settings.cursor_key))

    replicas: ReadReplicas = ReadReplicasProvider()
    holder: str = HolderProvider()
    pace: Pace = Provided(lambda _: Pace())

    @every(seconds=REST_SECONDS)
    def rebuild_index(self) -> None:
        """Go on with the rebuild of the index; fill one that was never filled."""
        Rebuilder(
            self.database, self.standards, self.blobs, holder=self.holder, pace=self.pace
        ).run(REBUILD_SECONDS)

    @every(seconds=COUNT_SECONDS)
    def count_terms(self) -> None:
        """Let what was indexed lately be suggested."""
        TermCounter(self.database, holder=self.holder).run(COUNT_SECONDS)

    @every(seconds=WATCH_SECONDS)
    def watch_replicas(self) -> None:
        """Find out how far the read replicas are behind."""
        self.replicas.watch(self.holder)

    @on_event(DECLARATION_VERSIONED)
    def handle_declaration_versioned(self, delivery: Delivery) -> None:
        """Put a publication, or what it says now, into the index (手册 4.1, 5.2, 5.4).

        The event tells all of it unless that is long. It may be older than what the index holds: it
        is not written then.
        """
        current = delivery.event.data.get("current")
        self._index(delivery, self._current(delivery) if current is None else current)

    @on_event(DECLARATION_WITHDRAWN)
    def handle_declaration_withdrawn(self, delivery: Delivery) -> None:
        """Mark a publication as 废止; it stays to be found (手册 5.5.2)."""
        self._mark(delivery)

    @on_event(DECLARATION_MARKED)
    def handle_declaration_marked(self, delivery: Delivery) -> None:
        """Show the marks of a publication; what it says stays the same (FAQ 16, 31, 36)."""
        self._mark(delivery)

    @rpc(public=True, idempotent=True)
    def search_declarations(  # noqa: PLR0913 - one per filter
        self,
        *,
        query: str = "",
        kind: str | None = None,
        state: str | None = None,
        region: str | None = None,
        year: int | None = None,
        class_code: str | None = None,
        disclosure: str | None = None,
        credit_code: str | None = None,
        published_from: str | None = None,
        published_to: str | None = None,
        enterprise: str | None = None,
        title: str | None = None,
        number: str | None = None,
        product: str | None = None,
        barcode: str | None = None,
        gtin: str | None = None,
        indicator_name: str | None = None,
        indicator_unit: str = "",
        indicator_low: float | None = None,
        indicator_high: float | None = None,
        cursor: str | None = None,
        limit: int = 15,
        with_facets: bool = False,
    ) -> dict[str, Any]:
        """Search everything published (手册 FAQ 32); without words, return the newest."""
        asked = schemas.load(
            schemas.SearchInput,
            query=query,
            kind=kind,
            state=state,
            region=region,
            year=year,
            class_code=class_code,
            disclosure=disclosure,
            credit_code=credit_code,
            published_from=published_from,
            published_to=published_to,
            enterprise=enterprise,
            title=title,
            number=number,
            product=product,
            barcode=barcode,
            gtin=gtin,
            indicator_name=indicator_name,
            indicator_unit=indicator_unit,
            indicator_low=indicator_low,
            indicator_high=indicator_high,
            cursor=cursor,
            limit=limit,
            with_facets=with_facets,
        )
        return answer_search(
            asked,
            schemas.read_filters(asked),
            replicas=self.replicas,
            cursors=self.cursors,
            blobs=self.blobs,
        )

    @rpc(public=True, idempotent=True)
    def suggest(self, *, typed: str, limit: int = suggestions.MAX_SUGGESTIONS) -> dict[str, Any]:
        """Return names and numbers that go on with what was typed so far."""
        asked = schemas.load(schemas.SuggestInput, typed=typed, limit=limit)
        return self.replicas.read(
            lambda session: {
                "items": suggestions.find_suggestions(
                    session, queries.live_tables(session).terms, **asked
                )
            }
        )

    @rpc(public=True, idempotent=True)
    def get_statistics(self, *, region: str = "") -> dict[str, Any]:
        """Return how much was published, by region, kind, state, month and class."""
        asked = schemas.load(schemas.StatisticsInput, region=region)
        return self.replicas.read(
            lambda session: statistics_queries.get_statistics(session, **asked)
        )

    @rpc(public=True, idempotent=True)
    def get_document(self, *, record_number: str) -> dict[str, Any]:
        """Return one publication (手册 5.1.1)."""
        wanted = schemas.load(schemas.RecordInput, record_number=record_number)
        return self.replicas.read(lambda session: queries.find_document(session, **wanted))

    @rpc(public=True, idempotent=True)
    def list_record_parts(self, *, size: int = 50_000) -> dict[str, Any]:
        """Return how everything published divides into parts of at most so many."""
        asked = schemas.load(schemas.RecordPartsInput, size=size)
        return {
            "items": self.replicas.read(lambda session: queries.list_record_parts(session, **asked))
        }

    @rpc(public=True, idempotent=True)
    def list_records(
        self, *, start: int, end: int | None = None, limit: int = 2_000
    ) -> dict[str, Any]:
        """Return the permanent numbers of what was published from one place to another."""
        asked = schemas.load(schemas.RecordsInput, start=start, end=end, limit=limit)
        return self.replicas.read(lambda session: queries.list_records(session, **asked))

    def _current(self, delivery: Delivery) -> dict[str, Any]:
        """Return how the declaration stands now: events of one may arrive in any order.

        Raises:
            Reject: the document is not the one that was announced.
            StandardsBehindError: the answer is older than the event.
        """
        event = delivery.event
        current: dict[str, Any] = self.standards.get_current_version(declaration_id=event.subject)
        if current["sequence"] < event.sequence:
            raise StandardsBehindError(event.subject)
        announced = event.data.get("document_sha256", current["sha256"])
        if current["sequence"] == event.sequence and current["sha256"] != announced:
            raise Reject("the document is not the one that was announced")
        return current

    def _mark(self, delivery: Delivery) -> None:
        """Write down how a declaration stands; its words are read anew only if they changed."""
        current = self._current(delivery)
        declaration_id = delivery.event.subject
        with self.database.read() as session:
            is_there = [
                queries.has_version(session, tables, declaration_id, sha256=current["sha256"])
                for tables in indexing.list_generations(session)
            ]
        if not all(is_there):
            self._index(delivery, current)
            return
        fact = read_fact(delivery.event.subject, current)
        with self.database.transaction(delivery) as tx:
            indexing.mark_everywhere(
                tx=tx,
                declaration_id=declaration_id,
                sequence=current["sequence"],
                standing=read_standing(current),
            )
            statistics.count_declaration(tx=tx, fact=fact)

    def _index(self, delivery: Delivery, current: Mapping[str, Any]) -> None:
        declaration_id = delivery.event.subject
        extracted = read_text(self.blobs, current["extracted_text"])
        read = partial(read_current, declaration_id, current, extracted)
        is_short = len(current["document"]) + len(extracted) <= SHORT_CHARACTERS
        entry = read() if is_short else jobs.in_thread(read)
        fact = read_fact(declaration_id, current)
        with self.database.transaction(delivery) as tx:
            indexing.index_everywhere(tx=tx, entry=entry)
            statistics.count_declaration(tx=tx, fact=fact)


SERVICE = SearchService
