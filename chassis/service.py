"""The base of every service class, and the dependencies that Nameko injects into it."""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from nameko.extensions import DependencyProvider

from chassis.actors import AUDITOR_ROLE, ActorSigner
from chassis.config import CommonSettings
from chassis.container import CALL_KEY
from chassis.context import Call
from chassis.housekeeping import Housekeeper
from chassis.read_replicas import ReadReplicas
from chassis.relay import Relay
from chassis.relay_runner import RelayRunner
from chassis.rpc import rpc
from chassis.timers import every
from chassis.uow import Database

SEALING_SECONDS: Final = 1.0
HOUR: Final = 3600.0


class DatabaseProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the service's :class:`Database`, run its relay, and close it at the end."""

    is_shared = True

    def __init__(self) -> None:
        self._relay: RelayRunner | None = None

    def get_dependency(self, worker_ctx: Any) -> Database:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the one database of the container."""
        database: Database = self.container.database
        return database

    def start(self) -> None:
        """Start the relay."""
        if not self.container.config.get("relay", True):
            return
        self._relay = RelayRunner(new_relay(self.container))
        self._relay.start()

    def stop(self) -> None:
        """Stop the relay, then close the database: the last worker has ended."""
        if self._relay is not None:
            self._relay.stop()
            self._relay = None
        self.container.database.close()


class CallProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the :class:`Call` that a worker serves."""

    def get_dependency(self, worker_ctx: Any) -> Call:  # noqa: ANN401 - nameko ships no types
        """Return the call of this worker; entry points without one get an empty call."""
        call: Call = worker_ctx.data.get(CALL_KEY) or Call()
        return call


class SettingsProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the service's settings."""

    is_shared = True

    def get_dependency(self, worker_ctx: Any) -> CommonSettings:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the settings the container was started with."""
        settings: CommonSettings = self.container.settings
        return settings


class SignerProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the :class:`ActorSigner` of the service."""

    is_shared = True

    def get_dependency(self, worker_ctx: Any) -> ActorSigner:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the one signer of the container."""
        signer: ActorSigner = self.container.signer
        return signer


class HousekeeperProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject what keeps the service's own tables in order."""

    is_shared = True

    def get_dependency(self, worker_ctx: Any) -> Housekeeper:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the housekeeper of the container."""
        container = self.container
        return Housekeeper(
            container.database,
            container.holder,
            has_public_log=container.service_cls.public_log,
        )


class HolderProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the name under which this process takes leases."""

    is_shared = True

    def get_dependency(self, worker_ctx: Any) -> str:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the name."""
        holder: str = self.container.holder
        return holder


class ReadReplicasProvider(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the :class:`ReadReplicas` of the settings ``read_urls`` and ``read_max_lag``."""

    is_shared = True

    def setup(self) -> None:
        """Make them; no connection is opened yet."""
        container = self.container
        self._replicas = ReadReplicas(
            container.database,
            container.settings.read_urls,
            max_lag=container.settings.read_max_lag,
        )

    def get_dependency(self, worker_ctx: Any) -> ReadReplicas:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the replicas of the container's database."""
        return self._replicas

    def stop(self) -> None:
        """Close the connections to the replicas."""
        self._replicas.close()


class Provided(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject whatever ``build(settings)`` returns, made once when the container starts.

    ``blobs = Provided(lambda settings: open_store(settings.storage_url))``
    """

    is_shared = True

    def __init__(
        self, build: Callable[[Any], Any], *, close: Callable[[Any], None] | None = None
    ) -> None:
        self._build = build
        self._close = close
        self._value: Any = None

    def setup(self) -> None:
        """Make the value."""
        self._value = self._build(self.container.settings)

    def get_dependency(self, worker_ctx: Any) -> Any:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the value."""
        return self._value

    def stop(self) -> None:
        """Close the value."""
        if self._close is not None and self._value is not None:
            self._close(self._value)
            self._value = None


class BareService:
    """Be a service without a database: the gateway."""

    name: ClassVar[str]
    settings_class: ClassVar[type[CommonSettings]] = CommonSettings

    call: Call = CallProvider()
    settings: Any = SettingsProvider()


class Service(BareService):
    """Be the base of a service; ``public_log`` only for the one that owns the public log.

    A method ``on_start(self)`` is called once, when everything is injected; it is tried again while
    the database or the bus is away.
    """

    public_log: ClassVar[bool] = False

    database: Database = DatabaseProvider()
    housekeeper: Housekeeper = HousekeeperProvider()

    @every(seconds=SEALING_SECONDS)
    def seal_audit(self) -> None:
        """Add what was audited to the chain that shows every later change."""
        self.housekeeper.seal_audit()

    @every(seconds=HOUR, lease="audit_head")
    def note_audit_head(self) -> None:
        """Let the end of the chain be kept elsewhere."""
        self.housekeeper.note_audit_head()

    @rpc(roles=(AUDITOR_ROLE,), idempotent=True)
    def list_audit(self, **wanted: object) -> dict[str, Any]:
        """Return sealed audit rows after a number: ``after``, ``limit`` and what they must have.

        Raises:
            InvalidArgumentsError: an argument is unknown, or of the wrong kind.
        """
        return self.housekeeper.read_audit(**wanted)

    @rpc(idempotent=True)
    def list_own_audit(self, after: int = 0, limit: int = 100, before: int = 0) -> dict[str, Any]:
        """Return the sealed rows of the actor's enterprise, or of the actor where there is none.

        With ``before``, a number, those below it, newest first.

        Raises:
            InvalidArgumentsError: an argument is of the wrong kind.
        """
        actor = self.call.actor
        whose = {"enterprise_id": actor.enterprise_id} if actor and actor.enterprise_id else {}
        mine = whose or {"actor": actor.subject if actor else "-"}
        return self.housekeeper.read_audit(after=after, limit=limit, before=before, **mine)

    @every(seconds=HOUR, lease="housekeeping")
    def purge_plumbing(self) -> None:
        """Delete what was sent, settled, answered and counted long enough ago."""
        self.housekeeper.purge()


def new_relay(container: Any) -> Relay:  # noqa: ANN401 - a Container, or a proxy of one
    """Return the relay of a container's service."""
    database: Database = container.database
    return Relay(
        database,
        container.bus.sink(container.service_name),
        holder=container.holder,
        has_public_log=container.service_cls.public_log,
    )
