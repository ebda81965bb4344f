"""Settings of the gateway; the only module of it that reads the environment."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chassis.config import CommonSettings, positive, setting

_EMBEDDED_GRACE: Final = 1.5


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what the HTTP side can be told."""

    service: ClassVar[str] = "gateway"
    unused: ClassVar[frozenset[str]] = frozenset(
        {"DATA_KEYS", "INDEX_KEY", "{SERVICE}_SIGNING_KEY"}
    )

    host: str = setting(
        "GATEWAY_HOST", default="127.0.0.1", help="address to serve HTTP on; `0.0.0.0` for all"
    )
    port: int = setting(
        "GATEWAY_PORT", default=8000, help="port to serve HTTP on; 0 takes a free one"
    )
    allowed_hosts: tuple[str, ...] = setting(
        "GATEWAY_ALLOWED_HOSTS",
        default=("localhost", "127.0.0.1", "[::1]"),
        parse=_words,
        help="host names that requests may ask for, separated by blanks; `*` allows every name",
    )
    trusted_proxies: tuple[str, ...] = setting(
        "GATEWAY_TRUSTED_PROXIES",
        default=(),
        parse=_words,
        help="addresses of the proxies whose `X-Forwarded-For` is believed, separated by blanks",
    )
    has_secure_cookies: bool = setting(
        "GATEWAY_SECURE_COOKIES",
        default=True,
        help="0 only where the site is used over plain http (an intranet): cookie `sid`, no HSTS",
    )
    max_connections: int = setting(
        "GATEWAY_MAX_CONNECTIONS",
        default=900,
        parse=positive,
        help="how many connections may be open at once; needs as many file descriptors",
    )
    max_uploads: int = setting(
        "GATEWAY_MAX_UPLOADS",
        default=32,
        parse=positive,
        help="how many files may be coming in at once",
    )
    burst_rate: float = setting(
        "GATEWAY_BURST_RATE",
        default=100.0,
        help="requests a second that one address may make on the average; 0 switches the guard off",
    )
    burst_size: int = setting(
        "GATEWAY_BURST_SIZE",
        default=300,
        parse=positive,
        help="requests that one address may make at once",
    )
    idle_seconds: float = setting(
        "GATEWAY_IDLE_SECONDS",
        default=15.0,
        help="how long a connection without a request is kept open",
    )
    grace: float | None = setting(
        "GATEWAY_GRACE_SECONDS",
        default=None,
        help="how long requests may finish at the end; unset: 1.5 embedded, else STOP_SECONDS - 1",
    )
    max_workers: int = setting(
        "{SERVICE}_MAX_WORKERS",
        default=200,
        parse=positive,
        help="how many requests are worked on at the same time",
    )

    @property
    def grace_seconds(self) -> float:
        """Return how long a request may go on when the process is told to stop."""
        if self.grace is not None:
            return self.grace
        return _EMBEDDED_GRACE if self.bus_url.startswith("inprocess") else self.stop_seconds - 1

    @property
    def cookie_name(self) -> str:
        """Return the session cookie's name; browsers insist on https for ``__Host-``."""
        return "__Host-sid" if self.has_secure_cookies else "sid"
