"""What the clients asked for and were told: the other half of the comparison at the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """Say what a client knows of its command."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass
class Command:
    """Be one command of a client: whatever else was sent with it, it is to be done once."""

    kind: str
    mark: str
    key: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.UNKNOWN
    answer: dict[str, Any] = field(default_factory=dict)
    code: str = ""


class Journal:
    """Keep all commands of a seed."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def begin(
        self,
        kind: str,
        mark: str,
        *,
        key: str | None = None,
        **facts: Any,  # noqa: ANN401 - whatever identifies it
    ) -> Command:
        """Note a command before it is sent; until it is answered, its outcome is unknown."""
        command = Command(kind, mark, key, facts)
        self.commands.append(command)
        return command

    def of(self, kind: str, **facts: Any) -> Iterator[Command]:  # noqa: ANN401 - as `begin`
        """Yield the commands of a kind about these facts."""
        for command in self.commands:
            if command.kind == kind and facts.items() <= command.facts.items():
                yield command
