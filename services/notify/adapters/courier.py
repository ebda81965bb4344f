"""Deliver the public log to webhooks: each in its order, none waiting for another."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from chassis import db, ids
from chassis.clock import Clock
from chassis.errors import RetryableError
from chassis.outbox import format_time
from chassis.uow import Database
from services.notify.adapters.posting import Line, Poster
from services.notify.adapters.public_log import PositionLostError, PublicLog
from services.notify.adapters.webhook_secrets import WebhookSecrets, sign
from services.notify.domain import webhooks
from services.notify.domain.webhooks import Attempt, Facts, Filters, Item, Reason, WebhookState
from services.notify.queries import webhooks as queries
from services.notify.usecases import delivering
from services.notify.usecases.delivering import Claim, ClaimLostError, Plan, Rules

logger = logging.getLogger(__name__)

# Nothing relies on hearing of an event: the log's end is looked up as well.
LOOK_SECONDS: Final = 5.0
# How many runs of one process share one look at the database.
GLANCE_SECONDS: Final = 0.2
# A run gives its place to another subscription after so long.
RUN_SECONDS: Final = 20.0
# A piece of a run is written down after so long, well before its claim ends.
PIECE_SECONDS: Final = 10.0
PIECE: Final = 50
PAGE: Final = 200

Work = Callable[[], None]


@dataclass
class Reading:
    """Keep the rest of a page for the next piece: pages are longer than pieces."""

    log: PublicLog
    items: list[Item] = field(default_factory=list)
    facts: dict[str, Facts] = field(default_factory=dict)
    newest: int = 0

    def from_position(self, after: int, filters: Filters) -> tuple[list[Item], int]:
        """Return the next events that are wanted, and the position they are read up to."""
        known = [item for item in self.items if (item.position or 0) > after]
        starts = known[0].position if known else None
        if starts != after + 1:
            known = self._read(after)
        wanted: list[Item] = []
        end = after
        for item in known:
            if len(wanted) >= PIECE:
                break
            end = item.position or 0
            if self._wants(filters, item):
                wanted.append(item)
        return wanted, end

    def _read(self, after: int) -> list[Item]:
        page = self.log.read(after=after, limit=PAGE)
        self.newest = page.newest
        self.facts.clear()
        self.items = []
        for event in page.items:
            item = Item(
                event_id=str(event["id"]),
                event_type=str(event["type"]),
                subject=str(event["subject"]),
                position=int(event["position"]),
                body=db.dump_json(event),
            )
            self.items.append(item)
            self.facts[item.event_id] = Facts.of(event["data"])
        return self.items

    def _wants(self, filters: Filters, item: Item) -> bool:
        if not filters.wants_type(item.event_type):
            return False
        if not filters.concerns_declarations:
            return True
        facts = self.facts[item.event_id]
        if filters.want(facts) and filters.needs(facts):
            facts = facts.completed(self.log.document_of(item.subject))
            self.facts[item.event_id] = facts
        return filters.want(facts)


@dataclass
class Run:
    """Be one piece of deliveries on its way."""

    claim: Claim
    deadline: float
    fresh: frozenset[int]
    is_stopping: Callable[[], bool]
    attempts: dict[int, Attempt] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    streak: int = 0
    has_delivered: bool = False
    is_stopped: bool = False

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more is to be tried."""
        return self.is_stopped or self.is_stopping() or time.monotonic() >= self.deadline

    def note(self, item: Item, attempt: Attempt) -> None:
        """Take a result in; stop when the endpoint seems to be away."""
        is_news = self.has_delivered or self.claim.attempts == 0
        if attempt.reason is Reason.BROKEN and is_news and item.attempts == 0:
            # A receiver that is stopped; one that an event makes fall over falls over again.
            attempt = replace(attempt, reason=Reason.CONNECTION)
        self.attempts[item.position or 0] = attempt
        if attempt.is_delivered:
            self.has_delivered, self.streak = True, 0
            return
        self.refused.add(item.subject)
        # That a held event is refused once more says nothing of the others.
        self.streak += item.position in self.fresh
        is_away = attempt.is_of_endpoint or attempt.reason is Reason.GONE
        self.is_stopped = self.is_stopped or is_away or self.streak >= webhooks.STREAK


