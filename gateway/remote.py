"""One service as the gateway calls it: in whose name, once or repeatable."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Reply = dict[str, Any]


class Remote(Protocol):
    """The part of ``chassis.rpc.RpcProxy`` that the gateway uses."""

    def call(  # noqa: PLR0913 - the options of a call, all by keyword
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        timeout: float | None = None,
        idempotency_key: str | None = None,
        actor_token: str | None = None,
        idempotent: bool | None = None,
    ) -> Reply:
        """Call one method and return its answer."""
        ...


@dataclass
class Asking:
    """Say in whose name calls are made; filled in once the session is known."""

    actor_token: str | None = None
    idempotency_key: str | None = None


class Client:
    """Be the base of the typed clients."""

    def __init__(self, remote: Remote, asking: Asking) -> None:
        self._remote = remote
        self._asking = asking

    def list_audit(self, wanted: Mapping[str, Any]) -> Reply:
        """Return audit rows of the service, for auditors."""
        return self._ask("list_audit", **wanted)

    def list_own_audit(self, wanted: Mapping[str, Any]) -> Reply:
        """Return audit rows of the service about whoever asks."""
        return self._ask("list_own_audit", **wanted)

    def _ask(self, method: str, **arguments: Any) -> Reply:  # noqa: ANN401 - JSON
        """Read something: the call may be repeated."""
        return self._remote.call(
            method, arguments, actor_token=self._asking.actor_token, idempotent=True
        )

    def _tell(self, method: str, **arguments: Any) -> Reply:  # noqa: ANN401 - JSON
        """Change something: sent once; with an ``Idempotency-Key`` a repeat does no harm."""
        key = self._asking.idempotency_key
        return self._remote.call(
            method,
            arguments,
            actor_token=self._asking.actor_token,
            idempotency_key=key,
            idempotent=key is not None,
        )
