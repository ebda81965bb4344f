"""Entry points: webhooks, and the timers that deliver to them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Final, TypeVar

from chassis import green, keyrings, rotation
from chassis.config import CommonSettings
from chassis.context import Actor
from chassis.crypto import Keyring
from chassis.errors import DomainError, ForbiddenError
from chassis.handlers import Delivery, on_broadcast
from chassis.rpc import RpcClient, RpcProxy, rpc
from chassis.service import Provided, Service
from chassis.timers import every
from contracts.events import EVENTS
from services.notify import schemas
from services.notify.adapters.courier import Courier
from services.notify.adapters.posting import Poster
from services.notify.adapters.public_log import PublicLog
from services.notify.adapters.webhook_secrets import WebhookSecrets
from services.notify.config import Settings
from services.notify.domain.addresses import UrlError, check_url
from services.notify.queries import webhooks as queries
from services.notify.usecases import delivering, webhooks
from services.notify.usecases.delivering import Rules
from services.notify.usecases.rotation import COLUMNS
from services.notify.usecases.webhooks import Owner

# Who may subscribe: people with these roles, and programs with this scope.
SUBSCRIBERS: Final = ("OWNER", "BUREAU", "OPERATOR")
KEYS: Final = ("webhooks:manage",)
# So many subscriptions are served at once by each replica.
RUNS: Final = 8
ROTATION_SECONDS: Final = 3_600.0

F = TypeVar("F", bound=Callable[..., Any])


class WebhookUrlError(DomainError):
    """Say that a webhook cannot have this address; ``reason`` says why."""

    code = "notify.webhook_url"


def owner_of(actor: Actor) -> str | None:
    """Return for whom an actor subscribes, and whose common inbox he reads."""
    if actor.enterprise_id is not None:
        return f"enterprise:{actor.enterprise_id}"
    if "BUREAU" in actor.roles:
        return f"bureau:{actor.region or ''}"
    return "platform" if "OPERATOR" in actor.roles else None


def _on_public_events(method: F) -> F:
    """Let every process hear of each public event."""
    for event in EVENTS.values():
        if event.is_public:
            method = on_broadcast(event)(method)
    return method


def _in_runs(method: F) -> F:
    """Let a job run several times side by side: a slow receiver keeps one run busy."""
    for _ in range(RUNS):
        method = every(seconds=0.5)(method)
    return method


def _side_by_side(works: Sequence[Callable[[], None]], limit: int) -> None:
    green.side_by_side(works, limit)


def _courier(settings: Settings) -> Courier:
    return Courier(
        WebhookSecrets(settings),
        Poster(settings.webhook_test_hosts),
        rules=Rules(
            patience=timedelta(hours=settings.webhook_patience_hours), scale=settings.retry_scale
        ),
        side_by_side=_side_by_side,
    )


class CourierProvider(Provided):
    """Inject the courier, which knows when the process stops."""

    def setup(self) -> None:
        """Make it."""
        super().setup()
        self._value.is_stopping = lambda: self.container.is_stopping


class WebhookEntries(Service):
    """Subscriptions of other systems to the public log."""

    name = "notify"
    settings_class: ClassVar[type[CommonSettings]] = Settings

    settings: Settings
    standards: RpcProxy = RpcClient("standards")
    courier: Courier = CourierProvider(_courier)
    webhook_secrets: WebhookSecrets = Provided(WebhookSecrets)
    keyring: Keyring = Provided(keyrings.data_ring)

    @_on_public_events
    def handle_public_event(self, delivery: Delivery) -> None:
        """Wake up: what was said of the log's end may be lost, the timers look for it as well."""
        self.courier.hear(delivery.event.position)

    @_in_runs
    def deliver_webhooks(self) -> None:
        """Deliver what is due; replicas share the subscriptions."""
        self.courier.run_due(self.database, PublicLog(self.standards))

    @every(seconds=60, lease="webhook_log")
    def forget_webhook_attempts(self) -> None:
        """Delete log rows after 30 days, and what is left of subscriptions that were ended."""
        deleted = 1
        while deleted:
            with self.database.transaction() as tx:
                deleted = delivering.purge(tx=tx)

    @every(seconds=ROTATION_SECONDS, lease="rotation")
    def rotate_keys(self) -> None:
        """Bring the secrets under the newest key."""
        rotation.rotate(self.database, self.keyring, COLUMNS)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS, idempotent=True)
    def list_webhooks(self) -> dict[str, Any]:
        """Return the subscriptions of the actor's enterprise or office."""
        with self.database.read() as session:
            now = self.database.clock.now()
            return {"items": queries.list_own(session, owner=self._owner().name, now=now)}

    @rpc(roles=SUBSCRIBERS, scopes=KEYS, idempotent=True)
    def get_webhook(self, *, webhook_id: str) -> dict[str, Any]:
        """Return one subscription."""
        wanted = schemas.load(schemas.WebhookInput, webhook_id=webhook_id)
        with self.database.read() as session:
            now = self.database.clock.now()
            return queries.show(session, owner=self._owner().name, now=now, **wanted)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def create_webhook(
        self,
        *,
        name: str,
        url: str,
        filters: dict[str, Any] | None = None,
        parallel: int = 1,
        after: int | None = None,
    ) -> dict[str, Any]:
        """Subscribe from a position of the public log, or from its end; return the secret too.

        Raises:
            WebhookUrlError: the address can be no webhook's.
        """
        text = schemas.load(
            schemas.WebhookText,
            name=name,
            url=url,
            filters=_whole(filters or {}),
            parallel=parallel,
        )
        place = schemas.load(schemas.PositionInput, after=after)
        self._check_url(url)
        log = PublicLog(self.standards)
        newest = log.newest() if after is None else log.check(after)
        self.courier.hear(newest)
        made = self._command(
            webhooks.create_webhook,
            owner=self._owner(),
            start=lambda: newest,
            most=self.settings.webhooks_per_owner,
            new_secret=self.webhook_secrets.new,
            **text,
            **place,
        )
        return self._with_secret(made)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def change_webhook(
        self,
        *,
        webhook_id: str,
        expected_version: int,
        **changes: Any,  # noqa: ANN401 - JSON
    ) -> dict[str, Any]:
        """Change some of name, url, filters and parallel.

        Raises:
            WebhookUrlError: the address can be no webhook's.
        """
        step = schemas.load(
            schemas.WebhookStep, webhook_id=webhook_id, expected_version=expected_version
        )
        if "filters" in changes:
            changes["filters"] = _whole(changes["filters"])
        schemas.load_some(schemas.WebhookText, **changes)
        if "url" in changes:
            self._check_url(str(changes["url"]))
        return self._command(webhooks.change_webhook, owner=self._owner(), changes=changes, **step)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def delete_webhook(self, *, webhook_id: str) -> dict[str, Any]:
        """End a subscription."""
        return self._step(webhooks.delete_webhook, webhook_id)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def validate_webhook(self, *, webhook_id: str) -> dict[str, Any]:
        """Ask the receiver again whether it wants events."""
        return self._step(webhooks.validate_webhook, webhook_id)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def enable_webhook(self, *, webhook_id: str) -> dict[str, Any]:
        """Go on where it stood."""
        return self._step(webhooks.enable_webhook, webhook_id)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def disable_webhook(self, *, webhook_id: str) -> dict[str, Any]:
        """Deliver nothing until it is enabled."""
        return self._step(webhooks.disable_webhook, webhook_id)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def replay_webhook(self, *, webhook_id: str, after: int) -> dict[str, Any]:
        """Deliver everything after a position once more."""
        schemas.load(schemas.PositionInput, after=after)
        PublicLog(self.standards).check(after)
        return self._step(webhooks.replay_webhook, webhook_id, after=after)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def rotate_webhook_secret(self, *, webhook_id: str) -> dict[str, Any]:
        """Return a new secret; for a day the old one signs as well."""
        done = self._step(
            webhooks.rotate_webhook_secret, webhook_id, new_secret=self.webhook_secrets.new
        )
        return self._with_secret(done)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS)
    def send_webhook_test(self, *, webhook_id: str) -> dict[str, Any]:
        """Have a test event sent."""
        return self._step(webhooks.send_webhook_test, webhook_id)

    @rpc(roles=SUBSCRIBERS, scopes=KEYS, idempotent=True)
    def list_webhook_attempts(
        self, *, webhook_id: str, before: str = "", limit: int = 50
    ) -> dict[str, Any]:
        """Return a page of the delivery log, the newest first."""
        wanted = schemas.load(
            schemas.AttemptsInput, webhook_id=webhook_id, before=before, limit=limit
        )
        with self.database.read() as session:
            return queries.list_attempts(session, owner=self._owner().name, **wanted)

    def _step(
        self,
        use_case: Callable[..., Any],
        webhook_id: str,
        **arguments: object,
    ) -> dict[str, Any]:
        schemas.load(schemas.WebhookInput, webhook_id=webhook_id)
        return self._command(use_case, owner=self._owner(), webhook_id=webhook_id, **arguments)

    def _with_secret(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Return an answer with the secret: what is kept for repeated requests has none."""
        webhook_id = str(answer["webhook_id"])
        with self.database.read() as session:
            kept = queries.secret_of(session, webhook_id=webhook_id, owner=self._owner().name)
        return {**answer, "secret": self.webhook_secrets.open(webhook_id, kept)}

    def _check_url(self, url: str) -> None:
        try:
            check_url(url, self.settings.webhook_test_hosts)
        except UrlError as error:
            raise WebhookUrlError(reason=error.reason) from None

    def _owner(self) -> Owner:
        """Return for whom the actor subscribes.

        Raises:
            ForbiddenError: for nobody.
        """
        actor = self.call.actor
        name = None if actor is None else owner_of(actor)
        if actor is None or name is None:
            raise ForbiddenError
        return Owner(name=name, enterprise_id=actor.enterprise_id, subject=actor.subject)

    def _command(self, use_case: Callable[..., Any], **arguments: object) -> dict[str, Any]:
        """Carry out a use case once for this request."""
        answer: dict[str, Any] = self.database.command(self.call, use_case, **arguments)
        return answer

    def _subject(self) -> str:
        """Return who asks; a method that is not public is never called without one."""
        return "" if self.call.actor is None else self.call.actor.subject


def _whole(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters with every list, also those that were left out."""
    names = ("types", "kinds", "regions", "enterprises", "classes")
    return {**{name: [] for name in names}, **filters}
