"""Key rings from settings."""

from dataclasses import replace

import pytest

from chassis import crypto, keyrings
from chassis.config import CommonSettings
from chassis.crypto import KeyringError

SETTINGS = CommonSettings()


class TestKeyrings:
    def test_development_keys_work(self) -> None:
        data, seals = keyrings.data_ring(SETTINGS), keyrings.seal_ring(SETTINGS)

        token = data.encrypt("13800138000", "here")

        assert keyrings.data_ring(SETTINGS).decrypt(token, "here") == "13800138000"
        assert data.blind_index("a", "b") == keyrings.data_ring(SETTINGS).blind_index("a", "b")
        assert seals.unseal(seals.seal("042137", to="notify"), "notify") == "042137"

    def test_given_keys_are_used_and_older_ones_still_open(self) -> None:
        old = crypto.new_setting("k1").split(",")[0]
        index = crypto.new_setting().split("index:")[1]
        before = replace(SETTINGS, data_keys=old, index_key=index)
        new = crypto.new_setting("k2").split(",")[0]
        after = replace(before, data_keys=f"{new},{old}")

        token = keyrings.data_ring(before).encrypt("a", "b")

        ring = keyrings.data_ring(after)
        assert ring.decrypt(token, "b") == "a"
        assert ring.needs_rotation(token)
        assert ring.blind_index("a", "b") == keyrings.data_ring(before).blind_index("a", "b")

    @pytest.mark.proves("F26")
    def test_national_algorithms(self) -> None:
        ring = keyrings.data_ring(replace(SETTINGS, crypto="sm"))

        assert ring.decrypt(ring.encrypt("a", "b"), "b") == "a"
        assert ring.encrypt("a", "b").startswith("enc1:sm:")

    def test_malformed_keys_are_refused(self) -> None:
        with pytest.raises(KeyringError):
            keyrings.seal_ring(replace(SETTINGS, seal_keys="k1:short"))
