"""Publications to be searched, put into the index of a real database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from chassis import ids, outbox
from chassis.db import dump_json
from chassis.uow import Database
from services.search import queries
from services.search.domain.documents import Additions, IndexEntry, Standing, read_document
from services.search.domain.levels import Tier
from services.search.queries import Filters, Page, Place
from services.search.usecases import indexing, terms

START = datetime(2024, 1, 1, tzinfo=UTC)
PRODUCT = dict.fromkeys(
    ("name", "generic_name", "barcode", "brand", "specification", "model", "class_code"), ""
)


@dataclass
class Library:
    """Put documents into the index and look for them."""

    database: Database
    count: int = 0
    declarations: dict[str, str] = field(default_factory=dict)

    def add(self, number: str = "", text: str = "", sequence: int = 1, **changes: Any) -> str:
        """Index one publication, a minute newer than the one before; return its number."""
        self.count += 1
        number = number or f"Q/A{self.count:03d}-2024"
        declaration_id = self.declarations.setdefault(number, ids.new_id())
        entry = new_entry(
            self.count,
            number=number,
            text=text,
            sequence=sequence,
            declaration_id=declaration_id,
            **changes,
        )
        self.index(entry)
        return number

    def index(self, entry: IndexEntry) -> bool:
        """Index one publication."""
        with self.database.transaction() as tx:
            is_new = indexing.index_everywhere(tx=tx, entry=entry)
        count_terms(self.database)
        return is_new

    def mark(self, number: str, *, state: str, sequence: int) -> bool:
        """Write down how a publication stands now."""
        standing = Standing(state=state, withdrawn_at=START, withdrawal_reason="NOT_IN_USE")
        with self.database.transaction() as tx:
            return indexing.mark_everywhere(
                tx=tx,
                declaration_id=self.declarations[number],
                sequence=sequence,
                standing=standing,
            )

    def search(
        self, query: str = "", *, after: Place | None = None, limit: int = 15, **filters: Any
    ) -> Page:
        """Return a page, with how its results divide."""
        return self.ask(query, Filters(**filters), after=after, limit=limit)

    def ask(
        self, query: str, filters: Filters, *, after: Place | None = None, limit: int = 15
    ) -> Page:
        """Return a page, with how its results divide."""
        with self.database.read() as session:
            return queries.search(
                session, query=query, filters=filters, after=after, limit=limit, with_facets=True
            )

    def page(self, session: Session, query: str, *, limit: int) -> Page:
        """Return a page without what it divides into."""
        return queries.search(session, query=query, filters=Filters(), after=None, limit=limit)

    def continued(self, query: str, page: Page, *, limit: int) -> Page:
        """Return the page after another one, from the index that this one was read from."""
        with self.database.read() as session:
            return queries.search(
                session,
                query=query,
                filters=Filters(),
                after=page.last,
                limit=limit,
                generation=page.generation,
            )

    def find(self, query: str = "", limit: int = 15, **filters: Any) -> list[str]:
        """Return the numbers on the first page of what matches all of a query."""
        page = self.search(query, limit=limit, **filters)
        return [item["number"] for item in page.items if item["tier"] < Tier.PINYIN]

    def total(self, query: str = "", **filters: Any) -> int:
        """Return how many match all of a query."""
        page = self.search(query, **filters)
        return 0 if page.is_partial else page.total

    def walk(self, query: str, limit: int, **filters: Any) -> list[str]:
        """Return the numbers on all pages."""
        seen: list[str] = []
        after: Place | None = None
        while True:
            page = self.search(query, after=after, limit=limit, **filters)
            seen += [item["number"] for item in page.items]
            after = page.last
            if after is None:
                return seen


def count_terms(database: Database) -> None:
    """Let what was indexed be suggested, as the service does a little later."""
    with database.transaction() as tx:
        while terms.count_noted(tx=tx, most=terms.MOST_IN_BULK):
            pass


def new_entry(
    count: int, *, declaration_id: str, text: str = "", sequence: int = 1, **changes: Any
) -> IndexEntry:
    """Return what is indexed of a publication, by default a minute newer with each count."""
    enterprise = {
        "enterprise_id": "5a0c7b1e-35a7-5b0e-9d3f-2f4b8c6d7e8f",
        "name": changes.pop("enterprise", "示例有限公司"),
        "credit_code": changes.pop("credit_code", "91330000740545604A"),
        "organization_code": "740545604",
        "legal_representative": "王明",
        "address": "示例路1号",
        "postcode": "321300",
        "region": changes.pop("region", "330784"),
    }
    published_at = changes.pop("published_at", START + timedelta(minutes=count))
    additions = Additions(
        english_title=changes.pop("english_title", ""),
        class_names=changes.pop("class_names", None),
    )
    document = {
        "record_number": changes.pop(
            "record_number", f"Q-91330000740545604A-202401010000-{count:04d}"
        ),
        "version": sequence,
        "supersedes": None,
        "indicators": changes.pop("indicators", []),
        "kind": changes.pop("kind", "ENTERPRISE"),
        "number": {"text": changes.pop("number")},
        "title": changes.pop("title", "产品"),
        "text": {"size": 1} if text else None,
        "products": [{**PRODUCT, **row} for row in changes.pop("products", [])],
        "enterprise": enterprise,
        "published_at": outbox.format_time(published_at),
    }
    assert not changes
    return read_document(
        declaration_id=declaration_id,
        sequence=sequence,
        text=dump_json(document),
        sha256="0" * 64,
        extracted=text,
        additions=additions,
    )
