"""Invented enterprises, each made from its number alone."""

from functools import lru_cache
from typing import Any, Final

from services.registry.domain import codes
from tools.generate_register.words import Words

_MASK: Final = (1 << 64) - 1
_UNIT: Final = 1.0 / (1 << 32)
_KEPT: Final = 50_000
# Characters that names are made of, each with the first letter of how it is read.
_CHARACTERS: Final = (
    "云杉海棠银杏白露长风望舒青岚沧浪鹿鸣扶光鼎盛恒泰金鑫华宏达永兴隆瑞祥康乐"
    "福源丰顺和佳美新天诚信远大东方正安宁"
)
_LETTERS: Final = "YSHTYXBLCFWSQLCLLMFGDSHTJXHHDYXLRXKLFYFSHJMXTCXYDDFZAN"
_SIGNS: Final = dict(zip(_CHARACTERS, _LETTERS, strict=True))
_FORMS: Final = (
    "有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司", "厂", "集团有限公司",
)  # fmt: skip
_FAMILY_NAMES: Final = "张王李赵周吴郑孙"
_GIVEN_NAMES: Final = ("示一", "示远", "示宁", "示和", "示安")
_TYPE_OF_LEGAL_PERSON: Final = "91"
_FIRST_BODY: Final = 10_000_000


class Enterprises:
    """Make enterprises by number; those of one seed are always the same."""

    def __init__(self, words: Words, seed: int) -> None:
        self._words = words
        self._seed = seed
        self.get = lru_cache(maxsize=_KEPT)(self._make)

    def _make(self, number: int) -> tuple[dict[str, Any], str]:
        """Return an enterprise as it stands in a document, and the letters of its numbers."""
        first = _mix(number + self._seed * 0x1_0000_0001)
        second, third = _mix(first), _mix(first + 1)
        words = self._words
        division = words.divisions(lambda: (first >> 32) * _UNIT)
        trade = words.trades(lambda: (first & 0xFFFFFFFF) * _UNIT)
        brand = "".join(
            _CHARACTERS[(second >> shift) % len(_CHARACTERS)]
            for shift in ((0, 8) if second >> 60 < 11 else (0, 8, 16))  # noqa: PLR2004 - most have two
        )
        body = f"{_FIRST_BODY + number:08}"
        organization_code = body + codes.organization_check_digit(body)
        credit_body = f"{_TYPE_OF_LEGAL_PERSON}{division.code}{organization_code}"
        identity = f"{second:016x}{third:016x}"
        enterprise = {
            "enterprise_id": _uuid(identity, version="5"),
            "name": f"{division.short}{brand}{trade}{_FORMS[(third >> 8) % len(_FORMS)]}",
            "credit_code": credit_body + codes.credit_check_character(credit_body),
            "organization_code": organization_code,
            "legal_representative": (
                _FAMILY_NAMES[(third >> 16) % len(_FAMILY_NAMES)]
                + _GIVEN_NAMES[(third >> 24) % len(_GIVEN_NAMES)]
            ),
            "address": f"{division.path}{brand[:2]}路{(third >> 32) % 900 + 1}号",
            "postcode": f"{division.code[:2]}{(third >> 40) % 10_000:04}",
            "region": division.code,
        }
        letters = "".join(_SIGNS[character] for character in brand)
        return enterprise, letters + chr(ord("A") + (third >> 54) % 26)


def _mix(value: int) -> int:
    """Return 64 bits that look drawn, the same for the same number (SplitMix64)."""
    value = (value + 0x9E3779B97F4A7C15) & _MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & _MASK
    return value ^ value >> 31


def _uuid(digits: str, *, version: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"
