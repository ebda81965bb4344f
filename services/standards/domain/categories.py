"""Suggest categories of indicators: the tags of the dialog and what 换一换 shows (手册 4.1(2))."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.standards.domain import folding

TAGS: Final = 4
FIRST_TAGS: Final = ("标准", "指标", "温度", "技术")

# Shown after what was used before, so that 换一换 shows something else on the very first day too.
_RESERVE: Final = ("性能", "安全", "外观", "尺寸")


def suggest_categories(used: Mapping[str, int] | Sequence[str], page: int) -> list[str]:
    """Return the four tags of a page; page 0 is the manual's, the next ones show earlier use.

    ``used`` is counts, of which the highest come first, or names in the order they shall come.
    After the last page it begins again; a last page with gaps is filled up with the first tags.
    """
    others = _without_repeats([*_in_order(used), *_RESERVE])
    pages = [list(FIRST_TAGS)]
    pages += [others[start : start + TAGS] for start in range(0, len(others), TAGS)]
    chosen = pages[page % len(pages)]
    return [*chosen, *FIRST_TAGS[: TAGS - len(chosen)]]


def _in_order(used: Mapping[str, int] | Sequence[str]) -> list[str]:
    if isinstance(used, Mapping):
        return sorted(used, key=lambda name: (-used[name], name))
    return list(used)


def _without_repeats(names: Sequence[str]) -> list[str]:
    seen = {"", *map(folding.fold_for_search, FIRST_TAGS)}
    kept = []
    for name in map(folding.clean_text, names):
        key = folding.fold_for_search(name)
        if key not in seen:
            seen.add(key)
            kept.append(name)
    return kept
