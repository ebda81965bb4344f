"""Read from copies of a database that follow it, as long as they follow closely enough.

Reads go round the replicas that answered lately and are not too far behind, to the primary when
there are none, and once more to a replica that lags when the primary is away as well. `watch`
looks after the replicas, apart from the reads, so that no read waits for finding out.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import leases, metrics, postgres
from chassis.errors import DatabaseUnavailableError, DomainError
from chassis.uow import Database

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_LAG: Final = timedelta(seconds=10)
# A replica that failed is left alone for so long.
REST_SECONDS: Final = 5.0
HEARTBEAT: Final = "read_replicas"
HEARTBEAT_TIME: Final = timedelta(seconds=5)
# A standby that has replayed nothing yet does not know how old it is; anything else is no copy.
_LAG_SQL: Final = sa.text(
    "SELECT CASE WHEN pg_is_in_recovery() THEN coalesce(extract(epoch FROM"
    " clock_timestamp() - pg_last_xact_replay_timestamp()), 'infinity') ELSE 0 END"
)


def replica_urls(text: str) -> tuple[str, ...]:
    """Return the addresses in a setting, separated by blanks.

    Raises:
        ValueError: one is not of PostgreSQL with the driver that is used here.
    """
    urls = tuple(text.split())
    if not all(url.startswith(f"{postgres.DRIVER}://") for url in urls):
        raise ValueError(f"each must begin with {postgres.DRIVER}://")
    return urls


@dataclass
class _Replica:
    name: str
    database: Database
    lag: float | None = None
    resting_until: float = field(default=0.0)

    @property
    def is_resting(self) -> bool:
        return time.monotonic() < self.resting_until

    def rest(self, reason: str) -> None:
        """Leave it alone for a while; how far it is behind is asked anew afterwards."""
        if self.lag is not None or not self.is_resting:
            logger.warning("read replica is away", extra={"replica": self.name, "reason": reason})
        self.lag = None
        self.resting_until = time.monotonic() + REST_SECONDS


class ReadReplicas:
    """Spread reads over a primary's replicas; with none of them all go to the primary."""

    def __init__(
        self, primary: Database, urls: Sequence[str] = (), *, max_lag: timedelta = MAX_LAG
    ) -> None:
        self._primary = primary
        self._max_lag = max_lag.total_seconds()
        self._replicas = [
            _Replica(
                name=_name(url),
                database=Database(url, service=primary.service, clock=primary.clock),
            )
            for url in urls
        ]
        self._turn = 0

    def read(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` returns of a session that only reads; it may be called twice.

        What a replica refuses is asked again of the primary: it may not know yet what was asked
        for.

        Raises:
            DatabaseUnavailableError: nobody answers.
        """
        for replica in self._fresh():
            try:
                with replica.database.read() as session:
                    return work(session)
            except DatabaseUnavailableError as error:
                replica.rest(str(error.__cause__ or error))
            except DomainError:
                break
        try:
            with self._primary.read() as session:
                return work(session)
        except DatabaseUnavailableError:
            for replica in self._stale():
                with suppress(DatabaseUnavailableError), replica.database.read() as session:
                    return work(session)
            raise

    def watch(self, holder: str) -> None:
        """Find out how far each replica is behind; call it every second or two.

        The time of the last change that a replica has made is told from a change that is made
        here at least every few seconds, by one of the processes.
        """
        if not self._replicas:
            return
        with suppress(DatabaseUnavailableError), self._primary.transaction() as tx:
            leases.acquire(tx, HEARTBEAT, holder, HEARTBEAT_TIME)
        for replica in self._replicas:
            if not replica.is_resting:
                self._ask(replica)

    def close(self) -> None:
        """Close all connections to the replicas; the primary stays."""
        for replica in self._replicas:
            replica.database.close()

    def _ask(self, replica: _Replica) -> None:
        try:
            with replica.database.read() as session:
                replica.lag = float(session.scalar(_LAG_SQL) or 0)
        except DatabaseUnavailableError as error:
            replica.rest(str(error.__cause__ or error))
        metrics.set_replica_lag(
            service=self._primary.service,
            replica=replica.name,
            seconds=float("inf") if replica.lag is None else replica.lag,
        )

    def _fresh(self) -> Iterator[_Replica]:
        """Return the replicas that may be asked, the next one first."""
        count = len(self._replicas)
        if not count:
            return
        start = self._turn
        self._turn = (start + 1) % count
        for place in range(count):
            replica = self._replicas[(start + place) % count]
            if replica.lag is not None and replica.lag <= self._max_lag:
                yield replica

    def _stale(self) -> list[_Replica]:
        return [replica for replica in self._replicas if not replica.is_resting]


def _name(url: str) -> str:
    """Return how a replica is called in logs and figures: without its password."""
    parsed = sa.make_url(url)
    return f"{parsed.host}:{parsed.port or 5432}"
