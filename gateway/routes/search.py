"""Search, suggestions while typing, and statistics, for programs (手册 FAQ 18, 32)."""

from gateway import search_view
from gateway.answers import Answer, Json, Raw
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import search as schemas

routes = Routes("查询与统计")


@routes.get(
    "/public/declarations",
    summary="查询公开的标准",
    query=schemas.SearchQuery,
    answer=schemas.SearchResult,
    survives_outage=True,
    max_age=10,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def search_declarations(exchange: Exchange) -> Answer:
    """Return a page of public declarations."""
    return Json(data=search_view.search(exchange, exchange.query))


@routes.get(
    "/public/suggestions",
    summary="边输入边提示",
    query=schemas.SuggestionsQuery,
    answer=schemas.Suggestions,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def suggest(exchange: Exchange) -> Answer:
    """Return names and numbers that go on with what was typed."""
    return Json(data=exchange.services.search.suggest(exchange.query["q"]))


@routes.get(
    "/public/statistics",
    summary="公开情况统计",
    query=schemas.StatisticsQuery,
    answer=schemas.Statistics,
    survives_outage=True,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_statistics(exchange: Exchange) -> Answer:
    """Return the counts of a region."""
    return Json(data=search_view.statistics(exchange, exchange.query["region"]))


@routes.get(
    "/public/statistics.csv",
    summary="公开情况统计（CSV）",
    query=schemas.StatisticsQuery,
    gives_types=("text/csv",),
    survives_outage=True,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_statistics_table(exchange: Exchange) -> Answer:
    """Return the counts of a region as a table."""
    content = search_view.statistics_table(
        search_view.statistics(exchange, exchange.query["region"])
    )
    return Raw(content=content, content_type="text/csv; charset=utf-8", file_name="statistics.csv")
