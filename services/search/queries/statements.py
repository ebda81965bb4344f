# ruff: noqa: S608 - all names are our own, and every value is a parameter
"""What search asks PostgreSQL, as text: made once for each form of a question, and kept.

Building a statement anew for each search took longer than running it, and so did planning one over
all partitions. What is asked most is therefore prepared, once on each connection, and planned once.
Such a plan does not know the words; it need not, for nothing but the inverted index fits: no
condition and no order of bare ids stands beside words, except where a walk is fenced off.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

import sqlalchemy as sa

from services.search.models.index_tables import partitions

# What a row of an answer is (`look`).
IS_STATE: Final = 0
IS_HEAD_ESTIMATE: Final = 1
IS_TEXT_ESTIMATE: Final = 2
IS_TOTAL: Final = 3
IS_HEAD: Final = 4
IS_TEXT: Final = 5
IS_NAME: Final = 6

# No document has an id like this or above.
NO_ID: Final = 2**62
# Of a longer ladder no second one of its form will come soon.
MAX_PREPARED_LEVELS: Final = 8
_MAX_PREPARED: Final = 60
_PREPARED: Final = "search.prepared"
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Scope:
    """Say where is looked: in which partitions of a generation, and what else is asked of ids.

    ``conditions`` begin with ``AND`` where there are any, and name the column ``document_id``.
    """

    generation: int
    numbers: tuple[int, ...]
    conditions: str = ""

    def table(self, name: str, number: int | None = None) -> str:
        """Return the name of a table, or of one of its partitions."""
        suffix = "" if number is None else f"_{partitions()[number].suffix}"
        return f"g{self.generation}_{name}{suffix}"

    def rows(self, table: str, columns: str, asked: str) -> str:
        """Return what finds rows of all partitions by their words."""
        found = [
            f"SELECT {columns} FROM {self.table(table, number)}"
            f" WHERE tokens @@ %({asked})s::tsquery{self.conditions}"
            for number in self.numbers
        ]
        return " UNION ALL ".join(found) or _NOTHING


_LATER: Final = (
    "place > %(level)s::int OR (place = %(level)s::int AND document_id < %(id)s::bigint)"
)
_NOTHING: Final = "SELECT 0 AS place, 0::bigint AS document_id WHERE false"


class Statement:
    """Hold the text of a statement, with ``%(name)s`` for each value."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def name(self) -> str:
        """Return under which name it is prepared."""
        return f"search_{hashlib.sha256(self.text.encode()).hexdigest()[:24]}"

    @cached_property
    def preparing(self) -> str:
        """Return what prepares it."""
        places = {name: place for place, name in enumerate(self._names, start=1)}
        text = _PLACEHOLDER.sub(lambda found: f"${places[found.group(1)]}", self.text)
        return f"PREPARE {self.name} AS {text}"

    @cached_property
    def executing(self) -> str:
        """Return what runs it once it is prepared."""
        return f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in self._names)})"

    @property
    def _names(self) -> list[str]:
        return list(dict.fromkeys(_PLACEHOLDER.findall(self.text)))


def prepare(connection: sa.Connection, statement: Statement) -> None:
    """Prepare a statement on a connection, unless that was done before."""
    known: set[str] = connection.info.setdefault(_PREPARED, set())
    if statement.name in known:
        return
    if len(known) >= _MAX_PREPARED:
        # Forms that went out of use: of generations that are gone, above all.
        connection.exec_driver_sql("DEALLOCATE ALL")
        known.clear()
    connection.exec_driver_sql(statement.preparing)
    known.add(statement.name)


