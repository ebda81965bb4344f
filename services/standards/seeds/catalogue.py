"""A small catalogue to choose from: real numbers and titles of all four kinds, in every state."""

from pathlib import Path
from typing import Final

from chassis.uow import Database
from services.standards import catalogue

CATALOGUE: Final = Path(__file__).parent / "catalogue.csv"


def load_catalogue(database: Database) -> None:
    """Load the entries; the same file a second time changes nothing."""
    catalogue.import_file(database=database, path=CATALOGUE, pause_seconds=0)
