"""The public log after a restore from a backup that lacks its newest events (docs/events.md)."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.tables import outbox, public_log
from chassis.uow import Database
from services.standards.queries import public
from services.standards.queries.public import PositionAheadError
from tests.integration.standards.conftest import Office
from tests.integration.standards.test_snapshots import Platform, number


def events(database: Database, after: int) -> list[dict[str, Any]]:
    with database.read() as session:
        found: list[dict[str, Any]] = public.list_events(session, after=after, limit=10)["items"]
    return found


@pytest.fixture
def read(database: Database, tmp_path: Path, office: Office) -> list[dict[str, Any]]:
    """Return what a reader has who has read all; then the newest event is lost."""
    platform = Platform(database, tmp_path / "blobs")
    for count in (1, 2, 3):
        office.publish_new(number=number(count))
    platform.announce()
    read = events(database, 0)
    with database.transaction() as tx:
        for table in (public_log, outbox):
            tx.session.execute(sa.delete(table).where(table.c.position > 2))
    return read


class TestPositions:
    def test_beyond_the_backup_are_refused(
        self, database: Database, read: list[dict[str, Any]]
    ) -> None:
        with pytest.raises(PositionAheadError) as refused:
            events(database, read[-1]["position"])

        assert refused.value.params["newest"] == "2"

    def test_are_given_out_again_without_a_gap_to_events_with_other_ids(
        self, database: Database, read: list[dict[str, Any]], tmp_path: Path, office: Office
    ) -> None:
        """So a reader who asks only now finds out by the id that he kept."""
        for count in (4, 5):
            office.publish_new(number=number(count))
        Platform(database, tmp_path / "blobs").announce()

        again = events(database, 0)

        assert [each["position"] for each in again] == [1, 2, 3, 4]
        assert [each["id"] for each in again[:2]] == [each["id"] for each in read[:2]]
        assert again[2]["id"] != read[2]["id"]
