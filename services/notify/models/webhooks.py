"""Webhooks: subscriptions, events that wait for their turn, and the log of deliveries."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from chassis.errors import StaleError
from services.notify.domain import webhooks
from services.notify.domain.webhooks import Reason, WebhookState
from services.notify.models.base import Base, WrongStateError


class Webhook(Base):
    """Be one subscription.

    Events up to ``position`` were delivered, not wanted, or are held. ``claim`` is the name of the
    run that delivers now; whoever changes the subscription takes it away, and that run's result is
    dropped: events may then come twice, never not at all.
    """

    __tablename__ = "webhooks"
    __table_args__ = (
        sa.CheckConstraint(
            "state IN ('PENDING', 'ACTIVE', 'PARKED', 'DISABLED')",
            name="state",
        ),
        sa.CheckConstraint("parallel BETWEEN 1 AND 8", name="parallel"),
        sa.Index("ix_webhooks_state_position", "state", "position"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    owner: Mapped[str] = mapped_column(sa.Text, index=True)
    enterprise_id: Mapped[str | None] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str] = mapped_column(sa.Text)
    filters: Mapped[dict[str, Any]] = mapped_column(db.JsonText)
    parallel: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(default=1)
    secret_encrypted: Mapped[str] = mapped_column(sa.Text)
    old_secret_encrypted: Mapped[str | None] = mapped_column(sa.Text)
    old_secret_until: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    challenge: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    due_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    is_warned: Mapped[bool] = mapped_column(default=False)
    test_event_id: Mapped[str | None] = mapped_column(sa.Text)
    claim: Mapped[str | None] = mapped_column(sa.Text)
    claimed_until: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    created_by: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    last_delivered_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)

    def check_version(self, expected: int) -> None:
        """Let only somebody go on who has seen the newest state.

        Raises:
            StaleError: it was changed since.
        """
        if self.version != expected:
            raise StaleError

    def touch(self) -> None:
        """Note a change by its owner: what is being delivered now does not count any more."""
        self.version += 1
        self.claim = self.claimed_until = None

    def ask_validation(self, *, challenge: str, now: datetime) -> None:
        """Let the receiver prove again that it wants events."""
        self.challenge = challenge
        self.state, self.reason = WebhookState.PENDING.value, None
        self.attempts, self.due_at = 0, now
        self.failing_since, self.is_warned = None, False

    def accept_validation(self) -> None:
        """Begin to deliver: the receiver has given the challenge back.

        Raises:
            WrongStateError: nobody asked for it.
        """
        if self.state != WebhookState.PENDING:
            raise WrongStateError
        self._begin()

    def refuse_validation(self, *, reason: Reason, now: datetime, scale: float = 1) -> None:
        """Ask again a little later, or wait until its owner asks."""
        self.reason = reason.value
        self.attempts += 1
        is_over = self.attempts >= webhooks.VALIDATION_ATTEMPTS
        pause = webhooks.pause_after(self.attempts, scale=scale)
        self.due_at = None if is_over else now + pause

    def enable(self, *, now: datetime) -> None:
        """Go on where it stood, at once.

        Raises:
            WrongStateError: it was never validated.
        """
        if self.state == WebhookState.PENDING:
            raise WrongStateError
        self._begin()
        self.due_at = now

    def disable(self, *, reason: Reason) -> None:
        """Deliver nothing any more until its owner says so."""
        self.state, self.reason, self.due_at = WebhookState.DISABLED.value, reason.value, None
        self.test_event_id = None

    def park(self, *, reason: Reason, now: datetime, pause: timedelta) -> None:
        """Try nothing before the pause is over."""
        self.state, self.reason = WebhookState.PARKED.value, reason.value
        self.due_at = now + pause

    def wait(self, *, until: datetime | None) -> None:
        """Go on with new events; one that is held is due at ``until``.

        Raises:
            WrongStateError: nothing is delivered now.
        """
        if self.state not in {WebhookState.ACTIVE, WebhookState.PARKED}:
            raise WrongStateError
        self.state, self.reason, self.due_at = WebhookState.ACTIVE.value, None, until

    def back_off(self, *, now: datetime, scale: float = 1) -> None:
        """Leave it alone for longer and longer: the platform fails at it, not its receiver.

        Nothing is lost and nobody is disabled for it; a test event is given up.
        """
        self.attempts += 1
        self.test_event_id = None
        pause = webhooks.pause_after(self.attempts, scale=scale)
        if self.state == WebhookState.PENDING:
            self.reason, self.due_at = Reason.INTERNAL.value, now + pause
        else:
            self.park(reason=Reason.INTERNAL, now=now, pause=pause)

    def succeed(self, *, now: datetime) -> bool:
        """Note that the receiver takes events; tell whether it had been given a rest before."""
        was_resting = self._is_resting
        self._begin()
        self.last_delivered_at = now
        return was_resting

    def fail(self, *, now: datetime) -> timedelta:
        """Note that nothing was taken; return for how long that has been so."""
        if self.failing_since is None:
            self.failing_since = now
        return now - self.failing_since

    def is_claimed_by(self, claim: str) -> bool:
        """Tell whether a run may still write its result."""
        return self.claim == claim

    @property
    def _is_resting(self) -> bool:
        is_parked = self.state == WebhookState.PARKED
        return is_parked and self.reason != Reason.TOO_MANY_HELD

    def _begin(self) -> None:
        self.state, self.reason = WebhookState.ACTIVE.value, None
        self.attempts, self.due_at = 0, None
        self.failing_since, self.is_warned = None, False


class HeldEvent(Base):
    """Be an event that was refused, or waits behind one of the same record that was."""

    __tablename__ = "webhook_held_events"
    __table_args__ = (
        sa.Index("ix_webhook_held_events_webhook_id_subject", "webhook_id", "subject", "position"),
    )

    webhook_id: Mapped[str] = mapped_column(
        sa.ForeignKey("webhooks.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(sa.Text)
    event_type: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class WebhookAttempt(Base):
    """Be one POST: a row of the delivery log, kept for 30 days; never changed."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (
        sa.CheckConstraint("outcome IN ('DELIVERED', 'FAILED')", name="outcome"),
        sa.Index("ix_webhook_attempts_webhook_id_id", "webhook_id", "id"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    webhook_id: Mapped[str] = mapped_column(sa.ForeignKey("webhooks.id", ondelete="CASCADE"))
    event_id: Mapped[str] = mapped_column(sa.Text)
    event_type: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int | None] = mapped_column(sa.BigInteger)
    attempt: Mapped[int] = mapped_column()
    outcome: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    status: Mapped[int | None] = mapped_column()
    milliseconds: Mapped[int] = mapped_column()
    answer: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)
