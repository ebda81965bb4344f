"""The list of product classes that every installation begins with; operators may import others."""

from pathlib import Path
from typing import Final

from chassis.uow import Database
from services.standards import product_classes, queries

CLASSES: Final = Path(__file__).parent / "product_classes.csv"
SCHEME: Final = "QIBIAO"
# Another content needs another version: what was declared under an old one stays readable.
VERSION: Final = "2026.1"


def load_classes(database: Database) -> bool:
    """Load the list unless this version was loaded before; tell whether it was."""
    with database.read() as session:
        if queries.has_class_version(session, scheme=SCHEME, version=VERSION):
            return False
    product_classes.import_file(database, CLASSES, scheme=SCHEME, version=VERSION)
    return True
