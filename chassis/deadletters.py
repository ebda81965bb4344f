"""Look at messages that nobody could handle, and let them be tried again.

``python -m chassis.deadletters list | show ID | replay (ID… | --all) [--handler NAME]``. In process
the dead letters are inbox rows, on RabbitMQ the messages of one queue; the command is the same.
"""

import argparse
import hashlib
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from chassis import green

if TYPE_CHECKING:
    from chassis.uow import Database

LIMIT: Final = 1000
_BODY_LENGTH: Final = 2000


@dataclass(frozen=True)
class Letter:
    """Be one dead letter: where it was to go, why it did not, and what it says."""

    id: str
    handler: str
    reason: str
    event_id: str
    body: str

    def summary(self) -> str:
        """Return one line."""
        return f"{self.id}  {self.handler}  {self.event_id or '-'}  {self.reason}"


class DeadLetters(Protocol):
    """Give access to the dead letters of one transport."""

    def list(self, handler: str | None = None, limit: int = LIMIT) -> list[Letter]:
        """Return dead letters, oldest first."""

    def replay(self, wanted: Callable[[Letter], bool]) -> int:
        """Let the wanted ones be tried again; return how many."""


class InboxDeadLetters:
    """Find the dead letters of the in-process bus in the services' inboxes."""

    def __init__(self, databases: "Mapping[str, Database]") -> None:
        self._databases = databases

    def list(self, handler: str | None = None, limit: int = LIMIT) -> list[Letter]:
        """Return dead letters, oldest first within each service."""
        return [letter for _, _, letter in self._entries(handler)][:limit]

    def replay(self, wanted: Callable[[Letter], bool]) -> int:
        """Let the wanted ones be tried again; return how many."""
        from chassis import inbox  # noqa: PLC0415 - after green.patch()

        rows: dict[str, list[int]] = {}
        for name, row, letter in self._entries(None):
            if wanted(letter):
                rows.setdefault(name, []).append(row)
        replayed = 0
        for name, ids in rows.items():
            database = self._databases[name]
            with database.transaction() as tx:
                replayed += inbox.replay(tx.session, ids, now=database.clock.now())
        return replayed

    def _entries(self, handler: str | None) -> Iterator[tuple[str, int, Letter]]:
        from chassis import inbox  # noqa: PLC0415 - after green.patch()

        for name, database in self._databases.items():
            with database.read() as session:
                entries = inbox.dead(session, handler, LIMIT)
            for entry in entries:
                letter = Letter(
                    id=f"{name}-{entry.id}",
                    handler=entry.handler,
                    reason=entry.reason or "",
                    event_id=entry.event_id,
                    body=entry.body or "",
                )
                yield name, entry.id, letter


class QueueDeadLetters:
    """Find the dead letters of RabbitMQ in their queue."""

    def __init__(self, url: str) -> None:
        self._url = url

    def list(self, handler: str | None = None, limit: int = LIMIT) -> list[Letter]:
        """Return dead letters, oldest first; they stay where they are."""
        with self._channel() as channel:
            letters = [letter for _, letter in _messages(channel)]
        return [letter for letter in letters if handler in (None, letter.handler)][:limit]

    def replay(self, wanted: Callable[[Letter], bool]) -> int:
        """Send the wanted ones back to their queues; records without body are left alone."""
        from chassis.bus import amqp_publisher as publisher  # noqa: PLC0415 - after green.patch()

        replayed = 0
        with self._channel() as channel:
            for message, letter in _messages(channel):
                is_record = message.properties.get("content_type") == publisher.RECORD_TYPE
                if is_record or not letter.handler or not wanted(letter):
                    continue
                if not _exists(channel, letter.handler):
                    continue
                # Confirmed before acked: a crash in between doubles it, the inbox absorbs that.
                channel.basic_publish_confirm(
                    publisher.replayed(message), "", letter.handler, mandatory=True
                )
                channel.basic_ack(message.delivery_tag)
                replayed += 1
        return replayed

    @contextmanager
    def _channel(self) -> Iterator[Any]:
        from kombu.connection import Connection  # noqa: PLC0415 - after green.patch()

        from chassis.bus.link import establish  # noqa: PLC0415 - after green.patch()

        connection = Connection(self._url, connect_timeout=5)  # type: ignore[no-untyped-call] # kombu ships no types
        raw = establish(connection)
        try:
            yield raw.channel()
        finally:
            raw.close()


