"""Read the syntax of PDF objects, wherever in the file they are.

Readers that repair damaged files find objects by searching for ``N G obj``; so does this module,
so that an object no table points to is not overlooked. It knows the syntax only: following
references is left to the walk.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from chassis.job_child import JobRefusedError
from services.standards.adapters import pdf_actions

MAX_OBJECTS: Final = 200_000
MAX_NESTING: Final = 256

_STOP: Final = rb"\x00\t\n\f\r ()<>\[\]{}/%"
_OBJECT_WORD: Final = re.compile(rb"(?<![a-z])obj(?![a-z])")
_OBJECT_ID: Final = re.compile(rb"([0-9]{1,10})[\0\s]+([0-9]{1,5})[\0\s]+\Z")
_OBJECT_ID_BYTES: Final = 64
_TOKEN: Final = re.compile(
    rb"%[^\r\n]*|(?P<name>/[^" + _STOP + rb"]*)|(?P<string>\()|(?P<open><<|\[)|(?P<close>>>|\])"
    rb"|(?P<hex><[^<>]*>?)|(?P<word>[^" + _STOP + rb"]+)"
)
_STRING_MARK: Final = re.compile(rb"[()\\]")
_STRING_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|[^0-7])")
_NAME_ESCAPE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_HEX_DIGITS: Final = re.compile(rb"[^0-9A-Fa-f]")
_WATCHED: Final = frozenset(pdf_actions.NAMES) | {"URI", "Encrypt"}
_WATCHED_PLAIN: Final = re.compile(
    b"/(?:" + b"|".join(sorted(name.encode() for name in _WATCHED)) + b")(?=[" + _STOP + rb"]|\Z)"
)
_WATCHED_ESCAPED: Final = re.compile(
    b"/[^#" + _STOP + b"]{0,80}#[0-9A-Fa-f]{2}[^" + _STOP + b"]{0,240}"
)
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_OCTAL_DIGITS: Final = b"01234567"
_REGIONS_BACK: Final = 3
_HEAD_TOKENS: Final = 4_000
_MARKS: Final = {"name": "/", "string": "(", "hex": "("}


@dataclass
class PdfObject:
    """Hold what the syntax of one object shows."""

    number: int
    generation: int
    suspects: list[tuple[str, str]] = field(default_factory=list)
    """Code and detail of each watched name."""
    strange_links: list[str] = field(default_factory=list)
    """Targets that do not lead to the web; gibberish when the file is encrypted."""
    watched_names: int = 0
    """How many watched names were read as names."""
    is_encryption_named: bool = False
    entries: dict[str, list[str]] = field(default_factory=dict)
    """For a stream: key → flat tokens of the value; ``/`` marks a name, ``(`` a string."""
    stream_at: int = -1
    """Offset of the stream's first byte; -1 for an object without a stream."""
    end: int = -1
    """Offset where the next object begins."""
    depth: int = 0
    """Deepest nesting of arrays and dictionaries; an object is not read beyond `MAX_NESTING`."""


class Syntax:
    """Find the objects of a file or of a decoded object stream, and read those that matter."""

    def __init__(self, data: bytes) -> None:
        """Index the objects of a file.

        Raises:
            JobRefusedError: ``too_many_objects``.
        """
        self._data = data
        self._starts = [0]
        self._ids = [(0, 0)]
        for word in _OBJECT_WORD.finditer(data):  # much faster than to search for the numbers
            at = word.start()
            found = _OBJECT_ID.search(data[max(0, at - _OBJECT_ID_BYTES) : at])
            if found is None:
                continue
            self._starts.append(word.end())
            self._ids.append((int(found[1]), int(found[2])))
            if len(self._starts) > MAX_OBJECTS:
                raise JobRefusedError("too_many_objects", f"more than {MAX_OBJECTS}")

    @classmethod
    def of_object_stream(cls, body: bytes, first: int) -> "Syntax":
        """Index a decoded object stream, whose objects begin at ``first``.

        An index that cannot be understood is ignored: the whole body is read in any case.
        """
        syntax = cls(b"")
        syntax._data = body
        numbers = [int(word) for word in body[: max(0, first)].split() if word.isdigit()]
        for offset, number in sorted(zip(numbers[1::2], numbers[::2], strict=False)):
            if first + offset <= len(body):
                syntax._starts.append(first + offset)
                syntax._ids.append((number, 0))
        return syntax

    def __len__(self) -> int:
        return len(self._starts) - 1

    def objects_of_interest(self) -> Iterator[PdfObject]:
        """Yield each object that has a stream, a watched name, or might be nested deeply.

        Where a watched name lies in a string or in a stream's data, the objects before are read
        through to it too: a forged header inside a string must not hide what follows.
        """
        hits = self._count_hits()
        for region in range(len(self._starts)):
            start, end = self._bounds(region)
            expected = hits[region]
            if expected or self._data.find(b"stream", start, end) >= 0 or self._is_deep(start, end):
                found = self._read(region)
                yield found
                if found.watched_names < expected:
                    yield from self._read_through(region)

    def _read_through(self, region: int) -> Iterator[PdfObject]:
        for earlier in range(max(0, region - _REGIONS_BACK), region):
            found = self._read(region, begin_at=self._starts[earlier])
            found.stream_at = -1  # seen when the object was read for itself
            yield found

    def _is_deep(self, start: int, end: int) -> bool:
        count = self._data.count
        return count(b"[", start, end) + count(b"<<", start, end) > MAX_NESTING

    def _bounds(self, region: int) -> tuple[int, int]:
        is_last = region + 1 == len(self._starts)
        return self._starts[region], len(self._data) if is_last else self._starts[region + 1]

    def _count_hits(self) -> Counter[int]:
        """Return how many watched names the bytes of each region hold, in syntax or not."""
        places = [hit.start() for hit in _WATCHED_PLAIN.finditer(self._data)]
        places += [
            hit.start()
            for hit in _WATCHED_ESCAPED.finditer(self._data)
            if decode_name(hit[0]) in _WATCHED
        ]
        return Counter(bisect_right(self._starts, place) - 1 for place in places)

    def _read(self, region: int, begin_at: int | None = None) -> PdfObject:
        start, end = self._bounds(region)
        found = PdfObject(*self._ids[region], end=end)
        reader = _ObjectReader(self._data, found, report_from=start)
        reader.read(start if begin_at is None else begin_at, end)
        return found


class _ObjectReader:
    """Take in the tokens of one object, without comments and without its stream's data."""

    def __init__(self, data: bytes, found: PdfObject, *, report_from: int) -> None:
        self._data = data
        self._found = found
        self._report_from = report_from
        self._head: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._is_well_formed = True
        self._last = ("", "")

    def read(self, at: int, end: int) -> None:
        while (match := _TOKEN.search(self._data, at, end)) and len(self._open) <= MAX_NESTING:
            at = match.end()
            kind = match.lastgroup
            if kind == "name":
                self._take_name(decode_name(match[0]), match.start() >= self._report_from)
            elif kind == "string":
                text, at = _read_string(self._data, at, end)
                self._take(kind, text)
            elif kind == "word" and match[0] == b"stream" and self._begins_stream():
                at = self._skip_stream(at, end)
            elif kind is not None:  # None: a comment
                self._take(kind, _READ[kind](match[0]))

    def _take_name(self, name: str, is_reported: bool) -> None:  # noqa: FBT001 - private
        previous_kind, previous = self._last
        self._note("name", name)
        if not is_reported or name not in _WATCHED:
            return
        self._found.watched_names += 1
        self._found.is_encryption_named |= name == "Encrypt"
        code = pdf_actions.code_of_name(name, previous if previous_kind == "name" else "")
        if code:
            self._found.suspects.append((code, f"/{name}"))

    def _take(self, kind: str, text: str) -> None:
        if (
            self._last == ("name", "URI")
            and kind in {"string", "hex"}
            and not pdf_actions.is_web_link(text)
        ):
            self._found.strange_links.append(text[:80])
        self._note(kind, text)
        if kind == "open":
            self._open.append(text)
            self._found.depth = max(self._found.depth, len(self._open))
        elif kind == "close":
            self._is_well_formed &= bool(self._open) and self._open.pop() == text

    def _begins_stream(self) -> bool:
        """Tell whether data follows: a complete dictionary has just ended.

        Where brackets do not match, readers disagree on where the dictionary ends; then nothing
        is taken for data, so that nothing is overlooked.
        """
        return self._last == ("close", "<<") and not self._open and self._is_well_formed

    def _note(self, kind: str, text: str) -> None:
        self._last = (kind, text)
        if self._found.stream_at < 0 and len(self._head) < _HEAD_TOKENS:
            self._head.append((kind, text))

    def _skip_stream(self, at: int, end: int) -> int:
        if self._found.stream_at < 0:
            at += self._data.startswith(b"\r", at, end)
            at += self._data.startswith(b"\n", at, end)
            self._found.stream_at = at
            self._found.entries = _outer_entries(self._head)
        found = self._data.find(b"endstream", at, end)
        return end if found < 0 else found + len(b"endstream")


def decode_name(raw: bytes) -> str:
    """Return a name token without its slash, with ``#xx`` undone."""
    if b"#" in raw:
        raw = _NAME_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), raw)
    return raw[1:].decode("latin-1")


