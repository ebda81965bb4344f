"""Print the locked requirements of one service: ``python tools/locked.py standards``.

Reads what the service needs from pyproject.toml (the common dependencies and the extra of its name;
``all`` means every extra), and takes those and all they rest on from requirements/base.txt, with
versions and hashes. Standard library only: it runs in an image before anything is installed.
"""

import re
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

EVERYTHING = "all"
NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Entry:
    """One package of the lock: its lines, and the packages that need it."""

    text: str
    needed_by: frozenset[str]


def normal(name: str) -> str:
    """Return a package's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(project: dict[str, object], extra: str) -> set[str]:
    """Return the names of the packages that a service asks for.

    Raises:
        KeyError: there is no such extra.
    """
    details = project["project"]
    assert isinstance(details, dict)  # noqa: S101  for the type checker
    extras = details["optional-dependencies"]
    chosen = list(extras.values()) if extra == EVERYTHING else [extras[extra]]
    requirements: list[str] = [*details["dependencies"], *(one for many in chosen for one in many)]
    return {normal(match[0]) for line in requirements if (match := NAME.match(line))}


def read_lock(text: str) -> dict[str, Entry]:
    """Return the packages of a lock file by name."""
    entries = {}
    for block in re.split(r"\n(?=[A-Za-z0-9])", text):
        match = NAME.match(block)
        if match is None:
            continue
        lines = block.rstrip().splitlines()
        comments = [line.strip(" #") for line in lines if line.lstrip().startswith("#")]
        requirement = [line for line in lines if not line.lstrip().startswith("#")]
        parents = {normal(word.removeprefix("via ")) for word in comments if word != "via"}
        entries[normal(match[0])] = Entry("\n".join(requirement), frozenset(parents))
    return entries


def select(entries: dict[str, Entry], names: Iterable[str]) -> list[str]:
    """Return the packages and everything they rest on, sorted.

    Raises:
        KeyError: a package is not in the lock.
    """
    chosen = {name: entries[name] for name in names}
    while True:
        more = {
            name: entry
            for name, entry in entries.items()
            if name not in chosen and not entry.needed_by.isdisjoint(chosen)
        }
        if not more:
            return sorted(chosen)
        chosen.update(more)


def main(arguments: list[str]) -> int:
    """Print the requirements of the service named on the command line."""
    root = Path(arguments[1]) if arguments[1:] else Path(__file__).resolve().parent.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    entries = read_lock((root / "requirements" / "base.txt").read_text(encoding="utf-8"))
    for name in select(entries, wanted(project, arguments[0])):
        print(entries[name].text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
