"""Those who follow the register from outside: nothing is missed, nothing can be disturbed."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import amqp
import pytest
from amqp.exceptions import AccessRefused, AMQPNotImplementedError
from kombu.connection import Connection

from chassis.bus import topology
from tests.chaos.harness import wait_until
from tests.chaos.outside import Archive, Follower, killed_on_the_way
from tools import outsiders
from tools.backing import PostgresCluster, RabbitNode

EVENTS = 1100
MANY = 5000
KILLS = 5

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def archive(
    tmp_path_factory: pytest.TempPathFactory, _broker: RabbitNode, _cluster: PostgresCluster
) -> Iterator["Told"]:
    """Return an archive of 1,100 events, told in two halves, some time apart."""
    _broker.resume()
    _broker.start()
    _cluster.resume()
    _cluster.start()
    with Archive(tmp_path_factory.mktemp("archive"), _broker, _cluster) as archive:
        archive.announce(EVENTS // 2)
        archive.stream(EVENTS // 2)
        second = int(time.time()) + 1  # the broker knows moments by the second
        wait_until(lambda: time.time() > second + 1)
        archive.announce(EVENTS // 2)
        archive.stream(EVENTS)
        yield Told(archive, datetime.fromtimestamp(second, UTC))


@dataclass
class Told:
    archive: Archive
    half_time: datetime


def read_from(told: Told, folder: Path, start: str, bus: str = "") -> list[int]:
    """Return the positions that the example reads when it begins there; it ends in good order."""
    with Follower(folder, "follow_stream.py", told.archive, "--start", start, bus=bus) as follower:
        wait_until(lambda: EVENTS in follower.positions() or not follower.is_running, 60)
        assert follower.stop() == 0, follower.tail()
        return follower.positions()


@pytest.mark.proves("A15")
class TestReplay:
    """Outsiders read the stream from wherever they want, and miss nothing."""

    def test_a_consumer_that_is_killed_five_times_has_all(
        self, archive: Told, tmp_path: Path
    ) -> None:
        follower = Follower(tmp_path, "follow_stream.py", archive.archive)

        kills = killed_on_the_way(
            follower, [EVENTS * n // (KILLS + 2) for n in range(1, KILLS + 1)]
        )
        with follower:
            follower.wait_for(EVENTS)

        assert kills == KILLS
        assert follower.positions() == list(range(1, EVENTS + 1))

    def test_from_an_offset(self, archive: Told, tmp_path: Path) -> None:
        stored = archive.archive.stream(EVENTS, start=500)

        positions = read_from(archive, tmp_path, "500")

        assert [offset for offset, _, _ in stored] == list(range(500, 1100))
        assert positions == list(range(501, 1101))

    def test_from_a_moment(self, archive: Told, tmp_path: Path) -> None:
        positions = read_from(archive, tmp_path, archive.half_time.isoformat())

        # Whole chunks come: a moment may begin a little earlier, never later.
        assert 1 < positions[0] <= EVENTS // 2 + 1
        assert positions == list(range(positions[0], EVENTS + 1))

    def test_from_the_last_chunk(self, archive: Told, tmp_path: Path) -> None:
        positions = read_from(archive, tmp_path, "last")

        assert positions[0] > EVENTS // 2
        assert positions == list(range(positions[0], EVENTS + 1))

    def test_the_feed_has_the_same(self, archive: Told, tmp_path: Path) -> None:
        with Follower(tmp_path, "follow_feed.py", archive.archive, "--once") as follower:
            assert follower.wait() == 0, follower.tail()

        streamed = [(position, event) for _, position, event in archive.archive.stream(EVENTS)]
        assert streamed == archive.archive.feed() == follower.digested()
        assert [position for position, _ in streamed] == list(range(1, EVENTS + 1))

    def test_who_asks_for_what_is_not_there_is_sent_to_the_snapshots(
        self, archive: Told, tmp_path: Path
    ) -> None:
        with Follower(tmp_path, "follow_feed.py", archive.archive, "--after", "5000") as follower:
            assert follower.wait() == 3, follower.tail()

        assert "/snapshots" in follower.tail()


@pytest.mark.proves("A15")
class TestKilledFollowers:
    """5,000 events, every program killed five times, the relay as well."""

    def test_end_with_one_to_n_in_order(
        self, broker: RabbitNode, cluster: PostgresCluster, tmp_path: Path
    ) -> None:
        with Archive(tmp_path / "archive", broker, cluster) as archive:
            followers = [
                Follower(tmp_path, "follow_stream.py", archive),
                Follower(tmp_path, "follow_feed.py", archive, "--pause", "0.1"),
            ]
            kills = [0, 0]
            portion = MANY // KILLS
            for number in range(KILLS):
                archive.announce(portion)
                if number == 2:
                    # Published, and dead before that was noted: it is published again.
                    archive.restart_with("relay.after_publish:kill:1")
                    archive.announce(1)
                    wait_until(lambda: not archive.parts["standards"].is_running, 60)
                    archive.restart_with("")
                for index, follower in enumerate(followers):
                    kills[index] += killed_on_the_way(follower, [number * portion + portion // 2])
            for follower in followers:
                with follower:
                    follower.wait_for(MANY + 1)
            stored = archive.stream(MANY + 1)

        assert kills == [KILLS, KILLS]
        for follower in followers:
            assert follower.positions() == list(range(1, MANY + 2))
        # An offset is no position: what was published twice has two offsets.
        offsets = [offset for offset, _, _ in stored]
        positions = [position for _, position, _ in stored]
        assert offsets == list(range(len(stored)))
        assert len(positions) > len(set(positions))
        assert list(dict.fromkeys(positions)) == list(range(1, MANY + 2))
        print(f"figure A15: {MANY} events, {len(stored) - MANY - 1} of them twice in the stream")


@pytest.mark.proves("A15")
class TestLostStream:
    """What the stream does not hold comes from the feed."""

    def test_a_stream_made_anew_costs_a_follower_nothing(
        self, broker: RabbitNode, cluster: PostgresCluster, tmp_path: Path
    ) -> None:
        with Archive(tmp_path / "archive", broker, cluster) as archive:
            archive.announce(50)
            follower = Follower(tmp_path, "follow_stream.py", archive, "--patience", "1")
            with follower:
                follower.wait_for(50)
            archive.delete_stream()
            archive.announce(20)
            wait_until(lambda: len(archive.feed()) == 70, 30)
            archive.declare()
            with follower:
                follower.wait_for(70)
                archive.announce(30)
                follower.wait_for(100)
                offset = follower.rows("SELECT stream_offset FROM place")[0][0]
            newcomer = Follower(tmp_path, "follow_stream.py", archive)
            with newcomer:
                newcomer.wait_for(100)

        assert follower.positions() == newcomer.positions() == list(range(1, 101))
        assert offset < 50


@dataclass
class Outsider:
    url: str
    name: str
    vhost: str


@pytest.fixture(scope="module")
def outsider(archive: Told) -> Iterator[Outsider]:
    """Return an outsider made by the tool, and unmade afterwards."""
    node = archive.archive.node
    ctl = outsiders.ctl_of(node.directory)
    name = f"office-{archive.archive.vhost[-4:]}"
    password = outsiders.add(ctl, name, archive.archive.vhost)
    yield Outsider(node.url_for(name, password, archive.archive.vhost), name, archive.archive.vhost)
    if name in outsiders.outsiders(ctl):
        outsiders.remove(ctl, name)


@pytest.mark.proves("A16")
class TestOutsider:
    """Outsiders read the stream; everything else is refused."""

    def test_reads_the_stream(self, archive: Told, outsider: Outsider, tmp_path: Path) -> None:
        positions = read_from(archive, tmp_path, "first", bus=outsider.url)

        assert positions == list(range(1, EVENTS + 1))

    @pytest.mark.parametrize(
        "queue", ["rpc-standards", "evt-standards-x--search.x", topology.DEAD_LETTERS]
    )
    def test_reads_no_other_queue(self, archive: Told, outsider: Outsider, queue: str) -> None:
        with Connection(archive.archive.bus_url) as connection:
            connection.default_channel.queue_declare(
                queue,
                durable=True,
                auto_delete=False,
                passive=queue != "evt-standards-x--search.x",
            )
        for attempt in ("basic_get", "basic_consume", "queue_purge", "queue_delete"):
            with Connection(outsider.url) as connection, pytest.raises(AccessRefused) as caught:
                getattr(connection.default_channel, attempt)(queue)
            assert caught.value.code == 403

    @pytest.mark.parametrize(
        "exchange", ["", "standards.events", "nameko-rpc", topology.DEAD_LETTERS, "amq.topic"]
    )
    def test_publishes_nowhere(self, outsider: Outsider, exchange: str) -> None:
        with Connection(outsider.url) as connection:
            channel = connection.default_channel
            channel.confirm_select()
            with pytest.raises(AccessRefused) as caught:
                channel.basic_publish_confirm(amqp.Message("{}"), exchange, topology.PUBLIC_STREAM)

        assert caught.value.code == 403

    def test_declares_and_binds_nothing(self, outsider: Outsider) -> None:
        with Connection(outsider.url) as connection, pytest.raises(AccessRefused):
            connection.default_channel.queue_declare("mine", exclusive=True)
        with Connection(outsider.url) as connection, pytest.raises(AccessRefused):
            connection.default_channel.queue_declare("", exclusive=True)
        with Connection(outsider.url) as connection, pytest.raises(AccessRefused):
            connection.default_channel.exchange_declare("mine", "topic")
        with Connection(outsider.url) as connection, pytest.raises(AccessRefused):
            connection.default_channel.queue_bind(topology.PUBLIC_STREAM, "amq.topic", "#")

    def test_neither_deletes_nor_empties_the_stream(self, outsider: Outsider) -> None:
        with Connection(outsider.url) as connection, pytest.raises(AccessRefused):
            connection.default_channel.queue_delete(topology.PUBLIC_STREAM)
        # What nobody may do: a stream cannot be emptied.
        with (
            Connection(outsider.url) as connection,
            pytest.raises(AMQPNotImplementedError) as purge,
        ):
            connection.default_channel.queue_purge(topology.PUBLIC_STREAM)

        assert purge.value.code == 540

    def test_sees_no_other_virtual_host(self, outsider: Outsider) -> None:
        other = outsider.url.replace(outsider.vhost, "%2F")

        with pytest.raises(amqp.AMQPError), Connection(other) as connection:
            connection.connect()


class TestTool:
    """``python -m tools.outsiders`` makes and unmakes outsiders, and touches nobody else."""

    def test_adds_lists_renews_and_removes(
        self, broker: RabbitNode, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = ["--node", str(broker.directory)]

        def run(*arguments: str) -> tuple[int, str, str]:
            code = outsiders.main([*folder, *arguments])
            printed = capsys.readouterr()
            return code, printed.out.strip(), printed.err.strip()

        added = run("add", "bureau-of-cups")
        again = run("add", "bureau-of-cups")
        listed = run("list")
        renewed = run("renew", "bureau-of-cups")
        password = renewed[1].split()[1]
        connection = Connection(broker.url_for("bureau-of-cups", password))
        connection.connect()
        old = Connection(broker.url_for("bureau-of-cups", added[1].split()[1]))
        with pytest.raises(AccessRefused):
            old.connect()
        removed = run("remove", "bureau-of-cups")
        with pytest.raises((OSError, amqp.AMQPError)):
            connection.drain_events(timeout=20)
        gone = run("remove", "bureau-of-cups")
        connection.release()

        assert added[0] == 0
        assert added[1].startswith("bureau-of-cups ")
        assert again == (1, "", "bureau-of-cups exists")
        assert "bureau-of-cups" in listed[1].splitlines()
        assert "qibiao" not in listed[1].splitlines()
        assert renewed[0] == 0
        assert renewed[1] != added[1]
        assert removed == (0, "bureau-of-cups removed", "")
        assert gone == (1, "", "bureau-of-cups is no outsider")

    @pytest.mark.parametrize("command", ["remove", "renew"])
    def test_leaves_the_services_users_alone(
        self, broker: RabbitNode, capsys: pytest.CaptureFixture[str], command: str
    ) -> None:
        assert outsiders.main(["--node", str(broker.directory), command, "qibiao"]) == 1
        assert "is no outsider" in capsys.readouterr().err