def _read_string(data: bytes, at: int, end: int) -> tuple[str, int]:
    """Return the text of a literal string that was opened before ``at``, and where it ends."""
    start, depth = at, 1
    while depth and (mark := _STRING_MARK.search(data, at, end)):
        at = mark.end()
        if mark[0] == b"(":
            depth += 1
        elif mark[0] == b")":
            depth -= 1
        else:
            at += 1
    if depth:
        at = end
    raw = data[start : min(at - 1, start + 4_096)]
    return _to_text(_STRING_ESCAPE.sub(_undo_escape, raw) if b"\\" in raw else raw), at


def _undo_escape(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    if escaped[0] in _OCTAL_DIGITS:
        return bytes([int(escaped, 8) & 0xFF])
    if escaped in {b"\n", b"\r", b"\r\n"}:
        return b""
    return _ESCAPES.get(escaped, escaped)


def _read_hex(raw: bytes) -> bytes:
    digits = _HEX_DIGITS.sub(b"", raw[: 2 * 4_096])
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _to_text(raw: bytes) -> str:
    if raw.startswith((b"\xfe\xff", b"\xff\xfe")):
        return raw.decode("utf-16", errors="replace")
    return raw.decode("utf-8", errors="replace")


_READ: Final[dict[str, Callable[[bytes], str]]] = {
    "open": lambda raw: raw.decode("ascii"),
    "close": lambda raw: "<<" if raw == b">>" else "[",
    "hex": lambda raw: _to_text(_read_hex(raw)),
    "word": lambda raw: raw.decode("latin-1"),
}


def _outer_entries(head: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the entries of the outermost dictionary among the tokens."""
    entries: dict[str, list[str]] = {}
    depth, values = 0, None
    for kind, text in head:
        if kind == "open":
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth == 1:
                values = None
        elif values is not None:
            values.append(_MARKS.get(kind, "") + text)
            if depth == 1:
                values = None
        elif depth == 1 and kind == "name":
            values = entries.setdefault(text, [])
    return entries
