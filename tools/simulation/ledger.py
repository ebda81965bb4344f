"""A service of the simulator: it writes down every event, and would show one written twice."""

from pathlib import Path
from typing import ClassVar, Final

import sqlalchemy as sa

from chassis import db, tables
from chassis.config import CommonSettings
from chassis.handlers import Delivery, on_event
from chassis.service import Service
from contracts.events import (
    DECLARATION_PUBLISHED,
    ENTERPRISE_REGISTERED,
    ORGANIZATION_UPDATED,
    SESSION_ENDED,
)

_metadata: Final = db.new_metadata()
# No constraint keeps a second row out: nothing but the inbox does.
entries: Final = sa.Table(
    "entries",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
)


class LedgerService(Service):
    """Add a row for each event."""

    name = "ledger"
    settings_class: ClassVar[type[CommonSettings]] = CommonSettings

    @on_event(DECLARATION_PUBLISHED)
    def handle_declaration_published(self, delivery: Delivery) -> None:
        """Write it down."""
        self._write(delivery)

    @on_event(ENTERPRISE_REGISTERED)
    def handle_enterprise_registered(self, delivery: Delivery) -> None:
        """Write it down."""
        self._write(delivery)

    @on_event(ORGANIZATION_UPDATED)
    def handle_organization_updated(self, delivery: Delivery) -> None:
        """Write it down."""
        self._write(delivery)

    @on_event(SESSION_ENDED)
    def handle_session_ended(self, delivery: Delivery) -> None:
        """Write it down."""
        self._write(delivery)

    def _write(self, delivery: Delivery) -> None:
        with self.database.transaction(delivery) as tx:
            tx.session.execute(
                sa.insert(entries).values(event_id=delivery.event.id, name=delivery.event.type)
            )


def create_database(path: Path) -> None:
    """Make the ledger's empty database."""
    engine = db.new_engine(f"sqlite:///{path}", threads=False)
    kept = [table for table in tables.metadata.sorted_tables if table.name != "public_log"]
    with engine.begin() as connection:
        tables.metadata.create_all(connection, tables=kept)
        _metadata.create_all(connection)
    engine.dispose()
