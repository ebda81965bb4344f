"""The common checker K1–K9: what must hold after any fault, whatever it was.

Every check returns the sentences that say what is wrong; an empty list is a pass.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from kombu.connection import Connection
from sqlalchemy.orm import Session

from chassis import audit, blobs
from chassis.bus import topology
from services.search.service import SearchService
from tests.chaos.system import System
from tools import launch

INDEX_HANDLERS: Final = "search.handle_declaration_%"
SAMPLE: Final = 5


def check(system: System, *, planted_dead_letters: int = 0) -> None:
    """Run K1 to K9 on a system that has come to rest.

    Raises:
        AssertionError: with everything that does not hold.
    """
    faults = [f"{name}: {fault}" for name, look in CHECKS.items() for fault in look(system)]
    faults += [f"K8: {fault}" for fault in dead_letters(system, planted_dead_letters)]

    assert faults == []


def outcomes(system: System) -> list[str]:
    """K1: each accepted command has exactly one outcome row."""
    rows = Counter(
        {
            (number, record): count
            for number, record, count in system.rows(
                "standards",
                "SELECT number_text, record_number, count(*) FROM declarations"
                " WHERE state = 'PUBLISHED' GROUP BY 1, 2",
            )
        }
    )
    by_number = Counter({number: 0 for number, _ in rows})
    for (number, _), count in rows.items():
        by_number[number] += count
    faults = []
    for command in system.ledger.accepted:
        assert command.answer is not None
        record = command.answer["record_number"]
        if rows[command.number, record] != 1 or by_number[command.number] != 1:
            faults.append(
                f"{command.number} has {by_number[command.number]} rows, not one {record}"
            )
    unanswered = [command.number for command in system.ledger.commands if not command.answer]
    return [*faults[:SAMPLE], *(f"{number} was never answered" for number in unanswered[:SAMPLE])]


def index(system: System) -> list[str]:
    """K2: the index is the projection of what standards published, compared in full."""
    published = dict(
        system.rows(
            "standards",
            "SELECT id, (sequence, document_sha256)::text FROM declarations"
            " JOIN versions ON declaration_id = id AND number = published_version",
        )
    )
    indexed = dict(
        system.rows(
            "search",
            f"SELECT declaration_id, (sequence, document_sha256)::text FROM {system.index()}",  # noqa: S608 - a table of ours
        )
    )
    missing = [key for key in published if key not in indexed]
    wrong = [key for key in indexed if published.get(key) != indexed[key]]
    return [
        *(f"{key} is not in the index" for key in missing[:SAMPLE]),
        *(f"{key} is {indexed[key]}, not {published.get(key)}" for key in wrong[:SAMPLE]),
    ]


def deliveries(system: System) -> list[str]:
    """K3: each event for the index had its effect once: as many inbox rows as events."""
    heard = tuple(each.name for each in topology.subscriptions_of(SearchService))
    announced = {
        row[0]
        for row in system.rows(
            "standards", "SELECT event_id FROM outbox WHERE name IN %s", (heard,)
        )
    }
    done = [
        row[0]
        for row in system.rows(
            "search",
            "SELECT event_id FROM inbox WHERE state = 'DONE' AND handler LIKE %s",
            (INDEX_HANDLERS,),
        )
    ]
    lost = announced - set(done)
    strange = set(done) - announced
    return [
        *(f"event {event} had no effect" for event in sorted(lost)[:SAMPLE]),
        *(f"effect of unknown event {event}" for event in sorted(strange)[:SAMPLE]),
        *(["an event is done twice"] if len(done) != len(set(done)) else []),
    ]


def messages(system: System) -> list[str]:
    """K4: one SMS per request, each with a final state or on its way, no phone above its limit."""
    doubled = system.rows(
        "notify", "SELECT request_id, count(*) FROM messages GROUP BY 1 HAVING count(*) > 1"
    )
    stuck = system.count(
        "notify",
        "SELECT count(*) FROM messages WHERE state IN ('CREATED', 'SENDING')"
        " AND created_at < now() - interval '10 minutes'",
    )
    return [
        *(f"request {request} has {count} messages" for request, count in doubled),
        *([f"{stuck} messages have no final state"] if stuck else []),
    ]


def audit_chains(system: System) -> list[str]:
    """K5: the audit chain of every service is whole."""
    faults = []
    for name in launch.SERVICES:
        engine = sa.create_engine(system.cluster.url(name))
        with Session(engine) as session:
            broken = audit.verify(session)
        engine.dispose()
        if broken is not None:
            faults.append(f"the audit chain of {name} breaks at {broken}")
    return faults


def files(system: System) -> list[str]:
    """K6: no row without its file, no file without a row."""
    store = blobs.open_store(system.settings()["STORAGE_URL"])
    stored = {info.key for info in store.keys("uploads/")}
    rows = system.rows("standards", "SELECT blob_id, state, extracted_sha256 FROM uploads")
    needed = {f"uploads/{key}" for key, state, _ in rows if state in {"ACCEPTED", "INSPECTING"}}
    needed |= {f"uploads/{key}.txt" for key, _, extracted in rows if extracted}
    known = {f"uploads/{key}" for key, _, _ in rows}
    missing = needed - stored
    orphans = {key for key in stored if key.removesuffix(".txt") not in known}
    return [
        *(f"{key} is not stored" for key in sorted(missing)[:SAMPLE]),
        *(f"{key} belongs to nothing" for key in sorted(orphans)[:SAMPLE]),
    ]


def positions(system: System) -> list[str]:
    """K7: the positions of the public log have no gap, and everything was sent."""
    found = [
        row[0] for row in system.rows("standards", "SELECT position FROM public_log ORDER BY 1")
    ]
    unsent = system.lag()["unsent"]
    return [
        *(["positions have a gap"] if found != list(range(1, len(found) + 1)) else []),
        *([f"{unsent} messages are unsent"] if unsent else []),
    ]


def dead_letters(system: System, planted: int) -> list[str]:
    """K8: the dead letters hold only what the test put there."""
    with Connection(system.node.url) as connection:
        queue = connection.default_channel.queue_declare(topology.DEAD_LETTERS, passive=True)
        found = int(queue.message_count)
    return [] if found == planted else [f"{found} dead letters, {planted} were planted"]


def processes(system: System) -> list[str]:
    """K9: no process died that the test did not kill."""
    faults = []
    for name, part in system.parts.items():
        ours = system.killed.count(name)
        kills = sum(code == -9 for code in part.exits)
        strange = [code for code in part.exits if code not in {-9, 0}]
        if strange or kills > ours:
            faults.append(f"{name} ended with {strange or -9} by itself\n{part.tail()}")
        if not part.is_running:
            faults.append(f"{name} does not run\n{part.tail()}")
    return faults


CHECKS: Final[dict[str, Callable[[System], list[str]]]] = {
    "K1": outcomes,
    "K2": index,
    "K3": deliveries,
    "K4": messages,
    "K5": audit_chains,
    "K6": files,
    "K7": positions,
    "K9": processes,
}
