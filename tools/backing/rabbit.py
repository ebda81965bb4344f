"""A RabbitMQ node of our own: private ports, disk, cookie and name daemon."""

import os
import secrets
import signal
import socket
from typing import Self
from urllib.parse import quote

from tools.backing import packages, processes
from tools.backing.processes import LOOPBACK, BackingError, Server

USER = "qibiao"
AMQP_GREETING = b"AMQP\x00\x00\x09\x01"

CONFIG = """\
listeners.tcp.default = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_permissions.configure = .*
default_permissions.write = .*
default_permissions.read = .*
heartbeat = 20
vm_memory_high_watermark.relative = 0.6
disk_free_limit.absolute = 50MB
raft.wal_max_size_bytes = 67108864
collect_statistics = none
cluster_formation.peer_discovery_backend = classic_config
log.console = false
log.file.level = info
"""


class RabbitNode(Server):
    """One broker node; with `peer` it shares that node's cookie and name daemon, ready to `join`.

    Ports, password and disk stay the same over `kill`, `stop` and `start`.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        peer: "RabbitNode | None" = None,
        tied: bool = True,
    ) -> None:
        super().__init__(directory, tied=tied)
        self.peer = peer
        self.log = self.directory / "log" / "node.log"
        if self.state.get("name") is None:
            self.state.put(
                name=f"qibiao-{secrets.token_hex(4)}@localhost",
                password=secrets.token_hex(18),
                cookie=peer.state.get("cookie") if peer else secrets.token_hex(16),
            )

    # What clients need.

    @property
    def name(self) -> str:
        """The node's name, as `ctl` and the cluster know it."""
        return str(self.state.get("name"))

    @property
    def port(self) -> int:
        """The AMQP port; known once the node was started."""
        return int(self.state.get("port", 0))

    @property
    def url(self) -> str:
        """The address for `BUS_URL`, with the administrator's password."""
        return self.url_for(USER, self.state.get("password"))

    def url_for(self, user: str, password: str, vhost: str = "/") -> str:
        """Return the address under which this user connects."""
        secret = quote(password, safe="")
        return (
            f"amqp://{quote(user, safe='')}:{secret}@{LOOPBACK}:{self.port}/{quote(vhost, safe='')}"
        )

    @property
    def pid(self) -> int | None:
        """The process id of the Erlang machine."""
        pid = self.state.get("pid")
        is_ours = pid and processes.has_environment(pid, f"RABBITMQ_NODENAME={self.name}")
        return pid if is_ours else None

    # Life and death.

    def start(self, seconds: float = 90) -> Self:
        """Start the node and wait until it takes AMQP connections.

        Raises:
            BackingError: it ended or stayed silent; the text holds the end of its log.
        """
        if self.is_running:
            return self
        programs = packages.rabbit_programs()
        if programs is None:
            message = "RabbitMQ is not installed: python -m tools.backing install"
            raise BackingError(message)
        self._start_epmd()
        self._write_files()
        self.state.put(pid=None)
        output = self.directory / "log" / "startup.log"
        process = processes.spawn(
            [programs / "rabbitmq-server"],
            log=output,
            env=self._environment(),
            cwd=self.directory,
            farewell=signal.SIGKILL if self.tied else None,
        )
        self.state.put(pid=process.pid)
        processes.wait_until(
            lambda: process.poll() is not None or self.answers(), seconds=seconds, every=0.1
        )
        if process.poll() is not None or not self.answers():
            message = (
                f"{self.name} did not start:\n{processes.tail(output)}\n{processes.tail(self.log)}"
            )
            self.kill()
            raise BackingError(message)
        return self

    def stop(self, seconds: float = 30) -> None:
        """Stop the node in good order, then its name daemon when it is our own."""
        pid = self.pid
        self.resume()
        processes.send(pid, signal.SIGTERM)
        if not self._wait_gone(pid, seconds):
            self.kill()
        self._stop_epmd()

    def kill(self) -> None:
        """Let the node die at once (SIGKILL); `start` brings it back from its disk."""
        pid = self.pid
        processes.send(pid, signal.SIGKILL)
        self._wait_gone(pid, 10)

    def answers(self) -> bool:
        """Tell whether the node greets an AMQP client within a second."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.settimeout(1)
                connection.sendall(AMQP_GREETING)
                return connection.recv(1) == b"\x01"  # a method frame: connection.start
        except OSError:
            return False

    # Administration.

    def ctl(self, *arguments: str, seconds: float = 60) -> str:
        """Run `rabbitmqctl` on this node and return what it printed.

        Raises:
            BackingError: it failed; the text holds its answer.
        """
        command, environment = self.ctl_command()
        log = self.directory / "log" / f"ctl-{secrets.token_hex(4)}.log"
        try:
            return processes.run(
                [*command, "-q", *arguments], log=log, env=environment, seconds=seconds
            )
        finally:
            log.unlink(missing_ok=True)

    def ctl_command(self) -> tuple[list[str], dict[str, str]]:
        """Return how `rabbitmqctl` is run on this node, and in which environment."""
        programs = packages.rabbit_programs() or packages.RABBIT_PROGRAMS
        return [str(programs / "rabbitmqctl"), "-n", self.name], self._environment()

    def add_user(  # noqa: PLR0913  the broker's own list of rights
        self,
        name: str,
        password: str | None = None,
        *,
        configure: str = "",
        write: str = "",
        read: str = "",
        tags: str = "",
        vhost: str = "/",
    ) -> str:
        """Create a user with these rights (regular expressions) and return its address."""
        # Hexadecimal: rabbitmqctl takes what begins with a hyphen for options.
        password = password or secrets.token_hex(18)
        self.ctl("add_user", name, password)
        self.ctl("set_permissions", "-p", vhost, name, configure, write, read)
        if tags:
            self.ctl("set_user_tags", name, tags)
        return self.url_for(name, password, vhost)

    def join(self, other: "RabbitNode") -> None:
        """Make this node, started with `peer`, a member of the other's cluster."""
        self.ctl("stop_app")
        self.ctl("reset")
        self.ctl("join_cluster", other.name)
        self.ctl("start_app")
        self.state.put(password=other.state.get("password"))

    # The name daemon: every node registers there, so it has to be private as well.

    def _start_epmd(self) -> None:
        if self.peer is not None:
            self.state.put(epmd_port=self.peer.state.get("epmd_port"))
            return
        if self._epmd_pid() is not None:
            return
        port = self._port("epmd_port")
        log = self.directory / "log" / "epmd.log"
        process = processes.spawn(
            ["epmd", "-port", str(port), "-address", LOOPBACK],
            log=log,
            farewell=signal.SIGTERM if self.tied else None,
        )
        self.state.put(epmd_pid=process.pid)
        if not processes.wait_until(lambda: not processes.is_port_free(port), seconds=10):
            message = f"epmd did not start; log: {log}"
            raise BackingError(message)

    def _epmd_pid(self) -> int | None:
        pid = self.state.get("epmd_pid")
        return pid if processes.is_alive(pid) and "epmd" in processes.command_line(pid) else None

    def _stop_epmd(self) -> None:
        pid = self._epmd_pid() if self.peer is None else None
        processes.send(pid, signal.SIGTERM)
        self._wait_gone(pid, 5)

    # Files and environment.

    def _write_files(self) -> None:
        home = self.directory / "home"
        home.mkdir(mode=0o700, exist_ok=True)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(str(self.state.get("cookie")))
            cookie.chmod(0o400)
        self._port("dist_port")
        config = self.directory / "rabbitmq.conf"
        config.touch(mode=0o600)
        config.write_text(
            CONFIG.format(port=self._port("port"), user=USER, password=self.state.get("password"))
        )
        (self.directory / "enabled_plugins").write_text("[].\n")
        for name in ("data", "log", "generated"):
            (self.directory / name).mkdir(exist_ok=True)

    def _environment(self) -> dict[str, str]:
        here = self.directory
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(here / "home"),
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.state.get("epmd_port")),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_CRASH_DUMP_SECONDS": "0",
            # Makes the start script become the Erlang machine instead of waiting for it.
            "RUNNING_UNDER_SYSTEMD": "true",
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.state.get("dist_port")),
            "RABBITMQ_CONF_ENV_FILE": str(here / "no-rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "no-advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_MNESIA_DIR": str(here / "data" / "node"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(here / "data" / "plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "generated"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_LOGS": str(self.log),
            "RABBITMQ_PID_FILE": str(here / "data" / "node.pid"),
            "RABBITMQ_SCHEDULER_BIND_TYPE": "u",
            # No busy waiting: several nodes share two cores here.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"{loopback} +sbwt none +sbwtdcpu none +sbwtdio none"
            ),
            "RABBITMQ_CTL_ERL_ARGS": loopback,
        }
