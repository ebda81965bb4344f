"""The networks that limits are counted by."""

import pytest

from chassis import networks


class TestNetworkOf:
    @pytest.mark.parametrize(
        ("address", "network"),
        [
            ("203.0.113.9", "203.0.113.0/24"),
            (" 203.0.113.9 ", "203.0.113.0/24"),
            ("::ffff:203.0.113.9", "203.0.113.0/24"),
            ("2001:db8:1:2::1", "2001:db8:1::/48"),
            ("", ""),
            ("unknown", ""),
        ],
    )
    def test_takes_the_front_of_the_address(self, address: str, network: str) -> None:
        assert networks.network_of(address) == network
