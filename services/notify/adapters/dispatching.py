"""Send what waits: take messages, try them outside any transaction, write down the outcome."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from chassis.uow import Database
from services.notify.adapters.health import STREAK, Health
from services.notify.adapters.providers import Attempt, Provider
from services.notify.adapters.sealing import Opener, UnreadableError
from services.notify.queries import messages as queries
from services.notify.usecases import messages, receipts
from services.notify.usecases.messages import Assignment, Lineup, Outcome

_BATCH: Final = 20
_SLOW_SECONDS: Final = 5.0
# A provider whose receipts come this late delivers too late for a code that is good for 5 minutes.
_SLOW_DELIVERY_SECONDS: Final = 60.0
_RECENT: Final = timedelta(minutes=10)

Work = Callable[[], None]


def one_by_one(works: Sequence[Work]) -> None:
    """Do one thing after the other."""
    for work in works:
        work()


class Dispatcher:
    """Send messages through providers; replicas share the messages row by row."""

    def __init__(
        self,
        opener: Opener,
        providers: Sequence[Provider],
        *,
        slow_seconds: float = _SLOW_SECONDS,
        run: Callable[[Sequence[Work]], None] = one_by_one,
    ) -> None:
        self._opener = opener
        self._providers = {provider.name: provider for provider in providers}
        self._health = Health(slow_seconds=slow_seconds)
        self._run = run

    def run_due(self, database: Database) -> int:
        """Try every message whose turn it is; return how many tries were made."""
        total = 0
        while self._has_due(database):
            lineup = self._lineup(database)
            with database.transaction() as tx:
                begun = messages.begin_sending(tx=tx, lineup=lineup, limit=_BATCH)
            if not begun:  # the database's clock decides, and may be behind ours
                break
            self._run([partial(self._send, database, assignment) for assignment in begun])
            total += len(begun)
        return total

    def _lineup(self, database: Database) -> Lineup:
        providers = list(self._providers.values())
        sidelined = self._health.sidelined(providers, now=database.clock.now())
        return Lineup(
            providers=list(self._providers),
            repeatable=[provider.name for provider in providers if provider.is_repeatable],
            weights={provider.name: provider.weight for provider in providers},
            sidelined=sidelined | self._late(database),
        )

    def _late(self, database: Database) -> frozenset[str]:
        """Return the providers whose messages take too long to the phone."""
        telling = [name for name, provider in self._providers.items() if provider.has_receipts]
        if not telling:
            return frozenset()
        since = database.clock.now() - _RECENT
        with database.read() as session:
            return frozenset(
                name
                for name in telling
                if queries.find_slow(
                    session,
                    provider=name,
                    count=STREAK,
                    seconds=_SLOW_DELIVERY_SECONDS,
                    since=since,
                )
            )

    def _has_due(self, database: Database) -> bool:
        with database.read() as session:
            return queries.has_due(session, now=database.clock.now())

    def _send(self, database: Database, assignment: Assignment) -> None:
        provider = self._providers[assignment.provider]
        attempt = self._try(provider, assignment)
        self._health.note(provider, attempt, now=database.clock.now())
        with database.transaction() as tx:
            messages.settle_sending(
                tx=tx,
                message_id=assignment.message_id,
                outcome=attempt.outcome,
                is_repeatable=provider.is_repeatable,
                reference=attempt.reference,
                awaits_receipt=provider.has_receipts,
            )
            if attempt.reference and provider.has_receipts:
                receipts.match_early(tx=tx, message_id=assignment.message_id)

    def _try(self, provider: Provider, assignment: Assignment) -> Attempt:
        try:
            letter = self._opener.open(
                template=assignment.template,
                phone_sealed=assignment.phone_sealed,
                values_sealed=assignment.values_sealed,
                body=assignment.body,
            )
        except UnreadableError:
            # It could be read when it was taken in: a key is missing, and may come back.
            return Attempt(Outcome.NOT_SENT)
        return provider.send(letter, message_id=assignment.message_id)
