"""Messages on a real database, on both engines, at a time that tests set."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from chassis import ids
from chassis.clock import VirtualClock
from chassis.keyrings import seal_ring
from chassis.uow import Database
from services.notify.adapters.dispatching import Dispatcher
from services.notify.adapters.providers import Provider
from services.notify.adapters.sealing import Letter, Opener
from services.notify.config import Settings
from services.notify.domain.delivery import FailureReason
from services.notify.models import Message
from services.notify.usecases import messages
from services.notify.usecases.messages import Request

START = datetime(2024, 11, 15, 2, 30, 30, tzinfo=UTC)
PHONE = "13912345678"


class Recorder(Provider):
    """Remember what was sent; fail as told."""

    def __init__(
        self, name: str = "recorder", *, weight: int = 0, has_receipts: bool = False
    ) -> None:
        super().__init__(name, weight=weight, has_receipts=has_receipts)
        self.sent: list[tuple[str, Letter]] = []
        self.failures: list[Exception] = []

    def _send(self, letter: Letter, message_id: str) -> str | None:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append((message_id, letter))
        return f"{self.name}-{message_id}" if self.has_receipts else None


class Careful(Recorder):
    """Send a message of one id once."""

    is_repeatable = True


class PostOffice:
    """Take requests in and send them."""

    def __init__(self, database: Database, clock: VirtualClock) -> None:
        self.database = database
        self.clock = clock
        self.settings = Settings.from_env({})
        self.ring = seal_ring(self.settings)
        self.opener = Opener(self.settings)

    def request(self, request_id: str | None = None, lifetime: timedelta | None = None) -> Request:
        """Return what accounts would ask for."""
        values = {"code": "012345", "minutes": "5"}
        return Request(
            request_id=request_id or ids.new_id(),
            template="REGISTRATION_CODE",
            purpose="REGISTRATION",
            phone_sealed=self.ring.seal(PHONE, "notify"),
            values_sealed=self.ring.seal(json.dumps(values), "notify"),
            expires_at=None if lifetime is None else self.clock.now() + lifetime,
        )

    def accept(self, request: Request | None = None, *, is_limited: bool = False) -> None:
        """Take a request in."""
        with self.database.transaction() as tx:
            refusal = FailureReason.LIMITED if is_limited else None
            messages.accept_message(tx=tx, request=request or self.request(), refusal=refusal)

    def run(self, *providers: Provider) -> int:
        """Send what is due."""
        self.clock.advance(timedelta(seconds=1))
        return Dispatcher(self.opener, providers).run_due(self.database)

    def states(self) -> list[tuple[str, str | None]]:
        """Return state and reason of every message."""
        with self.database.read() as session:
            rows = session.execute(
                sa.select(Message.state, Message.reason).order_by(Message.created_at, Message.id)
            )
            return [(row.state, row.reason) for row in rows]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def post_office(
    new_database_url: Callable[[str | None], str], clock: VirtualClock
) -> Iterator[PostOffice]:
    database = Database(new_database_url("notify"), service="notify", clock=clock)
    yield PostOffice(database, clock)
    database.close()
