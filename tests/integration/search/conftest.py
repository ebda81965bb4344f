"""The index on a real database, on both engines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis import ids, outbox
from chassis.clock import SystemClock
from chassis.db import dump_json
from chassis.uow import Database
from services.search import queries
from services.search.domain.documents import read_document
from services.search.queries import Filters, Place
from services.search.usecases import indexing

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
        enterprise = {
            "enterprise_id": ids.new_id(),
            "name": changes.pop("enterprise", "示例有限公司"),
            "credit_code": changes.pop("credit_code", "91330000740545604A"),
            "organization_code": "740545604",
            "legal_representative": "王明",
            "address": "示例路1号",
            "postcode": "321300",
            "region": changes.pop("region", "330784"),
        }
        products = [{**PRODUCT, **row} for row in changes.pop("products", [])]
        document = {
            "record_number": f"Q-91330000740545604A-202401010000-{self.count:04d}",
            "version": sequence,
            "supersedes": None,
            "indicators": [],
            "kind": changes.pop("kind", "ENTERPRISE"),
            "number": {"text": number},
            "title": changes.pop("title", "产品"),
            "text": {"size": 1} if text else None,
            "products": products,
            "enterprise": enterprise,
            "published_at": outbox.format_time(START + timedelta(minutes=self.count)),
        }
        assert not changes
        declaration_id = self.declarations.setdefault(number, ids.new_id())
        entry = read_document(
            declaration_id=declaration_id,
            sequence=sequence,
            text=dump_json(document),
            sha256="0" * 64,
            extracted=text,
        )
        with self.database.transaction() as tx:
            indexing.index_document(tx=tx, entry=entry)
        return number

    def find(self, query: str = "", limit: int = 15, **filters: Any) -> list[str]:
        """Return the numbers on the first page."""
        with self.database.read() as session:
            page = queries.find_page(
                session, query=query, filters=Filters(**filters), after=None, limit=limit
            )
        return [item["number"] for item in page.items]

    def total(self, query: str = "", **filters: Any) -> int:
        """Return how many are found."""
        with self.database.read() as session:
            return queries.count_total(session, query=query, filters=Filters(**filters))

    def walk(self, query: str, limit: int) -> list[str]:
        """Return the numbers on all pages."""
        seen: list[str] = []
        after: Place | None = None
        while True:
            with self.database.read() as session:
                page = queries.find_page(
                    session, query=query, filters=Filters(), after=after, limit=limit
                )
            seen += [item["number"] for item in page.items]
            after = page.last
            if after is None:
                return seen


@pytest.fixture
def library(new_database_url: Callable[[str | None], str]) -> Iterator[Library]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield Library(database)
    database.close()
