"""Reads of the Merkle log: heads, entries, and proofs that cost O(log n) rows."""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from chassis import errors, outbox
from services.standards.domain import documents, log_entries, merkle
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.log_entries import EntryKey, EntryKind
from services.standards.domain.merkle import Node, Span
from services.standards.domain.tree_heads import HEAD_FORM
from services.standards.models import Declaration, LogLeaf, LogNode, LogState, SignedHead, Version
from services.standards.queries import own

MAX_ENTRIES: Final = 1000
MAX_HEADS: Final = 500
_PAGE: Final = 5000
_LEAF: Final = (
    LogLeaf.leaf_index,
    LogLeaf.declaration_id,
    LogLeaf.version,
    LogLeaf.kind,
    LogLeaf.record_number,
    LogLeaf.document_sha256,
    LogLeaf.leaf_hash,
    LogLeaf.appended_at,
)


class NoSuchTreeError(errors.DomainError):
    """Say that the log has no tree of that size, or no such leaf in it."""

    code = "standards.log_out_of_range"


def leaf_index_of(
    session: Session, versions: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], int]:
    """Return where published versions, (declaration id, version), are in the log.

    What is not in it yet is left out. Meant for up to some hundred at a time.
    """
    rows = session.execute(
        sa.select(LogLeaf.declaration_id, LogLeaf.version, LogLeaf.leaf_index).where(
            _is_any(LogLeaf.declaration_id, LogLeaf.version, versions),
            LogLeaf.kind == EntryKind.VERSION.value,
        )
    )
    return {(row.declaration_id, row.version): row.leaf_index for row in rows}


def find_entered(session: Session, keys: Sequence[EntryKey]) -> set[EntryKey]:
    """Return which of these are in the log already."""
    wanted = {(key.declaration_id, key.version) for key in keys}
    rows = session.execute(
        sa.select(LogLeaf.declaration_id, LogLeaf.version, LogLeaf.kind).where(
            _is_any(LogLeaf.declaration_id, LogLeaf.version, wanted)
        )
    )
    return {EntryKey(row.declaration_id, row.version, EntryKind(row.kind)) for row in rows}


def iterate_leaves(session: Session, *, size: int, start: int = 0) -> Iterator[dict[str, Any]]:
    """Yield the entries from ``start`` up to ``size`` in order, as `list_entries` shows them."""
    for first in range(start, size, _PAGE):
        yield from _read_entries(session, first, min(first + _PAGE, size))


def is_entered(session: Session, *, position: int) -> bool:
    """Say whether the log holds what the public log tells of up to a position.

    Before the first head, and while a sweep is on, there is nothing worth waiting for.
    """
    state = session.get_one(LogState, 1)
    if state.swept_to is not None or find_head(session) is None:
        return True
    return state.position >= position


def list_entries(session: Session, *, start: int, end: int) -> dict[str, Any]:
    """Return the entries from ``start`` up to ``end``, exclusive, at most 1000 of them."""
    return {
        "items": list(_read_entries(session, start, min(end, start + MAX_ENTRIES))),
        "size": _size(session),
    }


def find_head(session: Session) -> SignedHead | None:
    """Return the newest signed head, nothing when there is none yet."""
    return session.scalars(
        sa.select(SignedHead).order_by(SignedHead.number.desc()).limit(1)
    ).one_or_none()


def get_head(session: Session) -> dict[str, Any]:
    """Return the newest signed head.

    Raises:
        NotFoundError: nothing was signed yet.
    """
    head = find_head(session)
    if head is None:
        raise own.NotFoundError
    return head_view(head)


def list_heads(session: Session, *, before: int | None, limit: int) -> dict[str, Any]:
    """Return the heads that were signed hourly, newest first; ``before`` is a head's number."""
    statement = sa.select(SignedHead).where(SignedHead.is_hourly)
    if before is not None:
        statement = statement.where(SignedHead.number < before)
    heads = session.scalars(
        statement.order_by(SignedHead.number.desc()).limit(min(limit, MAX_HEADS))
    ).all()
    return {
        "items": [head_view(head) for head in heads],
        "next_before": heads[-1].number if len(heads) == limit else None,
    }


