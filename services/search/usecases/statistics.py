"""Keep the counts in step with what is published, however often and late its events come."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.uow import Transaction
from services.search.domain.statistics import (
    Cell,
    Fact,
    cells_of,
    products_by_cell,
    shard_of,
)
from services.search.models.statistics import (
    StatisticsCount,
    StatisticsEnterprise,
    StatisticsFact,
)

_FACTS: Final = cast("sa.Table", StatisticsFact.__table__)
_ENTERPRISES: Final = cast("sa.Table", StatisticsEnterprise.__table__)
_COUNTS: Final = cast("sa.Table", StatisticsCount.__table__)
_KEY: Final = ("scope", "dimension", "value", "shard")
_NUMBERS: Final = ("declarations", "products", "enterprises")
_BATCH: Final = 1_000

# What is added to a part of a count: declarations, products, enterprises.
Place = tuple[str, str, str, int]
Changes = dict[Place, list[int]]


def count_declaration(*, tx: Transaction, fact: Fact) -> bool:
    """Count a declaration as it is now, unless this or something newer is counted; tell which.

    Counts are changed in one order, so that two transactions wait for each other instead of
    standing still.
    """
    session = tx.session
    _lock(session, fact.enterprise)
    old = _find(session, fact.declaration_id)
    if old is not None and old.sequence >= fact.sequence:
        return False
    changes: Changes = {}
    if old is not None:
        _add(changes, old, -1)
    _add(changes, fact, 1)
    for enterprise in {fact.enterprise, fact.enterprise if old is None else old.enterprise}:
        if enterprise != fact.enterprise:
            _lock(session, enterprise)
        _add_enterprise(session, changes, enterprise, old=old, new=fact)
    _write_fact(session, fact)
    _write_changes(session, changes)
    return True


def recount(*, tx: Transaction) -> int:
    """Make all counts anew from the declarations; return how many there are.

    Events that come meanwhile wait until it is done.
    """
    session = tx.session
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {_FACTS.name}, {_COUNTS.name} IN EXCLUSIVE MODE"))
    changes: Changes = {}
    total = 0
    facts = (_fact(row) for row in _stream(session))
    for _, group in groupby(facts, lambda fact: fact.enterprise):
        own = list(group)
        total += len(own)
        for fact in own:
            _add(changes, fact, 1)
        for cell in cells_of(own):
            _change(changes, cell, own[0].declaration_id)[2] += 1
    session.execute(sa.delete(_COUNTS))
    _write_changes(session, changes)
    return total


def _stream(session: Session) -> Iterator[Any]:
    statement = sa.select(_FACTS).order_by(_FACTS.c.enterprise, _FACTS.c.declaration_id)
    return iter(session.execute(statement.execution_options(yield_per=_BATCH)))


def _lock(session: Session, enterprise: str) -> None:
    insert = db.insert_into(_ENTERPRISES, session.get_bind().dialect.name)
    session.execute(
        insert.values(enterprise=enterprise, changes=1).on_conflict_do_update(
            index_elements=[_ENTERPRISES.c.enterprise],
            set_={"changes": _ENTERPRISES.c.changes + 1},
        )
    )


def _find(session: Session, declaration_id: str) -> Fact | None:
    row = session.execute(
        sa.select(_FACTS).where(_FACTS.c.declaration_id == declaration_id).with_for_update()
    ).one_or_none()
    return None if row is None else _fact(row)


def _fact(row: sa.Row[Any]) -> Fact:
    values = row._asdict()
    classes = tuple((code, count) for code, count in json.loads(values.pop("classes")))
    return Fact(classes=classes, **values)


def _write_fact(session: Session, fact: Fact) -> None:
    values = {**vars(fact), "classes": json.dumps(fact.classes, ensure_ascii=False)}
    insert = db.insert_into(_FACTS, session.get_bind().dialect.name).values(**values)
    others = {name: insert.excluded[name] for name in values if name != "declaration_id"}
    session.execute(
        insert.on_conflict_do_update(index_elements=[_FACTS.c.declaration_id], set_=others)
    )


def _change(changes: Changes, cell: Cell, declaration_id: str) -> list[int]:
    return changes.setdefault((*cell, shard_of(declaration_id, cell[0])), [0, 0, 0])


def _add(changes: Changes, fact: Fact, sign: int) -> None:
    for cell, products in products_by_cell(fact).items():
        change = _change(changes, cell, fact.declaration_id)
        change[0] += sign
        change[1] += sign * products


def _add_enterprise(
    session: Session, changes: Changes, enterprise: str, *, old: Fact | None, new: Fact
) -> None:
    """Count an enterprise where it stands now and stood not, and the other way round."""
    others = cells_of(_other_facts(session, enterprise, new.declaration_id))
    before = others | cells_of(fact for fact in (old,) if fact and fact.enterprise == enterprise)
    after = others | cells_of(fact for fact in (new,) if fact.enterprise == enterprise)
    steps: Counter[Cell] = Counter()
    steps.update(after - before)
    steps.subtract(before - after)
    for cell, step in steps.items():
        _change(changes, cell, new.declaration_id)[2] += step


def _other_facts(session: Session, enterprise: str, declaration_id: str) -> Iterable[Fact]:
    """Return what other declarations of an enterprise have in common with none of the others."""
    differing = ("enterprise", "region", "kind", "state", "month", "classes")
    rows = session.execute(
        sa.select(*(_FACTS.c[name] for name in differing))
        .where(_FACTS.c.enterprise == enterprise, _FACTS.c.declaration_id != declaration_id)
        .distinct()
    )
    for row in rows:
        values = row._asdict()
        classes = tuple((code, count) for code, count in json.loads(values.pop("classes")))
        yield Fact(declaration_id="", sequence=0, products=0, classes=classes, **values)


def _write_changes(session: Session, changes: Changes) -> None:
    rows = [
        {**dict(zip(_KEY, place, strict=True)), **dict(zip(_NUMBERS, numbers, strict=True))}
        for place, numbers in sorted(changes.items())
        if any(numbers)
    ]
    insert = db.insert_into(_COUNTS, session.get_bind().dialect.name)
    statement = insert.on_conflict_do_update(
        index_elements=[_COUNTS.c[name] for name in _KEY],
        set_={name: _COUNTS.c[name] + insert.excluded[name] for name in _NUMBERS},
    )
    for start in range(0, len(rows), _BATCH):
        session.execute(statement, rows[start : start + _BATCH])
