"""Statistics of what was published 统计公示: tables first, their bars are pictures of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway import forms, search_view
from gateway.answers import Answer, Page
from gateway.pages import query_string
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas.search import StatisticsQuery

routes = Routes("门户", prefix="", face=Face.PAGE)

_MONTHS: Final = 24
_CLASSES: Final = 20
_WRONG: Final = 422
_COUNTRY: Final = "全国"
# Of the picture of the months, in its own units.
_HEIGHT: Final = 100


@routes.get(
    "/statistics",
    summary="统计公示",
    form=StatisticsQuery,
    survives_outage=True,
    max_age=60,
    auth=Auth.PUBLIC,
)
def show_statistics(exchange: Exchange) -> Answer:
    """Show the counts of a region, and lead to those of the regions below it."""
    form = forms.check(StatisticsQuery, exchange.typed)
    region = search_view.region_prefix(form.typed["region"]) if form.is_right else ""
    found = search_view.statistics(exchange, region)
    context = {
        "form": form,
        "found": found,
        "above": _above(exchange, region),
        "is_deepest": len(region) == 6,  # noqa: PLR2004 - the code of a county
        "by_class": found["by_class"][:_CLASSES],
        "months": _columns(found["by_month"][-_MONTHS:]),
        "most": {name: _most(found[name]) for name in ("by_region", "by_kind", "by_state")},
        "address": query_string({"region": region}),
    }
    status = 200 if form.is_right else _WRONG
    return Page(template="statistics.html", context=context, status=status)


def _above(exchange: Exchange, region: str) -> list[tuple[str, str]]:
    """Return address and name of everything that the region is in, from the country down."""
    places = [("/statistics", _COUNTRY)] if region else []
    for digits in (2, 4):
        if len(region) > digits:
            code = region[:digits]
            name = search_view.region_name(exchange, code)
            places.append((f"/statistics?region={code}", name))
    return places


def _most(entries: Sequence[Mapping[str, Any]]) -> int:
    return max((int(entry["declarations"]) for entry in entries), default=0) or 1


def _columns(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the months with the height of their columns in the picture."""
    most = _most(entries)
    return [
        {**entry, "height": round(int(entry["declarations"]) * _HEIGHT / most)} for entry in entries
    ]
