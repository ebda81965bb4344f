"""Passwords in three profiles, user names, captchas, roles."""

import string
from pathlib import Path
from typing import Any

import eventlet
import pytest
from eventlet import patcher

from services.accounts.adapters import texts
from services.accounts.adapters.passwords import Argon2Hasher, HashThreads, Sm3Hasher, new_hasher
from services.accounts.config import Settings
from services.accounts.domain import captchas, passwords, roles, usernames
from services.accounts.domain.passwords import PasswordFault, PasswordProfile

COMMON = texts.read_common_passwords(Settings())


def fault_of(
    password: str, profile: PasswordProfile = PasswordProfile.MODERN, *context: str
) -> PasswordFault | None:
    return passwords.find_fault(password, profile=profile, common=COMMON, context=context)


class TestManualProfile:
    @pytest.mark.proves("R-042")
    @pytest.mark.parametrize(
        ("password", "is_good"),
        [
            ("a" * 5, False),
            ("a" * 6, True),
            ("a" * 30, True),
            ("a" * 31, False),
            ("abc_123", True),
            ("abc-123", False),
            ("abc 123", False),
            ("密码密码密码", False),
            ("abcdef\n", False),
        ],
    )
    def test_letter_of_the_manual(self, password: str, *, is_good: bool) -> None:
        """手册 2.2: 密码由 6~30 位数字或者字母或者下划线组成."""
        expected = None if is_good else PasswordFault.ALPHABET

        assert fault_of(password, PasswordProfile.MANUAL) == expected


class TestModernProfile:
    @pytest.mark.parametrize(
        ("password", "fault"),
        [
            ("k7m2q9x", PasswordFault.LENGTH),
            ("k7m2q9xa", None),
            ("一句容易记住的话就够了", None),
            ("k7m2q9xa" * 8, None),
            ("k7m2q9xa" * 8 + "b", PasswordFault.LENGTH),
            ("password1", PasswordFault.COMMON),
            ("PassWord1", PasswordFault.COMMON),
            ("woaini1314", PasswordFault.COMMON),
            ("aaaabbbb1", PasswordFault.PREDICTABLE),
            ("cdefghijk", PasswordFault.PREDICTABLE),
            ("ponmlkjihg", PasswordFault.PREDICTABLE),
            ("zhang_san2026", PasswordFault.PREDICTABLE),
        ],
    )
    def test_length_and_guessable_ones(self, password: str, fault: PasswordFault | None) -> None:
        assert fault_of(password, PasswordProfile.MODERN, "Zhang_San", "", "甲") == fault

    def test_whole_alphabet_of_the_manual_is_inside(self) -> None:
        assert fault_of("Zq_7Mn_4Xv_9" + "abcdef_123") is None

    def test_blocklist_is_long_enough(self) -> None:
        assert len(COMMON) >= 3000
        assert all(len(word) >= 8 for word in COMMON)


class TestMlpsProfile:
    @pytest.mark.parametrize(
        ("password", "fault"),
        [
            ("k7m2q9xa", PasswordFault.CLASSES),
            ("k7M2q9xa", None),
            ("k7-2q9xa", None),
            ("K-MQXA-BC", PasswordFault.CLASSES),
        ],
    )
    def test_three_classes(self, password: str, fault: PasswordFault | None) -> None:
        assert fault_of(password, PasswordProfile.MLPS) == fault


