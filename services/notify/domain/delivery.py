"""How a message gets from asked-for to a final state, by whom, and how often it is tried."""

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final


class MessageState(StrEnum):
    """Name where a message stands; SENT and FAILED are final."""

    CREATED = "CREATED"
    SENDING = "SENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class FailureReason(StrEnum):
    """Say why a message was given up."""

    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    EXPIRED = "EXPIRED"
    LIMITED = "LIMITED"
    REFUSED = "REFUSED"
    UNKNOWN_OUTCOME = "UNKNOWN_OUTCOME"


class DeliveryState(StrEnum):
    """Say what is known of a sent message's way to the phone; all but AWAITED are final."""

    AWAITED = "AWAITED"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"
    UNCONFIRMED = "UNCONFIRMED"


# Together longer than a minute in which every provider is away (promise E7).
PAUSES: Final = tuple(timedelta(seconds=pause) for pause in (2, 10, 30, 60))
MAX_ATTEMPTS: Final = len(PAUSES) + 1

# A try that takes longer was cut off by a crash: providers answer within seconds.
SENDING_PATIENCE: Final = timedelta(minutes=1)

# Sealed phone and values are kept for this long after the last change, then forgotten.
SECRETS_KEPT: Final = timedelta(hours=24)

# Phones that are switched off get their messages for three days; then no receipt comes any more.
RECEIPT_PATIENCE: Final = timedelta(hours=72)

# Messages themselves are kept for this long; their daily totals stay.
MESSAGES_KEPT: Final = timedelta(days=90)

# The global circuit opens at so many times the hourly mean of the last seven days (promise F4).
CIRCUIT_FACTOR: Final = 3
CIRCUIT_DAYS: Final = 7

_HASH_BITS: Final = 64


def circuit_threshold(recent: int, floor: int) -> int:
    """Return how many messages an hour may have after ``recent`` ones in the last seven days."""
    return max(floor, round(CIRCUIT_FACTOR * recent / (CIRCUIT_DAYS * 24)))


def rank(
    message_id: str,
    providers: Sequence[str],
    weights: Mapping[str, int],
    sidelined: Collection[str] = (),
) -> list[str]:
    """Return the providers in the order in which they are asked for one message.

    Those with weights share the messages by them, the same way on every replica; those without
    follow in the order given; those that are in trouble come last.
    """
    weighted = sorted(
        (name for name in providers if weights.get(name, 0) > 0),
        key=lambda name: _score(message_id, name, weights[name]),
        reverse=True,
    )
    order = weighted + [name for name in providers if weights.get(name, 0) == 0]
    return sorted(order, key=lambda name: name in sidelined)


def _score(message_id: str, provider: str, weight: int) -> float:
    digest = hashlib.sha256(f"{message_id}:{provider}".encode()).digest()
    chance = (int.from_bytes(digest[: _HASH_BITS // 8]) + 0.5) / 2**_HASH_BITS
    return -weight / math.log(chance)


def pause_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many tries; None when there is no further try."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None
