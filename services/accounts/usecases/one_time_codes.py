"""One-time codes by SMS 短信验证码: how they are counted, sent, tried and used up.

A code is good for one purpose, one flow and one phone. Sends and tries are counted first, in
transactions of their own; only a keyed hash of a code is stored.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from chassis import counters, crypto, ids
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from contracts.events import SEND_SMS
from services.accounts import events, queries
from services.accounts.events import Sealer
from services.accounts.models import OneTimeCode
from services.accounts.usecases import limits, protection
from services.accounts.usecases.limits import DAY, HOUR, Limit
from services.accounts.usecases.protection import Ring


class CodeTooSoonError(DomainError):
    """Refuse another code before the first had time to arrive."""

    code = "accounts.code_too_soon"


class CodeWrongError(DomainError):
    """Refuse a code: wrong, used, replaced, expired and tried too often look the same."""

    code = "accounts.code_wrong"


class Purpose(StrEnum):
    """Say what a code is good for."""

    REGISTRATION = "REGISTRATION"
    PASSWORD_RECOVERY = "PASSWORD_RECOVERY"  # noqa: S105 - a purpose
    USERNAME_RECOVERY = "USERNAME_RECOVERY"
    PHONE_CHANGE = "PHONE_CHANGE"
    NEW_PHONE = "NEW_PHONE"
    INVITATION = "INVITATION"

    @property
    def template(self) -> str:
        """Return the name of the message that brings the code."""
        return f"{self}_CODE"


@dataclass(frozen=True)
class CodeRules:
    """Say how codes are sent and how long they are good for (R-055, promises F3 and F4)."""

    life: timedelta = timedelta(minutes=5)
    interval: timedelta = timedelta(seconds=60)
    tries: int = 5
    per_phone_hour: int = 5
    per_phone_day: int = 10
    per_organization_day: int = 10
    per_network_hour: int = 20


class Codes:
    """Send codes and check them; ``new_code`` returns six random digits."""

    def __init__(
        self, ring: Ring, sealer: Sealer, rules: CodeRules, new_code: Callable[[], str]
    ) -> None:
        self.ring = ring
        self.sealer = sealer
        self.rules = rules
        self._new_code = new_code

    def network_limits(self, network: str) -> list[Limit]:
        """Return the limit on sends that one network asks for; none for an unknown network."""
        rules = self.rules
        return [Limit(f"code-network:{network}", rules.per_network_hour, HOUR)] if network else []

    def count_send(self, database: Database, subject: str, *, first: Iterable[Limit] = ()) -> int:
        """Count one code sent to a subject and return how many more there are this hour.

        ``subject`` is the blind index of a phone, or what a stranger typed instead of one.

        Raises:
            CodeTooSoonError: there was one a moment ago.
            TooManyAttemptsError: a limit, those of ``first`` before all, is used up.
        """
        limits.count(database, first)
        hit = counters.hit(database, f"code-interval:{subject}", 1, self.rules.interval)
        if hit.is_over:
            raise CodeTooSoonError(retry_after=limits.seconds(hit))
        hour = Limit(f"code-hour:{subject}", self.rules.per_phone_hour, HOUR)
        limits.count(database, [Limit(f"code-day:{subject}", self.rules.per_phone_day, DAY)])
        return limits.count(database, [hour])

    def may_send(self, database: Database, subject: str) -> bool:
        """Count one code sent to a subject; tell instead of refusing whether it may be sent.

        For flows in which a refusal would tell a stranger that the phone is known.
        """
        try:
            self.count_send(database, subject)
        except (CodeTooSoonError, limits.TooManyAttemptsError):
            return False
        return True

    def send(self, tx: Transaction, *, purpose: Purpose, flow_id: str, mobile: str) -> None:
        """Have a new code sent; older codes of the flow die."""
        code = self._new_code()
        index = self.ring.blind_index(mobile, protection.PHONE)
        code_id = self._store(tx, purpose, flow_id, index, code)
        data = events.short_message(
            self.sealer,
            purpose=purpose,
            template=purpose.template,
            phone=mobile,
            values={"code": code, "minutes": str(round(self.rules.life.total_seconds() / 60))},
            request_id=code_id,
        )
        tx.send(SEND_SMS, data, expires_in=self.rules.life, request_id=code_id)

    def pretend(self, tx: Transaction, *, purpose: Purpose, flow_id: str) -> None:
        """Do the same without a phone: a code that nobody gets and nobody can enter."""
        self._store(tx, purpose, flow_id, "", crypto.new_token())

    def count_try(self, database: Database, flow_id: str | None) -> None:
        """Count a try at a flow's current code; without one there is nothing to guess.

        Raises:
            CodeWrongError: the code has been tried too often.
        """
        if flow_id is None:
            return
        with database.read() as session:
            current = queries.find_code(session, flow_id)
        if current is None:
            return
        key, rules = f"code-try:{current.id}", self.rules
        if counters.hit(database, key, rules.tries, rules.life * 2).is_over:
            raise CodeWrongError

    def use(
        self, tx: Transaction, *, purpose: Purpose, flow_id: str, phone_index: str, code: str
    ) -> None:
        """Check a code and use it up; the try has been counted, the flow is locked.

        Raises:
            CodeWrongError: the code is wrong, used, replaced, expired, or not for this.
        """
        current = queries.find_code(tx.session, flow_id)
        given = protection.code_hash(
            self.ring, purpose=purpose, flow_id=flow_id, phone_index=phone_index, code=code.strip()
        )
        if current is None or current.expires_at <= tx.now():
            raise CodeWrongError
        if not crypto.is_same(given, current.code_hash):
            raise CodeWrongError
        tx.session.execute(sa.delete(OneTimeCode).where(OneTimeCode.flow_id == flow_id))

    def answer(self, sends_left: int) -> dict[str, Any]:
        """Return what a page shows while it waits: seconds, and how often may be tried."""
        return {
            "retry_after": round(self.rules.interval.total_seconds()),
            "expires_in": round(self.rules.life.total_seconds()),
            "tries": self.rules.tries,
            "sends_left": sends_left,
        }

    def _store(
        self, tx: Transaction, purpose: Purpose, flow_id: str, phone_index: str, code: str
    ) -> str:
        tx.session.execute(
            sa.update(OneTimeCode).where(OneTimeCode.flow_id == flow_id).values(is_void=True)
        )
        code_id, now = ids.new_id(), tx.now()
        tx.session.add(
            OneTimeCode(
                id=code_id,
                purpose=purpose,
                flow_id=flow_id,
                phone_index=phone_index,
                code_hash=protection.code_hash(
                    self.ring,
                    purpose=purpose,
                    flow_id=flow_id,
                    phone_index=phone_index,
                    code=code,
                ),
                created_at=now,
                expires_at=now + self.rules.life,
                is_void=False,
            )
        )
        return code_id
