"""Division codes (GB/T 2260) and the rule which of them are open for registration."""

import re
from collections.abc import Mapping
from typing import Final

COUNTRY: Final = ""
"""The prefix that stands for the whole country."""

_CODE: Final = re.compile(r"[0-9]{6}")
_PROVINCES: Final = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省",
    "上海市", "江苏省", "浙江省", "安徽省", "福建省", "江西省", "山东省", "河南省", "湖北省",
    "湖南省", "广东省", "广西壮族自治区", "海南省", "重庆市", "四川省", "贵州省", "云南省",
    "西藏自治区", "陕西省", "甘肃省", "青海省", "宁夏回族自治区", "新疆维吾尔自治区", "台湾省",
    "香港特别行政区", "澳门特别行政区",
)  # fmt: skip
_PREFIXES: Final = (
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41",
    "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65",
    "71", "81", "82",
)  # fmt: skip
_SUFFIXES: Final = re.compile(r"(市|省|壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区)$")
_PREFIX_OF: Final = {
    name: prefix
    for full, prefix in zip(_PROVINCES, _PREFIXES, strict=True)
    for name in (full, _SUFFIXES.sub("", full))
}
_ADDRESS_STARTS: Final = (
    *_PROVINCES, "北京", "天津", "上海", "重庆", "内蒙古", "广西", "宁夏", "新疆",
)  # fmt: skip


def is_division_code(code: str) -> bool:
    """Tell whether a code is six digits inside a known province."""
    return bool(_CODE.fullmatch(code)) and code[:2] in _PREFIXES


def province_prefix(name: str) -> str | None:
    """Return the two digits of a province named in full or in short, or nothing."""
    return _PREFIX_OF.get(name.strip())


def has_province(folded_address: str) -> bool:
    """Tell whether an address begins with its province; the commonest fault is not (FAQ 1)."""
    return folded_address.startswith(_ADDRESS_STARTS)


def without_province(folded_address: str) -> str:
    """Return an address without the province it begins with."""
    start = next((name for name in _ADDRESS_STARTS if folded_address.startswith(name)), "")
    return folded_address[len(start) :]


def prefix_of(code: str) -> str:
    """Return the significant digits of a division code: 2, 4 or 6.

    Raises:
        ValueError: the code is not six digits; six zeros mean the whole country.
    """
    if not _CODE.fullmatch(code):
        raise ValueError(code)
    if code == "000000":
        return COUNTRY
    if code.endswith("0000"):
        return code[:2]
    return code[:4] if code.endswith("00") else code


def prefixes_of(code: str) -> list[str]:
    """Return every prefix that covers a division code, the longest first."""
    return [code[:6], code[:4], code[:2], COUNTRY]


def is_open(code: str, switches: Mapping[str, bool]) -> bool:
    """Tell whether organisations of a division may register: the longest prefix that is set wins.

    手册 FAQ 8: regions open at different times. What nobody has opened is closed.
    """
    return next((switches[prefix] for prefix in prefixes_of(code) if prefix in switches), False)