class Courier:
    """Deliver to whoever is due; replicas and the runs of one process share subscriptions."""

    def __init__(
        self,
        webhook_secrets: WebhookSecrets,
        poster: Poster,
        *,
        rules: Rules,
        side_by_side: Callable[[Sequence[Work], int], None],
    ) -> None:
        self._secrets = webhook_secrets
        self._poster = poster
        self._rules = rules
        self._side_by_side = side_by_side
        # Says that the process stops: then the POST that is on its way is the last.
        self.is_stopping: Callable[[], bool] = lambda: False
        self._newest = 0
        self._looked_at = -LOOK_SECONDS
        self._glanced_at = -GLANCE_SECONDS

    def hear(self, position: int | None) -> None:
        """Take note that the log has come to a position."""
        if position is not None and position > self._newest:
            self._newest = position
            self._glanced_at = -GLANCE_SECONDS

    def run_due(self, database: Database, log: PublicLog) -> int:
        """Deliver until nothing is due or the process stops; return how many runs that took.

        Raises:
            chassis.errors.RetryableError: database or standards are away.
        """
        runs = 0
        while not self.is_stopping() and self._has_due(database, log):
            token = ids.new_id()
            with database.transaction() as tx:
                claims = delivering.claim_due(tx=tx, newest=self._newest, token=token, limit=1)
            if not claims:
                break
            for claim in claims:
                self._serve(database, log, claim)
                runs += 1
        return runs

    def _has_due(self, database: Database, log: PublicLog) -> bool:
        """Ask the database, but not once for each run of the process."""
        now = time.monotonic()
        if now - self._glanced_at < GLANCE_SECONDS:
            return False
        self._look(database, log)
        with database.read() as session:
            is_due = queries.has_due(session, newest=self._newest, now=database.clock.now())
        if not is_due:
            self._glanced_at = now
        return is_due

    def _look(self, database: Database, log: PublicLog) -> None:
        """Find out where the log ends: what was said of it may have been lost."""
        now = time.monotonic()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        with database.read() as session:
            is_waited_for = queries.has_any_running(session)
        if is_waited_for:
            self._newest = log.newest()

    def _serve(self, database: Database, log: PublicLog, claim: Claim) -> None:
        """Work for one subscription; what goes wrong is its own business."""
        try:
            with self._poster.line() as line:
                self._run(database, log, line, claim)
        except ClaimLostError:
            logger.info("webhook was changed", extra={"webhook_id": claim.webhook_id})
        except PositionLostError as lost:
            self._write(database, delivering.give_up, claim=claim, reason=lost.reason)
        except RetryableError:
            raise
        except Exception:  # the edge of one subscription: its fault is not the others'
            logger.exception("webhook cannot be served", extra={"webhook_id": claim.webhook_id})
            self._write(database, delivering.back_off, claim=claim, rules=self._rules)
        finally:
            self._release(database, claim)

    def _run(self, database: Database, log: PublicLog, line: Line, claim: Claim) -> None:
        """Deliver to one subscription until it has everything, or others want their turn."""
        until = time.monotonic() + RUN_SECONDS
        reading = Reading(log)
        if claim.state is WebhookState.PENDING:
            self._validate(database, line, claim)
            return
        if claim.test_event_id is not None:
            self._test(database, line, claim)
        while time.monotonic() < until and not self.is_stopping():
            plan = self._plan(database, reading, claim)
            before = claim
            claim = self._deliver(database, line, claim, plan)
            if claim.state is not WebhookState.ACTIVE or _stands(before, claim, plan):
                break

    def _validate(self, database: Database, line: Line, claim: Claim) -> None:
        item = _own_item(
            database.clock,
            ids.new_id(),
            webhooks.VALIDATION_TYPE,
            claim,
            {"challenge": claim.challenge},
        )
        attempt = self._post(database, line, claim, item, challenge=claim.challenge)
        item = replace(item, attempts=claim.attempts)
        with database.transaction() as tx:
            is_active = delivering.settle_validation(
                tx=tx, claim=claim, item=item, attempt=attempt, rules=self._rules
            )
        if is_active:
            self._looked_at = -LOOK_SECONDS

    def _test(self, database: Database, line: Line, claim: Claim) -> None:
        event_id = claim.test_event_id or ""
        data = {"webhook_id": claim.webhook_id}
        item = _own_item(database.clock, event_id, webhooks.TEST_TYPE, claim, data)
        attempt = self._post(database, line, claim, item)
        with database.transaction() as tx:
            delivering.settle_test(tx=tx, claim=claim, item=item, attempt=attempt)

    def _plan(self, database: Database, reading: Reading, claim: Claim) -> Plan:
        with database.read() as session:
            now = database.clock.now()
            held = [
                Item(
                    event_id=row.event_id,
                    event_type=row.event_type,
                    subject=row.subject,
                    position=row.position,
                    body=row.body,
                    attempts=row.attempts,
                )
                for row in queries.list_held(
                    session, webhook_id=claim.webhook_id, now=now, limit=PIECE
                )
            ]
            waiting = queries.held_subjects(session, webhook_id=claim.webhook_id)
            counted = queries.count_held(session, [claim.webhook_id])
        records, events = counted.get(claim.webhook_id, (0, 0))
        if records >= webhooks.MAX_HELD_RECORDS or events >= webhooks.MAX_HELD_EVENTS:
            return Plan(held=held, end=claim.position, waiting=frozenset(waiting))
        fresh, end = reading.from_position(claim.position, claim.filters)
        self.hear(reading.newest)
        return Plan(held=held, fresh=fresh, end=end, waiting=frozenset(waiting))

    def _deliver(self, database: Database, line: Line, claim: Claim, plan: Plan) -> Claim:
        fresh = [item for item in plan.fresh if item.subject not in plan.waiting]
        run = Run(
            claim=claim,
            deadline=time.monotonic() + PIECE_SECONDS,
            fresh=frozenset(item.position or 0 for item in fresh),
            is_stopping=self.is_stopping,
        )
        walk = partial(self._walk, database, line, run)
        if claim.parallel == 1 or claim.state is WebhookState.PARKED:
            walk([*plan.held, *fresh])
        else:
            lanes = webhooks.lanes_of([*plan.held, *fresh])
            self._side_by_side([partial(walk, lane) for lane in lanes], claim.parallel)
        with database.transaction() as tx:
            return delivering.settle_run(
                tx=tx, claim=claim, plan=plan, attempts=run.attempts, rules=self._rules
            )

    def _walk(self, database: Database, line: Line, run: Run, items: Sequence[Item]) -> None:
        """Deliver one after the other; what comes after a refused event of its record waits."""
        for item in items:
            if run.is_over:
                return
            if item.subject not in run.refused:
                run.note(item, self._post(database, line, run.claim, item))

    def _post(
        self,
        database: Database,
        line: Line,
        claim: Claim,
        item: Item,
        *,
        challenge: str | None = None,
    ) -> Attempt:
        opened = [self._secrets.open(claim.webhook_id, secret) for secret in claim.secrets]
        at = database.clock.now()
        headers = sign(opened, event_id=item.event_id, at=at, body=item.body)
        return line.post(claim.url, item.body, headers, challenge=challenge)

    @staticmethod
    def _write(
        database: Database,
        step: Callable[..., None],
        *,
        claim: Claim,
        **known: Reason | Rules,
    ) -> None:
        try:
            with database.transaction() as tx:
                step(tx=tx, claim=claim, **known)
        except ClaimLostError:
            logger.info("webhook was changed", extra={"webhook_id": claim.webhook_id})

    @staticmethod
    def _release(database: Database, claim: Claim) -> None:
        with database.transaction() as tx:
            delivering.release(tx=tx, claim=claim)


def _stands(before: Claim, after: Claim, plan: Plan) -> bool:
    """Tell whether there is nothing more to do now."""
    return after.position == before.position and not plan.held and not plan.fresh


def _own_item(
    clock: Clock, event_id: str, event_type: str, claim: Claim, data: dict[str, str]
) -> Item:
    """Return an event about the subscription itself, in the form of all others."""
    event = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/services/notify",
        "type": event_type,
        "subject": claim.webhook_id,
        "time": format_time(clock.now()),
        "datacontenttype": "application/json",
        "data": data,
    }
    return Item(
        event_id=event_id,
        event_type=event_type,
        subject=claim.webhook_id,
        position=None,
        body=db.dump_json(event),
    )
