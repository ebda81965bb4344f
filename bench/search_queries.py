"""What the index is asked: words by how frequent they are, numbers, filters, pages, years."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bench.search_index import Source
from services.search.domain import tokens
from services.search.queries import Filters
from tools.generate_register import Publication

# Documents whose words are counted: those of blocks that are spread over the whole register.
LOOKED_AT: Final = 32_000
LONGEST: Final = 4
_BLOCK: Final = 1_000
# Share of the documents that a word is in: above, and up to.
FREQUENCIES: Final[Mapping[str, tuple[float, float]]] = {
    "rare": (0, 1 / 16_000),
    "medium": (1e-4, 0.005),
    "high": (0.005, 0.05),
    "common": (0.05, 1),
}
_COMMON_PAIRS: Final = (
    ("rare", "common"), ("medium", "high"), ("high", "high"), ("common", "common"),
)  # fmt: skip
YEARS: Final = range(2015, 2027)
WORD_CLASSES: Final = ("1 character", "2 characters", "3 characters", "4 characters")
TWO_CHARACTERS: Final = WORD_CLASSES[1]


_NO_FILTERS: Final = Filters()


@dataclass(frozen=True)
class Question:
    """Be one search: what is typed, what it is narrowed down to, and whether facets are wanted."""

    query: str
    filters: Filters = _NO_FILTERS
    with_facets: bool = False


class Words:
    """Know the words of a register with their frequencies, the same for the same register.

    Args:
        source: the register.
        each: how many words of a length and frequency are chosen, where there are so many.
    """

    def __init__(self, source: Source, each: int) -> None:
        self._source = source
        self._each = each
        self._register = source.register()
        self._dice = random.Random(source.size)  # noqa: S311 - any will do
        self.looked_at = min(LOOKED_AT, source.size)
        self.counts = self._count()

    def chosen(self, length: int) -> dict[str, list[str]]:
        """Return words of so many characters by frequency."""
        found = {}
        for name, (above, up_to) in FREQUENCIES.items():
            fitting = sorted(
                word
                for word, count in self.counts.items()
                if len(word) == length and above < count / self.looked_at <= max(up_to, self._once)
            )
            found[name] = self._dice.sample(fitting, min(self._each, len(fitting)))
        return found

    def questions(self) -> dict[str, list[Question]]:
        """Return the classes of questions."""
        by_length = {length: self.chosen(length) for length in range(1, LONGEST + 1)}
        found = {
            name: [Question(word) for words in by_length[place].values() for word in words]
            for place, name in enumerate(WORD_CLASSES, start=1)
        }
        pairs = by_length[2]
        found["two words"] = [
            Question(f"{self._dice.choice(pairs[one])} {self._dice.choice(pairs[other])}")
            for one, other in _COMMON_PAIRS
            for _ in range(self._each)
            if pairs[one] and pairs[other]
        ]
        found["number fragments"] = [Question(text) for text in self._fragments()]
        found["whole numbers"] = [Question(text) for text in self._numbers()]
        found["barcodes"] = [Question(text) for text in self._barcodes()]
        found["facets"] = [
            Question(question.query, with_facets=True) for question in found[TWO_CHARACTERS]
        ]
        common = [*pairs["common"], *pairs["high"]][: 2 * self._each]
        found["filters on common words"] = list(self._filtered(common))
        found["words tied to a year"] = [
            question
            for year in YEARS
            for question in (
                Question(f"{year}版"),
                Question(str(year)),
                *(Question(f"{word} {year}版") for word in self._dice.sample(common, 2)),
            )
        ]
        return {name: questions for name, questions in found.items() if questions}

    @cached_property
    def documents(self) -> list[Publication]:
        """Return the documents whose words are counted."""
        blocks = -(-self._source.size // _BLOCK)
        step = max(1, blocks // (LOOKED_AT // _BLOCK))
        starts = range(0, blocks, step)[: LOOKED_AT // _BLOCK]
        return [
            publication
            for block in starts
            for publication in self._source.publications(
                self._register, block * _BLOCK, (block + 1) * _BLOCK
            )
        ]

    @property
    def _once(self) -> float:
        """Return the share of a word that is in one document: in few, no word is rarer."""
        return 1 / self.looked_at

    def _count(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for publication in self.documents:
            counts.update(_words_of(publication))
        return counts

    def _some(self) -> list[Publication]:
        return self._dice.sample(self.documents, min(self._each, len(self.documents)))

    def _fragments(self) -> Iterator[str]:
        for publication in self._some():
            digits = "".join(filter(str.isdigit, publication.document["number"]["body"]))
            for length in range(2, 6):
                if len(digits) >= length:
                    yield digits[:length]

    def _numbers(self) -> Iterator[str]:
        for publication in self._some():
            document = publication.document
            text = document["number"]["text"]
            yield from (text, text.replace(" ", "").lower(), document["record_number"])

    def _barcodes(self) -> Iterator[str]:
        for publication in self._dice.sample(
            self.documents, min(4 * self._each, len(self.documents))
        ):
            for product in publication.document["products"][:1]:
                if code := product["barcode"]:
                    yield from (code, code[:8])

    def _filtered(self, words: Sequence[str]) -> Iterator[Question]:
        documents = self._some()
        for place, word in enumerate(words):
            document = documents[place % len(documents)].document
            day = documents[place % len(documents)].document["published_at"]
            codes = [one["class_code"] for one in document["products"] if one["class_code"]]
            yield Question(word, Filters(kind=document["kind"], state="WITHDRAWN"))
            yield Question(word, Filters(region=document["enterprise"]["region"][:4]))
            yield Question(word, Filters(year=int(day[:4])))
            yield Question(word, Filters(credit_code=document["enterprise"]["credit_code"]))
            if codes:
                yield Question(word, Filters(class_code=codes[0]))


def _words_of(publication: Publication) -> set[str]:
    """Return every run of one to four characters in what a document is found by."""
    document = publication.document
    texts = {document["title"], document["enterprise"]["name"]}
    texts |= {product["name"] for product in document["products"]}
    runs = {run for text in texts for run in tokens.find_runs(tokens.fold(text))}
    return {
        run[start : start + length]
        for run in runs
        if tokens.is_han(run)
        for length in range(1, LONGEST + 1)
        for start in range(len(run) - length + 1)
    }
