"""The public log, as `standards` keeps it: pages of events, and what is known of a declaration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chassis.errors import RemoteDomainError
from services.notify.domain.webhooks import Reason

_TOO_OLD: Final = "standards.position_too_old"
_AHEAD: Final = "standards.position_ahead"
_NOT_FOUND: Final = "standards.not_found"
_LOST: Final = {_TOO_OLD: Reason.POSITION_TOO_OLD, _AHEAD: Reason.POSITION_AHEAD}


class Standards(Protocol):
    """The part of ``chassis.rpc.RpcProxy`` that is used."""

    def call(
        self,
        method: str,
        arguments: Mapping[str, Any] | None = None,
        /,
        *,
        idempotent: bool | None = None,
    ) -> dict[str, Any]:
        """Call one method and return its answer."""
        ...


class PositionLostError(Exception):
    """Say that the log does not go on from a position: it was purged, or never reached."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True)
class LogPage:
    """Be a piece of the log up to ``end``; ``newest`` is the position it has come to."""

    items: list[dict[str, Any]]
    end: int
    newest: int


class PublicLog:
    """Read the public log by RPC."""

    def __init__(self, standards: Standards) -> None:
        self._standards = standards

    def read(self, *, after: int, limit: int) -> LogPage:
        """Return a page of events.

        Raises:
            PositionLostError: the log does not reach back to that position, or not to it at all.
            chassis.errors.RetryableError: standards cannot be asked now.
        """
        try:
            page = self._ask("list_events", after=after, limit=limit)
        except RemoteDomainError as error:
            if error.wire_code in _LOST:
                raise PositionLostError(_LOST[error.wire_code]) from error
            raise
        return LogPage(page["items"], page["next_after"], page["newest"])

    def newest(self) -> int:
        """Return the position that the log has come to.

        Raises:
            chassis.errors.RetryableError: standards cannot be asked now.
        """
        after = 0
        while True:
            try:
                return int(self._ask("list_events", after=after, limit=1)["newest"])
            except RemoteDomainError as error:
                if error.wire_code != _TOO_OLD or int(error.params["oldest"]) <= after:
                    raise
                after = int(error.params["oldest"])

    def check(self, after: int) -> int:
        """Return the position that the log has come to, if it goes on from ``after``.

        Raises:
            RemoteDomainError: it was purged up to a later position, or has not come to it.
            chassis.errors.RetryableError: standards cannot be asked now.
        """
        return int(self._ask("list_events", after=after, limit=1)["newest"])

    def document_of(self, declaration_id: str) -> dict[str, Any]:
        """Return the newest published document of a declaration; empty when there is none.

        Raises:
            chassis.errors.RetryableError: standards cannot be asked now.
        """
        try:
            found = self._ask("get_current_version", declaration_id=declaration_id)
        except RemoteDomainError as error:
            if error.wire_code != _NOT_FOUND:
                raise
            return {}
        document = found["document"]
        known: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
        return known

    def _ask(self, method: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        return self._standards.call(method, arguments, idempotent=True)
