"""Keep one address from taking the whole process: a token bucket per address, in memory.

It promises nothing: limits that protect somebody live in the service that owns what is limited.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from gateway.errors import BurstError

_MAX_ADDRESSES: Final = 10_000
_IPV6_PREFIX: Final = 64


class BurstGuard:
    """Let each address make ``burst`` requests at once and ``rate`` a second on the average."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request.

        Raises:
            BurstError: the bucket of the address is empty.
        """
        if self._rate <= 0:
            return
        now = self._clock()
        key = _network(address)
        tokens, since = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._rate)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        while len(self._buckets) > _MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            raise BurstError(max(1.0, (1 - tokens) / self._rate))


def _network(address: str) -> str:
    """Return what counts as one neighbour: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    try:
        network = ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)
    except ValueError:
        return address
    return str(network)
