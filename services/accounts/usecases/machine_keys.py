"""Machine keys of an enterprise: shown once, kept as a hash, limited, and ended at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chassis import counters, crypto, ids
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import machine_keys, moments
from services.accounts.models import MachineKey
from services.accounts.usecases import limits, notices
from services.accounts.usecases.limits import DAY
from services.accounts.usecases.registration import InvalidFieldsError
from services.accounts.usecases.sessions import ACTOR_LIFE, TOUCH_INTERVAL, Signer

LIMIT: Final = 10
OVERLAP: Final = timedelta(hours=24)
MINUTE: Final = timedelta(minutes=1)
_NAME_LENGTH: Final = 60


class KeyInvalidError(DomainError):
    """Refuse a key: malformed, unknown, expired and ended ones look the same."""

    code = "accounts.key_invalid"


class KeyNotFoundError(DomainError):
    """Say that the enterprise has no such key."""

    code = "accounts.key_not_found"


class KeyEndedError(DomainError):
    """Refuse to replace a key that has ended, or was replaced already."""

    code = "accounts.key_ended"


class TooManyKeysError(DomainError):
    """Refuse more keys than an enterprise may use."""

    code = "accounts.too_many_keys"


class KeyQuotaError(DomainError):
    """Refuse more requests of a key for a while."""

    code = "accounts.key_quota"


@dataclass(frozen=True)
class KeyRules:
    """Say how often a key may be used, and how often one with a quota of its own may be at most."""

    per_minute: int = 600
    per_day: int = 100_000
    most_per_minute: int = 6_000
    most_per_day: int = 2_000_000


def list_keys(*, database: Database, enterprise_id: str, rules: KeyRules) -> dict[str, Any]:
    """Return the keys of the own enterprise, ended ones as well; never the keys themselves.

    Each with how often it was used in its present day and minute, beside what is allowed.
    """
    now = database.clock.now()
    windows = {"used_today": DAY, "used_this_minute": MINUTE}
    with database.read() as session:
        keys = queries.list_keys(session, enterprise_id)
        names = [_counter(key.id, window) for key in keys for window in windows.values()]
        used = counters.counts(session, names, now=now)
    shown = [
        describe_key(key, now)
        | {name: used.get(_counter(key.id, window), 0) for name, window in windows.items()}
        for key in keys
    ]
    return {
        "items": shown,
        "scopes": list(machine_keys.SCOPES),
        "limit": LIMIT,
        "quota": {"per_minute": rules.per_minute, "per_day": rules.per_day},
    }


def make_key(  # noqa: PLR0913 - what a key is, all by keyword
    *,
    tx: Transaction,
    enterprise_id: str,
    account_id: str,
    name: str,
    scopes: list[str],
    days: int,
) -> dict[str, Any]:
    """Make a key and return it, this once.

    Raises:
        InvalidFieldsError: the name is empty or too long.
        TooManyKeysError: the enterprise uses as many as it may.
    """
    if not 0 < len(name.strip()) <= _NAME_LENGTH:
        raise InvalidFieldsError(fields=[FieldError("/name", "accounts.key_name_malformed")])
    queries.lock_enterprise(tx.session, enterprise_id)
    now = tx.now()
    if queries.count_live_keys(tx.session, enterprise_id, now=now) >= LIMIT:
        raise TooManyKeysError(limit=LIMIT)
    draft = _Draft(enterprise_id, account_id, name.strip(), sorted(set(scopes)))
    return _add(tx, draft, now, timedelta(days=days))


def rotate_key(
    *, tx: Transaction, enterprise_id: str, account_id: str, key_id: str
) -> dict[str, Any]:
    """Make a key that replaces another; the old one goes on for a day at most.

    Raises:
        KeyNotFoundError: the enterprise has no such key.
        KeyEndedError: it has ended, or was replaced already.
    """
    old = queries.find_own_key(tx.session, key_id, enterprise_id)
    if old is None:
        raise KeyNotFoundError
    now = tx.now()
    if not old.is_alive(now) or old.replaced_by_id is not None:
        raise KeyEndedError
    life = old.expires_at - old.created_at
    quota = {"per_minute": old.per_minute, "per_day": old.per_day}
    draft = _Draft(enterprise_id, account_id, old.name, list(old.scopes), quota)
    made = _add(tx, draft, now, life)
    old.replaced_by_id = made["key_id"]
    old.expires_at = min(old.expires_at, now + OVERLAP)
    return made


def end_key(*, tx: Transaction, enterprise_id: str, key_id: str) -> None:
    """End a key at once; one that has ended stays so.

    Raises:
        KeyNotFoundError: the enterprise has no such key.
    """
    key = queries.find_own_key(tx.session, key_id, enterprise_id)
    if key is None:
        raise KeyNotFoundError
    if key.end(tx.now()):
        tx.audit("machine_key.ended", object_id=key.id, enterprise_id=enterprise_id)


def set_key_quota(
    *, tx: Transaction, rules: KeyRules, key_id: str, per_minute: int | None, per_day: int | None
) -> dict[str, Any]:
    """Let a key be used more or less often than the settings say; None: as they say.

    What was used in the present minute and day stays counted.

    Raises:
        InvalidFieldsError: a quota is below 1, or above what the settings let a key have.
        KeyNotFoundError: there is no such key.
        KeyEndedError: it opens nothing any more.
    """
    quota = {"per_minute": per_minute, "per_day": per_day}
    most = {"per_minute": rules.most_per_minute, "per_day": rules.most_per_day}
    wrong = [
        FieldError(f"/{name}", "accounts.key_quota_bounds", {"most": str(most[name])})
        for name, value in quota.items()
        if value is not None and not 0 < value <= most[name]
    ]
    if wrong:
        raise InvalidFieldsError(fields=wrong)
    key = queries.find_any_key(tx.session, key_id)
    if key is None:
        raise KeyNotFoundError
    now = tx.now()
    if not key.is_alive(now):
        raise KeyEndedError
    key.per_minute, key.per_day = per_minute, per_day
    tx.audit(
        "machine_key.quota_set",
        object_id=key.id,
        enterprise_id=key.enterprise_id,
        details={name: "" if value is None else str(value) for name, value in quota.items()},
    )
    return describe_key(key, now)


def end_all_keys(*, tx: Transaction, enterprise_id: str) -> int:
    """End every key of an enterprise; return how many there were."""
    now = tx.now()
    return sum(key.end(now) for key in queries.list_keys(tx.session, enterprise_id))


def get_key_token(
    *, database: Database, signer: Signer, rules: KeyRules, machine_key: str
) -> dict[str, Any]:
    """Return who a key stands for, as a token that lives a minute; the use is counted first.

    Raises:
        KeyInvalidError: it is no key, or none any more.
        KeyQuotaError: it was used too often.
    """
    now = database.clock.now()
    key = _find_live_key(database, machine_key, now)
    quota = _count(database, rules, key)
    if key.last_used_at is None or now - key.last_used_at >= TOUCH_INTERVAL:
        _touch(database, key.id, now)
    token = signer.sign(
        f"key:{key.id}",
        enterprise_id=key.enterprise_id,
        scopes=frozenset(key.scopes),
        name=key.start,
        ttl=ACTOR_LIFE.total_seconds(),
    )
    return {
        "actor_token": token,
        "key_id": key.id,
        "scopes": list(key.scopes),
        "expires_at": moments.to_text(now + ACTOR_LIFE),
        "quota": quota,
    }


def check_key(*, database: Database, machine_key: str) -> dict[str, Any]:
    """Return what a key opens and until when; the call does not count as a use.

    It is for whoever serves one request for a long time.

    Raises:
        KeyInvalidError: it is no key, or none any more.
    """
    key = _find_live_key(database, machine_key, database.clock.now())
    return {
        "key_id": key.id,
        "scopes": list(key.scopes),
        "expires_at": moments.to_text(key.expires_at),
    }


def _find_live_key(database: Database, machine_key: str, now: datetime) -> MachineKey:
    if not machine_keys.is_key(machine_key):
        raise KeyInvalidError
    with database.read() as session:
        key = queries.find_key(session, crypto.hash_token(machine_key))
        is_frozen = key is not None and queries.find_freeze(session, key.enterprise_id) is not None
    if key is None or is_frozen or not key.is_alive(now):
        raise KeyInvalidError
    return key


def _counter(key_id: str, window: timedelta) -> str:
    return f"key:{round(window.total_seconds())}:{key_id}"


def _count(database: Database, rules: KeyRules, key: MachineKey) -> dict[str, int]:
    """Count one use under both limits and return what is left of the nearer one."""
    left = []
    per_day, per_minute = key.per_day or rules.per_day, key.per_minute or rules.per_minute
    for limit, window in ((per_day, DAY), (per_minute, MINUTE)):
        hit = counters.hit(database, _counter(key.id, window), limit, window)
        if hit.is_over:
            raise KeyQuotaError(retry_after=limits.seconds(hit), limit=limit)
        left.append((limit - hit.count, limit, limits.seconds(hit)))
    remaining, limit, reset = min(left)
    return {"limit": limit, "remaining": remaining, "reset": reset}


def _touch(database: Database, key_id: str, now: datetime) -> None:
    """Note the use of a key, once a minute; not what changes its version."""
    with database.transaction() as tx:
        tx.session.get_one(MachineKey, key_id).last_used_at = now


@dataclass(frozen=True)
class _Draft:
    """Hold what a key is to be."""

    enterprise_id: str
    account_id: str
    name: str
    scopes: list[str]
    quota: Mapping[str, int | None] = field(default_factory=dict)


def _add(tx: Transaction, draft: _Draft, now: datetime, life: timedelta) -> dict[str, Any]:
    text = machine_keys.new_key()
    key = MachineKey(
        id=ids.new_id(),
        enterprise_id=draft.enterprise_id,
        name=draft.name,
        start=machine_keys.start_of(text),
        key_hash=crypto.hash_token(text),
        scopes=draft.scopes,
        created_by=draft.account_id,
        created_at=now,
        expires_at=now + life,
        **draft.quota,
    )
    tx.session.add(key)
    tx.audit(
        "machine_key.made",
        object_id=key.id,
        enterprise_id=draft.enterprise_id,
        details={"scopes": ",".join(draft.scopes)},
    )
    notices.post_to_enterprise(
        tx,
        enterprise_id=draft.enterprise_id,
        template="MACHINE_KEY_MADE",
        values={"name": draft.name},
    )
    return {**describe_key(key, now), "key": text}


def describe_key(key: MachineKey, now: datetime) -> dict[str, Any]:
    """Return what is shown of a key; never the key itself."""
    return {
        "key_id": key.id,
        "name": key.name,
        "start": key.start,
        "scopes": list(key.scopes),
        "created_at": moments.to_text(key.created_at),
        "expires_at": moments.to_text(key.expires_at),
        "last_used_at": moments.to_text(key.last_used_at) if key.last_used_at else None,
        "replaced_by_id": key.replaced_by_id,
        "is_active": key.is_alive(now),
        "per_minute": key.per_minute,
        "per_day": key.per_day,
    }
