"""Build the index of search from a generated register, with the code that the service runs."""

import json
import multiprocessing
import os
import time
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult, Pool
from pathlib import Path
from typing import Final

import psycopg2
import sqlalchemy as sa

from bench import measure
from chassis import migrate
from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.domain.documents import IndexEntry, read_document, read_standing
from services.search.models import IndexTables
from services.search.models.index_tables import create_generation, drop_generation
from services.search.queries import live_tables
from services.search.usecases import indexing
from tools.backing import PostgresCluster
from tools.generate_register import Plan, Publication, Register, own_words, read_words

POSTGRES: Final = "postgresql"
SQLITE: Final = "sqlite"
ENGINES: Final = (POSTGRES, SQLITE)

# One title in so many says the year of its publication: a word that is tied to a time.
YEAR_IN_TITLE: Final = 50
# No more documents than these are copied for comparison.
MAX_COPIED: Final = 320_000

_BATCH: Final = 1_000
_AHEAD: Final = 3
# Names are counted once in so many batches.
_COUNTED: Final = 20
_COPIED: Final = 2
_SETTINGS: Final = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
}


@dataclass(frozen=True)
class Source:
    """Say what is indexed.

    Args:
        size: how many declarations.
        words: folder of real files to take words from; the generator's own when None.
        text_share: how many of the declarations have the words of a file, too.
    """

    size: int
    words: Path | None
    text_share: float

    def register(self) -> Register:
        """Return the register."""
        words = own_words() if self.words is None else read_words(self.words)
        return Register(Plan(declarations=self.size), words=words)

    def publications(
        self, register: Register, start: int, stop: int | None = None
    ) -> Iterator[Publication]:
        """Return publications, some of which have the year in their titles."""
        for publication in register.publications(start, stop):
            document = publication.document
            if publication.position % YEAR_IN_TITLE == 0:
                document["title"] += f"（{document['published_at'][:4]}版）"
            yield publication

    def entry(self, register: Register, publication: Publication) -> IndexEntry:
        """Return what is indexed of a publication."""
        current = publication.as_current_version()
        every = round(1 / self.text_share) if self.text_share else 0
        has_text = bool(every) and publication.position % every == 0
        return read_document(
            declaration_id=publication.declaration_id,
            sequence=publication.sequence,
            text=current["document"],
            sha256=current["sha256"],
            extracted=register.extracted_text(publication) if has_text else "",
            standing=read_standing(current),
        )


