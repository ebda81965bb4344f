"""Tell two extracted texts apart line by line, with a bound on how long that may take."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Any, Final

# Worst texts of this size take about half a second; twice the lines take four times as long.
MAX_LINES: Final = 2_000
_CONTEXT: Final = 3


def text_lines(before: str, after: str, limit: int = MAX_LINES) -> dict[str, Any]:
    """Return the changed lines in groups, each with a few lines around it.

    What is alike at the beginning and at the end costs nothing. Where more than ``limit`` lines
    of both texts lie between, ``is_too_long`` is set and no line is told.
    """
    old, new = _split(before), _split(after)
    head = _count_alike(old, new)
    tail = _count_alike(old[head:][::-1], new[head:][::-1])
    told = {
        "is_too_long": len(old) + len(new) - 2 * (head + tail) > limit,
        "limit": limit,
        "lines_before": len(old),
        "lines_after": len(new),
        "groups": [],
    }
    if told["is_too_long"]:
        return told
    start, end = max(0, head - _CONTEXT), max(0, tail - _CONTEXT)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    matcher = SequenceMatcher(None, old, new)
    told["groups"] = [
        {
            "before_line": start + group[0][1] + 1,
            "after_line": start + group[0][3] + 1,
            "lines": [line for step in group for line in _lines_of(step, old, new)],
        }
        for group in matcher.get_grouped_opcodes(_CONTEXT)
    ]
    return told


def _split(text: str) -> list[str]:
    # Spaces at the end of a line are an accident of the extraction.
    return [line.rstrip() for line in text.splitlines()]


def _count_alike(old: Sequence[str], new: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _lines_of(
    step: tuple[str, int, int, int, int], old: Sequence[str], new: Sequence[str]
) -> list[dict[str, str]]:
    tag, old_start, old_end, new_start, new_end = step
    if tag == "equal":
        return [{"mark": " ", "text": line} for line in old[old_start:old_end]]
    removed = [{"mark": "-", "text": line} for line in old[old_start:old_end]]
    added = [{"mark": "+", "text": line} for line in new[new_start:new_end]]
    return removed + added
