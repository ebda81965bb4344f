"""Ask search, and put what it answers the way pages and API show it: with names for codes."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any, Final

from gateway.labels import DISCLOSURES, KINDS, STATES
from gateway.remote import Reply
from gateway.routing import Exchange

_RENAMED: Final = {"q": "query", "indicator": "indicator_name"}
_NO_DIGIT: Final = re.compile(r"[^0-9]")
_QUANTITIES: Final = frozenset({"indicator_low", "indicator_high"})
_FIXED: Final = {"kind": KINDS, "state": STATES, "disclosure": DISCLOSURES}
# Each class that is not known yet costs a question, once an hour.
_MAX_CLASSES: Final = 20
_COUNTRY: Final = "全国"
_COLUMNS: Final = ("declarations", "products", "enterprises")
_HEADER: Final = ("分组", "代码", "名称", "标准数", "产品数", "企业数")
_GROUPS: Final = {
    "by_region": "地区", "by_kind": "标准种类", "by_state": "状态",
    "by_month": "公开月份", "by_class": "产品分类",
}  # fmt: skip


def search(exchange: Exchange, query: Mapping[str, Any], *, with_facets: bool = False) -> Reply:
    """Return a page of hits; ``query`` is a `gateway.schemas.search.SearchQuery`."""
    asked: dict[str, Any] = {
        _RENAMED.get(name, name): float(value) if name in _QUANTITIES else value
        for name, value in query.items()
        if value not in {None, ""} and name != "with_facets"
    }
    if "region" in asked:
        asked["region"] = region_prefix(asked["region"])
    if "year" in asked:
        asked["year"] = int(asked["year"])
    if "barcode" in asked:
        asked["barcode"] = _NO_DIGIT.sub("", unicodedata.normalize("NFKC", asked["barcode"]))
    has_facets = with_facets or query.get("with_facets") == "true"
    if has_facets:
        asked["with_facets"] = True
    reply = exchange.services.search.search_declarations({"query": "", **asked})
    for item in reply["items"]:
        item["page_url"] = f"/s/{item['record_number']}"
    if reply["facets"] is not None:
        reply["facets"] = _name_facets(exchange, reply["facets"], asked.get("region", ""))
    return reply


def statistics(exchange: Exchange, code: str) -> Reply:
    """Return the counts of a region with names."""
    region = region_prefix(code)
    reply = exchange.services.search.get_statistics(region)
    named = {
        **reply,
        "region_name": region_name(exchange, region),
        "by_region": _name_regions(exchange, reply["by_region"], region),
        "by_kind": _named(reply["by_kind"], KINDS),
        "by_state": _named(reply["by_state"], STATES),
        "by_month": _named(reply["by_month"], {}),
    }
    named["by_class"] = _name_classes(exchange, reply["by_class"])
    return named


def statistics_table(found: Mapping[str, Any]) -> bytes:
    """Return the counts as a CSV table that spreadsheets open as it is."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(_HEADER)
    total = found["total"]
    writer.writerow(
        ("合计", found["region"], found["region_name"], *(total[name] for name in _COLUMNS))
    )
    for name, group in _GROUPS.items():
        for entry in found[name]:
            counts = (entry[column] for column in _COLUMNS)
            writer.writerow((group, entry["value"], entry["label"], *counts))
    return table.getvalue().encode("utf-8-sig")


def region_prefix(code: str) -> str:
    """Return the digits that say something: 370000 is the province 37."""
    return code.removesuffix("00").removesuffix("00") if len(code) == 6 else code  # noqa: PLR2004 - whole codes


def region_name(exchange: Exchange, region: str) -> str:
    """Return what a region is called."""
    return exchange.divisions.of(region.ljust(6, "0"), exchange.services) if region else _COUNTRY


def _name_facets(exchange: Exchange, facets: Mapping[str, Any], region: str) -> dict[str, Any]:
    named = {name: _named(facets[name], _FIXED.get(name, {})) for name in ("year", *_FIXED)}
    return {
        **facets,
        **named,
        "region": _name_regions(exchange, facets["region"], region),
        "class_code": _name_classes(exchange, facets["class_code"]),
    }


def _named(entries: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> list[dict[str, Any]]:
    return [{**entry, "label": names.get(entry["value"], entry["value"])} for entry in entries]


def _name_regions(
    exchange: Exchange, entries: Iterable[Mapping[str, Any]], region: str
) -> list[dict[str, Any]]:
    return _named(entries, exchange.divisions.below(region, exchange.services))


def _name_classes(exchange: Exchange, entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    listed = list(entries)
    codes = [entry["value"] for entry in listed[:_MAX_CLASSES]]
    return _named(
        listed, {code: exchange.class_names.of(code, exchange.services) for code in codes}
    )