def find_proof(  # noqa: PLR0913 - what can be asked about
    session: Session,
    *,
    record_number: str | None = None,
    version: int | None = None,
    kind: EntryKind = EntryKind.VERSION,
    leaf_hash: str | None = None,
    tree_size: int | None = None,
    has_document: bool = False,
) -> dict[str, Any]:
    """Return the proof that an entry is in the log, null with a reason while it is not yet.

    It is asked for by record number, of the newest version unless one is named, or by leaf hash.
    With ``tree_size`` the proof leads to that tree, which the caller has a head of.

    Raises:
        NotFoundError: there is no such version, withdrawal, or leaf.
        NoSuchTreeError: the log has no tree of that size, or it ends before the entry.
    """
    if leaf_hash is not None:
        key, record_number = _find_by_hash(session, leaf_hash)
    else:
        key = _find_by_record(session, record_number or "", version, kind)
    leaf = session.execute(
        sa.select(*_LEAF).where(
            LogLeaf.declaration_id == key.declaration_id,
            LogLeaf.version == key.version,
            LogLeaf.kind == key.kind.value,
        )
    ).one_or_none()
    found: dict[str, Any] = {
        "declaration_id": key.declaration_id,
        "record_number": record_number,
        "version": key.version,
        "kind": key.kind.value,
        "inclusion": None if leaf is None else _inclusion(session, leaf, tree_size),
        "reason": "NOT_YET_IN_LOG" if leaf is None else None,
    }
    if has_document:
        found["document"] = read_documents(session, [key])[key][1]
    return found


def find_consistency(session: Session, *, first: int, second: int) -> dict[str, Any]:
    """Return the proof that the tree of the first size is the beginning of the second.

    Raises:
        NoSuchTreeError: the log has no such trees.
    """
    if not 0 <= first <= second <= _size(session):
        raise NoSuchTreeError
    spans = merkle.consistency_spans(first, second) if 0 < first < second else []
    return {"first": first, "second": second, "path": _hash_spans(session, spans)}


def read_documents(
    session: Session, keys: Sequence[EntryKey]
) -> dict[EntryKey, tuple[str, str, str]]:
    """Return record number, canonical text and its stored SHA-256 of what the entries are of.

    What is not public is left out; of a withdrawal nothing is stored but its parts.
    """
    rows = session.execute(
        sa.select(
            Version.declaration_id,
            Version.number,
            Version.document,
            Version.document_sha256,
            Declaration.record_number,
            Declaration.state,
            Declaration.withdrawn_at,
            Declaration.withdrawal_reason,
            Declaration.published_version,
        )
        .join(Declaration, Declaration.id == Version.declaration_id)
        .where(
            _is_any(
                Version.declaration_id,
                Version.number,
                {(key.declaration_id, key.version) for key in keys},
            )
        )
    )
    found = {}
    for row in rows:
        of_version = EntryKey(row.declaration_id, row.number)
        found[of_version] = (row.record_number, row.document, row.document_sha256)
        if _is_end(row):
            document = documents.canonicalize(_withdrawal(row))
            of_withdrawal = of_version._replace(kind=EntryKind.WITHDRAWAL)
            found[of_withdrawal] = (row.record_number, document.text, document.sha256)
    return {key: found[key] for key in keys if key in found}


def read_peaks(session: Session, size: int) -> list[bytes]:
    """Return the hashes over the whole tree of that size, as `merkle.Frontier` wants them."""
    nodes = merkle.cover((0, size))
    stored = _read_nodes(session, nodes)
    return [stored[node] for node in nodes]


def head_view(head: SignedHead) -> dict[str, Any]:
    """Return a head as it travels; `domain.tree_heads` says what the signature is over."""
    return {
        "form": HEAD_FORM,
        "number": head.number,
        "size": head.size,
        "root": head.root.hex(),
        "signed_at": outbox.format_time(head.signed_at),
        "key_id": head.key_id,
        "signature": base64.b64encode(head.signature).decode("ascii"),
    }


def _inclusion(session: Session, leaf: Any, tree_size: int | None) -> dict[str, Any]:  # noqa: ANN401 - a row
    head = find_head(session)
    size = tree_size or (0 if head is None else head.size)
    if not leaf.leaf_index < size <= _size(session):
        raise NoSuchTreeError
    is_newest = head is not None and head.size == size
    return {
        "leaf_index": leaf.leaf_index,
        "leaf_hash": leaf.leaf_hash.hex(),
        "tree_size": size,
        "path": _hash_spans(session, merkle.inclusion_spans(leaf.leaf_index, size)),
        "head": head_view(head) if head is not None and is_newest else None,
    }


