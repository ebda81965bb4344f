"""The aggregates of notify: text messages, the messages of the inbox, notices and webhooks."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from chassis.errors import StaleError
from services.notify.domain import delivery
from services.notify.domain.delivery import DeliveryState, FailureReason, MessageState
from services.notify.domain.texts import NoticeState
from services.notify.models.base import Base, WrongStateError
from services.notify.models.webhooks import HeldEvent, Webhook, WebhookAttempt

__all__ = [
    "Base",
    "CircuitLimit",
    "DailyTotal",
    "EarlyReceipt",
    "HeldEvent",
    "InboxMessage",
    "InboxReading",
    "Message",
    "Notice",
    "TextVersion",
    "Webhook",
    "WebhookAttempt",
    "WrongStateError",
]


class Message(Base):
    """Be one SMS; phone and values stay sealed and are forgotten a day after it ended."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.CheckConstraint("state IN ('CREATED', 'SENDING', 'SENT', 'FAILED')", name="state"),
        sa.CheckConstraint("(state = 'FAILED') = (reason IS NOT NULL)", name="reason_if_failed"),
        sa.CheckConstraint(
            "delivery IN ('AWAITED', 'DELIVERED', 'UNDELIVERED', 'UNCONFIRMED')", name="delivery"
        ),
        sa.Index("ix_messages_state_due_at", "state", "due_at"),
        sa.Index("ix_messages_provider_reference", "provider", "reference"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.Text, unique=True)
    template: Mapped[str] = mapped_column(sa.Text)
    purpose: Mapped[str] = mapped_column(sa.Text)
    phone_sealed: Mapped[str | None] = mapped_column(sa.Text)
    values_sealed: Mapped[str | None] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    attempts: Mapped[int] = mapped_column(default=0)
    may_have_arrived: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)
    due_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime, index=True)
    reference: Mapped[str | None] = mapped_column(sa.Text)
    delivery: Mapped[str | None] = mapped_column(sa.Text)
    receipt_due_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime, index=True)
    receipt_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)

    def has_expired(self, *, now: datetime) -> bool:
        """Tell whether nobody wants the message any more."""
        return self.expires_at is not None and self.expires_at <= now

    def begin(self, *, provider: str, now: datetime) -> None:
        """Count a try before it is made.

        Raises:
            WrongStateError: the message is not waiting.
        """
        self._expect(MessageState.CREATED)
        self.state, self.provider = MessageState.SENDING.value, provider
        self.attempts += 1
        self.due_at = now + delivery.SENDING_PATIENCE

    def succeed(
        self, *, now: datetime, reference: str | None = None, awaits_receipt: bool = False
    ) -> None:
        """Note that the provider took the message, and under which id of its own.

        Raises:
            WrongStateError: the message is not being sent.
        """
        self._expect(MessageState.SENDING)
        self.state, self.settled_at = MessageState.SENT.value, now
        self.reference = reference
        if awaits_receipt and self.delivery is None:
            self.delivery = DeliveryState.AWAITED.value
            self.receipt_due_at = now + delivery.RECEIPT_PATIENCE

    def confirm(self, *, is_delivered: bool, now: datetime) -> bool:
        """Note what a receipt says; tell whether that was news. The first one stands."""
        if self.delivery in {DeliveryState.DELIVERED, DeliveryState.UNDELIVERED}:
            return False
        self.delivery = (
            DeliveryState.DELIVERED if is_delivered else DeliveryState.UNDELIVERED
        ).value
        self.receipt_at, self.receipt_due_at = now, None
        if is_delivered and self.state == MessageState.FAILED:
            # Nobody knew what had become of it; now it is known.
            self.state, self.reason = MessageState.SENT.value, None
        return True

    def give_up_receipt(self) -> None:
        """Note that nobody will ever say whether it arrived."""
        self.delivery, self.receipt_due_at = DeliveryState.UNCONFIRMED.value, None

    def doubt(self) -> None:
        """Note that the try may have reached the phone: nobody but its provider is asked again."""
        self.may_have_arrived = True

    def retry(self, *, now: datetime) -> None:
        """Wait for the next try, or give up after the last.

        Raises:
            WrongStateError: the message is not being sent.
        """
        self._expect(MessageState.SENDING)
        pause = delivery.pause_after(self.attempts)
        if pause is None:
            is_unsure = self.may_have_arrived
            reason = FailureReason.UNKNOWN_OUTCOME if is_unsure else FailureReason.REFUSED
            self.fail(reason=reason, now=now)
        else:
            self.state, self.due_at = MessageState.CREATED.value, now + pause

    def next_provider(self, providers: Sequence[str]) -> str | None:
        """Return who is asked next; None when the only one who may be is not there any more."""
        if not self.may_have_arrived:
            chosen = providers[self.attempts % len(providers)]
            if chosen == self.provider:
                chosen = providers[(self.attempts + 1) % len(providers)]
            return chosen
        return self.provider if self.provider in providers else None

    def fail(self, *, reason: FailureReason, now: datetime) -> None:
        """Give the message up.

        Raises:
            WrongStateError: it has its final state already.
        """
        if self.settled_at is not None:
            raise WrongStateError
        self.state, self.reason = MessageState.FAILED.value, reason.value
        self.settled_at = now

    def _expect(self, state: MessageState) -> None:
        if self.state != state:
            raise WrongStateError


