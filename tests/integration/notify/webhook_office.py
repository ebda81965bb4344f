"""Webhooks on a real database, with a log and a receiver of the test's own."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from chassis import green, ids
from chassis.clock import VirtualClock
from chassis.errors import RemoteDomainError
from chassis.uow import Database
from services.notify.adapters.courier import Courier
from services.notify.adapters.posting import Poster
from services.notify.adapters.public_log import PublicLog
from services.notify.adapters.webhook_secrets import WebhookSecrets
from services.notify.config import Settings
from services.notify.queries import inbox
from services.notify.queries import webhooks as queries
from services.notify.usecases import webhooks
from services.notify.usecases.delivering import Rules
from services.notify.usecases.webhooks import Owner
from tests.fakes.webhook_receivers import Receiver

EXAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "examples" / "standards"
OWNER = Owner("enterprise:e-1", "e-1", "user:u-1")
PATIENCE = timedelta(hours=120)


def example(name: str) -> dict[str, Any]:
    """Return the full example of a declaration's event."""
    path = EXAMPLES / f"declaration.{name}.v1.full.json"
    event: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return event


class MemoryLog:
    """Keep the public log as standards does, and answer its two methods."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.purged = 0
        self.documents: dict[str, Any] = {}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.failure: Exception | None = None

    def add(self, subject: str, name: str = "published", **data: Any) -> dict[str, Any]:
        """Write one event."""
        event = example(name)
        changed = {**event["data"], **data}
        event |= {
            "id": ids.new_id(),
            "subject": subject,
            "position": self.purged + len(self.events) + 1,
            "data": changed,
        }
        self.events.append(event)
        return event

    def call(
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        idempotent: bool | None = None,  # noqa: ARG002 - as the proxy's
    ) -> dict[str, Any]:
        """Answer as standards."""
        wanted = arguments or {}
        self.asked.append((method, wanted))
        if self.failure is not None:
            raise self.failure
        if method == "get_current_version":
            if wanted["declaration_id"] not in self.documents:
                raise RemoteDomainError("standards.not_found")
            return {"document": json.dumps(self.documents[wanted["declaration_id"]])}
        return self._page(wanted["after"], wanted["limit"])

    def _page(self, after: int, limit: int) -> dict[str, Any]:
        newest = self.purged + len(self.events)
        if after > newest:
            raise RemoteDomainError("standards.position_ahead", {"newest": str(newest)})
        if after < self.purged:
            raise RemoteDomainError("standards.position_too_old", {"oldest": str(self.purged)})
        items = self.events[after - self.purged : after - self.purged + limit]
        return {"items": items, "next_after": after + len(items), "newest": newest}


class WebhookOffice:
    """Subscribe, let time go by, and deliver."""

    def __init__(self, database: Database, clock: VirtualClock) -> None:
        self.database = database
        self.clock = clock
        self.log = MemoryLog()
        self.secrets = WebhookSecrets(Settings.from_env({}))

    def courier(self, poster: Poster | None = None) -> Courier:
        """Return a courier of one more replica."""
        return Courier(
            self.secrets,
            poster or Poster(["127.0.0.1"]),
            rules=Rules(patience=PATIENCE),
            side_by_side=green.side_by_side,
        )

    def subscribe(
        self,
        receiver: Receiver,
        *,
        after: int = 0,
        filters: Mapping[str, Sequence[str]] | None = None,
        parallel: int = 1,
        owner: Owner = OWNER,
    ) -> str:
        """Subscribe, and return the id; nothing was posted yet."""
        with self.database.transaction() as tx:
            made = webhooks.create_webhook(
                tx=tx,
                owner=owner,
                name="数据中心",
                url=receiver.url,
                filters=filters or {},
                parallel=parallel,
                after=after,
                start=lambda: 0,
                most=10,
                new_secret=self.secrets.new,
            )
        return str(made["webhook_id"])

    def run(
        self, *, after: timedelta = timedelta(seconds=1), courier: Courier | None = None
    ) -> int:
        """Let time go by and deliver what is due then."""
        self.clock.advance(after)
        return (courier or self.courier()).run_due(self.database, PublicLog(self.log))

    def do(self, step: Callable[..., Any], webhook_id: str, **arguments: Any) -> Any:
        """Carry out a use case of the owner."""
        with self.database.transaction() as tx:
            return step(tx=tx, webhook_id=webhook_id, **{"owner": OWNER, **arguments})

    def show(self, webhook_id: str) -> dict[str, Any]:
        """Return what the owner sees."""
        with self.database.read() as session:
            return queries.show(
                session, webhook_id=webhook_id, owner=OWNER.name, now=self.clock.now()
            )

    def attempts(self, webhook_id: str) -> list[dict[str, Any]]:
        """Return the delivery log, the oldest first."""
        with self.database.read() as session:
            page = queries.list_attempts(
                session, webhook_id=webhook_id, owner=OWNER.name, before="", limit=200
            )
        return list(reversed(page["items"]))

    def secret(self, webhook_id: str) -> str:
        """Return the secret in clear."""
        with self.database.read() as session:
            kept = queries.secret_of(session, webhook_id=webhook_id, owner=OWNER.name)
        return self.secrets.open(webhook_id, kept)

    def messages(self) -> list[dict[str, Any]]:
        """Return what the owner was told, the newest first."""
        with self.database.read() as session:
            page = inbox.list_messages(
                session, recipients=[OWNER.name], reader="user:u-1", page=1, page_size=50
            )
        found: list[dict[str, Any]] = page["items"]
        return found
