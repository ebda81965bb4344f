"""Snapshots: everything public in files, what a line says, and one number that sums it up.

A snapshot is taken at a position of the public log: whoever has it and applies every later event
with a higher ``sequence`` has what the register says now. A delta leads from one snapshot to the
next. Both carry the checksum of the register as it was then.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from services.standards.domain.product_sheets import guard

FORM: Final = "qibiao.snapshot.1"
MANIFEST: Final = "manifest.json"
SCHEMA: Final = "declaration.schema.json"
LOG: Final = "log.jsonl.gz"
HEAD: Final = "head.json"
ROWS_PER_PART: Final = 100_000
LEAST_FULLS: Final = 2
"""So many full snapshots are kept, however old."""

_BEIJING: Final = timezone(timedelta(hours=8))
_PRODUCT: Final = (
    "name", "generic_name", "barcode", "brand", "specification", "model", "class_code",
)  # fmt: skip
PRODUCT_HEADS: Final = ("record_number", "declaration_id", "position", *_PRODUCT)
DECLARATION_HEADS: Final = (
    "record_number", "declaration_id", "version", "state", "kind", "number", "title",
    "disclosure_mode", "published_at", "corrected_at", "withdrawn_at", "withdrawal_reason",
    "supersedes", "enterprise_name", "credit_code", "organization_code", "region",
    "product_count", "indicator_count", "marks", "document_sha256",
)  # fmt: skip
_ENTRY: Final = ("leaf_index", "leaf_hash", "record_number", "version", "kind")


class SnapshotKind(StrEnum):
    """Tell whether a snapshot holds everything or what has changed since an earlier one."""

    FULL = "FULL"
    DELTA = "DELTA"


@dataclass(frozen=True)
class PublicRecord:
    """Hold how one declaration stands; ``document`` is the canonical text of its newest version."""

    declaration_id: str
    record_number: str
    version: int
    sequence: int
    state: str
    published_at: str
    corrected_at: str | None
    withdrawn_at: str | None
    withdrawal_reason: str | None
    marks: Sequence[Mapping[str, Any]]
    document: str
    document_sha256: str
    text_sha256: str | None
    extracted_text_sha256: str | None
    leaf_index: int | None

    @property
    def line(self) -> str:
        """Return the record as one line of canonical JSON; the document stands in it as it is."""
        parts = (
            f"{json.dumps(name)}:{value if name == 'document' else _dump(value)}"
            for name, value in sorted(self.__dict__.items())
        )
        return "{" + ",".join(parts) + "}\n"


class RegisterChecksum:
    """Sum up a register: SHA-256 over one canonical line for each declaration, sorted by id.

    A line is the JSON list ``[declaration_id, version, sequence, state, marks, document_sha256]``
    in the canonical form of documents, ended by a line feed.
    """

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.sha256()
        self._last = ""

    def add(  # noqa: PLR0913 - what is summed up of a declaration
        self,
        *,
        declaration_id: str,
        version: int,
        sequence: int,
        state: str,
        marks: Sequence[Mapping[str, Any]],
        document_sha256: str,
    ) -> None:
        """Take the next declaration.

        Raises:
            ValueError: its id does not follow the one before.
        """
        if declaration_id <= self._last:
            raise ValueError(f"{declaration_id} comes after {self._last}")
        self._last = declaration_id
        self.count += 1
        line = _dump([declaration_id, version, sequence, state, list(marks), document_sha256])
        self._hash.update(line.encode() + b"\n")

    @property
    def hexdigest(self) -> str:
        """Return the checksum of what was taken so far."""
        return self._hash.hexdigest()


@dataclass(frozen=True)
class FileFacts:
    """Describe a finished file: size and hash are those of the compressed bytes."""

    name: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class SnapshotFacts:
    """Describe a snapshot; a delta leads from ``from_position`` of ``base`` to ``position``.

    ``pending`` counts the declarations whose newest change is in it without a position yet: their
    events come later and change nothing then. Where it is 0 the checksum is that of the position.
    """

    snapshot_id: str
    kind: SnapshotKind
    position: int
    from_position: int | None
    base: str | None
    created_at: str
    declarations: int
    events: int
    products: int
    pending: int
    checksum: str
    files: Sequence[FileFacts]

    def manifest(self) -> bytes:
        """Return the manifest as it is stored and served."""
        content = {"form": FORM, **asdict(self), "kind": self.kind.value}
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def snapshot_id(
    kind: SnapshotKind, at: datetime, position: int, from_position: int | None = None
) -> str:
    """Return the name of a snapshot: kind, Beijing time and positions."""
    moment = at.astimezone(_BEIJING).strftime("%Y%m%dT%H%M%S")
    places = [position] if from_position is None else [from_position, position]
    return "-".join([kind.value.lower(), moment, *map(str, places)])


def wire_time(moment: datetime) -> str:
    """Return the moment as on the wire: ISO 8601 in UTC with a ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def with_files(facts: SnapshotFacts, files: Sequence[FileFacts]) -> SnapshotFacts:
    """Return the facts of a snapshot that holds these files."""
    return replace(facts, files=files)


