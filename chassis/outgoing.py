"""Ask one configured host over HTTP, and nobody else (SSRF).

Redirects are not followed, proxies of the environment not used, answers bounded in size. The
address that the name stands for is looked at on the open connection, before anything is sent: a
name that changes its meaning between a check and the connection cannot lead elsewhere.
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

MAX_BYTES: Final = 1_000_000
TIMEOUT_SECONDS: Final = 3.0
# Where clouds keep the credentials of their machines, beside 169.254.169.254, which is link-local.
_METADATA: Final = frozenset({"100.100.100.200", "fd00:ec2::254"})
_REDIRECTS: Final = range(300, 400)


class AddressRefusedError(OSError):
    """Refuse a host that stands for an address which must not be asked."""


class OutgoingError(Exception):
    """Say that no usable answer came; the text names the kind of failure, never content."""


@dataclass(frozen=True)
class Reply:
    """Hold an answer."""

    status: int
    body: bytes


def is_allowed(address: str, *, allows_loopback: bool) -> bool:
    """Tell whether an address may be asked: private ones may, machine-local ones may not."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return allows_loopback
    is_special = parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified
    return not (is_special or parsed.is_reserved or str(parsed) in _METADATA)


class Outgoing:
    """Ask paths below one base address."""

    def __init__(
        self, base_url: str, *, allows_loopback: bool, timeout: float = TIMEOUT_SECONDS
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise ValueError("an address begins with http:// or https:// and names no user")
        self.base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount(self.base_url, _Adapter(allows_loopback=allows_loopback))

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Return the answer to a GET.

        Raises:
            OutgoingError: the host is away, too slow, not to be asked, or answers with a redirect
                or too much.
        """
        try:
            with self._session.get(
                self.base_url + path,
                headers=dict(headers),
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code in _REDIRECTS:
                    raise OutgoingError("redirect")
                body = response.raw.read(MAX_BYTES + 1, decode_content=True)
                if len(body) > MAX_BYTES:
                    raise OutgoingError("too large")
                return Reply(response.status_code, body)
        except (requests.RequestException, OSError, ValueError) as error:
            raise OutgoingError(type(error).__name__) from error


def _connections(*, allows_loopback: bool) -> dict[str, Any]:
    def check(connection: socket.socket) -> socket.socket:
        address = str(connection.getpeername()[0])
        if not is_allowed(address, allows_loopback=allows_loopback):
            connection.close()
            raise AddressRefusedError(address)
        return connection

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return check(super()._new_conn())

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return check(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


class _Adapter(HTTPAdapter):
    def __init__(self, *, allows_loopback: bool) -> None:
        self._pools = _connections(allows_loopback=allows_loopback)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - theirs
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools
