"""What the search page has beside its results: boxes, what is chosen, and ways on and back."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from gateway import search_view
from gateway.errors import InvalidFieldsError
from gateway.forms import Form
from gateway.labels import DISCLOSURES, KINDS, STATES
from gateway.pages import query_string
from gateway.routing import Exchange

PAGE_SIZE: Final = 15
FEED_SIZE: Final = 100
_PAGING: Final = frozenset({"cursor", "trail", "page", "limit", "with_facets"})
_BESIDE: Final = frozenset({"trail", "page", "published_until"})
# Words in one field each.
BOXES: Final = {
    "enterprise": "企业名称",
    "title": "标准名称",
    "number": "标准编号",
    "product": "产品名称",
    "barcode": "产品条码",
}
# Boxes that people type in, so that they see again what they typed; the rest is shown as chosen.
TYPED: Final = frozenset({*BOXES, "published_from", "published_until"})
NAMES: Final = {
    "q": "关键词",
    **BOXES,
    "kind": "种类",
    "state": "状态",
    "region": "地区",
    "year": "公开年份",
    "class_code": "产品分类",
    "disclosure": "公开内容",
    "credit_code": "企业代码",
    "published_from": "公开日期从",
    "published_until": "公开日期至",
    "indicator": "技术指标",
    "indicator_unit": "计量单位",
    "indicator_low": "指标不低于",
    "indicator_high": "指标不高于",
}
_FIXED: Final = {"kind": KINDS, "state": STATES, "disclosure": DISCLOSURES}
# Chosen by links or by other pages: the form keeps them.
HIDDEN: Final = (
    "year", "disclosure", "credit_code",
    "indicator", "indicator_unit", "indicator_low", "indicator_high",
)  # fmt: skip
_GROUPS: Final = ("kind", "state", "region", "year", "class_code", "disclosure")
# Values are shown of the level below the one that is chosen.
_STEPPED: Final = frozenset({"region", "class_code"})
_MAX_VALUES: Final = 12
_MAX_TRAIL: Final = 20
_BREAK: Final = "~"


def asked_of(form: Form) -> dict[str, str]:
    """Return what is looked for, in the order of the fields, without where in it the page is."""
    return {
        name: form.typed[name].strip()
        for name in NAMES
        if name in form.typed and form.typed[name].strip()
    }


def to_query(form: Form, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - query values
    """Return what search is asked; the last day counts whole."""
    query = {name: value for name, value in form.data.items() if name not in _BESIDE}
    last = form.data.get("published_until")
    if last:
        query["published_to"] = str(date.fromisoformat(last) + timedelta(days=1))
    return {**query, "limit": PAGE_SIZE, **changes}


def feed_query(form: Form) -> dict[str, Any]:
    """Return what search is asked for a feed.

    Raises:
        InvalidFieldsError: the address is wrong.
    """
    if not form.is_right:
        raise InvalidFieldsError
    return to_query(form, limit=FEED_SIZE, cursor="")


def title_of(asked: Mapping[str, str]) -> str:
    """Return what a search is called: what is looked for."""
    return " ".join(asked[name] for name in ("q", *BOXES) if name in asked)


def chosen(exchange: Exchange, asked: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what narrows the search down, in words, and the query that is left without it."""
    return [
        {
            "name": NAMES[name],
            "value": _say(exchange, name, value),
            "without": query_string(asked, **{name: ""}),
        }
        for name, value in asked.items()
        if name != "q"
    ]


def groups(facets: Mapping[str, Any], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the values by which the results can be narrowed down further."""
    return list(_groups(facets, asked))


def ways(form: Form, found: Mapping[str, Any], asked: Mapping[str, str]) -> dict[str, Any]:
    """Return the queries of the pages before and after, and which page this is.

    Search knows the way on only: the way back is kept in the address, for so many pages.
    """
    here, number = form.typed["cursor"], form.typed["page"]
    behind = [place for place in form.typed["trail"].split(_BREAK) if place]
    page = int(number) if here and number.isascii() and number.isdigit() else 1
    result: dict[str, Any] = {"page": page, "before": None, "after": None}
    if here:
        *earlier, last = ["", *behind]
        back = {"cursor": last, "trail": _BREAK.join(filter(None, earlier))}
        back["page"] = str(page - 1) if last else ""
        result["before"] = query_string(asked, **back)
    if found["next_cursor"]:
        trail = [*behind, here][-_MAX_TRAIL:] if here else []
        result["after"] = query_string(
            asked, cursor=found["next_cursor"], trail=_BREAK.join(trail), page=str(page + 1)
        )
    return result


def regions(exchange: Exchange, code: str) -> list[dict[str, Any]]:
    """Return the regions to choose from: all provinces, and what is below the chosen ones."""
    region = search_view.region_prefix(code)
    names = exchange.divisions
    levels = [("省、自治区、直辖市", names.below("", exchange.services))]
    for digits in (2, 4):
        if len(region) >= digits:
            above = names.of(region[:digits].ljust(6, "0"), exchange.services)
            levels.append((f"{above}所辖", names.below(region[:digits], exchange.services)))
    return [{"label": label, "options": options} for label, options in levels if options]


def classes(exchange: Exchange, code: str) -> list[dict[str, Any]]:
    """Return the product classes to choose from: the highest, and those below the chosen one."""
    names, services = exchange.class_names, exchange.services
    highest = names.below("", services)
    levels = [("大类", highest)]
    if code:
        name = names.of(code, services)
        chosen_one = {} if code in highest else {code: name}
        levels = [("已选", chosen_one), *levels, (f"{name}之下", names.below(code, services))]
    return [{"label": label, "options": options} for label, options in levels if options]


def _say(exchange: Exchange, name: str, value: str) -> str:
    if name == "region":
        return search_view.region_name(exchange, search_view.region_prefix(value))
    if name == "class_code":
        return exchange.class_names.of(value, exchange.services)
    return _FIXED.get(name, {}).get(value, value)


def _groups(facets: Mapping[str, Any], asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name in _GROUPS:
        now = asked.get(name)
        if now is not None and name not in _STEPPED:
            continue
        values = [entry for entry in facets[name] if not (now or "").startswith(entry["value"])]
        if now is not None and name == "class_code":
            values = [entry for entry in values if entry["value"].startswith(now)]
        entries = [
            {**entry, "with": query_string(asked, **{name: entry["value"]})}
            for entry in values[:_MAX_VALUES]
        ]
        if entries:
            yield {"title": NAMES[name], "entries": entries}
