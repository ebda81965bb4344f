"""Read what is checked: keys, heads, the list of leaves, records. Streams; files may be gzipped."""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from services.standards.domain import documents, merkle
from services.standards.domain.tree_heads import HEAD_FORM, TreeHead

Keys = dict[str, Ed25519PublicKey]
LINES: Final = (".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz")
SINGLE: Final = (".json", ".json.gz")
LOG: Final = "log.jsonl.gz"
HEAD: Final = "head.json"
_ANY_ID: Final = "*"
_LONGEST: Final = 64 * 1024 * 1024  # characters of a line or a file; documents are far shorter


class InputError(Exception):
    """Say that a file is not what it should be: nothing could be checked with it."""


@dataclass(frozen=True)
class Record:
    """Hold one published document as somebody gave it to us, and what is claimed of it."""

    source: str
    text: str
    record_number: str
    version: str
    kind: str
    leaf_index: int | None
    inclusion: Mapping[str, Any] | None

    @property
    def leaf_hash(self) -> bytes:
        """Return the leaf that this document makes."""
        return merkle.hash_leaf(self.text.encode())


def read_keys(path: Path) -> Keys:
    """Return the public keys by id: ``/log/keys`` as JSON, PEM, or 32 bytes in base64.

    A key without an id stands for every id.

    Raises:
        InputError: it is none of these.
    """
    text = path.read_text(encoding="utf-8").strip()
    try:
        if text.startswith("{"):
            return {
                str(item["key_id"]): _raw_key(str(item["public_key"]))
                for item in json.loads(text)["items"]
            }
        if text.startswith("-----"):
            return {_ANY_ID: _pem_key(text)}
        return {_ANY_ID: _raw_key(text)}
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not a public key of a log") from error


def read_heads(path: Path) -> list[Mapping[str, Any]]:
    """Return the heads in a file: one, or a page of them.

    Raises:
        InputError: there is none.
    """
    content = load(path)
    items = content.get("items", [content]) if isinstance(content, dict) else content
    if not items or not all(isinstance(item, dict) and "signature" in item for item in items):
        raise InputError(f"{path}: no tree head")
    return list(items)


def open_head(head: Mapping[str, Any], keys: Keys) -> TreeHead | None:
    """Return the head if one of the keys signed it, else nothing."""
    try:
        signed = TreeHead(
            size=int(head["size"]),
            root=bytes.fromhex(head["root"]),
            signed_at=str(head["signed_at"]),
            key_id=str(head["key_id"]),
        )
        key = keys.get(signed.key_id) or keys[_ANY_ID]
        key.verify(base64.b64decode(head["signature"], validate=True), signed.signed_text())
    except (KeyError, TypeError, ValueError, InvalidSignature):
        return None
    return signed if head.get("form") == HEAD_FORM else None


def read_leaves(paths: Sequence[Path]) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of the log in order: JSON Lines, or a folder of them or of pages.

    Several go on where the one before ends.

    Raises:
        InputError: an entry is missing, out of order, or malformed.
    """
    found = ((path, item) for path in paths for item in _entries(path))
    for expected, (path, item) in enumerate(found):
        try:
            is_next = item["leaf_index"] == expected
            is_hash = len(bytes.fromhex(item["leaf_hash"])) == merkle.HASH_BYTES
        except (KeyError, TypeError, ValueError):
            is_next = is_hash = False
        if not (is_next and is_hash):
            raise InputError(f"{path}: entry {expected} is missing or malformed")
        yield item


def first_leaf(path: Path) -> int | None:
    """Return the number of the first entry in a list; None where it has none.

    Raises:
        InputError: it is no list of entries.
    """
    first = next(_entries(path), None)
    if first is None:
        return None
    if not isinstance(first, dict) or not isinstance(first.get("leaf_index"), int):
        raise InputError(f"{path}: no list of entries")
    return int(first["leaf_index"])


def read_proofs(path: Path) -> list[Mapping[str, Any]]:
    """Return the consistency proofs in a file.

    Raises:
        InputError: there is none.
    """
    content = load(path)
    proofs = content if isinstance(content, list) else [content]
    if not all(
        isinstance(item, dict) and {"first", "second", "path"} <= set(item) for item in proofs
    ):
        raise InputError(f"{path}: no consistency proof")
    return proofs


def read_records(path: Path) -> Iterator[Record]:
    """Yield every record in a file or, by name, in the files of a folder.

    JSON Lines have one a line, a ``.json`` file is one. What holds no document is passed over, so
    is the list of entries of a folder.

    Raises:
        InputError: a file is no JSON.
    """
    for file in _files(path):
        if file.name == LOG and file != path:
            continue
        for place, item in _items(file, is_strict=True):
            if isinstance(item, dict) and isinstance(item.get("document"), str | dict):
                yield _record(f"{file}{place}", item)


def _record(source: str, item: Mapping[str, Any]) -> Record:
    given = item["document"]
    text = given if isinstance(given, str) else documents.canonicalize(given).text
    try:
        said = json.loads(text)
    except ValueError:
        said = {}
    if not isinstance(said, dict):
        said = {}
    inclusion = item.get("inclusion")
    place = inclusion if isinstance(inclusion, dict) else item
    index = place.get("leaf_index")
    return Record(
        source=source,
        text=text,
        # The cover may tell of another record than the document does: both are compared.
        record_number=str(item.get("record_number") or said.get("record_number") or "?"),
        version=str(item.get("version") or said.get("version") or "?"),
        kind=str(item.get("kind")) if item.get("kind") == "WITHDRAWAL" else "VERSION",
        leaf_index=index if isinstance(index, int) else None,
        inclusion=inclusion if isinstance(inclusion, dict) else None,
    )


def _pem_key(text: str) -> Ed25519PublicKey:
    key = load_pem_public_key(text.encode())
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError("another kind of key")
    return key


def _raw_key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError("not base64") from error


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.name.endswith((*LINES, *SINGLE)))


def _entries(path: Path) -> Iterator[Any]:
    for file in _files(path):
        for _, item in _items(file):
            if isinstance(item, dict) and "items" in item:
                yield from item["items"]
            else:
                yield item


def load(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """Return what a JSON file holds.

    Raises:
        InputError: it is none, or damaged.
    """
    with _open(path) as file:
        return _parse(_read(file, path, whole=True), str(path), is_strict=True)


def _items(file: Path, *, is_strict: bool = False) -> Iterator[tuple[str, Any]]:
    if not file.name.endswith(LINES):
        yield "", load(file)
        return
    with _open(file) as lines:
        number = 0
        while line := _read(lines, file):
            number += 1
            if line.strip():
                place = f":{number}"
                yield place, _parse(line, f"{file}{place}", is_strict=is_strict)


def _read(file: IO[str], path: Path, *, whole: bool = False) -> str:
    """Return the next line, or all there is, but never more than fits into memory."""
    try:
        text = file.read(_LONGEST + 1) if whole else file.readline(_LONGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as error:
        raise InputError(f"{path}: damaged ({error})") from error
    if len(text) > _LONGEST:
        raise InputError(f"{path}: longer than any document")
    return text


def _parse(text: str, source: str, *, is_strict: bool) -> Any:  # noqa: ANN401 - any JSON value
    """Read JSON; if strict, in which no name is twice: readers would differ in what it says."""
    try:
        value = json.loads(text)
        if is_strict and documents.canonicalize(value).text != text.rstrip("\n"):
            json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{source}: not JSON ({error})") from error
    return value


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _open(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
