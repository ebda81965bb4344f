"""Read what is checked: keys, heads, the list of leaves, records. Streams; files may be gzipped."""

import base64
import binascii
import gzip
import json
from collections.abc import Iterator, Mapping
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
_ANY_ID: Final = "*"


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
    content = _load(path)
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


def read_leaves(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the entries of the log in order: JSON Lines, or a folder of them or of pages.

    Raises:
        InputError: an entry is missing, out of order, or malformed.
    """
    for expected, item in enumerate(_entries(path)):
        try:
            is_next = item["leaf_index"] == expected
            is_hash = len(bytes.fromhex(item["leaf_hash"])) == merkle.HASH_BYTES
        except (KeyError, TypeError, ValueError):
            is_next = is_hash = False
        if not (is_next and is_hash):
            raise InputError(f"{path}: entry {expected} is missing or malformed")
        yield item


def read_proofs(path: Path) -> list[Mapping[str, Any]]:
    """Return the consistency proofs in a file.

    Raises:
        InputError: there is none.
    """
    content = _load(path)
    proofs = content if isinstance(content, list) else [content]
    if not all(
        isinstance(item, dict) and {"first", "second", "path"} <= set(item) for item in proofs
    ):
        raise InputError(f"{path}: no consistency proof")
    return proofs


def read_records(path: Path) -> Iterator[Record]:
    """Yield every record in a file or, by name, in the files of a folder.

    JSON Lines have one a line, a ``.json`` file is one. What holds no document is passed over.

    Raises:
        InputError: a file is no JSON.
    """
    for file in _files(path):
        for place, item in _items(file):
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


def _items(file: Path) -> Iterator[tuple[str, Any]]:
    if not file.name.endswith(LINES):
        yield "", _load(file)
        return
    with _open(file) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield f":{number}", _parse(line, f"{file}:{number}")


def _load(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    with _open(path) as file:
        return _parse(file.read(), str(path))


def _parse(text: str, source: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(f"{source}: not JSON") from error


def _open(path: Path) -> IO[str]:
    if path.name.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")
