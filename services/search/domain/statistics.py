"""Say in which counts a declaration stands: of its regions, kind, state, month and classes.

A count is told by its scope, its dimension and a value. The scope is a region of no, 2 or 4 digits
(the whole country, a province, a city) or 6; within it the dimension ``REGION`` divides by the next
level. All published declarations count, those 废止 too: ``STATE`` tells them apart.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

TOTAL: Final = "TOTAL"
REGION: Final = "REGION"
KIND: Final = "KIND"
STATE: Final = "STATE"
MONTH: Final = "MONTH"
CLASS: Final = "CLASS"
DIMENSIONS: Final = (TOTAL, REGION, KIND, STATE, MONTH, CLASS)
# Rows that one count is spread over, where many declarations would wait for each other.
SHARDS: Final = 8

_LEVELS: Final = (0, 2, 4, 6)
_BROAD: Final = 2
_BEIJING: Final = timedelta(hours=8)

Cell = tuple[str, str, str]


@dataclass(frozen=True)
class Fact:
    """Be what one declaration adds to the counts.

    ``enterprise`` is its credit code, or its organization code; ``classes`` says how many products
    of each class there are; ``month`` is that of publication in Beijing, such as 2026-03.
    """

    declaration_id: str
    sequence: int
    enterprise: str
    region: str
    kind: str
    state: str
    month: str
    products: int
    classes: tuple[tuple[str, int], ...]


def read_fact(declaration_id: str, current: Mapping[str, Any]) -> Fact:
    """Return the fact of what ``standards.get_current_version`` answers of a declaration."""
    document = json.loads(current["document"])
    enterprise = document["enterprise"]
    products = document["products"]
    classes = Counter(product["class_code"] for product in products if product["class_code"])
    published_at = datetime.fromisoformat(document["published_at"])
    return Fact(
        declaration_id=declaration_id,
        sequence=current["sequence"],
        enterprise=enterprise["credit_code"] or enterprise["organization_code"],
        region=enterprise["region"],
        kind=document["kind"],
        state=current["state"],
        month=f"{published_at + _BEIJING:%Y-%m}",
        products=len(products),
        classes=tuple(sorted(classes.items())),
    )


def products_by_cell(fact: Fact) -> dict[Cell, int]:
    """Return every count that a declaration stands in, and how many products it adds to it."""
    return dict(_cells(fact))


def cells_of(facts: Iterable[Fact]) -> set[Cell]:
    """Return every count that any of the declarations stands in."""
    return {cell for fact in facts for cell, _ in _cells(fact)}


def shard_of(declaration_id: str, scope: str) -> int:
    """Return which row of a count a declaration is counted in."""
    if len(scope) > _BROAD:
        return 0
    return zlib.crc32(declaration_id.encode()) % SHARDS


def _cells(fact: Fact) -> Iterator[tuple[Cell, int]]:
    # A declaration may have no region; then it counts in the whole country only.
    levels = [digits for digits in _LEVELS if len(fact.region) >= digits]
    for place, digits in enumerate(levels):
        scope = fact.region[:digits]
        yield (scope, TOTAL, ""), fact.products
        if place + 1 < len(levels):
            yield (scope, REGION, fact.region[: levels[place + 1]]), fact.products
        yield (scope, KIND, fact.kind), fact.products
        yield (scope, STATE, fact.state), fact.products
        yield (scope, MONTH, fact.month), fact.products
        for code, count in fact.classes:
            yield (scope, CLASS, code), count
