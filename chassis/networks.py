"""The part of a client's address that limits are counted by."""

import ipaddress
from typing import Final

_BITS: Final = {4: 24, 6: 48}


def network_of(address: str) -> str:
    """Return the network (/24 or /48) of an IP address, or nothing for what is no address."""
    try:
        parsed = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{_BITS[parsed.version]}", strict=False))
