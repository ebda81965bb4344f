"""Read what a user typed: words and phrases, and where in the index each of them is looked for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from services.search.domain import numbers, pinyin, tokens
from services.search.domain.expressions import Expression, Phrase, any_of
from services.search.domain.tokens import Tag

MAX_QUERY: Final = 300
MAX_WORDS: Final = 24
# Letters alone are the beginning of a number at most: GB, QB, DBS, QSJX.
MAX_LETTERS_OF_NUMBER: Final = 6
# The number of a manufacturer in a barcode has seven digits or more.
MIN_BARCODE: Final = 7
MAX_BARCODE: Final = 14
MIN_ORGANIZATION: Final = 9
MAX_NAME: Final = 40
# No row has this token.
NOTHING: Final = Phrase((Tag.FILTER + "0",))
_MIN_NAME: Final = 2
_MAX_UNITS: Final = 80

_PART: Final = re.compile(r'"([^"]*)"?|([^\s"]+)')
_QUOTES: Final = str.maketrans(dict.fromkeys("“”„‟「」『』〝〞〟", '"'))


@dataclass(frozen=True)
class Word:
    """Be one word or phrase of a query.

    ``phrase`` are its tokens; the last of them may go on when the word ``is_open``. ``whole`` are
    its tokens when nothing may go on, ``flat`` its letters, digits and characters in one.
    ``is_single`` is a word of one character.
    """

    phrase: tuple[str, ...]
    whole: tuple[str, ...]
    flat: str
    is_open: bool
    is_single: bool

    def in_titles(self) -> Expression:
        """Return where the word stands in a title or a number."""
        found = [self._in(Tag.TITLE)]
        if self._may_be_of_number():
            pieces, is_open = numbers.piece_phrase(self.flat)
            found.append(Phrase(_tagged(Tag.NUMBER_PIECE, pieces), is_open))
        return any_of(found)

    def in_names(self) -> Expression:
        """Return where the word stands in a title, whatever the number says."""
        return self._in(Tag.TITLE)

    def in_numbers(self) -> Expression:
        """Return where the word is a piece of a standard number, or of a record number."""
        pieces, is_open = numbers.piece_phrase(self.flat)
        whole = Phrase((Tag.NUMBER_KEY + self.flat[: numbers.MAX_FLAT],))
        return any_of([Phrase(_tagged(Tag.NUMBER_PIECE, pieces), is_open), whole])

    def in_barcodes(self) -> Expression:
        """Return where the word begins the barcode of a product; a few digits begin too many."""
        code = self.flat.lstrip("0")
        if not code.isdigit() or not MIN_BARCODE <= len(self.flat) <= MAX_BARCODE:
            return NOTHING
        return Phrase((Tag.BARCODE + code,), is_open=len(code) >= MIN_BARCODE - 1)

    def in_enterprises_only(self) -> Expression:
        """Return where the word stands in an enterprise; one character stands in too many."""
        return NOTHING if self.is_single else self.in_enterprises()

    def in_products(self) -> Expression:
        """Return where the word stands in a product, its barcode too."""
        found = [self._in(Tag.PRODUCT)]
        if len(self.phrase) > 1 and self.flat.isascii():
            # A model is also one word without its strokes.
            found.append(Phrase((Tag.PRODUCT + self.flat[: tokens.MAX_TOKEN],), is_open=True))
        if self.flat.isdigit() and MIN_BARCODE <= len(self.flat) <= MAX_BARCODE:
            found.append(Phrase((Tag.BARCODE + self.flat.lstrip("0"),), is_open=True))
        return any_of(found)

    def in_enterprises(self) -> Expression:
        """Return where the word stands in the name or a code of an enterprise."""
        found = [self._in(Tag.ENTERPRISE)]
        if len(self.flat) >= MIN_ORGANIZATION and self.flat.isascii():
            code = self.flat[: tokens.MAX_TOKEN]
            found.append(Phrase((Tag.ORGANIZATION + code,), is_open=True))
        return any_of(found)

    def in_texts(self) -> Expression:
        """Return where the word stands in a text or an indicator."""
        return self._in(Tag.TEXT)

    def spelled(self) -> Expression | None:
        """Return where the word stands as pinyin or first letters of a name, if it can be that."""
        if not pinyin.is_spelled(self.flat):
            return None
        letters, is_open = pinyin.initial_phrase(self.flat)
        found: list[Expression] = [Phrase(_tagged(Tag.INITIALS, letters), is_open)]
        readings = pinyin.syllable_phrases(self.flat)
        found += [Phrase(_tagged(Tag.SYLLABLES, reading), is_open=True) for reading in readings]
        return any_of(found)

    def _in(self, tag: Tag) -> Phrase:
        return Phrase(_tagged(tag, self.phrase), self.is_open)

    def _may_be_of_number(self) -> bool:
        if len(self.flat) > numbers.MAX_FLAT:
            return False
        has_digit = any(character.isdecimal() for character in self.flat)
        is_letters = self.flat.isascii() and len(self.flat) <= MAX_LETTERS_OF_NUMBER
        return has_digit or is_letters


@dataclass(frozen=True)
class Query:
    """Hold what a user typed: its words, all of it in one, and the names that may be in it."""

    words: tuple[Word, ...]
    flat: str
    names: tuple[str, ...]

    @property
    def is_number(self) -> bool:
        """Tell whether all of it can be a number."""
        return len(self.flat) <= numbers.MAX_FLAT and any(c.isdecimal() for c in self.flat)

    def in_one_title(self) -> Expression:
        """Return where all of the words follow one another in a title."""
        *first, last = self.words
        phrase = [token for word in first for token in word.whole]
        return Phrase(_tagged(Tag.TITLE, (*phrase, *last.phrase)), last.is_open)


def read_query(text: str) -> Query:
    """Return what was typed; a query of marks only has no words and finds nothing."""
    folded = tokens.fold(text[:MAX_QUERY].translate(_QUOTES))
    words: list[Word] = []
    all_runs: list[str] = []
    for quoted, bare in _PART.findall(folded):
        runs = tokens.find_runs(quoted or bare)
        if runs and len(words) < MAX_WORDS:
            words.append(_read_word(runs, is_quoted=bool(quoted)))
            all_runs += runs
    return Query(
        words=tuple(words),
        flat=tokens.flatten(folded),
        names=tuple(dict.fromkeys(_names_in("".join(all_runs)))),
    )


def _read_word(runs: list[str], *, is_quoted: bool) -> Word:
    last = runs[-1]
    phrase = [token for run in runs[:-1] for token in tokens.run_tokens(run)]
    # The last run of characters needs no end: the text may go on.
    pairs = tokens.pair_tokens(last) if tokens.is_han(last) else []
    phrase += pairs or tokens.run_tokens(last)
    flat = "".join(tokens.encode(run) for run in runs)
    is_single = len("".join(runs)) == 1
    is_open = not pairs and not (is_single and not tokens.is_han(last))
    if is_quoted and not tokens.is_han(last):
        is_open = False
    return Word(
        phrase=tuple(phrase),
        whole=tuple(token for run in runs for token in tokens.run_tokens(run)),
        flat=flat,
        is_open=is_open,
        is_single=is_single,
    )


def _names_in(flat: str) -> Iterator[str]:
    """Return every name that may be contained: one character of Han, or two of anything."""
    units = flat[:_MAX_UNITS]
    for start, first in enumerate(units):
        shortest = 1 if tokens.is_han(first) else _MIN_NAME
        for end in range(start + shortest, min(len(units), start + MAX_NAME) + 1):
            yield tokens.encode(units[start:end])


def _tagged(tag: Tag, phrase: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag + token for token in phrase)
