"""Pages that lead to records: an enterprise's own page, and the barcode on a product (GS1)."""

import re
from typing import Any, Final

from gateway import search_view
from gateway.answers import Answer, Page, Redirect
from gateway.barcodes import read_gtin
from gateway.errors import NothingPublishedError, OrganizationCodeMalformedError
from gateway.remote import Reply
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas import records as schemas

routes = Routes("门户", prefix="", face=Face.PAGE)

_CODE: Final = re.compile(r"[0-9A-Z]{9}(?:[0-9A-Z]{9})?")


@routes.get(
    "/e/<code>",
    summary="企业公开的标准",
    query=schemas.EnterpriseQuery,
    survives_outage=True,
    max_age=10,
    auth=Auth.PUBLIC,
)
def show_enterprise(exchange: Exchange) -> Answer:
    """Show who an enterprise is as last published, how much it published, and all of that."""
    code = exchange.path["code"].upper()
    if not _CODE.fullmatch(code):
        raise OrganizationCodeMalformedError
    # All of it, for the counts and the newest; it is the list as well where nothing is chosen.
    whole = search_view.search(exchange, {"credit_code": code}, with_facets=True)
    if not whole["items"]:
        raise NothingPublishedError
    query = exchange.query
    chosen = {name: query[name] for name in ("state", "cursor") if query[name]}
    listed = search_view.search(exchange, {"credit_code": code, **chosen}) if chosen else whole
    newest = exchange.services.search.get_document(whole["items"][0]["record_number"])
    enterprise = newest["document"]["enterprise"]
    context = {
        "code": code,
        "state": query["state"],
        "is_first": not query["cursor"],
        "whole": whole,
        "found": listed,
        "counts": {name: _counted(whole, name) for name in ("state", "kind")},
        "newest": newest,
        "enterprise": enterprise,
        "region_name": exchange.divisions.of(str(enterprise["region"]), exchange.services),
    }
    return Page(template="enterprise.html", context=context)


@routes.get(
    "/barcode", summary="按条码查询", query=schemas.BarcodeQuery, max_age=300, auth=Auth.PUBLIC
)
def show_barcode_form(exchange: Exchange) -> Answer:
    """Ask for a barcode, or lead to the page of the one that was typed."""
    typed = exchange.query["gtin"]
    if typed:
        return Redirect(location=f"/barcode/{read_gtin(typed)}")
    return Page(template="barcode.html", context={"gtin": "", "found": None, "is_first": True})


@routes.get(
    "/barcode/<gtin>",
    summary="条码对应的标准",
    query=schemas.BarcodeQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
@routes.get(
    "/01/<gtin>",
    summary="条码对应的标准（GS1 Digital Link）",
    query=schemas.BarcodeQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
@routes.get(
    "/01/<gtin>/<path:qualifiers>",
    summary="条码对应的标准（GS1 Digital Link，带批号等）",
    query=schemas.BarcodeQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_barcode(exchange: Exchange) -> Answer:
    """Lead from a product to what is declared of it: at once where that is one record."""
    gtin = read_gtin(exchange.path["gtin"])
    cursor = exchange.query["cursor"]
    found = search_view.search(exchange, {"gtin": gtin, "cursor": cursor})
    if found["total"] == 1 and not cursor:
        return Redirect(location=found["items"][0]["page_url"])
    context = {"gtin": gtin, "found": found, "is_first": not cursor}
    return Page(template="barcode.html", context=context)


def _counted(found: Reply, facet: str) -> list[dict[str, Any]]:
    return [entry for entry in found["facets"][facet] if entry["count"]]
