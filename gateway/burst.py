"""Keep one address from taking the whole process: a token bucket per address, in memory.

It promises nothing: limits that protect somebody live in the service that owns what is limited.
"""

import ipaddress
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from chassis.errors import DomainError
from gateway.errors import BurstError

_MAX_ADDRESSES: Final = 10_000
_IPV6_PREFIX: Final = 64


@dataclass(frozen=True)
class Allowance:
    """Say how many requests are left of how many, and in how many seconds all are back."""

    limit: int
    remaining: int
    reset: int


class BurstGuard:
    """Let each address make ``burst`` requests at once and ``rate`` a second on the average."""

    def __init__(
        self,
        *,
        rate: float,
        burst: int,
        clock: Callable[[], float],
        refusal: Callable[[float], DomainError] = BurstError,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._refusal = refusal
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> Allowance | None:
        """Count one request; return what is left, or None where nothing is limited.

        Raises:
            BurstError: the bucket of the address is empty (or what ``refusal`` makes instead).
        """
        if self._rate <= 0:
            return None
        now = self._clock()
        key = network_of(address)
        tokens, since = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._rate)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        while len(self._buckets) > _MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            raise self._refusal(max(1.0, (1 - tokens) / self._rate))
        left = int(tokens) - 1
        return Allowance(self._burst, left, math.ceil((self._burst - left) / self._rate))


def network_of(address: str) -> str:
    """Return what counts as one neighbour: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        network = ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)
    except ValueError:
        return address
    return str(network)
