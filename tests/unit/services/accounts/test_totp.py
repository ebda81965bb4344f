"""The codes of an authenticator app: when they count, and that they count once."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from services.accounts.domain import totp

NOW = datetime(2026, 3, 2, 1, 30, 10, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
# RFC 6238, appendix B: SHA-1, secret "12345678901234567890", the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_TIMES = [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]


def code_at(moment: datetime) -> str:
    return pyotp.TOTP(SECRET).at(moment)


class TestCodes:
    @pytest.mark.parametrize(("seconds", "code"), RFC_TIMES)
    def test_are_those_of_the_rfc(self, seconds: int, code: str) -> None:
        moment = datetime.fromtimestamp(seconds, UTC)

        assert totp.find_step(RFC_SECRET, code, now=moment, used=()) == seconds // 30

    @pytest.mark.parametrize(
        ("late", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
    )
    @pytest.mark.proves("F27")
    def test_count_one_step_early_and_late(self, late: int, *, counts: bool) -> None:
        step = totp.find_step(SECRET, code_at(NOW + timedelta(seconds=late)), now=NOW, used=())

        assert (step is not None) is counts

    @pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "0000000"])
    def test_other_things_are_none(self, code: str) -> None:
        assert totp.find_step(SECRET, code, now=NOW, used=()) is None

    def test_count_once(self) -> None:
        step = totp.find_step(SECRET, code_at(NOW), now=NOW, used=())
        assert step is not None
        used = totp.remember(step, now=NOW, used=())

        assert totp.find_step(SECRET, code_at(NOW), now=NOW, used=used) is None

    def test_only_what_would_still_count_is_remembered(self) -> None:
        long_ago = int(NOW.timestamp()) // 30 - 5

        assert totp.remember(7, now=NOW, used=[long_ago]) == [7]

    def test_the_next_one_says_when_it_counts(self) -> None:
        used: list[int] = []
        waits = []
        for _ in range(4):
            code, wait = totp.next_code(SECRET, now=NOW, used=used)
            waits.append(wait)
            step = totp.find_step(SECRET, code, now=NOW + timedelta(seconds=wait), used=used)
            assert step is not None
            used.append(step)

        assert waits == [0, 0, 0, 20]

    def test_the_address_holds_the_secret(self) -> None:
        secret = totp.new_secret()

        uri = totp.uri_of(secret, "demo_operator")

        assert uri.startswith("otpauth://totp/Qibiao:demo_operator?")
        assert totp.secret_of(uri) == secret
        assert len(secret) == 32
