"""The catalogue 目录: choose a standard, report a missing one (手册 4.1(1), FAQ 18, 33)."""

from typing import Final

from gateway.answers import Answer, Json, Raw
from gateway.roles import READERS, WRITERS
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import catalogue as schemas

SEEKERS: Final = READERS | {"OPERATOR", "BUREAU"}
OPERATORS: Final = frozenset({"OPERATOR"})
CSV: Final = "text/csv; charset=utf-8"

routes = Routes("标准目录")


@routes.get(
    "/catalogue",
    summary="查询可选择的标准",
    query=schemas.CatalogueQuery,
    answer=schemas.Catalogue,
    roles=SEEKERS,
    auth=Auth.SESSION,
)
def search_catalogue(exchange: Exchange) -> Answer:
    """Return a page of standards of one kind by number, its digits alone, or words of the name."""
    return Json(data=exchange.services.standards.search_catalogue(exchange.query))


@routes.get(
    "/catalogue/<uuid:catalogue_id>",
    summary="目录中的一条标准",
    answer=schemas.CatalogueStandard,
    roles=SEEKERS,
    auth=Auth.SESSION,
)
def get_catalogue_standard(exchange: Exchange) -> Answer:
    """Return what is known of a standard; the platform has no text of it."""
    return Json(
        data=exchange.services.standards.get_catalogue_standard(exchange.path["catalogue_id"])
    )


@routes.post(
    "/missing-standards",
    summary="反馈目录中没有的标准",
    body=schemas.MissingStandardInput,
    answer=schemas.MissingStandard,
    status=201,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
)
def report_missing_standard(exchange: Exchange) -> Answer:
    """Note a standard that is missing; the answer comes as a message."""
    ticket = exchange.services.standards.report_missing_standard(exchange.body)
    return Json(data=ticket, location=f"{API}/missing-standards")


@routes.get(
    "/missing-standards",
    summary="本企业的反馈，新的在前",
    query=schemas.PageQuery,
    answer=schemas.MissingStandards,
    roles=READERS,
    auth=Auth.SESSION,
)
def list_missing_standards(exchange: Exchange) -> Answer:
    """Return a page of the enterprise's own reports."""
    return Json(data=exchange.services.standards.list_missing_standards(exchange.query))


@routes.get(
    "/operator/missing-standards",
    summary="待处理的反馈，早的在前",
    query=schemas.PageQuery,
    answer=schemas.Tickets,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def list_open_tickets(exchange: Exchange) -> Answer:
    """Return a page of the reports that nobody has decided about."""
    return Json(data=exchange.services.standards.list_open_tickets(exchange.query))


@routes.post(
    "/operator/missing-standards/<uuid:ticket_id>/resolution",
    summary="处理反馈：加入目录，或说明不加入的原因",
    body=schemas.ResolutionInput,
    answer=schemas.MissingStandard,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def resolve_ticket(exchange: Exchange) -> Answer:
    """Add the standard or refuse to; whoever asked gets a message."""
    ticket_id = exchange.path["ticket_id"]
    return Json(data=exchange.services.standards.resolve_ticket(ticket_id, exchange.body))


@routes.get(
    "/operator/catalogue-imports",
    summary="目录的导入记录",
    query=schemas.PageQuery,
    answer=schemas.CatalogueImports,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def list_catalogue_imports(exchange: Exchange) -> Answer:
    """Return a page of imports, the newest first."""
    return Json(data=exchange.services.standards.list_catalogue_imports(exchange.query))


@routes.get(
    "/operator/catalogue-imports/<uuid:import_id>/report",
    summary="一次目录导入中退回的行（CSV）",
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def get_catalogue_import_report(exchange: Exchange) -> Answer:
    """Return row, field and reason of what was not taken."""
    reply = exchange.services.standards.get_catalogue_import_report(exchange.path["import_id"])
    return Raw(content=str(reply["csv"]).encode(), content_type=CSV)