def _hash_spans(session: Session, spans: Sequence[Span]) -> list[str]:
    nodes = [node for span in spans for node in merkle.cover(span)]
    stored = _read_nodes(session, nodes)
    return [merkle.hash_span(span, stored.__getitem__).hex() for span in spans]


def _read_nodes(session: Session, nodes: Sequence[Node]) -> dict[Node, bytes]:
    """Return the hashes of nodes: those of level 0 are the leaves'."""
    found: dict[Node, bytes] = {}
    leaves = [node.number for node in nodes if node.level == 0]
    if leaves:
        rows = session.execute(
            sa.select(LogLeaf.leaf_index, LogLeaf.leaf_hash).where(LogLeaf.leaf_index.in_(leaves))
        )
        found.update({Node(0, row.leaf_index): row.leaf_hash for row in rows})
    inner = [(node.level, node.number) for node in nodes if node.level]
    if inner:
        rows = session.execute(
            sa.select(LogNode.level, LogNode.node_index, LogNode.hash).where(
                _is_any(LogNode.level, LogNode.node_index, inner)
            )
        )
        found.update({Node(row.level, row.node_index): row.hash for row in rows})
    return found


def _is_any(
    first: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    second: sa.ColumnElement[Any] | InstrumentedAttribute[Any],
    pairs: Iterable[tuple[Any, Any]],
) -> sa.ColumnElement[bool]:
    """Return the condition that two columns are one of these pairs, by few values of one of them.

    SQLite goes through the whole table for ``(a, b) IN (…)``; this is looked up on both engines.
    """
    by_first: dict[Any, list[Any]] = defaultdict(list)
    by_second: dict[Any, list[Any]] = defaultdict(list)
    for one, other in sorted(set(pairs)):
        by_first[one].append(other)
        by_second[other].append(one)
    if len(by_first) <= len(by_second):
        terms = [sa.and_(first == one, second.in_(found)) for one, found in by_first.items()]
    else:
        terms = [sa.and_(second == one, first.in_(found)) for one, found in by_second.items()]
    return sa.or_(sa.false(), *terms)


def _read_entries(session: Session, start: int, end: int) -> Iterator[dict[str, Any]]:
    rows = session.execute(
        sa.select(*_LEAF)
        .where(LogLeaf.leaf_index >= start, LogLeaf.leaf_index < end)
        .order_by(LogLeaf.leaf_index)
    ).mappings()
    for row in rows:
        yield {
            **row,
            "leaf_hash": row["leaf_hash"].hex(),
            "appended_at": outbox.format_time(row["appended_at"]),
        }


def _size(session: Session) -> int:
    last = session.scalar(sa.select(sa.func.max(LogLeaf.leaf_index)))
    return 0 if last is None else last + 1


def _find_by_hash(session: Session, leaf_hash: str) -> tuple[EntryKey, str]:
    row = session.execute(
        sa.select(*_LEAF).where(LogLeaf.leaf_hash == bytes.fromhex(leaf_hash))
    ).first()
    if row is None:
        raise own.NotFoundError
    return EntryKey(row.declaration_id, row.version, EntryKind(row.kind)), row.record_number


def _find_by_record(
    session: Session, record_number: str, version: int | None, kind: EntryKind
) -> EntryKey:
    row = session.execute(
        sa.select(Declaration.id, Declaration.published_version, Declaration.state).where(
            Declaration.record_number == record_number
        )
    ).one_or_none()
    if row is None:
        raise own.NotFoundError
    newest = int(row.published_version)
    is_there = (
        row.state == DeclarationState.WITHDRAWN.value and version in {None, newest}
        if kind is EntryKind.WITHDRAWAL
        else version is None or 1 <= version <= newest
    )
    if not is_there:
        raise own.NotFoundError
    return EntryKey(row.id, version or newest, kind)


def _is_end(row: Any) -> bool:  # noqa: ANN401 - a row of `read_documents`
    is_withdrawn = row.state == DeclarationState.WITHDRAWN.value
    return bool(is_withdrawn and row.number == row.published_version)


def _withdrawal(row: Any) -> Mapping[str, Any]:  # noqa: ANN401 - a row of `read_documents`
    return log_entries.withdrawal_document(
        declaration_id=row.declaration_id,
        record_number=row.record_number,
        version=row.number,
        withdrawn_at=outbox.format_time(row.withdrawn_at),
        reason=row.withdrawal_reason,
    )
