"""Say what an indicator requires in words that need no knowledge of the signs (手册 4.1(2)).

What was declared is the formula that ``standards`` composed; the words stand beside it.
"""

from collections.abc import Mapping
from typing import Any, Final

# ``main <= name``: what is measured is at least the value on its left.
_LEFT: Final = {"<": "大于", "<=": "不小于", ">": "小于", ">=": "不大于", "=": "等于"}
_RIGHT: Final = {"<": "小于", "<=": "不大于", ">": "大于", ">=": "不小于", "=": "等于"}
# Units that stand close to their number; no unit does too.
_CLOSE: Final = ("", "/", "%", "‰", "°", "℃")
_NO_TOLERANCE: Final = frozenset({"", "0.000"})


def requirement_words(requirement: Mapping[str, Any]) -> str:
    """Return a numeric requirement in words, such as 大于 95%，且不大于 99/L; of others none."""
    if requirement["kind"] != "NUMERIC":
        return ""
    unit = requirement.get("unit") or ""
    sides = ((requirement.get("left"), _LEFT), (requirement.get("right"), _RIGHT))
    said = [_side(bound, words, unit) for bound, words in sides if bound]
    return "，且".join(side for side in said if side)


def _side(bound: Mapping[str, str], words: Mapping[str, str], unit: str) -> str:
    if bound["symbol"] not in words:
        return ""
    value = f"{words[bound['symbol']]} {bound['main']}"
    value += unit if unit[:1] in _CLOSE else f" {unit}"
    parts = (("上偏差 +", bound.get("upper_tolerance")), ("下偏差 -", bound.get("lower_tolerance")))
    told = [name + (size or "0.000") for name, size in parts]
    has_tolerance = any((size or "") not in _NO_TOLERANCE for _, size in parts)
    return f"{value}（{'，'.join(told)}）" if has_tolerance else value
