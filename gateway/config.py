"""Settings of the gateway; the only module of it that reads the environment."""

from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import urlsplit

from chassis.config import CommonSettings, positive, setting

_EMBEDDED_GRACE: Final = 1.5


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


def _site(text: str) -> str:
    """Return an address without the stroke at its end.

    Raises:
        ValueError: it is no address of a web site.
    """
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/"):
        raise ValueError("an address such as https://qb.example.cn")
    return f"{parts.scheme}://{parts.netloc}"


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
    public_url: str = setting(
        "PUBLIC_URL",
        default="",
        parse=_site,
        help="address under which people reach the site, such as `https://qb.example.cn`: what QR "
        "codes, receipts and feeds name; unset: the address that each request was sent to",
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
    feed_per_minute: int = setting(
        "GATEWAY_FEED_PER_MINUTE",
        default=60,
        help="how often one address may read the events without a key in a minute; 0: no limit",
    )
    max_streams: int = setting(
        "GATEWAY_MAX_STREAMS",
        default=200,
        parse=positive,
        help="how many event streams may be open at once in a process; each is a connection",
    )
    streams_per_address: int = setting(
        "GATEWAY_STREAMS_PER_ADDRESS",
        default=5,
        parse=positive,
        help="how many event streams one address may have open without a key",
    )
    streams_per_key: int = setting(
        "GATEWAY_STREAMS_PER_KEY",
        default=10,
        parse=positive,
        help="how many event streams may be open with one machine key",
    )
    stream_heartbeat: float = setting(
        "GATEWAY_STREAM_HEARTBEAT_SECONDS",
        default=15.0,
        help="after how much silence an event stream sends a sign of life",
    )
    stream_send_seconds: float = setting(
        "GATEWAY_STREAM_SEND_SECONDS",
        default=30.0,
        help="how long a reader of an event stream may take for 64 KiB before it is cut off",
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
