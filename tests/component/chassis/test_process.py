"""What surrounds services in a process: health, timers, the relay, signals, the lock."""

import json
import os
import signal
import types
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa
from eventlet.event import Event as Signal

from chassis import db, errors, health, ids, inbox, metrics, outbox, process, tables
from chassis.bus.api import Sink
from chassis.bus.inproc import InprocBus
from chassis.config import CommonSettings, ConfigError
from chassis.health import Health, OpsServer
from chassis.rpc import rpc
from chassis.service import BareService, Provided, Service
from chassis.shield import unpatched
from chassis.testing import Embedded
from chassis.timers import Timer, every
from contracts.events import EventType
from tests.fakes import bus_services
from tests.fakes.bus_services import World, new_world


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture
def system(world: World, tmp_path: Path) -> Iterator[Embedded]:
    """Run two small services in this process."""
    bus_services.create_files(tmp_path, world.first, world.second)
    with Embedded(
        world.second, world.first, data_dir=tmp_path, migrations=False, validate_events=False
    ) as system:
        yield system


def get(port: int, path: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            text = answer.read().decode()
            return answer.status, json.loads(text) if text.startswith("{") else text
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def ops(system: Embedded) -> Iterator[OpsServer]:
    """Answer questions about the health of both."""
    report = Health(system.runner.containers, system.bus)
    report.phase = health.RUNNING
    server = OpsServer(report, 0)
    server.start()
    yield server
    server.stop()


@pytest.mark.proves("E1")
class TestHealth:
    def test_all_is_well(self, ops: OpsServer) -> None:
        assert get(ops.port, "/livez")[0] == 200
        assert get(ops.port, "/readyz") == (
            200,
            {"status": "ok", "problems": [], "warnings": []},
        )

    def test_not_ready_before_it_runs_nor_when_it_stops(self, ops: OpsServer) -> None:
        for phase in (health.STARTING, health.STOPPING):
            ops._health.phase = phase

            status, details = get(ops.port, "/readyz")

            assert status == 503
            assert details["problems"] == [phase]

    def test_a_database_that_is_away(self, ops: OpsServer, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(_session: object) -> None:
            raise errors.DatabaseUnavailableError

        monkeypatch.setattr(outbox, "backlog", fail)

        status, details = get(ops.port, "/readyz")

        assert status == 503
        assert details["status"] == "failing"
        assert all("database" in problem for problem in details["problems"])

    def test_a_bus_that_is_away(
        self, system: Embedded, ops: OpsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(system.bus, "problems", lambda: ["calls not connected"])

        status, details = get(ops.port, "/readyz")

        assert status == 503
        assert details["problems"] == ["bus: calls not connected"]

    def test_a_dead_container_is_not_alive(self, system: Embedded, ops: OpsServer) -> None:
        system.runner._is_stopping = True
        system.runner.containers[0].kill()

        assert get(ops.port, "/livez")[0] == 503

    def test_dead_letters_are_a_warning(
        self, system: Embedded, world: World, ops: OpsServer
    ) -> None:
        world.behaviour[1] = bus_services.rejecting("no")
        system.client(world.first.name).make(numbers=[1])
        system.wait_until(lambda: get(ops.port, "/readyz")[1]["status"] == "degraded")

        assert get(ops.port, "/readyz")[0] == 200

    def test_metrics(self, system: Embedded, world: World, ops: OpsServer) -> None:
        system.client(world.first.name).echo(value=1)

        _, text = get(ops.port, "/metrics")

        assert "qibiao_outbox_depth" in text
        assert f'service="{world.first.name}"' in text

    def test_a_command_that_nobody_takes_is_a_warning(self, world: World, tmp_path: Path) -> None:
        bus_services.create_files(tmp_path, world.first)
        with Embedded(
            world.first, data_dir=tmp_path, migrations=False, validate_events=False
        ) as system:
            report = Health(system.runner.containers, system.bus)
            report.phase = health.RUNNING
            system.client(world.first.name).ask(numbers=[1])

            system.wait_until(lambda: report.ready()[1]["status"] == "degraded", 30)

            is_ready, details = report.ready()
            text = metrics.render().decode()
        assert is_ready
        assert f"{world.command.name}" in details["warnings"][0]
        assert f'qibiao_outbox_refused{{service="{world.first.name}"}} 1.0' in text

    def test_a_public_event_that_the_bus_refuses_is_a_failure(
        self, world: World, tmp_path: Path
    ) -> None:
        class Choosy(InprocBus):
            """Take no event at all, as a broker whose stream has lost its nodes."""

            def sink(self, service: str) -> Sink:
                del service
                return types.SimpleNamespace(publish=lambda _: [])

        class Announcing(world.first):  # type: ignore[misc, name-defined] # a class given as a value
            public_log = True

            @rpc(public=True)
            def announce(self) -> dict[str, Any]:
                with self.database.transaction() as tx:
                    tx.emit(public, subject="thing", sequence=1, data={})
                return {}

        public = EventType(world.first.name, "thing.shown.v1", is_public=True)
        bus_services.create_files(tmp_path, world.first)
        with Embedded(
            Announcing, data_dir=tmp_path, bus=Choosy(), migrations=False, validate_events=False
        ) as system:
            report = Health(system.runner.containers, system.bus)
            report.phase = health.RUNNING
            system.client(world.first.name).announce()

            system.wait_until(lambda: report.ready()[1]["status"] == "failing", 30)

            (problem,) = report.ready()[1]["problems"]
        assert "thing.shown.v1" in problem
        assert "in vain" in problem

    def test_unknown_question(self, ops: OpsServer) -> None:
        assert get(ops.port, "/secrets")[0] == 404


class TestGatewayHealth:
    def test_without_a_bus_it_is_degraded_not_down(self, tmp_path: Path) -> None:
        class Front(BareService):
            name = "front"

            @rpc(public=True)
            def nothing(self) -> dict[str, Any]:
                return {}

        with Embedded(Front, data_dir=tmp_path) as system:
            report = Health(system.runner.containers, system.bus)
            report.phase = health.RUNNING
            system.bus.problems = lambda: ["away"]  # type: ignore[method-assign]

            is_ready, details = report.ready()

        assert is_ready
        assert details == {"status": "degraded", "problems": [], "warnings": ["bus: away"]}


class TestHubLag:
    def test_is_noticed(self) -> None:
        lag = health.HubLag()
        lag.start()
        eventlet.sleep(0.3)
        unpatched("time").sleep(0.8)
        eventlet.sleep(0.3)
        seen = lag.seconds
        lag.stop()

        assert seen > 0.3


class TestDependencies:
    def test_provided_is_made_once_and_closed(self, tmp_path: Path) -> None:
        made: list[str] = []
        closed: list[str] = []

        def build(settings: CommonSettings) -> str:
            made.append(settings.environment)
            return "thing"

        class Holder(BareService):
            name = "holder"
            thing: str = Provided(build, close=closed.append)

            @rpc(public=True)
            def look(self) -> dict[str, Any]:
                return {"thing": self.thing, "environment": self.settings.environment}

        with Embedded(Holder, data_dir=tmp_path) as system:
            answers = [system.client("holder").look() for _ in range(3)]

        assert answers == [{"thing": "thing", "environment": "development"}] * 3
        assert made == ["development"]
        assert closed == ["thing"]

    def test_on_start_waits_for_the_infrastructure(self, tmp_path: Path) -> None:
        attempts: list[int] = []

        class Starter(BareService):
            name = "starter"

            def on_start(self) -> None:
                attempts.append(1)
                if len(attempts) < 3:
                    raise errors.DatabaseUnavailableError

            @rpc(public=True)
            def nothing(self) -> dict[str, Any]:
                return {}

        with Embedded(Starter, data_dir=tmp_path) as system:
            system.wait_until(lambda: len(attempts) == 3)
            eventlet.sleep(0.1)

        assert len(attempts) == 3

    def test_a_failing_provider_fails_the_call_not_the_service(self, tmp_path: Path) -> None:
        class Broken(Provided):
            is_shared = False

            def get_dependency(self, worker_ctx: Any) -> Any:  # noqa: ARG002 - nameko's signature
                raise ValueError("broken")

        class Holder(BareService):
            name = "holder"
            thing: str = Broken(lambda _settings: None)

            @rpc(public=True)
            def look(self) -> dict[str, Any]:
                return {}

        with Embedded(Holder, data_dir=tmp_path) as system:
            for _ in range(2):
                with pytest.raises(errors.InternalError):
                    system.client("holder").look()

            assert not system.container("holder").has_died


class TestExpiredCommand:
    def test_leaves_the_list_of_its_handler(self, system: Embedded, world: World) -> None:
        """It expired while it waited: nobody carries it out, and nobody looks at it again."""
        database = system.database(world.second.name)
        now = database.clock.now()
        handler = f"{world.second.name}.do_it"
        envelope = outbox.command_envelope(
            world.command,
            event_id="expired-1",
            source="first",
            time=now - timedelta(minutes=9),
            expires_at=now - timedelta(minutes=4),
            traceparent=ids.new_traceparent(ids.new_trace_id()),
            data={"number": 1},
        )
        with database.transaction() as tx:
            arrival = inbox.Arrival("expired-1", handler, db.dump_json(envelope))
            assert inbox.put(tx.session, [arrival], now=now) == 1
        database.wakeups()

        def states() -> list[str]:
            with database.read() as session:
                return list(
                    session.scalars(
                        sa.select(tables.inbox.c.state).where(tables.inbox.c.handler == handler)
                    )
                )

        system.wait_until(lambda: states() == [inbox.DONE])

        assert world.calls == []


def timer_of(system: Embedded) -> Timer:
    """Return the timer of the ticking service's own job."""
    return next(
        entry
        for entry in system.container("ticking").entrypoints
        if isinstance(entry, Timer) and entry.method_name == "tick"
    )


class TestTimers:
    def test_run_again_and_again_whatever_happens(self, tmp_path: Path) -> None:
        runs: list[str] = []

        class Ticking(Service):
            name = "ticking"
            settings_class = bus_services.Settings

            @every(seconds=0.05)
            def tick(self) -> None:
                runs.append(self.call.actor.subject if self.call.actor else "")
                if len(runs) == 1:
                    raise ValueError("once")
                if len(runs) == 2:
                    raise errors.UnavailableError

        bus_services.create_files(tmp_path, Ticking)
        with Embedded(Ticking, data_dir=tmp_path, migrations=False) as system:
            system.wait_until(lambda: len(runs) >= 4)

        assert set(runs) == {"service:ticking"}

    def test_one_replica_at_a_time_with_a_lease(self, tmp_path: Path) -> None:
        runs: list[int] = []

        class Ticking(Service):
            name = "ticking"
            settings_class = bus_services.Settings

            @every(seconds=0.05, lease="work")
            def tick(self) -> None:
                runs.append(1)

        bus_services.create_files(tmp_path, Ticking)
        with Embedded(Ticking, data_dir=tmp_path, migrations=False) as one:
            one.wait_until(lambda: len(runs) >= 1)
            with Embedded(Ticking, data_dir=tmp_path, migrations=False) as other:
                other.container("ticking").__dict__["holder"] = "another process"
                eventlet.sleep(0.1)
                timer = timer_of(other)
                ran = timer.step()

        assert runs
        assert ran is False

    def test_a_database_that_is_away_stops_no_timer(self, tmp_path: Path) -> None:
        class Ticking(Service):
            name = "ticking"
            settings_class = bus_services.Settings

            @every(seconds=60, lease="work")
            def tick(self) -> None:
                raise AssertionError("without the lease it must not run")

        with Embedded(Ticking, data_dir=tmp_path, migrations=False) as system:
            timer = timer_of(system)

            assert timer.step() is False
            assert not system.container("ticking").has_died


class TestTermination:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_signal_is_an_event(self, number: signal.Signals) -> None:
        ended = Signal()
        with process.termination(ended, 1000):
            eventlet.spawn_after(0.05, os.kill, os.getpid(), number)
            with eventlet.Timeout(5):
                code = ended.wait()
        signal.alarm(0)

        assert code == 0

    def test_handlers_are_as_before(self) -> None:
        before = signal.getsignal(signal.SIGTERM)

        with process.termination(Signal(), 1):
            assert signal.getsignal(signal.SIGTERM) is not before

        assert signal.getsignal(signal.SIGTERM) is before


class TestOnlyProcess:
    def test_a_second_one_is_refused(self, tmp_path: Path) -> None:
        with (
            process.only_process(tmp_path, "lock"),
            pytest.raises(ConfigError, match="another process"),
            process.only_process(tmp_path, "lock"),
        ):
            pass

    def test_the_next_may_come_after(self, tmp_path: Path) -> None:
        with process.only_process(tmp_path, "lock"):
            pass
        with process.only_process(tmp_path, "lock"):
            pass


class TestDeadContainer:
    def test_ends_the_process(self, system: Embedded) -> None:
        system.runner.containers[0].kill()

        with eventlet.Timeout(5):
            assert system.runner.ended.wait() == 1
