"""Demonstration accounts of ``accounts``; loading them twice changes nothing.

Everybody has the password `PASSWORD`. The enterprises are those of the registry's demonstration;
three organisations of the registry are left for trying out the registration. Nothing is loaded in
production.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chassis import keyrings
from chassis.uow import Database
from services.accounts.adapters import passwords
from services.accounts.config import Settings
from services.accounts.usecases import staffing
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.staffing import NewAccount

PASSWORD: Final = "Demo-2026-qibiao"  # noqa: S105 - told to everybody who tries the system
# What an authenticator app of the demonstration staff is given; as well known as the password.
TOTP_SECRET: Final = "QIBIAODEMOSTAFFTOTPSECRET2345672"  # noqa: S105
ACCOUNTS: Final = Path(__file__).parent / "accounts.json"


def load(database: Database, settings: Settings, now: datetime) -> None:
    """Load the demonstration accounts, except in production."""
    del now  # the transaction's clock is used
    if settings.is_production:
        return
    ring = keyrings.data_ring(settings)
    # One hash for all: they have one password, and a demonstration should start quickly.
    password_hash = passwords.new_hasher(settings).hash(PASSWORD)
    content = json.loads(ACCOUNTS.read_text(encoding="utf-8"))
    for enterprise in content["enterprises"]:
        _load_enterprise(database, ring, enterprise, password_hash)
    with database.transaction() as tx:
        for person in content["staff"]:
            staffing.add_account(
                tx=tx,
                ring=ring,
                account=NewAccount(**person, totp_secret=TOTP_SECRET),
                password_hash=password_hash,
            )


def _load_enterprise(
    database: Database, ring: Ring, enterprise: dict[str, Any], password_hash: str
) -> None:
    with database.transaction() as tx:
        staffing.add_enterprise(
            tx=tx,
            ring=ring,
            enterprise_id=enterprise["id"],
            organization=enterprise["organization"],
            id_number=enterprise["id_number"],
            bureau_code=enterprise["bureau_code"],
        )
        for person in enterprise["accounts"]:
            staffing.add_account(
                tx=tx,
                ring=ring,
                account=NewAccount(**person),
                password_hash=password_hash,
                enterprise_id=enterprise["id"],
            )


def demo_enterprises() -> list[dict[str, Any]]:
    """Return the profiles of the demonstration's enterprises, as ``get_enterprise`` gives them."""
    content = json.loads(ACCOUNTS.read_text(encoding="utf-8"))
    names = ("name", "credit_code", "organization_code", "legal_representative")
    more = ("address", "postcode", "region")
    return [
        {
            "enterprise_id": enterprise["id"],
            **{name: enterprise["organization"][name] for name in (*names, *more)},
        }
        for enterprise in content["enterprises"]
    ]


def demo_usernames() -> dict[str, str]:
    """Return one user name for each role."""
    content = json.loads(ACCOUNTS.read_text(encoding="utf-8"))
    people = [*(p for e in content["enterprises"] for p in e["accounts"]), *content["staff"]]
    return {person["role"]: person["username"] for person in reversed(people)}
