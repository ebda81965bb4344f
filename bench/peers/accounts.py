"""``accounts`` and ``registry`` as processes that are measured, and a process that calls them."""

import chassis.green

chassis.green.patch()

import csv  # noqa: E402 - the standard library is patched first
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Final  # noqa: E402

import argon2  # noqa: E402
import eventlet  # noqa: E402

from bench import measure  # noqa: E402
from chassis import keyrings, process  # noqa: E402
from chassis.actors import ActorSigner  # noqa: E402
from chassis.bus.api import Bus  # noqa: E402
from chassis.bus.opening import open_bus  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.process import Runner  # noqa: E402
from chassis.rpc import RpcProxy  # noqa: E402
from chassis.uow import Database  # noqa: E402
from services.accounts import seeds  # noqa: E402
from services.accounts.adapters import passwords  # noqa: E402
from services.accounts.config import Settings as AccountsSettings  # noqa: E402
from services.accounts.usecases import staffing  # noqa: E402
from services.accounts.usecases.staffing import NewAccount  # noqa: E402
from services.registry import importing  # noqa: E402
from services.registry import seeds as registry_seeds  # noqa: E402
from services.registry.config import Settings as RegistrySettings  # noqa: E402

TICK: Final = 0.005


class Watch:
    """Ask the hub for its attention every 5 ms and note how many milliseconds late it comes.

    Moments missed during one long wait count each: else the longest waits would weigh least.
    """

    def __init__(self) -> None:
        self._lags: list[float] = []
        self._thread: Any = None

    def start(self) -> None:
        """Begin to note."""
        self._lags = []
        self._thread = eventlet.spawn(self._run)

    def stop(self) -> list[float]:
        """Return what was noted."""
        self._thread.kill()
        return self._lags

    def _run(self) -> None:
        due = time.perf_counter() + TICK
        while True:
            eventlet.sleep(max(0.0, due - time.perf_counter()))
            now = time.perf_counter()
            while due <= now:
                self._lags.append((now - due) * 1000)
                due += TICK


class HashTime:
    """Add up the CPU time that argon2 takes, in whatever thread it runs."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def watch(self) -> None:
        """Measure every hash and every verification from now on."""
        for name in ("hash", "verify"):
            setattr(argon2.PasswordHasher, name, self._timed(getattr(argon2.PasswordHasher, name)))

    def _timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:  # noqa: ANN401 - argon2's own
            begun = time.thread_time()
            try:
                return function(*args)
            finally:
                self.seconds += time.thread_time() - begun

        return timed


def add_people(database: Database, settings: AccountsSettings, count: int) -> None:
    """Add accounts ``bench_0``, ``bench_1`` … of one demonstration enterprise."""
    seeds.load(database, settings, SystemClock().now())
    ring = keyrings.data_ring(settings)
    password_hash = passwords.new_hasher(settings).hash(seeds.PASSWORD)
    enterprise = seeds.demo_enterprises()[0]["enterprise_id"]
    with database.transaction() as tx:
        for number in range(count):
            staffing.add_account(
                tx=tx,
                ring=ring,
                account=NewAccount(
                    f"bench_{number}", "测试员", "FILER", phone=f"199300{number:05}"
                ),
                password_hash=password_hash,
                enterprise_id=enterprise,
            )


def serve(name: str, people: int, records: Path) -> None:
    """Run a service with its data, and answer commands about its hub."""
    service = process.load(name)
    settings: Any = service.settings_class.from_env(None)
    clock = SystemClock()
    database = Database(settings.database_url, service=name, clock=clock)
    if isinstance(settings, AccountsSettings):
        add_people(database, settings, people)
    elif isinstance(settings, RegistrySettings):
        registry_seeds.load(database, settings, clock.now())
        ring = keyrings.data_ring(settings)
        importing.import_file(database=database, ring=ring, path=records, pause_seconds=0)
    database.close()
    hash_time, watch = HashTime(), Watch()
    hash_time.watch()
    runner = Runner(
        [service], bus=open_bus(settings.bus_url), clock=clock, settings={name: settings}
    )
    runner.start()

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        if command["watch"]:
            hash_time.seconds = 0.0
            watch.start()
            return {}
        return {"lags": watch.stop(), "hash_seconds": hash_time.seconds}

    measure.serve_commands(answer)
    runner.stop(5)


class Visitors:
    """Log in and verify as the gateway and ``accounts`` do, from several green threads at once."""

    def __init__(self, bus: Bus, records: Path) -> None:
        self._accounts = RpcProxy(bus, "bench", "accounts", timeout=30)
        signer = ActorSigner("accounts")
        self._registry = RpcProxy(bus, "bench", "registry", timeout=30, signer=signer)
        with records.open(encoding="utf-8", newline="") as file:
            self._applicants = [applicant(row) for row in csv.DictReader(file)]
        self._captchas: list[dict[str, str]] = []
        self._calls = 0

    def prepare(self, count: int) -> None:
        """Solve so many captchas beforehand: pictures are not what is measured."""
        for _ in range(count):
            captcha_id = self._accounts.new_captcha()["captcha_id"]
            answer = self._accounts.peek_captcha(captcha_id=captcha_id)["answer"]
            self._captchas.append({"captcha_id": captcha_id, "captcha_answer": answer})

    def log_in(self, caller: int) -> None:
        """Log in as the caller's own person."""
        self._accounts.log_in(
            username=f"bench_{caller}",
            password=seeds.PASSWORD,
            user_agent="bench",
            client_address=self._address(),
            **self._captchas.pop(),
        )

    def verify(self, caller: int) -> None:
        """Verify the right data of the caller's own organisation.

        Raises:
            RuntimeError: they were not found right.
        """
        applicant = self._applicants[caller]
        answer = self._registry.verify(**applicant, client_address=self._address())
        if not answer["is_match"]:
            raise RuntimeError(str(answer["errors"]))

    def _address(self) -> str:
        """Return an address of a network that was not seen before: limits are not measured."""
        self._calls += 1
        return f"10.{self._calls >> 8 & 255}.{self._calls & 255}.7"


def applicant(row: dict[str, str]) -> dict[str, str]:
    """Return the five fields of a row of the code database."""
    return {
        "code": row["credit_code"],
        "name": row["name"],
        "legal_representative": row["legal_rep"],
        "legal_representative_id_number": row["legal_representative_id_number"],
        "address": row["registered_address"],
    }


def drive(act: Callable[[int], None], callers: int, calls: int) -> float:
    """Do something ``calls`` times from so many green threads; return the seconds it took."""

    def work(caller: int) -> None:
        for _number in range(calls // callers):
            act(caller)

    begun = time.perf_counter()
    for _ in eventlet.GreenPool(callers).imap(work, range(callers)):
        pass
    return time.perf_counter() - begun


def call(records: Path) -> None:
    """Answer commands to make calls."""
    settings = AccountsSettings.from_env(None)
    bus = open_bus(settings.bus_url)
    bus.start()
    visitors = Visitors(bus, records)

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        if command["act"] == "prepare":
            visitors.prepare(command["calls"])
            return {}
        act = visitors.log_in if command["act"] == "log_in" else visitors.verify
        return {"seconds": drive(act, command["callers"], command["calls"])}

    measure.serve_commands(answer)
    bus.stop()


def main() -> None:
    """Run ``accounts``, ``registry`` or ``caller`` with the settings of the environment."""
    role, people, records = sys.argv[1:4]
    if role == "caller":
        call(Path(records))
    else:
        serve(role, int(people), Path(records))


if __name__ == "__main__":
    main()
