"""A PostgreSQL cluster of our own: private port, disk and passwords."""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

from tools.backing import packages, processes
from tools.backing.processes import LOOPBACK, BackingError, Server

SUPERUSER = "postgres"
StopMode = Literal["smart", "fast", "immediate"]
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}
# A protocol version that no server speaks: one that is ready answers with an error message.
PROBE = b"\x00\x00\x00\x08\x00\x00\x00\x00"
LONGEST_SOCKET_PATH = 90
PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class PostgresCluster(Server):
    """One database server; port, passwords and disk stay the same over `kill` and `start`.

    Root may not run PostgreSQL, so as root it runs as the system user `postgres` (or `nobody`).
    Where that user cannot reach the directory the data go to a private folder below /var/tmp;
    `remove` deletes them wherever they are.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
        tied: bool = True,
    ) -> None:
        super().__init__(directory, tied=tied)
        self.fsync = fsync
        self.settings = dict(settings or {})
        self.log = self.directory / "log" / "postgres.log"
        account = self._account()
        self._uid = account.pw_uid if account else None
        self._gid = account.pw_gid if account else None
        if self.state.get("home") is None:
            self.state.put(
                home=str(self._choose_home()), password=secrets.token_urlsafe(18), roles={}
            )

    # What clients need.

    @property
    def home(self) -> Path:
        """The folder that holds the data and the socket, owned by the server's user."""
        return Path(self.state.get("home"))

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    @property
    def port(self) -> int:
        """The TCP port; known once the cluster was started."""
        return int(self.state.get("port", 0))

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster."""
        pid = self.state.get("pid")
        return pid if pid and str(self.data) in processes.command_line(pid) else None

    @property
    def pids(self) -> list[int]:
        """The postmaster and its living children."""
        pid = self.pid
        return [pid, *processes.children(pid)] if pid else []

    def url(self, database: str = "postgres", user: str | None = None) -> str:
        """Return the SQLAlchemy address of a database, as its owner when we created it."""
        return self.dsn(database, user).replace("postgresql://", "postgresql+psycopg2://", 1)

    def dsn(self, database: str = "postgres", user: str | None = None) -> str:
        """Return the same address for libpq: `psycopg2.connect`, `pg_basebackup`, `psql`."""
        user = user or self.state.get("owners", {}).get(database, SUPERUSER)
        password = self._password(user)
        return f"postgresql://{user}:{quote(password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    # Life and death.

    def start(self, seconds: float = 60) -> Self:
        """Start the server, creating its disk the first time, and wait until it answers.

        Raises:
            BackingError: it ended or stayed silent; the text holds the end of its log.
        """
        if self.is_running:
            return self
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._wait_for_orphans()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        process = processes.spawn(
            [self._program("postgres"), "-D", self.data, *self._options()],
            log=self.log,
            env=self._environment(),
            user=self._uid,
            group=self._gid,
            farewell=signal.SIGQUIT if self.tied else None,
        )
        self.state.put(pid=process.pid)
        processes.wait_until(
            lambda: process.poll() is not None or self.answers(), seconds=seconds, every=0.05
        )
        if process.poll() is not None or not self.answers():
            message = f"PostgreSQL did not start:\n{processes.tail(self.log)}"
            self.kill()
            raise BackingError(message)
        return self

    def stop(self, mode: StopMode = "fast", seconds: float = 30) -> None:
        """Stop: `fast` breaks connections off, `smart` waits, `immediate` is a crash by order."""
        pids = self.pids
        for pid in pids:
            processes.send(pid, signal.SIGCONT)
        if pids:
            processes.send(pids[0], STOP_SIGNALS[mode])
            if not self._wait_gone(pids[0], seconds):
                self.kill()

    def kill(self) -> None:
        """Let the postmaster die at once (SIGKILL) and wait until its children noticed."""
        pids = self.pids
        self.state.put(orphans=pids[1:])
        if pids:
            processes.send(pids[0], signal.SIGKILL)
            self._wait_gone(pids[0], 10)
        self._wait_for_orphans()

    def pause(self) -> None:
        """Freeze the postmaster and every backend (SIGSTOP)."""
        for pid in self.pids:
            processes.send(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let frozen processes run on (SIGCONT)."""
        for pid in self.pids:
            processes.send(pid, signal.SIGCONT)

    def remove(self) -> None:
        """Stop and delete the data, also those kept outside the directory."""
        self.stop("immediate")
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def answers(self) -> bool:
        """Tell whether the server takes connections, and is not still recovering."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.settimeout(1)
                connection.sendall(PROBE)
                answer = connection.recv(1)
        except OSError:
            return False
        return answer == b"E" and self._takes_logins()

    # Administration.

    def create_database(
        self,
        name: str,
        owner: str | None = None,
        *,
        password: str | None = None,
        template: str | None = None,
    ) -> str:
        """Create a database with a role that owns it, unless there; return its address.

        With a template the new database starts as a copy of that one (nobody may be using it).
        """
        owner = owner or name
        self._check_name(name, owner)
        self.create_role(owner, password)
        with self._administration() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                source = f" TEMPLATE {template}" if template else ""
                cursor.execute(f"CREATE DATABASE {name} OWNER {owner}{source}")
                cursor.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        self.state.put(owners={**self.state.get("owners", {}), name: owner})
        return self.url(name)

    def create_role(self, name: str, password: str | None = None) -> None:
        """Create a login role without further rights, unless there."""
        self._check_name(name)
        known = self.state.get("roles", {})
        password = password or known.get(name) or secrets.token_urlsafe(18)
        with self._administration() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,))
            verb = "CREATE" if cursor.fetchone() is None else "ALTER"
            cursor.execute(f"{verb} ROLE {name} LOGIN PASSWORD %s", (password,))
        self.state.put(roles={**known, name: password})

    def drop_database(self, name: str) -> None:
        """Delete a database, breaking off whoever uses it."""
        self._check_name(name)
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as superuser, outside a transaction, and return its rows."""
        with self._administration(database) as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []

    # Inside.

    def _administration(self, database: str = "postgres") -> "_Administration":
        return _Administration(self.dsn(database, SUPERUSER))

    def _takes_logins(self) -> bool:
        import psycopg2  # noqa: PLC0415  not needed to install the servers

        try:
            with self._administration():
                return True
        except psycopg2.OperationalError:
            return False

    def _password(self, user: str) -> str:
        if user == SUPERUSER:
            return str(self.state.get("password"))
        try:
            return str(self.state.get("roles", {})[user])
        except KeyError:
            message = f"role {user} was not created here"
            raise BackingError(message) from None

    @staticmethod
    def _check_name(*names: str) -> None:
        for name in names:
            if not PLAIN_NAME.fullmatch(name):
                message = f"{name!r} is not a plain lower-case name"
                raise BackingError(message)

    @staticmethod
    def _account() -> pwd.struct_passwd | None:
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        message = "no system user to run PostgreSQL as"
        raise BackingError(message)

    def _choose_home(self) -> Path:
        """Return a folder the server's user can reach and owns."""
        if self._uid is None:
            home = self.directory / "cluster"
            home.mkdir(mode=0o700, exist_ok=True)
            return home
        if is_reachable(self.directory, self._uid):
            home = self.directory / "cluster"
            home.mkdir(mode=0o700, exist_ok=True)
        else:
            home = Path(tempfile.mkdtemp(prefix="qibiao-pg-", dir="/var/tmp"))
        os.chown(home, self._uid, self._gid or -1)
        return home

    def _program(self, name: str) -> Path:
        folder = packages.postgres_programs()
        if folder is None:
            message = "PostgreSQL is not installed: python -m tools.backing install"
            raise BackingError(message)
        return folder / name

    def _environment(self) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC", "HOME": str(self.home)}

    def _initialise(self) -> None:
        secret = self.home / "password"
        secret.touch(mode=0o600)
        if self._uid is not None:
            os.chown(secret, self._uid, self._gid or -1)
        secret.write_text(self._password(SUPERUSER))
        try:
            processes.run(
                [
                    *(self._program("initdb"), "-D", self.data, "-U", SUPERUSER, "--no-sync"),
                    *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"),
                    f"--pwfile={secret}",
                ],
                log=self.directory / "log" / "initdb.log",
                env=self._environment(),
                user=self._uid,
                group=self._gid,
            )
        finally:
            secret.unlink()

    def _options(self) -> list[str]:
        socket_folder = str(self.home)
        durable = "on" if self.fsync else "off"
        settings = {
            "port": str(self._port("port")),
            "listen_addresses": LOOPBACK,
            "unix_socket_directories": (
                socket_folder if len(socket_folder) <= LONGEST_SOCKET_PATH else ""
            ),
            "max_connections": "300",
            "fsync": durable,
            "synchronous_commit": durable,
            "full_page_writes": durable,
            "timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            **self.settings,
        }
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def _wait_for_orphans(self) -> None:
        """Backends of a killed postmaster hold the shared memory until they notice."""
        orphans = self.state.get("orphans", [])

        def are_gone() -> bool:
            return not any(map(self._is_ours, orphans))

        if not processes.wait_until(are_gone, seconds=5):
            for pid in filter(self._is_ours, orphans):
                processes.send(pid, signal.SIGCONT)
                processes.send(pid, signal.SIGKILL)
            processes.wait_until(are_gone, seconds=5)

    @staticmethod
    def _is_ours(pid: int) -> bool:
        return processes.is_alive(pid) and "postgres" in processes.command_line(pid)


class _Administration:
    """A superuser's cursor without a transaction around it."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Any = None

    def __enter__(self) -> Any:  # noqa: ANN401  psycopg2 is imported late
        import psycopg2  # noqa: PLC0415  not needed to install the servers

        self._connection = psycopg2.connect(self._dsn, connect_timeout=5)
        self._connection.autocommit = True
        return self._connection.cursor()

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def is_reachable(directory: Path, uid: int) -> bool:
    """Tell whether this user may walk to the directory."""
    for folder in [directory, *directory.parents]:
        status = folder.stat()
        needed = 0o100 if status.st_uid == uid else 0o001
        if not status.st_mode & needed:
            return False
    return True
