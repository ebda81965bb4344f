"""Reference and demonstration data of ``registry``; loading them twice changes nothing.

Reference: the division codes and, where nobody has decided yet, which regions are open. The
organisations are inventions: their codes have right check characters, their bodies begin with QBEX,
and the area code 99 of the identity numbers does not exist.
"""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chassis import keyrings
from chassis.uow import Database
from services.registry import importing, queries
from services.registry.config import Settings
from services.registry.usecases import regions

FOLDER: Final = Path(__file__).parent
ORGANIZATIONS: Final = FOLDER / "organizations.csv"
DIVISIONS: Final = FOLDER / "divisions.csv"

# Not registered by the seeds of accounts: they are for trying out the registration.
APPLICANTS: Final = ("QBEX00144", "QBEX00152", "QBEX00160")
# The whole country is open but for one city, so that 非试点区域不能注册 can be seen.
SWITCHES: Final = (("000000", True), ("530100", False))


def load(database: Database, settings: Settings, now: datetime) -> None:
    """Load the reference data and, except in production, the demonstration organisations."""
    del now  # the transaction's clock is used
    load_reference(database)
    if not settings.is_production:
        importing.import_file(
            database=database,
            ring=keyrings.data_ring(settings),
            path=ORGANIZATIONS,
            pause_seconds=0,
        )


def load_reference(database: Database) -> None:
    """Load the division codes and the first decision on which regions are open."""
    with DIVISIONS.open(encoding="utf-8", newline="") as file:
        rows = [(row["code"], row["name"], row["parent_code"]) for row in csv.DictReader(file)]
    with database.transaction() as tx:
        regions.load_divisions(tx=tx, rows=rows)
        if not queries.list_region_switches(tx.session):
            for region, is_open in SWITCHES:
                regions.set_region_open(tx=tx, region=region, is_open=is_open)


def demo_organizations() -> list[dict[str, str]]:
    """Return the rows of the demonstration organisations."""
    with ORGANIZATIONS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def demo_applicant(number: int = 0) -> dict[str, Any]:
    """Return the five fields of an organisation that nobody has registered yet."""
    code = APPLICANTS[number]
    row = next(row for row in demo_organizations() if row["org_code"] == code)
    return {
        "code": row["credit_code"],
        "name": row["name"],
        "legal_representative": row["legal_rep"],
        "legal_representative_id_number": row["legal_representative_id_number"],
        "address": row["registered_address"],
    }
