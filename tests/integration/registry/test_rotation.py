"""A new key: ten thousand records are encrypted anew while applicants are verified."""

import base64
import secrets

import eventlet
import pytest
import sqlalchemy as sa

from chassis import rotation
from chassis.crypto import Keyring, Profile
from chassis.uow import Database
from services.registry import importing, seeds
from services.registry.models import Organization
from services.registry.usecases import protection, regions, verification
from services.registry.usecases.rotation import COLUMNS
from services.registry.usecases.verification import Limits, Submission

RECORDS = 10_000
TABLE = Organization.__table__


def new_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()


def multiply(database: Database, ring: Keyring) -> None:
    """Fill the table up with copies of one record, each encrypted for its own row."""
    with database.read() as session:
        model = dict(session.execute(sa.select(TABLE).limit(1)).mappings().one())
    rows = []
    for number in range(RECORDS):
        row_id = f"copy-{number}"
        place = protection.place(protection.ID_NUMBER, row_id)
        phone = protection.place(protection.PHONE, row_id)
        rows.append(
            {
                **model,
                "id": row_id,
                "credit_code": None,
                "organization_code": f"C{number:08d}",
                "id_number_encrypted": ring.encrypt(f"{number:018d}", place),
                "phone_encrypted": ring.encrypt(f"138{number:08d}", phone),
            }
        )
    for first in range(0, RECORDS, 500):
        with database.transaction() as tx:
            tx.session.execute(sa.insert(TABLE), rows[first : first + 500])


def under(database: Database, prefix: str) -> int:
    """Return how many identity numbers are under the key."""
    statement = sa.select(sa.func.count()).where(
        TABLE.c.id_number_encrypted.startswith(prefix, autoescape=True)
    )
    with database.read() as session:
        return session.scalar(statement) or 0


@pytest.mark.proves("F15", "F26")
@pytest.mark.parametrize("profile", list(Profile))
def test_rotates_while_applicants_are_verified(database: Database, profile: Profile) -> None:
    old_key, next_key, index = new_key(), new_key(), new_key()
    old = Keyring.parse(f"k1:{old_key},index:{index}", profile)
    both = Keyring.parse(f"k2:{next_key},k1:{old_key},index:{index}", profile)
    last = Keyring.parse(f"k2:{next_key},index:{index}", profile)
    with database.transaction() as tx:
        regions.set_region_open(tx=tx, region="000000", is_open=True)
    importing.import_file(database=database, ring=old, path=seeds.ORGANIZATIONS, pause_seconds=0)
    multiply(database, old)
    applicant = seeds.demo_applicant()
    submission = Submission(
        code=applicant["code"],
        name=applicant["name"],
        legal_representative=applicant["legal_representative"],
        id_number=applicant["legal_representative_id_number"],
        address=applicant["address"],
    )

    rotating = eventlet.spawn(rotation.rotate, database, both, COLUMNS)
    verdicts = []
    while not rotating.dead or not verdicts:
        verdicts.append(
            verification.verify_organization(
                database=database,
                ring=both,
                limits=Limits(verifications_per_network_hour=10**9),
                submission=submission,
                client_address="",
            )["is_match"]
        )
        eventlet.sleep(0.05)

    assert all(verdicts)
    assert rotating.wait() >= 2 * RECORDS
    assert under(database, last.prefix) >= RECORDS
    assert under(database, old.prefix) == 0
    assert rotation.rotate(database, last, COLUMNS) == 0
    with database.read() as session:
        token = session.scalar(
            sa.select(TABLE.c.id_number_encrypted).where(TABLE.c.id == "copy-77")
        )
    assert last.decrypt(token, protection.place(protection.ID_NUMBER, "copy-77")) == f"{77:018d}"