class InboxMessage(Base):
    """Be one message in the inbox of an account, or of everyone in an enterprise; never changed."""

    __tablename__ = "inbox_messages"
    __table_args__ = (sa.Index("ix_inbox_messages_recipient_posted_at", "recipient", "posted_at"),)

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.Text, unique=True)
    recipient: Mapped[str] = mapped_column(sa.Text)
    template: Mapped[str] = mapped_column(sa.Text)
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    link: Mapped[str] = mapped_column(sa.Text)
    posted_at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)


class InboxReading(Base):
    """Note that somebody has read a message: in an enterprise each for himself."""

    __tablename__ = "inbox_readings"

    message_id: Mapped[str] = mapped_column(
        sa.ForeignKey("inbox_messages.id", ondelete="CASCADE"), primary_key=True
    )
    reader: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    read_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class TextVersion(Base):
    """Be one version of a text that staff may edit; the newest is in use, none is ever changed."""

    __tablename__ = "text_versions"
    __table_args__ = (sa.CheckConstraint("kind IN ('SMS', 'INBOX', 'FAQ')", name="kind"),)

    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class Notice(Base):
    """Be one notice 公告: written, published for everybody, withdrawn."""

    __tablename__ = "notices"
    __table_args__ = (
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')", name="state"),
        sa.Index("ix_notices_state_published_at", "state", "published_at"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    title: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column()
    author: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own

    def check_version(self, expected: int) -> None:
        """Let only somebody go on who has seen the newest state.

        Raises:
            StaleError: it was changed since.
        """
        if self.version != expected:
            raise StaleError

    def edit(self, *, title: str, body: str) -> None:
        """Change what it says, published or not.

        Raises:
            WrongStateError: it was withdrawn.
        """
        if self.state == NoticeState.WITHDRAWN:
            raise WrongStateError
        self.title, self.body = title, body

    def publish(self, *, now: datetime) -> None:
        """Show it to everybody.

        Raises:
            WrongStateError: it is no draft.
        """
        if self.state != NoticeState.DRAFT:
            raise WrongStateError
        self.state, self.published_at = NoticeState.PUBLISHED.value, now

    def withdraw(self, *, now: datetime) -> None:
        """Show it no more.

        Raises:
            WrongStateError: it is not public.
        """
        if self.state != NoticeState.PUBLISHED:
            raise WrongStateError
        self.state, self.withdrawn_at = NoticeState.WITHDRAWN.value, now


class EarlyReceipt(Base):
    """Keep a receipt that came before its message's id with the provider was known."""

    __tablename__ = "early_receipts"

    provider: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    reference: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    is_delivered: Mapped[bool] = mapped_column()
    received_at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)


class DailyTotal(Base):
    """Count the messages of one day (of Beijing) by provider, template and what became of them."""

    __tablename__ = "daily_totals"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    provider: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    template: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    outcome: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    count: Mapped[int] = mapped_column()


class CircuitLimit(Base):
    """Hold how many messages an hour may have: one row, measured again and again."""

    __tablename__ = "circuit_limits"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    recent: Mapped[int] = mapped_column()
    threshold: Mapped[int] = mapped_column()
    measured_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
