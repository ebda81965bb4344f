"""The keys of the Merkle log: one signs, all are listed."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.config import DEVELOPMENT_KEY, ConfigError
from services.standards.adapters.log_keys import LogKeys
from services.standards.config import Settings
from tools import make_env


def setting(key_id: str, raw: bytes) -> str:
    return f"{key_id}:{base64.b64encode(raw).decode()}"


OLD = Ed25519PrivateKey.from_private_bytes(bytes(32))
OLD_PUBLIC = setting("k1", OLD.public_key().public_bytes_raw())
NEW = setting("k2", bytes(range(32)))


class TestLogKeys:
    def test_after_a_change_the_old_key_is_still_listed(self) -> None:
        before = LogKeys.parse(setting("k1", bytes(32)))
        after = LogKeys.parse(NEW, OLD_PUBLIC)

        listed = after.public_view()["items"]
        assert [(key["key_id"], key["is_current"]) for key in listed] == [
            ("k2", True),
            ("k1", False),
        ]
        assert listed[1]["public_key"] == before.public_view()["items"][0]["public_key"]
        old = Ed25519PublicKey.from_public_bytes(base64.b64decode(listed[1]["public_key"]))
        old.verify(before.sign(b"head"), b"head")
        assert after.key_id == "k2"

    def test_development_has_a_key_that_everybody_knows(self) -> None:
        one, other = (LogKeys.parse(DEVELOPMENT_KEY) for _ in range(2))

        assert one.public_view() == other.public_view()
        assert one.key_id == DEVELOPMENT_KEY

    def test_production_refuses_it(self) -> None:
        with pytest.raises(ConfigError) as refused:
            Settings.from_env({"ENVIRONMENT": "production"})

        assert "STANDARDS_LOG_KEY" in str(refused.value)

    def test_takes_what_make_env_writes(self) -> None:
        assert LogKeys.parse(make_env.values("", "")["STANDARDS_LOG_KEY"]).key_id == "k1"

    @pytest.mark.parametrize(
        ("current", "old"),
        [
            ("k1", ""),
            ("k1:!", ""),
            (setting("k1", bytes(31)), ""),
            (setting("K 1", bytes(32)), ""),
            (NEW, "k1:AAAA"),
            (NEW, OLD_PUBLIC.replace("k1", "k2")),
            (NEW, f"{OLD_PUBLIC},{OLD_PUBLIC}"),
        ],
    )
    def test_malformed_ones_are_refused_without_repeating_them(
        self, current: str, old: str
    ) -> None:
        with pytest.raises(ConfigError) as refused:
            LogKeys.parse(current, old)

        assert base64.b64encode(bytes(31)).decode() not in str(refused.value)
