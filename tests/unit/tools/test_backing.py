"""The parts of tools.backing that need no server."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tools.backing import packages, processes
from tools.backing.postgres import PostgresCluster, is_reachable
from tools.backing.processes import BackingError, State
from tools.backing.rabbit import RabbitNode


class TestFreePort:
    def test_is_below_the_ports_of_outgoing_connections(self) -> None:
        port = processes.free_port()

        assert port in processes.PORTS
        assert processes.is_port_free(port)

    def test_skips_what_is_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first, second = processes.free_port(), processes.free_port()
        choices = iter([first, second])
        monkeypatch.setattr(processes.secrets, "choice", lambda _: next(choices))

        assert processes.free_port(taken=[first]) == second

    def test_sees_a_listener(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]

            assert not processes.is_port_free(port)


class TestProcess:
    def test_is_alive_until_it_ended(self) -> None:
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        alive = processes.is_alive(process.pid)
        process.kill()
        ended = processes.wait_until(lambda: not processes.is_alive(process.pid), seconds=5)
        process.communicate()

        assert alive
        assert ended, "a zombie is not alive"

    def test_knows_its_children_and_environment(self) -> None:
        process = subprocess.Popen(["sleep", "30"], env={**os.environ, "QIBIAO_MARK": "yes"})
        try:
            assert process.pid in processes.children(os.getpid())
            assert processes.has_environment(process.pid, "QIBIAO_MARK=yes")
            assert not processes.has_environment(process.pid, "QIBIAO_MARK=ye")
            assert "sleep 30" in processes.command_line(process.pid)
        finally:
            process.kill()
            process.wait()

    def test_one_that_never_was_is_gone(self) -> None:
        nobody = 2**22 + 1

        assert not processes.is_alive(nobody)
        assert not processes.is_alive(None)
        assert processes.command_line(nobody) == ""
        processes.send(nobody, processes.signal.SIGTERM)


class TestRun:
    def test_returns_what_was_printed(self, tmp_path: Path) -> None:
        printed = processes.run(["echo", "good"], log=tmp_path / "log")

        assert printed == "good\n"

    def test_failure_shows_the_output(self, tmp_path: Path) -> None:
        with pytest.raises(BackingError, match="ended with 3:\nbad"):
            processes.run(["sh", "-c", "echo bad; exit 3"], log=tmp_path / "log")

    def test_too_slow_is_killed(self, tmp_path: Path) -> None:
        with pytest.raises(BackingError, match="did not end"):
            processes.run(["sleep", "30"], log=tmp_path / "log", seconds=0.1)


class TestState:
    def test_outlives_its_process_and_is_private(self, tmp_path: Path) -> None:
        State(tmp_path).put(port=1234)

        again = State(tmp_path)

        assert again.get("port") == 1234
        assert again.path.stat().st_mode & 0o077 == 0


class TestReachable:
    def test_a_closed_folder_above_closes_all_below(self, tmp_path: Path) -> None:
        inner = tmp_path / "closed" / "inner"
        inner.mkdir(parents=True)
        stranger = 65_534
        (tmp_path / "closed").chmod(0o700)

        assert not is_reachable(inner, stranger)

    def test_an_open_folder_is(self) -> None:
        assert is_reachable(Path("/usr/bin"), 65_534)


class TestPostgresCluster:
    def test_refuses_names_that_need_quotes(self, tmp_path: Path) -> None:
        cluster = PostgresCluster(tmp_path)
        try:
            with pytest.raises(BackingError, match="plain"):
                cluster.drop_database('x"; DROP TABLE y')
        finally:
            cluster.remove()

    def test_writes_the_driver_into_its_address(self, tmp_path: Path) -> None:
        cluster = PostgresCluster(tmp_path)
        try:
            assert cluster.url("x").startswith("postgresql+psycopg2://postgres:")
            assert cluster.dsn("x").startswith("postgresql://postgres:")
        finally:
            cluster.remove()

    def test_remove_leaves_nothing(self, tmp_path: Path) -> None:
        cluster = PostgresCluster(tmp_path / "pg")
        home = cluster.home
        assert home.is_dir()

        cluster.remove()

        assert not home.exists()
        assert not (tmp_path / "pg").exists()


class TestRabbitNode:
    def test_keeps_name_and_password(self, tmp_path: Path) -> None:
        first = RabbitNode(tmp_path)

        again = RabbitNode(tmp_path)

        assert (again.name, again.url) == (first.name, first.url)
        assert not again.is_running

    def test_a_peer_shares_the_cookie(self, tmp_path: Path) -> None:
        first = RabbitNode(tmp_path / "1")

        second = RabbitNode(tmp_path / "2", peer=first)

        assert second.state.get("cookie") == first.state.get("cookie")
        assert second.name != first.name

    def test_quotes_what_an_address_cannot_hold(self, tmp_path: Path) -> None:
        url = RabbitNode(tmp_path).url_for("a", "p/w", "v/h")

        assert url.startswith("amqp://a:p%2Fw@127.0.0.1:")
        assert url.endswith("/v%2Fh")


class TestInstalling:
    def test_keeps_services_from_starting_then_restores(self, tmp_path: Path) -> None:
        policy = tmp_path / "policy-rc.d"
        policy.write_text("theirs")
        policy.chmod(0o750)

        with packages.no_service_starts(policy):
            during = subprocess.run([policy], check=False).returncode

        assert during == 101
        assert policy.read_text() == "theirs"
        assert policy.stat().st_mode & 0o777 == 0o750

    def test_leaves_no_policy_where_there_was_none(self, tmp_path: Path) -> None:
        policy = tmp_path / "policy-rc.d"

        with packages.no_service_starts(policy):
            assert policy.exists()

        assert not policy.exists()

    def test_names_tools_that_are_not_there(self) -> None:
        assert "no-such-tool" in packages.missing(("no-such-tool", "sh"))
        assert "sh" not in packages.missing(("no-such-tool", "sh"))

    def test_without_root_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(packages, "missing", lambda _, **_options: ["rabbitmq-server"])
        monkeypatch.setattr(packages.os, "geteuid", lambda: 1000)

        with pytest.raises(BackingError, match="apt install rabbitmq-server"):
            packages.install_missing()
