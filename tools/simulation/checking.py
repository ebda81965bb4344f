"""Compare everything at the end of a seed: what clients were told, and what is there (K1-K8)."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import audit
from chassis.bus.api import SubscriptionKind
from services.accounts.models import Account
from services.registry.models import Organization
from services.standards.models import Declaration, NumberClaim, Version
from tools.simulation import checks, ledger
from tools.simulation.journal import Command, Journal, Outcome
from tools.simulation.system import System

_PER_HOUR: Final = 5
_PER_DAY: Final = 10


def check(system: System) -> None:
    """Take down everything that is wrong."""
    world = system.world
    databases = {name: node.database for name, node in world.nodes.items()}
    for database in databases.values():
        with database.transaction() as tx:
            while audit.seal(tx.session):
                pass
    with (
        databases["standards"].read() as standards,
        databases["search"].read() as search,
        databases["accounts"].read() as accounts,
        databases["registry"].read() as registry,
        databases["notify"].read() as notify,
    ):
        found = [
            *_named("K1", find_command_faults(system.journal, standards, system.network.repeated)),
            *_named("K1", find_registration_faults(system.journal, accounts)),
            *_named("K1", find_import_faults(system.journal, registry)),
            *_named("K2", checks.find_index_faults(standards, search)),
            *_named("K4", checks.find_message_faults(notify)),
            *_named("K4", _sms_faults(system)),
            *_named("K6", _blob_faults(system, standards)),
            *_named("K7", checks.find_log_faults(standards)),
        ]
    for name, database in databases.items():
        with database.read() as session:
            found += _named(f"K5 {name}", checks.find_audit_faults(session))
            found += _named(f"K7 {name}", checks.find_outbox_faults(session))
    found += _named("K3", _delivery_faults(system))
    dead = [event_id for _, event_id, _ in system.deliveries.dead()]
    found += _named("K8", checks.find_dead_letter_faults(dead, system.deliveries.planted))
    for problem in found:
        world.problem(problem)


def find_command_faults(
    journal: Journal, standards: Session, repeated: Collection[str]
) -> list[str]:
    """Check that each command on a declaration was carried out once if it was accepted (K1).

    Of a command among the ``repeated`` keys a copy arrived after the answer: what was refused at
    first, because of somebody else's draft, may have been possible then.
    """
    for command in journal.commands:
        if command.outcome is Outcome.REFUSED and str(command.key) in repeated:
            command.outcome = Outcome.UNKNOWN
    rows = {row.id: row for row in standards.scalars(sa.select(Declaration))}
    versions = Counter(standards.scalars(sa.select(Version.declaration_id)))
    faults = _double_numbers(standards)
    for command in journal.of("save"):
        faults += _save_fault(journal, command, rows)
    for declaration_id, row in rows.items():
        faults += _publication_faults(journal, row, versions[declaration_id])
        faults += _change_faults(journal, row)
    return faults


def find_registration_faults(journal: Journal, accounts: Session) -> list[str]:
    """Check that each registration made one account if it was accepted, else none (K1)."""
    names = Counter(accounts.scalars(sa.select(Account.username)))
    return [
        f"registration of {command.mark} was {command.outcome}, accounts: {names[command.mark]}"
        for command in journal.of("register")
        if not _is_possible(command.outcome, names[command.mark])
    ]


def find_import_faults(journal: Journal, registry: Session) -> list[str]:
    """Check that the last finished import of each organisation is what is there (K1)."""
    known = sa.select(Organization.organization_code, Organization.address)
    stored = {row.organization_code: row.address for row in registry.execute(known)}
    possible: dict[str, list[str]] = {}
    for command in journal.of("import"):
        for code, row in command.facts["rows"].items():
            kept = [] if command.outcome is Outcome.ACCEPTED else possible.get(code, [])
            possible[code] = [*kept, row["registered_address"]]
    return [
        f"organisation {code} is at {stored[code]}"
        for code, addresses in possible.items()
        if len(addresses) == 1 and stored[code] != addresses[0]
    ]


def _is_possible(outcome: Outcome, count: int) -> bool:
    if outcome is Outcome.ACCEPTED:
        return count == 1
    return count == 0 if outcome is Outcome.REFUSED else count in {0, 1}


def _save_fault(journal: Journal, command: Command, rows: dict[str, Declaration]) -> list[str]:
    if command.outcome is Outcome.ACCEPTED:
        declaration_id = str(command.answer["declaration_id"])
        is_deleted = any(
            entry.outcome is not Outcome.REFUSED
            for entry in journal.of("delete", declaration_id=declaration_id)
        )
        is_there = declaration_id in rows
        others = [
            row.id
            for row in rows.values()
            if row.title == command.mark and row.id != declaration_id
        ]
        if others or not (is_there or is_deleted):
            return [f"{command.mark} was saved: there {is_there}, others {others}"]
        return []
    count = sum(row.title == command.mark for row in rows.values())
    if _is_possible(command.outcome, count):
        return []
    return [f"{command.mark} was {command.outcome} ({command.code}), there {count} times"]


def _publication_faults(journal: Journal, row: Declaration, versions: int) -> list[str]:
    told = list(journal.of("publish", declaration_id=row.id))
    accepted = [entry for entry in told if entry.outcome is Outcome.ACCEPTED]
    unknown = [entry for entry in told if entry.outcome is Outcome.UNKNOWN]
    low, high = len(accepted), len(accepted) + len(unknown)
    if not low <= versions <= min(1, high):
        return [f"{row.id} has {versions} versions, accepted {low}, unknown {high - low}"]
    wrong = [entry.mark for entry in accepted if entry.answer["record_number"] != row.record_number]
    deleted = [
        entry.mark
        for entry in journal.of("delete", declaration_id=row.id)
        if entry.outcome is Outcome.ACCEPTED
    ]
    faults = [f"{row.id} is {row.record_number}, {wrong} were told otherwise"] if wrong else []
    return [*faults, f"{row.id} was deleted by {deleted}"] if deleted else faults


def _change_faults(journal: Journal, row: Declaration) -> list[str]:
    """Check that the draft says what the last accepted change said."""
    changes = [
        entry
        for entry in journal.of("change", declaration_id=row.id)
        if entry.outcome is not Outcome.REFUSED
    ]
    refused = [
        entry.mark
        for entry in journal.of("change", declaration_id=row.id)
        if entry.outcome is Outcome.REFUSED
    ]
    if row.title in refused:
        return [f"{row.id} was changed by {row.title}, which was refused"]
    if not changes or any(entry.outcome is Outcome.UNKNOWN for entry in changes):
        return []
    last = max(changes, key=lambda entry: int(entry.answer["version"]))
    bases = Counter(entry.facts["based_on"] for entry in changes)
    if row.title != last.mark or max(bases.values()) > 1:
        return [f"{row.id} says {row.title} after {last.mark}, on top of {dict(bases)}"]
    return []


def _double_numbers(standards: Session) -> list[str]:
    held = sa.select(Declaration.enterprise_id, Declaration.kind, Declaration.number_key)
    doubles = [
        key for key, count in Counter(map(tuple, standards.execute(held))).items() if count > 1
    ]
    claims = standards.scalar(sa.select(sa.func.count()).select_from(NumberClaim))
    rows = standards.scalar(sa.select(sa.func.count()).select_from(Declaration))
    faults = [f"{doubles[0]} is taken {len(doubles)} times"] if doubles else []
    return [*faults, f"{claims} numbers for {rows} declarations"] if claims != rows else faults


def _sms_faults(system: System) -> list[str]:
    telephones = system.telephones
    repeated = [f"message {message_id} arrived twice" for message_id in telephones.repeated()]
    sent = [(entry.phone, entry.at) for entry in telephones.received]
    return repeated + checks.find_sms_faults(sent, per_hour=_PER_HOUR, per_day=_PER_DAY)


def _blob_faults(system: System, standards: Session) -> list[str]:
    stored = {info.key: info for info in system.blobs.keys("")}
    return checks.find_blob_faults(standards, stored, now=system.world.clock.now())


def _delivery_faults(system: System) -> list[str]:
    world, faults = system.world, []
    for subscription in system.deliveries.subscriptions():
        if subscription.kind is not SubscriptionKind.EVENT:
            continue
        route = checks.Route(subscription.name, subscription.handler)
        source = world.nodes[subscription.source].database
        with (
            source.read() as announced,
            world.nodes[subscription.service].database.read() as session,
        ):
            faults += checks.find_delivery_faults(announced, session, route)
    faults += [
        f"{handler} has done {event_id} {count} times"
        for (handler, event_id), count in sorted(world.effects.items())
        if count > 1
    ]
    with world.nodes["ledger"].database.read() as session:
        written = Counter(session.scalars(sa.select(ledger.entries.c.event_id)))
    faults += [
        f"the ledger has {entry} {count} times" for entry, count in written.items() if count > 1
    ]
    return faults


def _named(name: str, faults: Iterable[str]) -> list[str]:
    return [f"{name}: {fault}" for fault in faults]
