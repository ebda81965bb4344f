"""Divisions: the three boxes 省-市-县 (手册 2.1)."""

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import reference as schemas

routes = Routes("基础数据")


@routes.get(
    "/divisions",
    summary="下级行政区划",
    query=schemas.DivisionsQuery,
    answer=schemas.Divisions,
    survives_outage=True,
    max_age=3600,
    auth=Auth.PUBLIC,
)
def list_divisions(exchange: Exchange) -> Answer:
    """Return the divisions below one."""
    reply = exchange.services.registry.list_divisions(exchange.query["parent"])
    return Json(data={"items": reply["divisions"]})
