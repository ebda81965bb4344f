"""HTTP to SMS providers: only to the configured host, nowhere else it may point (promise F22)."""

import ipaddress
import socket
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

CONNECT_SECONDS: Final = 3.0
# What clouds tell their own machines about themselves, keys among it.
_METADATA: Final = frozenset({"100.100.100.200", "fd00:ec2::254"})


class ForbiddenAddressError(NewConnectionError):
    """Say that a name led to an address that no provider has."""


class Session(requests.Session):
    """Follow no redirect, read no proxy from the environment, and look where names lead."""

    def __init__(self, *, allows_loopback: bool) -> None:
        super().__init__()
        self.trust_env = False
        adapter = _Adapter(allows_loopback=allows_loopback)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return nothing: a redirect is an answer like any other."""
        del resp
        return None


def is_forbidden(address: str, *, allows_loopback: bool) -> bool:
    """Tell whether no provider can be at an address: this machine, its link, a cloud's metadata."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return not allows_loopback
    return (
        parsed.is_link_local
        or parsed.is_multicast
        or parsed.is_unspecified
        or str(parsed) in _METADATA
    )


def was_never_sent(error: BaseException) -> bool:
    """Tell whether a failure happened before anything could have reached the provider."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        if isinstance(current, (NewConnectionError, requests.ConnectTimeout, socket.gaierror)):
            return True
        reason = getattr(current, "reason", None)
        if isinstance(reason, NewConnectionError):
            return True
        inner = getattr(current, "inner_exception", None)  # of Alibaba Cloud's library
        current = inner or current.__cause__ or current.__context__
    return False


class _Adapter(HTTPAdapter):
    def __init__(self, *, allows_loopback: bool) -> None:
        self._allows_loopback = allows_loopback
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's own
        """Make connections that look at the address they have reached."""
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self._allows_loopback),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self._allows_loopback),
        }


def _pool(pool: Any, connection: Any, allows_loopback: bool) -> Any:  # noqa: ANN401, FBT001 - classes of urllib3
    class Checked(connection):  # type: ignore[misc] # a class given as a value
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            if is_forbidden(sock.getpeername()[0], allows_loopback=allows_loopback):
                sock.close()
                raise ForbiddenAddressError(self, "a forbidden address")
            return sock

    class Pool(pool):  # type: ignore[misc] # a class given as a value
        ConnectionCls = Checked

    return Pool
