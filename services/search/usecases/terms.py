"""Count the names and numbers that an index holds, so that they can be suggested."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import bulk, db
from services.search.domain import suggesting
from services.search.domain.guessing import split_number
from services.search.models.terms import TermTables

Entry = TypeVar("Entry")
# A document as it was in the index, None when it was not, and as it is now.
Change = tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]

_KINDS: Final = ("titles", "products", "enterprises")
# SQLite takes 32,766 values in a statement.
_CHUNK: Final = 500
_KEY_COLUMNS: Final = ("rank", "key", "term_id")
_KEYS_CHUNK: Final = 5_000
_OWN: Final = "ENTERPRISE"


def count_terms(session: Session, tables: TermTables, changes: Iterable[Change]) -> None:
    """Count the names and numbers of documents that came, changed or went.

    Rows are written in the order of their keys, so that two transactions wait for each other
    instead of standing still.
    """
    names: dict[str, Counter[str]] = {}
    numbers: Counter[str] = Counter()
    texts: dict[str, str] = {}
    own: dict[str, bool] = {}
    for document, sign in _signed(changes):
        for kind, text in _names(document):
            term = suggesting.term_of(text)
            if term:
                texts[term] = text
                names.setdefault(term, Counter())[kind] += sign
        number = document["number"]["text"]
        flat = split_number(number).flat
        if flat:
            texts[f"/{flat}"] = number
            own[flat] = document["kind"] == _OWN
            numbers[flat] += sign
    changed = sorted(term for term, counts in names.items() if any(counts.values()))
    for chunk in _chunks(changed, _CHUNK):
        _count_names(session, tables, {term: names[term] for term in chunk}, texts)
    counted = sorted(flat for flat, count in numbers.items() if count)
    for chunk in _chunks(counted, _CHUNK):
        rows = [
            _number_row(flat, texts[f"/{flat}"], is_own=own[flat], count=numbers[flat])
            for flat in chunk
        ]
        _count_numbers(session, tables.known_numbers, rows)


def _signed(changes: Iterable[Change]) -> Iterator[tuple[Mapping[str, Any], int]]:
    for before, after in changes:
        if before is not None:
            yield before, -1
        if after is not None:
            yield after, 1


def _names(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the names in a document, each once."""
    yield "titles", document["title"]
    yield "enterprises", document["enterprise"]["name"]
    for name in {product["generic_name"] for product in document["products"]}:
        yield "products", name


def _count_names(
    session: Session,
    tables: TermTables,
    counts: Mapping[str, Counter[str]],
    texts: Mapping[str, str],
) -> None:
    names = tables.terms
    rows = [
        {"term": term, "text": texts[term], "rank": -1, **{kind: found[kind] for kind in _KINDS}}
        for term, found in counts.items()
    ]
    insert = db.insert_into(names, _dialect(session))
    written = session.execute(
        insert.on_conflict_do_update(
            index_elements=[names.c.term],
            set_={kind: names.c[kind] + insert.excluded[kind] for kind in _KINDS},
        ).returning(names.c.id, names.c.term, names.c.rank, *(names.c[kind] for kind in _KINDS)),
        rows,
    )
    _file_keys(session, tables, [_Counted(*row) for row in written])


class _Counted:
    """Be a name just counted, with the rank that its keys are filed under and should be."""

    def __init__(self, term_id: int, term: str, rank: int, *counts: int) -> None:
        total = sum(counts)
        self.id, self.term, self.rank = term_id, term, rank
        self.wanted = suggesting.rank_of(total) if total > 0 else -1

    def keys(self, rank: int) -> list[dict[str, Any]]:
        """Return the rows of its keys under a rank."""
        if rank < 0:
            return []
        return [
            {"rank": 2 * rank + key.is_first, "key": key.text, "term_id": self.id}
            for key in suggesting.keys_of(self.term)
        ]


def _file_keys(session: Session, tables: TermTables, counted: Sequence[_Counted]) -> None:
    """File the keys of names under their new ranks; most keep theirs."""
    moved = [name for name in counted if name.rank != name.wanted]
    old = [row for name in moved for row in name.keys(name.rank)]
    new = [row for name in moved for row in name.keys(name.wanted)]
    keys, names = tables.term_keys, tables.terms
    for chunk in _chunks(old, _KEYS_CHUNK):
        places = [(row["rank"], row["key"], row["term_id"]) for row in chunk]
        session.execute(
            sa.delete(keys).where(sa.tuple_(keys.c.rank, keys.c.key, keys.c.term_id).in_(places))
        )
    bulk.insert_rows(session.connection(), keys, _KEY_COLUMNS, [tuple(row.values()) for row in new])
    by_rank = itertools.groupby(
        sorted(moved, key=lambda name: name.wanted), lambda name: name.wanted
    )
    for wanted, group in by_rank:
        chosen = names.c.id.in_([name.id for name in group])
        if wanted < 0:
            session.execute(sa.delete(names).where(chosen))
        else:
            session.execute(sa.update(names).where(chosen).values(rank=wanted))


def _number_row(flat: str, text: str, *, is_own: bool, count: int) -> dict[str, Any]:
    parts = split_number(text)
    return {
        "flat": flat,
        "stem": parts.stem,
        "body": parts.body,
        "is_own": is_own,
        "text": text,
        "count": count,
    }


def _count_numbers(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    insert = db.insert_into(table, _dialect(session))
    written = session.execute(
        insert.on_conflict_do_update(
            index_elements=[table.c.flat], set_={"count": table.c.count + insert.excluded.count}
        ).returning(table.c.flat, table.c.count),
        rows,
    )
    gone = [flat for flat, count in written if count <= 0]
    if gone:
        session.execute(sa.delete(table).where(table.c.flat.in_(gone)))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _chunks(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
