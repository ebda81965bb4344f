"""A search answers from what is there now, whatever it knew before."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from services.search.models import Generation, Rebuild, create_generation, drop_generation
from services.search.models.rebuilds import RebuildStep
from services.search.queries.rebuilds import OutdatedCursorError
from services.search.usecases import indexing
from tests.factories.library import Library, new_entry


def build_another(library: Library, title: str) -> None:
    """Build a second generation that has something else in it."""
    entry = new_entry(1, declaration_id="other", number="Q/B-2031", title=title)
    with library.database.transaction() as tx:
        tables = create_generation(tx.session.connection(), 2)
        tx.session.add(Generation(number=2, state="BUILDING", created_at=tx.now()))
        indexing.index_documents(tx=tx, tables=tables, entries=[entry])


def switch(library: Library, *, is_dropped: bool) -> None:
    """Let the second generation answer."""
    with library.database.transaction() as tx:
        now = tx.now()
        tx.session.execute(sa.delete(Generation).where(Generation.number == 1))
        tx.session.execute(sa.update(Generation).values(state="LIVE"))
        tx.session.add(
            Rebuild(
                number=1, generation=2, replaced=1, is_in_place=False, step=RebuildStep.DONE,
                after="", documents=1, checked=1, repaired=0, checksum="", reason="",
                started_at=now, moved_at=now, ended_at=now, dropped_at=now if is_dropped else None,
            )
        )  # fmt: skip
        if is_dropped:
            drop_generation(tx.session.connection(), 1)


@pytest.mark.parametrize("old", ["kept", "dropped"])
@pytest.mark.parametrize("query", ["杯", ""])
def test_answer_from_the_very_moment_on(library: Library, query: str, old: str) -> None:
    number = library.add(title="杯")
    build_another(library, "新杯")
    assert library.find(query) == [number]

    switch(library, is_dropped=old == "dropped")

    assert library.find(query) == ["Q/B-2031"]
    assert library.find("新杯") == ["Q/B-2031"]


def test_are_read_on_where_a_page_was_begun(library: Library) -> None:
    numbers = [library.add(title="杯") for _ in range(4)]
    build_another(library, "新杯")
    first = library.search("杯", limit=2)

    switch(library, is_dropped=False)

    assert library.find("杯") == ["Q/B-2031"]
    shown = [item["number"] for item in first.items]
    shown += [item["number"] for item in library.continued("杯", first, limit=10).items]
    assert shown == numbers[::-1]
    with library.database.transaction() as tx:
        tx.session.execute(sa.update(Rebuild).values(dropped_at=tx.now()))
        drop_generation(tx.session.connection(), 1)
    with pytest.raises(OutdatedCursorError):
        library.continued("杯", first, limit=10)


@pytest.mark.parametrize("query", ["杯", ""])
def test_years_without_documents_get_some(library: Library, query: str) -> None:
    """Only years with documents are looked at; a first one of another year must be found."""
    assert library.find(query) == []
    middle = library.add(title="杯")
    assert library.find(query) == [middle]

    newer = library.add(title="杯", published_at=datetime(2031, 1, 1, tzinfo=UTC))
    assert library.find(query) == [newer, middle]

    older = library.add(title="杯", published_at=datetime(2013, 1, 1, tzinfo=UTC))
    assert library.find(query) == [newer, middle, older]
    assert library.total(query) == 3