@lru_cache(maxsize=256)
def look(scope: Scope, levels: int, *, has_text: bool) -> Statement:
    """Return the statement that begins every search with words.

    It asks the samples how frequent the words are, level by level and year by year. Where that is
    rarely, it reads all of it by the way, counts it and returns the first of it.

    Values: ``asked``, what a head must have; ``level_0`` and so on, the levels but the last;
    ``text``, what a passage must have; ``rare``, from where on nothing is read whole;
    ``likely``, from where on there may be more than ``most``, beyond which nobody counts;
    ``level`` and ``id``, after which place; ``before``, below which id texts are wanted;
    ``limit`` of each kind, ``page`` of both, and ``names``, those of which are known are wanted
    where the page does not get full.

    Each row is what it is, up to three numbers and a text:

    * `IS_STATE`: the generation that answers, the lowest and the highest id;
    * `IS_HEAD_ESTIMATE`: level, partition as ``width_bucket`` counts them, how many of the sample;
    * `IS_TEXT_ESTIMATE`: partition, how many documents of the sample;
    * `IS_TOTAL`: how many were found by their heads, how many by texts; more than ``most`` in the
      third place where there are so many heads that they were not read whole;
    * `IS_HEAD`: level, id; `IS_TEXT`: id; `IS_NAME`: the text.
    """
    place = place_of(range(levels))
    parts = {
        "head_counts": f"SELECT {place} AS place, {_bucket()} AS part, count(*) AS n"
        f" FROM {scope.table('head_sample')} WHERE tokens @@ %(asked)s::tsquery{scope.conditions}"
        " GROUP BY 1, 2",
        # Few of the sample may still be more than anybody counts: that is seen without looking
        # closely at each.
        "many": f"SELECT 1 FROM ({scope.rows('heads', 'document_id', 'asked')}) AS found"
        " WHERE (SELECT coalesce(sum(n), 0) FROM head_counts) >= %(likely)s::bigint"
        " AND (SELECT coalesce(sum(n), 0) FROM head_counts) < %(rare)s::bigint"
        " LIMIT %(most)s::bigint + 1",
        "heads": "SELECT place, document_id FROM"
        f" ({scope.rows('heads', f'{place} AS place, document_id', 'asked')}) AS found"
        " WHERE (SELECT coalesce(sum(n), 0) FROM head_counts) < %(rare)s::bigint"
        " AND (SELECT count(*) FROM many) <= %(most)s::bigint",
        "head_page": f"SELECT place, document_id FROM heads WHERE {_LATER}"
        " ORDER BY place, document_id DESC LIMIT %(limit)s::bigint",
    }
    rows = [
        _state(scope),
        f"SELECT {IS_HEAD_ESTIMATE}, place, part, n, NULL FROM head_counts",
        f"SELECT {IS_HEAD}, place, document_id, NULL, NULL FROM head_page",
    ]
    texts, shown = "0", "(SELECT count(*) FROM head_page)"
    if has_text:
        parts |= _text_parts(scope)
        rows += [
            f"SELECT {IS_TEXT_ESTIMATE}, part, n, NULL, NULL FROM text_counts",
            f"SELECT {IS_TEXT}, document_id, NULL, NULL, NULL FROM text_page",
        ]
        texts = "(SELECT count(*) FROM texts)"
        shown += " + (SELECT count(*) FROM text_page)"
    rows += [
        (
            f"SELECT {IS_TOTAL}, (SELECT count(*) FROM heads), {texts},"
            " (SELECT count(*) FROM many), NULL"
        ),
        _names_where(scope, f"{shown} < %(page)s::bigint"),
    ]
    return Statement(_with(parts) + " UNION ALL ".join(rows))


@lru_cache(maxsize=64)
def newest(scope: Scope) -> Statement:
    """Return the statement that lists and counts documents, whatever their words.

    Values: ``before``, ``limit`` and ``counted``, as far as is counted. Rows are as in `look`, of
    `IS_STATE`, `IS_TOTAL` and `IS_HEAD`.
    """
    documents = f"SELECT id FROM {scope.table('documents')} WHERE true{scope.conditions}"
    return Statement(
        f"{_state(scope)} UNION ALL SELECT {IS_TOTAL}, (SELECT count(*) FROM"
        f" ({documents} LIMIT %(counted)s) AS counted), 0, NULL, NULL"
        f" UNION ALL (SELECT {IS_HEAD}, 0, id, NULL, NULL FROM ({documents}) AS found"
        " WHERE id < %(before)s ORDER BY id DESC LIMIT %(limit)s)"
    )


@lru_cache(maxsize=64)
def whole(scope: Scope, first: int, end: int) -> Statement:
    """Return the statement that reads some levels whole; its rows are level and id.

    Values: ``asked``, what a head must have to be in one of the levels and in none before;
    ``level_1`` and so on, the levels but the last; ``level`` and ``id``, ``limit`` as in `look`.
    """
    place = place_of(range(first, end))
    rows = scope.rows("heads", f"{place} AS place, document_id", "asked")
    return Statement(
        f"{_with({'heads': rows})} SELECT place, document_id FROM heads WHERE {_LATER}"
        " ORDER BY place, document_id DESC LIMIT %(limit)s::bigint"
    )


def newest_of(
    scope: Scope, table: str, numbers: Sequence[tuple[int, bool]], bounds: str
) -> Statement:
    """Return the statement that finds documents of partitions, the newest first.

    ``numbers`` are partitions, newest first, and whether each is walked rather than read.
    ``bounds`` are the limits of ids, which lead a walk but stay away from words otherwise.

    Values: ``asked``, ``before`` and ``limit``. One partition after the other is looked through,
    none once there is enough. Passages of one document stand side by side.
    """
    parts = []
    for number, is_walked in numbers:
        name = scope.table(table, number)
        words = f"tokens @@ %(asked)s::tsquery{scope.conditions}"
        if is_walked:
            walk = (
                f"SELECT document_id, tokens FROM {name} WHERE document_id < %(before)s{bounds}"
                " ORDER BY document_id DESC OFFSET 0"
            )
            found = f"SELECT document_id FROM ({walk}) AS walk WHERE {words}"
        else:
            read = (
                f"SELECT document_id FROM {name} WHERE {words}"
                " AND document_id + 0 < %(before)s OFFSET 0"
            )
            found = f"SELECT document_id FROM ({read}) AS read ORDER BY document_id DESC"
        parts.append(f"({found} LIMIT %(limit)s)")
    found = " UNION ALL ".join(parts)
    return Statement(f"SELECT document_id FROM ({found}) AS found LIMIT %(limit)s")