def last_due(now: datetime, at: time) -> datetime:
    """Return the latest moment until now at which a snapshot was due; ``at`` is Beijing time."""
    local = now.astimezone(_BEIJING)
    due = datetime.combine(local.date(), at, _BEIJING)
    return (due if due <= local else due - timedelta(days=1)).astimezone(UTC)


def outdated(
    kept: Iterable[tuple[str, SnapshotKind, str | None, datetime]], *, before: datetime
) -> list[str]:
    """Return which snapshots can go, of ``(id, kind, base, created_at)`` newest first.

    A delta goes with the snapshot that it can be applied to.
    """
    rows = list(kept)
    fulls = [(name, created_at) for name, kind, _, created_at in rows if kind is SnapshotKind.FULL]
    alive = {
        name
        for place, (name, created_at) in enumerate(fulls)
        if place < LEAST_FULLS or created_at >= before
    }
    return [
        name
        for name, kind, base, _ in rows
        if (name if kind is SnapshotKind.FULL else base) not in alive
    ]


def log_line(entry: Mapping[str, Any]) -> str:
    """Return an entry of the Merkle log as a line of ``log.jsonl.gz``: its hash, and what it is of.

    The rest of it says nothing that a proof needs: millions of lines are kept short.
    """
    return _dump({name: entry[name] for name in _ENTRY}) + "\n"


def csv_line(cells: Iterable[object]) -> str:
    """Return a line of CSV in which a spreadsheet finds no formula."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([guard("" if cell is None else str(cell)) for cell in cells])
    return stream.getvalue()


def declaration_cells(record: PublicRecord, content: Mapping[str, Any]) -> list[object]:
    """Return the row of a declaration in ``declarations.csv``; ``content`` is its document."""
    enterprise = content["enterprise"]
    return [
        record.record_number, record.declaration_id, record.version, record.state,
        content["kind"], content["number"]["text"], content["title"], content["disclosure_mode"],
        record.published_at, record.corrected_at, record.withdrawn_at, record.withdrawal_reason,
        content["supersedes"], enterprise["name"], enterprise["credit_code"],
        enterprise["organization_code"], enterprise["region"],
        len(content["products"]), len(content["indicators"]),
        " ".join(str(mark["kind"]) for mark in record.marks), record.document_sha256,
    ]  # fmt: skip


def product_cells(record: PublicRecord, content: Mapping[str, Any]) -> Iterable[list[object]]:
    """Return the rows of a declaration in ``products.csv``."""
    for position, product in enumerate(content["products"], start=1):
        head = [record.record_number, record.declaration_id, position]
        yield [*head, *(product[name] for name in _PRODUCT)]


def _dump(value: object) -> str:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


_NULLABLE_TEXT: Final = {"type": ["string", "null"]}
_SHA256: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
LINE_SCHEMA: Final[Mapping[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"urn:{FORM}:declaration",
    "title": "One line of declarations-*.jsonl.gz and changed.jsonl.gz",
    "type": "object",
    "required": sorted(PublicRecord.__dataclass_fields__),
    "properties": {
        "declaration_id": {"type": "string", "format": "uuid"},
        "record_number": {"type": "string"},
        "version": {"type": "integer", "minimum": 1},
        "sequence": {
            "type": "integer",
            "minimum": 1,
            "description": "Ignore events whose sequence is not higher.",
        },
        "state": {"enum": ["PUBLISHED", "WITHDRAWN"]},
        "published_at": {"type": "string", "format": "date-time"},
        "corrected_at": {**_NULLABLE_TEXT, "format": "date-time"},
        "withdrawn_at": {**_NULLABLE_TEXT, "format": "date-time"},
        "withdrawal_reason": _NULLABLE_TEXT,
        "marks": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind", "since", "detail"],
                "properties": {
                    "kind": {"type": "string"},
                    "since": {"type": "string", "format": "date-time"},
                    "detail": {"type": "object"},
                },
            },
        },
        "document": {
            "type": "object",
            "description": "The newest version. Its canonical form (keys sorted, no blanks, UTF-8"
            " unescaped) is what stands here, byte for byte, and has document_sha256.",
        },
        "document_sha256": _SHA256,
        "text_sha256": {**_SHA256, "type": ["string", "null"]},
        "extracted_text_sha256": {**_SHA256, "type": ["string", "null"]},
        "leaf_index": {"type": ["integer", "null"], "minimum": 0},
    },
}
