"""Captchas 页面验证码: made once, used once, dead after two minutes (手册 3.1)."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa

from chassis import crypto, ids, networks
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import captchas, moments
from services.accounts.models import Captcha
from services.accounts.usecases import limits, protection
from services.accounts.usecases.limits import HOUR, Limit
from services.accounts.usecases.protection import Ring

_AUDIO_PER_HOUR: Final = 30


class CaptchaWrongError(DomainError):
    """Refuse a captcha: wrong, used, expired and unknown ones look the same."""

    code = "accounts.captcha_wrong"


class CaptchaNotFoundError(DomainError):
    """Say that there is no answer to show."""

    code = "accounts.captcha_not_found"


def count_audio(database: Database, client_address: str) -> None:
    """Count one spoken captcha for a network: they cost a hundred times what pictures cost.

    Raises:
        TooManyAttemptsError: the network had too many.
    """
    network = networks.network_of(client_address)
    if network:
        limits.count(database, [Limit(f"captcha-audio:{network}", _AUDIO_PER_HOUR, HOUR)])


def create_captcha(
    *, tx: Transaction, ring: Ring, answer: str, life: timedelta, keeps_answer: bool
) -> dict[str, str]:
    """Keep what a picture says; the answer itself only in development."""
    captcha_id, expires_at = ids.new_id(), tx.now() + life
    tx.session.add(
        Captcha(
            id=captcha_id,
            answer_hash=protection.captcha_hash(ring, captcha_id, answer),
            answer=answer if keeps_answer else None,
            expires_at=expires_at,
        )
    )
    return {"captcha_id": captcha_id, "expires_at": moments.to_text(expires_at)}


def use_captcha(*, database: Database, ring: Ring, captcha_id: str, answer: str) -> None:
    """Use up a captcha and check its answer; used up it is in any case, even by tries at once.

    Raises:
        CaptchaWrongError: the answer is wrong, or the captcha used, expired or unknown.
    """
    with database.transaction() as tx:
        row = tx.session.execute(
            sa.delete(Captcha)
            .where(Captcha.id == captcha_id)
            .returning(Captcha.answer_hash, Captcha.expires_at)
        ).one_or_none()
        now = tx.now()
    given = protection.captcha_hash(ring, captcha_id, captchas.fold_answer(answer))
    if row is None or row.expires_at <= now or not crypto.is_same(given, row.answer_hash):
        raise CaptchaWrongError


def peek_captcha(*, database: Database, captcha_id: str) -> str:
    """Return the answer of a captcha, for tests and demonstrations.

    Raises:
        CaptchaNotFoundError: it is not there any more, or its answer is not kept.
    """
    with database.read() as session:
        captcha = queries.find_captcha(session, captcha_id)
    if captcha is None or captcha.answer is None:
        raise CaptchaNotFoundError
    return captcha.answer
