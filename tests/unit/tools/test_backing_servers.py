"""tools.backing with real servers: killed, frozen and started again they keep what they had."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import kombu
import psycopg2
import pytest

from tools.backing import PostgresCluster, RabbitNode, missing
from tools.backing.postgres import StopMode
from tools.backing.processes import wait_until

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.backends,
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    assert "postgresql" not in missing()
    cluster = PostgresCluster(tmp_path_factory.mktemp("postgres"))
    try:
        yield cluster.start()
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    assert "rabbitmq-server" not in missing()
    node = RabbitNode(tmp_path_factory.mktemp("rabbit"))
    try:
        yield node.start()
    finally:
        node.stop()


def send_confirmed(url: str, queue: str) -> None:
    with (
        kombu.Connection(url, transport_options={"confirm_publish": True}) as connection,
        connection.SimpleQueue(queue) as simple,
    ):
        simple.put("kept")


def receive(url: str, queue: str) -> str:
    with kombu.Connection(url) as connection, connection.SimpleQueue(queue) as simple:
        message = simple.get(timeout=10)
        message.ack()
        return str(message.payload)


class TestPostgresCluster:
    def test_kill_keeps_what_was_committed(self, cluster: PostgresCluster) -> None:
        cluster.create_database("kept")
        before = cluster.port
        with psycopg2.connect(cluster.dsn("kept")) as connection:
            connection.cursor().execute("CREATE TABLE t AS SELECT 7 AS n")
        pids = cluster.pids

        cluster.kill()
        alive = cluster.is_running
        cluster.start()

        assert len(pids) > 1
        assert not alive
        assert cluster.port == before
        assert cluster.execute("SELECT n FROM t", "kept") == [(7,)]

    @pytest.mark.parametrize("mode", ["fast", "immediate", "smart"])
    def test_stops_in_each_way(self, cluster: PostgresCluster, mode: StopMode) -> None:
        cluster.stop(mode)
        stopped = not cluster.is_running and cluster.pids == []
        cluster.start()

        assert stopped
        assert cluster.answers()

    def test_a_database_is_closed_to_other_roles(self, cluster: PostgresCluster) -> None:
        cluster.create_database("mine")
        cluster.create_database("theirs")

        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            psycopg2.connect(cluster.dsn("mine", user="theirs"))

    def test_a_copy_starts_from_its_template(self, cluster: PostgresCluster) -> None:
        cluster.create_database("pattern")
        cluster.execute("CREATE TABLE drawn ()", "pattern")

        cluster.create_database("copied", template="pattern")

        assert cluster.execute("SELECT count(*) FROM drawn", "copied") == [(0,)]
        cluster.drop_database("copied")

    def test_frozen_answers_nothing(self, cluster: PostgresCluster) -> None:
        cluster.pause()
        try:
            frozen = cluster.answers()
        finally:
            cluster.resume()

        assert not frozen
        assert cluster.answers()


class TestRabbitNode:
    def test_kill_keeps_confirmed_messages(self, node: RabbitNode) -> None:
        before, url = node.pid, node.url
        send_confirmed(url, "kept")

        node.kill()
        alive = node.is_running
        node.start()

        assert not alive
        assert node.pid != before
        assert node.url == url
        assert receive(url, "kept") == "kept"

    def test_frozen_lives_and_answers_nothing(self, node: RabbitNode) -> None:
        node.pause()
        try:
            frozen = (node.is_running, node.answers())
        finally:
            node.resume()

        assert frozen == (True, False)
        assert node.answers()

    def test_a_user_can_do_what_it_was_given(self, node: RabbitNode) -> None:
        url = node.add_user("reader", read="^none$")

        with kombu.Connection(url) as connection:
            connection.connect()
            channel = connection.channel()
            with pytest.raises(kombu.exceptions.ChannelError, match="ACCESS_REFUSED"):
                channel.queue_declare("forbidden")
        assert "reader" in node.ctl("list_users")

    def test_listens_on_loopback_only(self, node: RabbitNode) -> None:
        listeners = node.ctl("eval", "rabbit_networking:active_listeners().")

        assert "{127,0,0,1}" in listeners
        assert "{0,0,0,0}" not in listeners


STARTER = """
import sys, time
from tools.backing import PostgresCluster, RabbitNode
from pathlib import Path
folder = Path(sys.argv[1])
PostgresCluster(folder / "postgres").start()
RabbitNode(folder / "rabbit").start()
print("started", flush=True)
time.sleep(600)
"""


class TestTied:
    def test_servers_end_with_a_killed_starter(self, tmp_path: Path) -> None:
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(tmp_path)], stdout=subprocess.PIPE, cwd=ROOT
        )
        assert starter.stdout is not None
        said = starter.stdout.readline()
        database = PostgresCluster(tmp_path / "postgres")
        broker = RabbitNode(tmp_path / "rabbit")
        try:
            running = (database.is_running, broker.is_running)

            starter.kill()
            starter.communicate()

            assert said == b"started\n"
            assert running == (True, True)
            assert wait_until(lambda: not database.is_running, seconds=10)
            assert wait_until(lambda: not broker.is_running, seconds=10)
        finally:
            starter.kill()
            broker.kill()
            database.remove()


class TestCommandLine:
    def test_up_status_down(self, tmp_path: Path) -> None:
        def call(command: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "tools.backing", command, "--dir", str(tmp_path)],
                capture_output=True,
                text=True,
                check=False,
            )

        try:
            up = call("up")
            status = call("status")
        finally:
            down = call("down")
            after = call("status")
            PostgresCluster(tmp_path / "postgres").remove()

        assert (up.returncode, status.returncode, down.returncode) == (0, 0, 0), up.stderr
        settings = dict(line.split("=", 1) for line in up.stdout.splitlines())
        assert settings["BUS_URL"].startswith("amqp://")
        assert settings["STANDARDS_DATABASE_URL"].startswith("postgresql+psycopg2://standards:")
        assert up.stdout in status.stdout
        assert after.returncode == 1
