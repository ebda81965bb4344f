"""Append what was published to the Merkle log, and sign its head.

Entries come in the order of the public log: versions and withdrawals as everybody hears of them.
What no event tells of – rows that were loaded, or published before there was a log – is found by a
sweep through all versions in the order of their keys, at first and then once a day. Whoever appends
holds the one row of the state, so that two replicas append one after the other; leaves, nodes,
state and head become real together, so that a crash leaves nothing half done.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.tables import public_log
from chassis.uow import Transaction
from contracts.events import (
    DECLARATION_CORRECTED,
    DECLARATION_PRODUCTS_ADDED,
    DECLARATION_PUBLISHED,
    DECLARATION_WITHDRAWN,
)
from services.standards.domain import documents, merkle
from services.standards.domain.kinds import DeclarationState
from services.standards.domain.log_entries import EntryKey, EntryKind
from services.standards.domain.merkle import Frontier
from services.standards.domain.tree_heads import TreeHead
from services.standards.models import (
    Declaration,
    LogLeaf,
    LogNode,
    LogState,
    SignedHead,
    Version,
)
from services.standards.queries import log as queries

logger = logging.getLogger(__name__)

BATCH: Final = 500
SWEEP_PAUSE: Final = timedelta(days=1)
_LEAVES: Final = cast("sa.Table", LogLeaf.__table__)
_NODES: Final = cast("sa.Table", LogNode.__table__)
_VERSIONS: Final = frozenset(
    event.type
    for event in (DECLARATION_PUBLISHED, DECLARATION_CORRECTED, DECLARATION_PRODUCTS_ADDED)
)


class Signer(Protocol):
    """Sign heads with the log's key."""

    @property
    def key_id(self) -> str:
        """Return the name under which the public key is listed."""
        ...

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text."""
        ...


def has_work(session: Session, *, now: datetime) -> bool:
    """Say whether `append_published` or `sign_hourly` would do anything; cheap, locks nothing."""
    state = session.get_one(LogState, 1)
    if _is_sweep_due(state, now) or _is_head_due(session, now):
        return True
    newest = session.scalar(sa.select(sa.func.max(public_log.c.position))) or 0
    return newest > state.position


def append_published(*, tx: Transaction, signer: Signer) -> bool:
    """Enter up to 500 events or versions, and sign the head when it moved; say whether to go on."""
    state = _lock_state(tx)
    now = tx.now()
    keys, is_full = _read_events(tx.session, state)
    if not keys and not is_full:
        if not _is_sweep_due(state, now):
            return False
        keys, is_full = _read_sweep(tx.session, state, now)
    if _enter(tx, state, keys, now):
        _sign(tx, signer, state.size, now, is_hourly=_is_head_due(tx.session, now))
    return is_full or state.swept_to is not None


def sign_hourly(*, tx: Transaction, signer: Signer) -> None:
    """Sign the head as it is, at most once in an hour; that one is kept."""
    state = _lock_state(tx)
    now = tx.now()
    if _is_head_due(tx.session, now):
        _sign(tx, signer, state.size, now, is_hourly=True)


def _lock_state(tx: Transaction) -> LogState:
    return tx.session.get_one(LogState, 1, with_for_update=True)


def _read_events(session: Session, state: LogState) -> tuple[list[EntryKey], bool]:
    """Return what the next events of the public log tell of, and whether there may be more."""
    rows = session.execute(
        sa.select(public_log.c.position, public_log.c.type, public_log.c.subject, public_log.c.body)
        .where(public_log.c.position > state.position)
        .order_by(public_log.c.position)
        .limit(BATCH)
    ).all()
    if rows:
        state.position = rows[-1].position
    gone = [row.subject for row in rows if row.type == DECLARATION_WITHDRAWN.type]
    ends = _find_ends(session, gone)
    keys = []
    for row in rows:
        if row.type in _VERSIONS:
            keys.append(EntryKey(row.subject, documents.read(row.body)["data"]["version"]))
        elif row.subject in ends and row.type == DECLARATION_WITHDRAWN.type:
            keys.append(ends[row.subject])
    return keys, len(rows) == BATCH


def _find_ends(session: Session, declaration_ids: Sequence[str]) -> dict[str, EntryKey]:
    """Return the entries of the withdrawals of those that are withdrawn."""
    if not declaration_ids:
        return {}
    rows = session.execute(
        sa.select(Declaration.id, Declaration.published_version).where(
            Declaration.id.in_(declaration_ids),
            Declaration.state == DeclarationState.WITHDRAWN.value,
        )
    )
    return {row.id: EntryKey(row.id, row.published_version, EntryKind.WITHDRAWAL) for row in rows}


def _is_sweep_due(state: LogState, now: datetime) -> bool:
    is_on = state.swept_to is not None
    return is_on or state.swept_at is None or now >= state.swept_at + SWEEP_PAUSE


def _read_sweep(session: Session, state: LogState, now: datetime) -> tuple[list[EntryKey], bool]:
    """Return the next versions by key, and withdrawals among them; the sweep ends with the rows."""
    after = (state.swept_to or "", state.swept_version)
    key = sa.tuple_(Version.declaration_id, Version.number)
    rows = session.execute(
        sa.select(Version.declaration_id, Version.number)
        .where(key > after)
        .order_by(Version.declaration_id, Version.number)
        .limit(BATCH)
    ).all()
    is_full = len(rows) == BATCH
    if is_full:
        state.swept_to, state.swept_version = rows[-1].declaration_id, rows[-1].number
    else:
        state.swept_to, state.swept_version, state.swept_at = None, 0, now
    ends = _find_ends(session, sorted({row.declaration_id for row in rows}))
    keys = []
    for row in rows:
        keys.append(EntryKey(row.declaration_id, row.number))
        end = ends.get(row.declaration_id)
        if end is not None and end.version == row.number:
            keys.append(end)
    return keys, is_full


def _enter(tx: Transaction, state: LogState, keys: Sequence[EntryKey], now: datetime) -> bool:
    """Append what is not in the log yet; say whether it grew."""
    session = tx.session
    known = queries.find_entered(session, keys) if keys else set()
    fresh = [key for key in dict.fromkeys(keys) if key not in known]
    if not fresh:
        return False
    texts = queries.read_documents(session, fresh)
    frontier = Frontier(state.size, queries.read_peaks(session, state.size))
    leaves: list[dict[str, Any]] = []
    nodes: list[dict[str, Any]] = []
    for key in fresh:
        found = texts.get(key)
        if found is None or not _is_whole(key, *found):
            continue
        record_number, text, sha256 = found
        leaf_hash = merkle.hash_leaf(text.encode())
        leaves.append(
            {
                "leaf_index": frontier.size,
                "declaration_id": key.declaration_id,
                "version": key.version,
                "kind": key.kind.value,
                "record_number": record_number,
                "document_sha256": sha256,
                "leaf_hash": leaf_hash,
                "appended_at": now,
            }
        )
        nodes += _node_rows(frontier.append(leaf_hash)[1:])
    _insert(session, _LEAVES, leaves)
    _insert(session, _NODES, nodes)
    state.size = frontier.size
    return bool(leaves)


def _is_whole(key: EntryKey, record_number: str, text: str, sha256: str) -> bool:
    """Say whether a document is still what it was when it was published; if not, raise the alarm.

    It stays outside: to enter it would make the altered text the proven one.
    """
    is_whole = documents.hash_text(text) == sha256
    if not is_whole:
        logger.error(
            "published document was altered before it came into the log",
            extra={"record_number": record_number, "version": key.version},
        )
    return is_whole


def _node_rows(
    complete: Iterable[tuple[merkle.Node, bytes]],
) -> list[dict[str, Any]]:
    return [
        {"level": node.level, "node_index": node.number, "hash": value} for node, value in complete
    ]


def _insert(session: Session, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(sa.insert(table), rows)


def _is_head_due(session: Session, now: datetime) -> bool:
    last = session.scalar(
        sa.select(SignedHead.signed_at)
        .where(SignedHead.is_hourly)
        .order_by(SignedHead.number.desc())
        .limit(1)
    )
    return last is None or _hour(last) != _hour(now)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _sign(tx: Transaction, signer: Signer, size: int, now: datetime, *, is_hourly: bool) -> None:
    session = tx.session
    root = Frontier(size, queries.read_peaks(session, size)).root()
    head = TreeHead(size=size, root=root, signed_at=outbox.format_time(now), key_id=signer.key_id)
    signed = SignedHead(
        size=size,
        root=root,
        signed_at=now,
        key_id=signer.key_id,
        signature=signer.sign(head.signed_text()),
        is_hourly=is_hourly,
    )
    session.add(signed)
    session.flush()  # its number tells which ones are older
    session.execute(
        sa.delete(SignedHead).where(
            sa.not_(SignedHead.is_hourly), SignedHead.number < signed.number
        )
    )