@lru_cache(maxsize=64)
def texts(scope: Scope) -> Statement:
    """Return the statement that reads documents by their passages whole, the newest first.

    Values: ``text``, ``before`` and ``limit``. Rows are an id, and how many there are in all.
    """
    parts = {
        "passages": scope.rows("texts", "document_id", "text"),
        "texts": "SELECT DISTINCT document_id FROM passages",
    }
    return Statement(
        f"{_with(parts)} SELECT document_id, (SELECT count(*) FROM texts) FROM texts"
        " WHERE document_id < %(before)s::bigint"
        " ORDER BY document_id DESC LIMIT %(limit)s::bigint"
    )


@lru_cache(maxsize=64)
def text_estimate(scope: Scope) -> Statement:
    """Return the statement that asks the sample of texts; its rows are partition and number."""
    return Statement(_text_counts(scope))


@lru_cache(maxsize=64)
def head_sample(scope: Scope, facets: Sequence[str], *, has_words: bool) -> Statement:
    """Return the statement that reads facets of the sample, and of how many these are.

    Values: ``asked`` where there are words, and ``share``: only every so many-th is read.
    """
    words = " AND tokens @@ %(asked)s::tsquery" if has_words else ""
    rows = f"FROM {scope.table('head_sample')} WHERE true{words}{scope.conditions}"
    return Statement(
        f"SELECT {', '.join(facets)} {rows} AND abs(mod(hashint8(document_id), %(share)s)) = 0"
    )


@lru_cache(maxsize=64)
def head_count(scope: Scope) -> Statement:
    """Return the statement that counts the sample, whatever its words."""
    return Statement(
        f"SELECT count(*) FROM {scope.table('head_sample')} WHERE true{scope.conditions}"
    )


def _state(scope: Scope) -> str:
    documents = scope.table("documents")
    return (
        f"SELECT {IS_STATE} AS what, (SELECT number::bigint FROM generations"
        f" WHERE state = 'LIVE') AS a, (SELECT min(id) FROM {documents}) AS b,"
        f" (SELECT max(id) FROM {documents}) AS c, NULL::text AS name"
    )


def _names_where(scope: Scope, condition: str) -> str:
    return (
        f"SELECT {IS_NAME}, NULL, NULL, NULL, name FROM {scope.table('names')}"
        f" WHERE name = ANY (%(names)s::text[]) AND {condition}"
    )


def _text_counts(scope: Scope) -> str:
    return (
        f"SELECT {_bucket()} AS part, count(DISTINCT document_id) AS n"
        f" FROM {scope.table('text_sample')} WHERE tokens @@ %(text)s::tsquery{scope.conditions}"
        " GROUP BY 1"
    )


def _text_parts(scope: Scope) -> dict[str, str]:
    """Return what looks texts through where their heads are few."""
    return {
        "text_counts": _text_counts(scope),
        # What is read is all there is of it: an order of ids beside the words would be followed.
        "passages": "SELECT document_id FROM"
        f" ({scope.rows('texts', 'document_id', 'text')}) AS found"
        " WHERE (SELECT coalesce(sum(n), 0) FROM head_counts) < %(rare)s::bigint"
        " AND (SELECT coalesce(sum(n), 0) FROM text_counts) < %(rare)s::bigint"
        " AND (SELECT count(*) FROM many) <= %(most)s::bigint"
        " AND (SELECT count(*) FROM heads) <= %(most)s::bigint",
        "texts": "SELECT DISTINCT document_id FROM passages",
        "text_page": "SELECT document_id FROM texts WHERE document_id < %(before)s::bigint"
        " ORDER BY document_id DESC LIMIT %(limit)s::bigint",
    }


def place_of(levels: range) -> str:
    """Return what tells which level a row meets first; all rows meet one of them."""
    cases = [f"WHEN tokens @@ %(level_{place})s::tsquery THEN {place}" for place in levels[:-1]]
    return f"CASE {' '.join(cases)} ELSE {levels[-1]} END" if cases else str(levels[-1])


def _with(parts: dict[str, str]) -> str:
    found = ", ".join(f"{name} AS MATERIALIZED ({part})" for name, part in parts.items())
    return f"WITH {found} "


@lru_cache(maxsize=1)
def _bucket() -> str:
    starts = sorted(one.start for one in partitions() if one.start is not None)
    return f"width_bucket(document_id, ARRAY[{','.join(map(str, starts))}]::bigint[])"
