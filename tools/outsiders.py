"""Give others a user of the broker that can read the stream of public events and nothing else.

``python -m tools.outsiders add statistics-office`` prints the password, once; ``renew`` prints a
fresh one, ``remove`` also ends the connections that are open, ``list`` names them all.

`rabbitmqctl` does the work: in the container of docker-compose.yml, or what ``--ctl`` says, or with
``--node var/backing/rabbit`` on a node that tools.backing started.
"""

import argparse
import json
import os
import re
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.backing import RabbitNode

CTL: Final = "docker compose exec -T rabbitmq rabbitmqctl"
TAG: Final = "outsider"
NOTHING: Final = "^$"
STREAM: Final = r"^public\.events$"
LIMITS: Final = {"max-connections": 10, "max-channels": 20}
NAME: Final = re.compile(r"[a-z][a-z0-9-]{2,39}")
SECONDS: Final = 90


class OutsiderError(Exception):
    """It was not done; the text says why."""


@dataclass(frozen=True)
class Ctl:
    """Run `rabbitmqctl`; what is secret goes through its input, which nobody else sees."""

    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def __call__(self, *arguments: str, secret: str = "") -> str:
        """Return what it printed.

        Raises:
            OutsiderError: it failed, or could not be started.
        """
        try:
            done = subprocess.run(
                [*self.command, "-q", *arguments],
                input=f"{secret}\n",
                capture_output=True,
                text=True,
                env=dict(self.environment),
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OutsiderError(f"{self.command[0]}: {error}") from error
        if done.returncode != 0:
            raise OutsiderError(f"{arguments[0]}: {(done.stderr or done.stdout).strip()}")
        return done.stdout


def add(ctl: Ctl, name: str, vhost: str = "/") -> str:
    """Create a user that may read the stream; return the password.

    Raises:
        OutsiderError: the name is taken or no name, or the broker refused.
    """
    if not NAME.fullmatch(name):
        raise OutsiderError(f"{name}: a name has 3-40 lower-case letters, digits and hyphens")
    if name in _users(ctl):
        raise OutsiderError(f"{name} exists")
    password = secrets.token_hex(24)
    ctl("add_user", name, secret=password)
    try:
        ctl("set_user_tags", name, TAG)
        ctl("set_user_limits", name, json.dumps(LIMITS))
        ctl("set_permissions", "-p", vhost, name, NOTHING, NOTHING, STREAM)
    except OutsiderError:
        ctl("delete_user", name)
        raise
    return password


def renew(ctl: Ctl, name: str) -> str:
    """Give an outsider a fresh password and return it.

    Raises:
        OutsiderError: there is no such outsider.
    """
    _check(ctl, name)
    password = secrets.token_hex(24)
    ctl("change_password", name, secret=password)
    return password


def remove(ctl: Ctl, name: str) -> None:
    """Take an outsider's user away; the broker closes its connections.

    Raises:
        OutsiderError: there is no such outsider.
    """
    _check(ctl, name)
    ctl("delete_user", name)


def outsiders(ctl: Ctl) -> list[str]:
    """Return the names of all outsiders."""
    return sorted(name for name, tags in _users(ctl).items() if TAG in tags)


def _check(ctl: Ctl, name: str) -> None:
    """Make sure that it is one of ours: the services' users are not to be touched from here."""
    if name not in outsiders(ctl):
        raise OutsiderError(f"{name} is no outsider")


def _users(ctl: Ctl) -> dict[str, list[str]]:
    listed = json.loads(ctl("list_users", "--formatter", "json"))
    return {row["user"]: [str(tag) for tag in row["tags"]] for row in listed}


def _add(ctl: Ctl, options: argparse.Namespace) -> str:
    return f"{options.name} {add(ctl, options.name, options.vhost)}"


def _renew(ctl: Ctl, options: argparse.Namespace) -> str:
    return f"{options.name} {renew(ctl, options.name)}"


def _remove(ctl: Ctl, options: argparse.Namespace) -> str:
    remove(ctl, options.name)
    return f"{options.name} removed"


def _list(ctl: Ctl, _options: argparse.Namespace) -> str:
    return "\n".join(outsiders(ctl))


COMMANDS: Final[dict[str, Callable[[Ctl, argparse.Namespace], str]]] = {
    "add": _add,
    "renew": _renew,
    "remove": _remove,
    "list": _list,
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when it was done."""
    parser = argparse.ArgumentParser(prog="python -m tools.outsiders", description=__doc__)
    parser.add_argument("--ctl", default=CTL, help="how to run rabbitmqctl (%(default)s)")
    parser.add_argument("--node", type=Path, help="folder of a node that tools.backing started")
    parser.add_argument("--vhost", default="/", help="%(default)s")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name)
        if name != "list":
            command.add_argument("name")
    options = parser.parse_args(arguments)
    try:
        print(COMMANDS[options.command](ctl_of(options.node, options.ctl), options))
    except OutsiderError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def ctl_of(node: Path | None, command: str = CTL) -> Ctl:
    """Return how to run `rabbitmqctl`: on a node of our own, or as the command says."""
    if node is None:
        return Ctl(shlex.split(command))
    return Ctl(*RabbitNode(node, tied=False).ctl_command())


if __name__ == "__main__":
    sys.exit(main())
