"""The index is lost and rebuilt from standards, on the real system, while people search."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import eventlet
import pytest
import requests

from chassis import migrate
from services.search.domain.rebuilding import Held, add_lines
from tests.chaos.harness import wait_while_it_moves
from tests.chaos.system import System
from tools.backing import BackingError
from tools.generate_declarations import Plan, load_declarations
from tools.generate_declarations.histories import midnight
from tools.launch import Part

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(900)]

# By hand: C8_DECLARATIONS=10000.
DECLARATIONS: Final = int(os.environ.get("C8_DECLARATIONS", "2000"))
REBUILDS: Final = (
    "SELECT step, generation, documents, checked, repaired, checksum,"
    " extract(epoch FROM ended_at - started_at) FROM rebuilds ORDER BY number DESC LIMIT 1"
)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    system = System(tmp_path, replicas={"search": 2})
    try:
        system.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    yield system
    system.stop()
    system.cluster.remove()


def newest(system: System) -> tuple[Any, ...]:
    """Return the newest rebuild, nothing before there is one."""
    return next(iter(system.rows("search", REBUILDS)), ())


def wait_done(system: System) -> tuple[Any, ...]:
    wait_while_it_moves(
        lambda: newest(system)[:1] == ("DONE",),
        lambda: newest(system),
        lambda: f"{newest(system)} {system.parts['search'].tail()}",
    )
    return newest(system)


def told(system: System) -> str:
    """Return the checksum over what standards has published."""
    rows = system.rows(
        "standards",
        "SELECT d.id, d.sequence, d.state, v.document_sha256 FROM declarations d"
        " JOIN versions v ON v.declaration_id = d.id AND v.number = d.published_version",
    )
    return add_lines("", (Held(*row) for row in rows))


def held(system: System) -> str:
    """Return the checksum over the index that answers."""
    rows = system.rows(
        "search",
        "SELECT declaration_id, sequence, state, document_sha256"  # noqa: S608 - a table of ours
        f" FROM {system.index()}",
    )
    return add_lines("", (Held(*row) for row in rows))


def wipe(system: System) -> None:
    system.cluster.drop_database("search")
    system.cluster.create_database("search")
    migrate.upgrade(system.cluster.url("search"), "search")


def searching(system: System) -> list[Part]:
    return [part for part in system.parts.values() if part.name.startswith("search")]


@contextmanager
def readers(system: System) -> Iterator[list[tuple[int, int]]]:
    """Search all the time; give statuses and totals of the answers."""
    answers: list[tuple[int, int]] = []
    words = ("", "设备", "公司", "Q/")

    def ask() -> None:
        with requests.Session() as session:
            while True:
                for word in words:
                    answer = session.get(
                        f"{system.url}/api/v1/public/declarations", params={"q": word}, timeout=30
                    )
                    total = answer.json()["total"] if answer.ok and not word else -1
                    answers.append((answer.status_code, total))
                    eventlet.sleep(0.05)

    asking = eventlet.spawn(ask)
    yield answers
    asking.kill()


@pytest.mark.proves("C8")
def test_a_lost_index_is_rebuilt_while_people_search(system: System) -> None:
    for part in searching(system):
        part.stop()
    url = system.cluster.url("standards")
    plan = Plan(declarations=DECLARATIONS, until=midnight(datetime.now(UTC)))
    load_declarations(url, plan, replaces=True)
    wipe(system)
    for part in searching(system):
        part.start()
    system.wait_ready()

    with readers(system) as answers:
        filled = wait_done(system)
    assert {status for status, _ in answers} == {200}
    assert held(system) == told(system) == filled[5]
    published = system.lag()["published"]
    assert filled[:4] == ("DONE", 1, published, published)

    with readers(system) as answers:
        writing = system.start_publishing(8, writers=2)
        command = [sys.executable, "-m", "services.search.rebuilding"]
        watching = subprocess.Popen(
            command,
            env=dict(system.parts["search"].environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        while watching.poll() is None:
            eventlet.sleep(0.1)
        for thread in writing:
            thread.wait()
        system.wait_converged()
    rebuilt = newest(system)

    assert watching.returncode == 0
    assert rebuilt[:2] == ("DONE", 2)
    assert held(system) == told(system)
    assert {status for status, _ in answers} == {200}
    # What could be found before can be found all the time.
    assert min(total for _, total in answers if total >= 0) >= min(published, 1_000)
    print(
        f"figure C8: {published} declarations; an empty index was filled with"
        f" {published / float(filled[6]):.0f} rows/s, one rebuilt beside the other with"
        f" {rebuilt[2] / float(rebuilt[6]):.0f} rows/s, with {len(answers)} searches meanwhile"
    )
