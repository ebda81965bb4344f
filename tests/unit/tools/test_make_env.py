"""tools.make_env: fresh secrets that the settings accept."""

from pathlib import Path

import pytest

from chassis import actors
from chassis.crypto import Keyring
from tools import make_env


def written(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: value.strip("'") for name, _, value in (line.partition("=") for line in lines)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    make_env.main(["--hosts", "a.example b.example", "--sms", "aliyun://x", "--file", str(path)])
    return path


class TestMakeEnv:
    def test_is_readable_by_its_owner_only(self, file: Path) -> None:
        assert file.stat().st_mode & 0o077 == 0

    def test_never_overwrites(self, file: Path) -> None:
        before = file.read_text()

        status = make_env.main(["--hosts", "x", "--sms", "y", "--file", str(file)])

        assert status == 1
        assert file.read_text() == before

    def test_its_keys_are_what_the_chassis_reads(self, file: Path) -> None:
        values = written(file)

        ring = Keyring.parse(f"{values['DATA_KEYS']},index:{values['INDEX_KEY']}")
        public = actors.read_public_keys(values["ACTOR_PUBLIC_KEYS"])

        assert ring.decrypt(ring.encrypt("x", "c"), "c") == "x"
        assert Keyring.parse(values["SEAL_KEYS"]).current_key_id == "k1"
        for service in make_env.SERVICES:
            own = actors.read_private_key(values[f"{service.upper()}_SIGNING_KEY"])
            signature = own.sign(b"x")
            public[service].verify(signature, b"x")

    def test_no_two_secrets_are_the_same(self, file: Path) -> None:
        secret = [value for name, value in written(file).items() if name.endswith("PASSWORD")]

        assert len(secret) == len(set(secret)) == 13
