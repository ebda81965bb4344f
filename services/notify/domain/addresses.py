"""Which addresses a webhook may lead to: public ones, and nothing that lies behind one (F22)."""

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urlsplit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL: Final = 1_000
_HTTPS_PORT: Final = 443
_FIRST_FREE_PORT: Final = 1024
_LAST_PORT: Final = 65_535
# Global by their numbers, but never somebody's web server.
_NEVER: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # shared by the customers of a carrier (RFC 6598)
        "168.63.129.16/32",  # where Azure keeps what its machines may know
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays of 6to4
        "198.18.0.0/15",  # for benchmarks
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",  # IPv4 written as IPv6, given up long ago
        "64:ff9b:1::/48",  # translation inside a network (RFC 8215)
        "100::/64",
        "2001::/23",  # Teredo and other experiments
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR: Final = ipaddress.ip_network("2002::/16")


class UrlError(ValueError):
    """Say why an address cannot be that of a webhook, in one word."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, however it is written."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(part) for part in (parsed, *_inner(parsed)))


def _is_global(address: IPAddress) -> bool:
    if any(address.version == network.version and address in network for network in _NEVER):
        return False
    if isinstance(address, ipaddress.IPv6Address) and (address.ipv4_mapped or address in _NAT64):
        return True  # what matters is the address inside
    return address.is_global


def _inner(address: IPAddress) -> list[IPAddress]:
    """Return the IPv4 address that an IPv6 address leads to, if it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return []
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    if address in _NAT64:
        return [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)]
    if address in _SIX_TO_FOUR:
        return [ipaddress.IPv4Address((int(address) >> 80) & 0xFFFFFFFF)]
    return []


def check_url(url: str, test_hosts: tuple[str, ...] = ()) -> str:
    """Return the host of a webhook's address.

    Only ``https``, a host, the port 443 or one above 1023, no user and no fragment. A host of
    ``test_hosts`` may also be asked by ``http`` and lie anywhere: for tests.

    Raises:
        UrlError: with MALFORMED, SCHEME, USER, PORT or HOST.
    """
    parts = _split(url)
    host = (parts.hostname or "").rstrip(".")
    if not host:
        raise UrlError("MALFORMED")
    if parts.username is not None or parts.password is not None:
        raise UrlError("USER")
    if host in test_hosts and parts.scheme in {"http", "https"}:
        return host
    if parts.scheme != "https":
        raise UrlError("SCHEME")
    port = _HTTPS_PORT if parts.port is None else parts.port
    if port != _HTTPS_PORT and not _FIRST_FREE_PORT <= port <= _LAST_PORT:
        raise UrlError("PORT")
    if not _can_be_public(host):
        raise UrlError("HOST")
    return host


def _split(url: str) -> SplitResult:
    is_plain = all("!" <= letter <= "~" and letter not in '"<>\\^`{|}' for letter in url)
    if not is_plain or len(url) > MAX_URL or "#" in url:
        raise UrlError("MALFORMED")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UrlError("MALFORMED") from None
    return parts


def _can_be_public(host: str) -> bool:
    """Tell whether a host is a public address, or a name with a dot that may lead to one."""
    if ":" in host:
        return is_public(host)
    last = host.rpartition(".")[2]
    if not last or last[0].isdigit():  # an IPv4 address, in whatever notation
        return is_public(host)
    return "." in host and last not in {"localhost", "local", "internal", "localdomain", "arpa"}