class Index:
    """One index on one engine; what was built is found again in a folder that is kept."""

    def __init__(self, source: Source, folder: Path, cluster: PostgresCluster | None) -> None:
        self.source = source
        self.engine = SQLITE if cluster is None else POSTGRES
        self._cluster = cluster
        self._name = f"search_{source.size}"
        self._file = folder / f"{self._name}.db"
        self._progress = folder / f"{self.engine}-{source.size}.json"
        self.url = self._create()
        self.database = self._open()

    def close(self) -> None:
        """Close the connections."""
        self.database.close()

    @property
    def tables(self) -> IndexTables:
        """Return the tables that are searched."""
        with self.database.read() as session:
            return live_tables(session)

    @property
    def seconds(self) -> float:
        """Return how long building has taken so far."""
        if not self._progress.exists():
            return 0.0
        return float(json.loads(self._progress.read_text())["seconds"])

    def build(self) -> float:
        """Index what is not there yet; return documents per second over all of the building."""
        count = sa.select(sa.func.count()).select_from(self.tables.documents)
        with self.database.read() as session:
            done = session.scalar(count) or 0
        if done < self.source.size:
            tables, counter = self.tables, TermCounter(self.database, holder="bench")
            batches = read_entries(self.source, done)
            # The reader of the generated register has started: that is no part of building.
            next(batches)
            before, begun = self.seconds, time.perf_counter()
            for number, batch in enumerate(batches, start=1):
                with self.database.transaction() as tx:
                    indexing.index_documents(tx=tx, tables=tables, entries=batch)
                if number % _COUNTED == 0:
                    counter.finish()
                    self._note(before + time.perf_counter() - begun)
            counter.finish()
            self._note(before + time.perf_counter() - begun)
            self.tidy()
        return self.source.size / self.seconds

    def tidy(self) -> None:
        """Do what autovacuum does sooner or later."""
        if self._cluster is not None:
            self._cluster.execute("VACUUM ANALYZE", self._name)

    def sizes(self) -> dict[str, float]:
        """Return the sizes of the tables with their indexes, in MB."""
        if self._cluster is None:
            return {"file": self._file.stat().st_size / 1e6}
        rows = self._cluster.execute(
            "SELECT regexp_replace(relname, '^g[0-9]+_|_(before|after|[0-9]{4})$', '', 'g'),"
            " sum(pg_total_relation_size(oid)) / 1e6 FROM pg_class"
            " WHERE relname LIKE 'g1\\_%' AND relkind = 'r' GROUP BY 1 ORDER BY 2 DESC",
            self._name,
        )
        return {name: float(size) for name, size in rows}

    def copy_rate(self, folder: Path) -> dict[str, float]:
        """Return documents per second of COPY of the finished rows into the same indexed tables.

        ``all`` is of every table of the index, ``heads`` of the rows of tokens alone.
        """
        assert self._cluster is not None  # noqa: S101 - there is no COPY without
        tables = self.tables
        copied = min(self.source.size, MAX_COPIED)
        documents = tables.documents.c.id
        with self.database.read() as session:
            ids = sa.select(documents).order_by(documents).offset(copied - 1).limit(1)
            last: int = session.scalars(ids).one()
        with self.database.transaction() as tx:
            drop_generation(tx.session.connection(), _COPIED)
            into = create_generation(tx.session.connection(), _COPIED)
        seconds: dict[str, float] = {}
        pairs = [
            *zip(tables.ordinary, into.ordinary, strict=True),
            *zip(tables.samples, into.samples, strict=True),
            (tables.heads, into.heads),
            (tables.texts, into.texts),
        ]
        for old, new in pairs:
            seconds[old.name] = self._copy(folder, old, new, last, copied / self.source.size)
        with self.database.transaction() as tx:
            drop_generation(tx.session.connection(), _COPIED)
        return {
            "all": copied / sum(seconds.values()),
            "heads": copied / seconds[tables.heads.name],
        }

    def cool_down(self) -> None:
        """Close everything and let the kernel forget the pages of this index."""
        self.database.close()
        folder = self._file
        if self._cluster is not None:
            self._cluster.stop()
            folder = self._cluster.data
        for file in [folder] if folder.is_file() else sorted(folder.rglob("*")):
            if file.is_file():
                _forget(file)
        if self._cluster is not None:
            self._cluster.start()
        self.database = self._open()

    def _copy(self, folder: Path, old: sa.Table, new: sa.Table, last: int, share: float) -> float:
        """Write the rows into a file, then time COPY from it."""
        columns = ", ".join(column.name for column in old.columns)
        place = next((name for name in ("document_id", "id") if name in old.c), None)
        rows = f"SELECT {columns} FROM {old.name}"  # noqa: S608 - our own names
        if share < 1:
            is_by_document = place == "document_id" or old.name.endswith("documents")
            rows += (
                f" WHERE {place} <= {last}"
                if is_by_document
                else f" TABLESAMPLE BERNOULLI ({share * 100})"
            )
        path = folder / "rows.copy"
        with closing(psycopg2.connect(self._dsn())) as connection, connection.cursor() as cursor:
            with path.open("wb") as file:
                cursor.copy_expert(f"COPY ({rows}) TO STDOUT", file)
            connection.commit()
            begun = time.perf_counter()
            with path.open("rb") as file:
                cursor.copy_expert(f"COPY {new.name} ({columns}) FROM STDIN", file, 1 << 16)
            connection.commit()
        took = time.perf_counter() - begun
        path.unlink()
        return took

    def _dsn(self) -> str:
        """Return the address for connections without the time limits of a service."""
        assert self._cluster is not None  # noqa: S101 - only PostgreSQL
        return self._cluster.dsn(self._name)

    def _note(self, seconds: float) -> None:
        self._progress.write_text(json.dumps({"seconds": seconds}))

    def _create(self) -> str:
        if self._cluster is None:
            if not self._file.exists():
                migrate.copy_sqlite(migrate.sqlite_template("search"), self._file)
            return f"sqlite:///{self._file}"
        url = self._cluster.create_database(self._name, owner="search")
        migrate.upgrade(url, "search")
        # Of a trusted extension, but a role of a service may make nothing of the kind.
        self._cluster.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm", self._name)
        return url

    def _open(self) -> Database:
        return Database(self.url, service="search", clock=SystemClock())


@contextmanager
def running(engine: str, folder: Path, *, is_kept: bool) -> Iterator[PostgresCluster | None]:
    """Give the server of an engine that has one."""
    if engine == SQLITE:
        yield None
        return
    cluster = PostgresCluster(folder / "postgres", fsync=False, settings=_SETTINGS)
    try:
        yield cluster.start()
    finally:
        cluster.stop()
        if not is_kept:
            cluster.remove()


@contextmanager
def opened(source: Source, folder: Path, cluster: PostgresCluster | None) -> Iterator[Index]:
    """Give an index, built or not."""
    with closing(Index(source, folder, cluster)) as index:
        yield index


def _forget(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def read_entries(source: Source, start: int) -> Iterator[list[IndexEntry]]:
    """Return batches in order, read by another process a few batches ahead.

    The first is empty and comes when that process has started.
    """
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, _prepare, (source,)) as pool:
        pool.apply(int)
        yield []
        begins = iter(range(start, source.size, _BATCH))
        waiting: deque[AsyncResult[list[IndexEntry]]] = deque()
        for begin in begins:
            waiting.append(_order(pool, source, begin))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().get()
        while waiting:
            yield waiting.popleft().get()


def _order(pool: Pool, source: Source, begin: int) -> "AsyncResult[list[IndexEntry]]":
    return pool.apply_async(_read, (begin, min(begin + _BATCH, source.size)))


_made: list[tuple[Source, Register]] = []


def _prepare(source: Source) -> None:
    _made.append((source, source.register()))


def _read(begin: int, end: int) -> list[IndexEntry]:
    source, register = _made[0]
    found = source.publications(register, begin, end)
    return [source.entry(register, publication) for publication in found]


def say_sizes(index: Index) -> None:
    """Print how much room the index takes."""
    sizes = index.sizes()
    parts = "  ".join(f"{name} {size:,.1f}" for name, size in sizes.items())
    each = sum(sizes.values()) * 1e6 / index.source.size
    measure.say(f"  size {sum(sizes.values()):,.0f} MB, {each:,.0f} B a declaration: {parts}")
