"""Pilot regions (手册 FAQ 8) and imports of the code database."""

from typing import Final

from gateway.answers import Answer, Json, Raw
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import registry as schemas

OPERATORS: Final = frozenset({"OPERATOR"})
WATCHERS: Final = frozenset({"OPERATOR", "SYSTEM_ADMIN"})
CSV: Final = "text/csv; charset=utf-8"

routes = Routes("组织机构代码库")


@routes.get(
    "/regions",
    summary="已开放试点的区域",
    answer=schemas.OpenRegions,
    auth=Auth.PUBLIC,
)
def list_open_regions(exchange: Exchange) -> Answer:
    """Return where registration is open, and the exceptions."""
    reply = exchange.services.registry.list_open_regions()
    return Json(data={"items": reply["regions"]})


@routes.get(
    "/operator/regions",
    summary="试点区域的开关",
    answer=schemas.RegionSwitches,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def list_regions(exchange: Exchange) -> Answer:
    """Return what was opened and closed."""
    reply = exchange.services.registry.list_regions()
    return Json(data={"items": reply["regions"]})


@routes.put(
    "/operator/regions/<region>",
    summary="开放或关闭试点区域",
    body=schemas.RegionInput,
    answer=schemas.RegionSwitch,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def set_region_open(exchange: Exchange) -> Answer:
    """Open or close a region; it counts from the next verification on."""
    region, is_open = exchange.path["region"], bool(exchange.body["is_open"])
    return Json(data=exchange.services.registry.set_region_open(region, is_open=is_open))


@routes.get(
    "/operator/imports",
    summary="组织机构代码库的导入记录",
    query=schemas.PageQuery,
    answer=schemas.Imports,
    roles=WATCHERS,
    auth=Auth.SESSION,
)
def list_imports(exchange: Exchange) -> Answer:
    """Return a page of imports, the newest first."""
    reply = exchange.services.registry.list_imports(exchange.query["page"])
    return Json(data={**reply, "items": reply["imports"]})


@routes.get(
    "/operator/imports/<uuid:import_id>",
    summary="一次导入的进度",
    answer=schemas.Import,
    roles=WATCHERS,
    auth=Auth.SESSION,
)
def get_import(exchange: Exchange) -> Answer:
    """Return how far an import has come."""
    return Json(data=exchange.services.registry.get_import(exchange.path["import_id"]))


@routes.get(
    "/operator/imports/<uuid:import_id>/report",
    summary="一次导入中退回的行（CSV）",
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def get_import_report(exchange: Exchange) -> Answer:
    """Return row, field and reason of what was not taken."""
    reply = exchange.services.registry.get_import_report(exchange.path["import_id"])
    return Raw(content=str(reply["csv"]).encode(), content_type=CSV)