class TestHashers:
    CHEAP = Argon2Hasher(memory_kib=64, passes=1)

    @pytest.mark.parametrize("hasher", [CHEAP, Sm3Hasher(CHEAP, rounds=10)])
    def test_know_their_own(self, hasher: Argon2Hasher | Sm3Hasher) -> None:
        stored = hasher.hash("k7m2q9xa")

        assert hasher.verify(stored, "k7m2q9xa")
        assert not hasher.verify(stored, "k7m2q9xb")
        assert not hasher.verify(None, "k7m2q9xa")
        assert not hasher.needs_rehash(stored)
        assert "k7m2q9xa" not in stored

    def test_notice_other_settings(self) -> None:
        assert Argon2Hasher(memory_kib=128, passes=1).needs_rehash(self.CHEAP.hash("a"))
        assert Sm3Hasher(self.CHEAP, rounds=11).needs_rehash(
            Sm3Hasher(self.CHEAP, rounds=10).hash("a")
        )

    @pytest.mark.proves("F26")
    def test_change_of_algorithms_keeps_passwords_good(self) -> None:
        sm3 = Sm3Hasher(self.CHEAP, rounds=10)

        assert sm3.verify(self.CHEAP.hash("k7m2q9xa"), "k7m2q9xa")
        assert sm3.needs_rehash(self.CHEAP.hash("k7m2q9xa"))
        assert self.CHEAP.verify(sm3.hash("k7m2q9xa"), "k7m2q9xa")
        assert self.CHEAP.needs_rehash(sm3.hash("k7m2q9xa"))

    def test_follow_the_settings(self) -> None:
        cheap = {"argon2_memory_kib": 64, "argon2_passes": 1}

        assert isinstance(new_hasher(Settings(**cheap)), Argon2Hasher)
        assert isinstance(new_hasher(Settings(**cheap, crypto="sm")), Sm3Hasher)

    @pytest.mark.parametrize("kind", ["argon2", "sm3"])
    def test_hash_no_more_at_once_than_allowed(self, kind: str) -> None:
        """More native threads than cores would starve the hub, and with it the whole process."""
        meter = Meter()
        argon2_hasher = Argon2Hasher(memory_kib=64, passes=1, threads=meter)
        hasher = argon2_hasher if kind == "argon2" else Sm3Hasher(argon2_hasher, rounds=10)
        stored = hasher.hash("k7m2q9xa")

        verdicts = list(
            eventlet.GreenPool(20).imap(hasher.verify, [stored] * 20, ["k7m2q9xa"] * 20)
        )

        assert verdicts == [True] * 20
        assert meter.most == 2

    def test_unreadable_hash_fits_no_password(self) -> None:
        assert not self.CHEAP.verify("", "")
        assert not self.CHEAP.verify("$argon2id$", "a")


class Meter(HashThreads):
    """Allow two at once, let them take a moment, and count how many ran together."""

    def __init__(self) -> None:
        super().__init__(at_once=2)
        self._now = 0
        self.most = 0

    def run(self, function: Any, *args: Any) -> Any:
        return super().run(self._counted, function, *args)

    def _counted(self, function: Any, *args: Any) -> Any:
        self._now += 1
        self.most = max(self.most, self._now)
        patcher.original("time").sleep(0.01)
        self._now -= 1
        return function(*args)


class TestUsername:
    @pytest.mark.proves("R-038", "R-039")
    @pytest.mark.parametrize(
        ("username", "is_good"),
        [
            ("a" * 5, False),
            ("a" * 6, True),
            ("a" * 20, True),
            ("a" * 21, False),
            ("zhang_san", True),
            ("zhang-san", False),
            ("zhang san", False),
            ("张三张三张三", False),
            ("ａｂｃｄｅｆ", False),
            ("abcdef\n", False),
        ],
    )
    def test_letter_of_the_manual(self, username: str, *, is_good: bool) -> None:
        """手册 2.2 and FAQ 7."""
        assert usernames.is_username(username) is is_good


class TestCaptcha:
    def test_characters_cannot_be_mistaken_for_each_other(self) -> None:
        answers = {captchas.new_answer() for _ in range(200)}

        assert len(answers) > 190
        assert not set("".join(answers)) & set("0OQD1IL7T2Z5S8B6GUV")
        assert set(captchas.ALPHABET) < set(string.ascii_uppercase + string.digits)

    def test_case_blanks_and_width_do_not_matter(self) -> None:
        assert captchas.fold_answer(" ａc 3 x") == "AC3X"


class TestRoles:
    @pytest.mark.proves("R-058")
    def test_landing(self) -> None:
        """手册 3.1: 登录后的默认页面."""
        assert roles.landing_of(frozenset({"FILER"})) == "企业标准录入"
        assert roles.landing_of(frozenset({"BUREAU"})) == "工作台"

    @pytest.mark.parametrize(
        ("region", "area"),
        [(None, None), ("370000", "37"), ("370300", "3703"), ("370321", "370321")],
    )
    def test_area(self, region: str | None, area: str | None) -> None:
        assert roles.area_of(region) == area


class TestTerms:
    @pytest.mark.proves("R-051", "R-052")
    def test_come_with_a_version_and_a_title_that_can_be_set(self, tmp_path: Path) -> None:
        own = tmp_path / "terms.json"
        own.write_text('{"version": "7", "text": "甲"}', encoding="utf-8")

        shipped = texts.read_terms(Settings())
        other = texts.read_terms(Settings(terms_file=own, terms_title="服务条款"))

        assert shipped.title == "企业产品标准信息公共服务平台服务条款"
        assert shipped.version
        assert "个人信息" in shipped.text
        assert (other.version, other.title, other.text) == ("7", "服务条款", "甲")