def _exists(channel: Any, queue: str) -> bool:  # noqa: ANN401 - py-amqp ships no types
    """Tell whether a queue is there; asked on a channel of its own, which "no" closes."""
    from amqp.exceptions import NotFound  # noqa: PLC0415 - after green.patch()

    probe = channel.connection.channel()
    try:
        probe.queue_declare(queue, passive=True)
    except NotFound:
        return False
    probe.close()
    return True


def _messages(channel: Any) -> Iterator[tuple[Any, Letter]]:  # noqa: ANN401 - py-amqp ships no types
    from chassis.bus import amqp_publisher as publisher  # noqa: PLC0415 - after green.patch()
    from chassis.bus import topology  # noqa: PLC0415 - after green.patch()

    for _ in range(LIMIT):
        message = channel.basic_get(topology.DEAD_LETTERS)
        if message is None:
            return
        headers = message.properties.get("application_headers") or {}
        body = message.body if isinstance(message.body, bytes) else message.body.encode()
        handler = headers.get(publisher.ORIGIN_HEADER) or headers.get("x-first-death-queue", "")
        event_id = str(message.properties.get("message_id", ""))
        digest = hashlib.sha256(f"{handler} {event_id} ".encode() + body).hexdigest()
        letter = Letter(
            id=digest[:12],
            handler=str(handler),
            reason=str(
                headers.get(publisher.REASON_HEADER) or headers.get("x-first-death-reason", "")
            ),
            event_id=event_id,
            body=body.decode("utf-8", "replace"),
        )
        yield message, letter


def open_dead_letters() -> DeadLetters:
    """Return the dead letters of the system that the environment describes."""
    from chassis.clock import SystemClock  # noqa: PLC0415 - after green.patch()
    from chassis.config import SERVICES  # noqa: PLC0415 - after green.patch()
    from chassis.uow import Database  # noqa: PLC0415 - after green.patch()

    settings = {
        name: importlib.import_module(f"services.{name}.config").Settings.from_env()
        for name in SERVICES
    }
    url = next(iter(settings.values())).bus_url
    if url.startswith("amqp"):
        return QueueDeadLetters(url)
    return InboxDeadLetters(
        {
            name: Database(
                entry.database_url, service=name, clock=SystemClock(entry.clock_offset_file)
            )
            for name, entry in settings.items()
        }
    )


def run(letters: DeadLetters, options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Carry out one command; return the exit code."""
    if options.command == "list":
        found = letters.list(options.handler)
        for letter in found:
            write(letter.summary() + "\n")
        write(f"{len(found)} dead letter(s)\n")
        return 0
    if options.command == "show":
        shown = [letter for letter in letters.list() if letter.id in options.ids]
        for letter in shown:
            details = {**asdict(letter), "body": letter.body[:_BODY_LENGTH]}
            write(json.dumps(details, ensure_ascii=False, indent=2) + "\n")
        return 0 if shown else 1
    if not options.ids and not options.all:
        write("replay: name the letters, or give --all\n")
        return 2
    count = letters.replay(
        lambda letter: (
            (options.all or letter.id in options.ids) and options.handler in (None, letter.handler)
        )
    )
    write(f"{count} replayed\n")
    return 0 if count or options.all else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m chassis.deadletters", description=__doc__)
    parser.add_argument("command", choices=["list", "show", "replay"])
    parser.add_argument("ids", nargs="*", help="letters, as `list` names them")
    parser.add_argument("--all", action="store_true", help="replay everything")
    parser.add_argument("--handler", help="only those of one handler or queue")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = parse(arguments)
    green.patch()
    return run(open_dead_letters(), options, sys.stdout.write)


if __name__ == "__main__":
    sys.exit(main())
