"""A lost machine: the system comes back from its backup, in a new place, as it was."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg2
import pytest

from chassis import migrate
from chassis.blobs import open_store
from services.standards.models import Base
from tests.chaos import checker
from tests.chaos.system import System
from tools import backing, backup, launch
from tools.generate_declarations import Plan, load_declarations
from tools.generate_declarations.histories import midnight

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(900)]

ROOT: Final = Path(__file__).resolve().parents[2]
ARCHIVE: Final = ROOT / "deploy" / "postgres" / "archive_wal.sh"
REGISTER: Final = "register"
# By hand: C9_DECLARATIONS=100000.
DECLARATIONS: Final = int(os.environ.get("C9_DECLARATIONS", "2000"))


class ArchivedSystem(System):
    """The system whose database archives its WAL as docs/operations.md tells operators to."""

    backup: Path

    def start_backing(self) -> None:
        """Start the servers, the database with `archive_command`."""
        for folder in (self.folder / "log", self.backup / "wal"):
            folder.mkdir(parents=True, exist_ok=True)
        self.database = new_cluster(self.folder, self.backup)
        # The server's user has to read the script and to write the archive.
        script = self.database.home / ARCHIVE.name
        shutil.copy(ARCHIVE, script)
        give(script, self.database)
        give(self.backup / "wal", self.database)
        self.database.start()
        for name in (*launch.SERVICES, REGISTER):
            self.database.create_database(name)
        self.broker = backing.RabbitNode(self.folder / "rabbit")
        self.broker.start()


class RestoredSystem(System):
    """The same system in a new place, on the databases and files of the backup."""

    def __init__(self, folder: Path, cluster: backing.PostgresCluster) -> None:
        super().__init__(folder)
        self._cluster = cluster

    def start_backing(self) -> None:
        """Start the restored database, and a broker that knows nothing."""
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        self.database = self._cluster
        self.database.start(300)
        self.broker = backing.RabbitNode(self.folder / "rabbit")
        self.broker.start()

    def prepare(self) -> None:
        """Declare the topology; migrations have nothing to do, demonstration data is there."""
        self._once("prepare", "chassis.runner", "prepare")


def new_cluster(folder: Path, archive: Path | None) -> backing.PostgresCluster:
    """Return a server that is not started yet."""
    cluster = backing.PostgresCluster(folder / "postgres")
    if archive is not None:
        cluster.settings |= {
            "archive_mode": "on",
            "archive_timeout": "60",
            "archive_command": f'{cluster.home}/{ARCHIVE.name} "%p" "{archive}/wal/%f"',
        }
    return cluster


def give(path: Path, cluster: backing.PostgresCluster) -> None:
    """Let the server's user own something."""
    status = cluster.home.stat()
    for each in [path, *(path.rglob("*") if path.is_dir() else ())]:
        os.chown(each, status.st_uid, status.st_gid)


def command(*arguments: object) -> str:
    """Run the operators' command; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tools.backup", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def digests(cluster: backing.PostgresCluster) -> dict[str, tuple[int, str]]:
    """Return, of each table of the generated register, how many rows it has and their hash."""
    found = {}
    connection = psycopg2.connect(cluster.dsn(REGISTER))
    with connection, connection.cursor() as cursor:
        for table in Base.metadata.sorted_tables:
            cursor.execute(f'SELECT t::text FROM "{table.name}" t ORDER BY 1')  # noqa: S608 - ours
            digest = hashlib.sha256()
            for (row,) in cursor:
                digest.update(row.encode())
            found[table.name] = (cursor.rowcount, digest.hexdigest())
    connection.close()
    return found


@pytest.fixture
def archive() -> Iterator[Path]:
    """Return a folder for the backup that the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="qibiao-backup-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def destroy(system: System) -> None:
    """Lose the machine: every process at once, then every file."""
    for part in system.parts.values():
        part.kill()
    system.node.kill()
    system.node.stop()
    system.cluster.kill()
    system.cluster.remove()
    shutil.rmtree(system.folder)


@pytest.mark.proves("C9")
class TestRestore:
    def test_brings_everything_back_up_to_the_last_point(
        self, tmp_path: Path, archive: Path
    ) -> None:
        system = ArchivedSystem(tmp_path / "first")
        system.backup = archive
        try:
            system.start()
            kept, lost = self.live_and_back_up(system, archive)
            register = digests(system.cluster)
            files = {info.key for info in self.store(system).keys("uploads/")}
            state = system.cluster.state.values
        finally:
            destroy(system)

        begun = time.monotonic()
        cluster = new_cluster(tmp_path / "second", None)
        restored = RestoredSystem(tmp_path / "second", cluster)
        command(
            *("restore", "--backup", archive, "--data", cluster.data),
            *("--storage-url", restored.settings()["STORAGE_URL"]),
        )
        cluster.state.put(**{key: state[key] for key in ("password", "roles", "owners")})
        give(cluster.data, cluster)
        try:
            restored.start_backing()
            recovered = time.monotonic() - begun
            for name in launch.SERVICES:
                command("resend", "--dsn", restored.dsn(name))
            restored.prepare()
            restored.start_parts()
            restored.wait_ready()
            seconds = time.monotonic() - begun

            restored.wait_converged(120)
            print(
                f"figure C9: {DECLARATIONS} declarations and a running system; database and files "
                f"back in {recovered:.1f} s, serving in {seconds:.1f} s"
            )
            restored.ledger.commands = kept
            checker.check(restored)
            assert digests(cluster) == register
            assert {info.key for info in self.store(restored).keys("uploads/")} <= files
            self.is_cut_at_the_point(restored, lost)
            restored.publish_many(5)
            restored.wait_converged()
            checker.check(restored)
        finally:
            restored.stop()
            cluster.remove()

    def live_and_back_up(self, system: System, archive: Path) -> tuple[list[Any], list[Any]]:
        """Return the commands from before the point, and those after it."""
        url = system.cluster.url(REGISTER)
        migrate.upgrade(url, "standards")
        plan = Plan(declarations=DECLARATIONS, until=midnight(datetime.now(UTC)))
        load_declarations(url, plan)
        system.publish_many(20)
        dsn = system.cluster.dsn("postgres", "postgres")
        storage = system.settings()["STORAGE_URL"]

        command("base", "--backup", archive, "--dsn", dsn)
        # What the search has not taken yet is in the broker alone, which will be lost.
        for name in [name for name in system.parts if name.startswith("search")]:
            system.kill_part(name)
        system.publish_many(20)
        command("point", "--backup", archive, "--dsn", dsn, "--storage-url", storage)
        kept = list(system.ledger.commands)
        system.publish_many(5)
        assert [point.name for point in backup.read_points(archive)] != []
        return kept, system.ledger.commands[len(kept) :]

    def is_cut_at_the_point(self, system: System, lost: list[Any]) -> None:
        """Nothing of what came after the point is there, not even half of it."""
        assert len(lost) == 5
        numbers = tuple(each.number for each in lost)
        found = system.rows(
            "standards", "SELECT number_text FROM declarations WHERE number_text IN %s", (numbers,)
        )
        assert found == []

    def store(self, system: System) -> Any:
        return open_store(system.settings()["STORAGE_URL"])
