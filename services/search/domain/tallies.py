"""Sum up which names and numbers documents have, and what a change of documents changes of it.

A tally is noted as JSON beside the documents it is of, and counted later, many at once: a name that
a hundred new documents share is then written once.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from services.search.domain import guessing, suggesting

# A document as it was in the index, None when it was not, and as it is now.
Change = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]

_OWN: Final = "ENTERPRISE"


@dataclass
class Name:
    """Be how many more documents have a name than before, by what it names."""

    text: str
    titles: int = 0
    products: int = 0
    enterprises: int = 0

    @property
    def total(self) -> int:
        """Return how many in all."""
        return self.titles + self.products + self.enterprises

    def add(self, other: "Name") -> None:
        """Add what another tally says of the same name."""
        self.text = other.text
        self.titles += other.titles
        self.products += other.products
        self.enterprises += other.enterprises

    def is_nothing(self) -> bool:
        """Tell whether nothing changes."""
        return not (self.titles or self.products or self.enterprises)


@dataclass
class Number:
    """Be how many more documents have a number than before; ``is_own`` when an enterprise's."""

    text: str
    is_own: bool
    count: int = 0


@dataclass
class Tally:
    """Hold what changes, by term (`suggesting.term_of`) and by number without marks."""

    names: dict[str, Name] = field(default_factory=dict)
    numbers: dict[str, Number] = field(default_factory=dict)

    def change(self, change: Change) -> None:
        """Add one change of a document."""
        before, after = change
        if before is not None:
            self._count(before, -1)
        if after is not None:
            self._count(after, 1)

    def merge(self, noted: str) -> None:
        """Add what was noted (`notes`)."""
        names, numbers = json.loads(noted)
        for term, *values in names:
            self._add_name(term, Name(*values))
        for flat, *values in numbers:
            self._add_number(flat, Number(*values))

    def notes(self, most: int) -> Iterator[tuple[int, str]]:
        """Return what changes as texts of at most so many names and numbers, with how many."""
        names = (
            (term, name.text, name.titles, name.products, name.enterprises)
            for term, name in self.names.items()
            if not name.is_nothing()
        )
        numbers = (
            (flat, number.text, number.is_own, number.count)
            for flat, number in self.numbers.items()
            if number.count
        )
        while True:
            part: tuple[Sequence[Any], Sequence[Any]]
            part = (list(islice(names, most)), list(islice(numbers, most)))
            size = sum(map(len, part))
            if not size:
                return
            yield size, json.dumps(part, ensure_ascii=False, separators=(",", ":"))

    def _count(self, document: Mapping[str, Any], step: int) -> None:
        self._add(document["title"], titles=step)
        self._add(document["enterprise"]["name"], enterprises=step)
        for name in {product["generic_name"] for product in document["products"]}:
            self._add(name, products=step)
        text = document["number"]["text"]
        flat = guessing.split_number(text).flat
        if flat:
            self._add_number(flat, Number(text, document["kind"] == _OWN, step))

    def _add(self, text: str, **steps: int) -> None:
        term = suggesting.term_of(text)
        if term:
            self._add_name(term, Name(text, **steps))

    def _add_name(self, term: str, name: Name) -> None:
        known = self.names.setdefault(term, name)
        if known is not name:
            known.add(name)

    def _add_number(self, flat: str, number: Number) -> None:
        known = self.numbers.setdefault(flat, number)
        if known is not number:
            known.text, known.is_own = number.text, number.is_own
            known.count += number.count
