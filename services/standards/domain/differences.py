"""What changed between two published versions, part by part, for readers and for the law.

Whoever reads a corrected or revised declaration sees what became different (手册 5.4.3, 5.5); both
versions are the canonical documents that were published, so the answer never changes.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from services.standards.domain import documents, folding, indicators, intervals
from services.standards.domain.intervals import Verdict
from services.standards.domain.products import ProductData

Row = Mapping[str, Any]

_PRODUCT_FIELDS: Final = tuple(field.name for field in fields(ProductData))
_INDICATOR_FIELDS: Final = (
    "name", "category", "condition", "requirement", "test_method", "level_note",
)  # fmt: skip

# Told part by part below, or bound to differ between any two versions.
_APART: Final = frozenset(
    {"products", "indicators", "text", "form", "version", "published_at", "declaration_id"}
)
# The whole number is told once, not once more for each of its boxes.
_BOXES: Final = frozenset({"/number/prefix", "/number/body", "/number/year"})


@dataclass(frozen=True)
class _Match:
    """Say by what two rows are taken for the same; rows without that key are left alone."""

    key: Callable[[Row], Hashable | None]
    needs_sole: bool = False


def find_differences(before: Row, after: Row) -> dict[str, Any]:
    """Return what differs between two published documents, each part in a stable order."""
    return {
        "fields": _compare_fields(before, after),
        "products": _compare_products(before.get("products") or [], after.get("products") or []),
        "indicators": _compare_indicators(
            before.get("indicators") or [], after.get("indicators") or []
        ),
        "text": _compare_texts(before.get("text"), after.get("text")),
    }


def _compare_fields(before: Row, after: Row) -> list[dict[str, Any]]:
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        {"pointer": pointer, "before": old.get(pointer), "after": new.get(pointer)}
        for pointer in sorted(old.keys() | new.keys())
        if old.get(pointer) != new.get(pointer)
    ]


def _leaves(document: Row) -> Iterator[tuple[str, Any]]:
    waiting = [(f"/{_escape(name)}", document[name]) for name in document if name not in _APART]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(f"{pointer}/{_escape(name)}", value[name]) for name in value]
        elif pointer not in _BOXES:
            yield pointer, value


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _compare_products(before: Sequence[Row], after: Sequence[Row]) -> dict[str, Any]:
    pairs = _pair(before, after, _PRODUCT_MATCHES)
    changed = []
    for old, new in pairs:
        names = _changed_names(before[old], after[new], _PRODUCT_FIELDS)
        if names:
            changed.append(
                {"position": new, "before": before[old], "after": after[new], "fields": names}
            )
    return {**_left_over(before, after, pairs), "changed": changed}


def _compare_indicators(before: Sequence[Row], after: Sequence[Row]) -> dict[str, Any]:
    pairs = _pair(before, after, _INDICATOR_MATCHES)
    changed = []
    for old, new in pairs:
        names = _changed_names(_plain(before[old]), _plain(after[new]), _INDICATOR_FIELDS)
        if names:
            changed.append(
                {
                    "name": after[new]["name"],
                    "position": new,
                    "before": before[old],
                    "after": after[new],
                    "fields": names,
                    "verdict": _judge(before[old], after[new]).value,
                }
            )
    return {**_left_over(before, after, pairs), "changed": changed}


def _judge(before: Row, after: Row) -> Verdict:
    """Return how the later requirement stands to the earlier one."""
    old, new = _plain(before)["requirement"], _plain(after)["requirement"]
    if old == new:
        return Verdict.EQUAL
    return intervals.compare_requirements(
        indicators.requirement_from_dict(after["requirement"]),
        indicators.requirement_from_dict(before["requirement"]),
    )


def _plain(indicator: Row) -> Row:
    """Return an indicator without the upload's id: the same file sent again is no change."""
    requirement = indicator["requirement"]
    file = requirement.get("file")
    if not file or not file.get("sha256"):
        return indicator
    same = {name: value for name, value in file.items() if name != "upload_id"}
    return {**indicator, "requirement": {**requirement, "file": same}}


def _compare_texts(before: Row | None, after: Row | None) -> dict[str, Any]:
    old, new = _file_of(before), _file_of(after)
    is_changed = (old or {}).get("sha256") != (new or {}).get("sha256")
    return {"before": old, "after": new, "is_changed": is_changed}


def _file_of(text: Row | None) -> dict[str, Any] | None:
    if text is None:
        return None
    return {"file_name": text.get("file_name"), "sha256": text.get("sha256")}


def _changed_names(before: Row, after: Row, known: Sequence[str]) -> list[str]:
    """Return the members that differ: those of the table first, in its order."""
    others = sorted((before.keys() | after.keys()) - set(known))
    return [name for name in (*known, *others) if before.get(name) != after.get(name)]


def _left_over(
    before: Sequence[Row], after: Sequence[Row], pairs: Sequence[tuple[int, int]]
) -> dict[str, Any]:
    kept_before, kept_after = {old for old, _ in pairs}, {new for _, new in pairs}
    return {
        "added": [row for place, row in enumerate(after) if place not in kept_after],
        "removed": [row for place, row in enumerate(before) if place not in kept_before],
    }


def _pair(
    before: Sequence[Row], after: Sequence[Row], matches: Sequence[_Match]
) -> list[tuple[int, int]]:
    """Return the places of rows that are the same thing, in the order of the later document."""
    old, new = list(range(len(before))), list(range(len(after)))
    pairs: list[tuple[int, int]] = []
    for match in matches:
        waiting = _by_key(before, old, match.key)
        for key, places in _by_key(after, new, match.key).items():
            partners = waiting.get(key, [])
            if match.needs_sole and (len(places) > 1 or len(partners) > 1):
                continue
            pairs += zip(partners, places, strict=False)
        taken_before, taken_after = {pair[0] for pair in pairs}, {pair[1] for pair in pairs}
        old = [place for place in old if place not in taken_before]
        new = [place for place in new if place not in taken_after]
    return sorted(pairs, key=lambda pair: pair[1])


def _by_key(
    rows: Sequence[Row], places: Sequence[int], key: Callable[[Row], Hashable | None]
) -> Mapping[Hashable, list[int]]:
    found: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place in places:
        value = key(rows[place])
        if value is not None:
            found[value].append(place)
    return found


def _folded(row: Row, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(folding.fold_for_search(row.get(name) or "") for name in names)


def _whole_product(product: Row) -> Hashable:
    return tuple(product.get(name) or "" for name in _PRODUCT_FIELDS)


def _model_of(product: Row) -> Hashable | None:
    key = _folded(product, ("name", "model", "specification"))
    return key if key[0] else None


def _barcode_of(product: Row) -> Hashable | None:
    return _folded(product, ("barcode",))[0] or None


def _whole_indicator(indicator: Row) -> Hashable:
    return documents.canonicalize(_plain(indicator)).text


def _row_of(indicator: Row) -> Hashable:
    return _folded(indicator, ("category", "name", "condition"))


def _row_in_any_category(indicator: Row) -> Hashable:
    return _folded(indicator, ("name", "condition"))


# Rows that stayed as they were are set aside first, so that a changed twin finds its own partner.
_PRODUCT_MATCHES: Final = (_Match(_whole_product), _Match(_model_of), _Match(_barcode_of))
# A limit that was loosened must not hide behind a new category, so that is tried too.
_INDICATOR_MATCHES: Final = (
    _Match(_whole_indicator),
    _Match(_row_of),
    _Match(_row_in_any_category, needs_sole=True),
)
