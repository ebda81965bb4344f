"""What a declaration said at other times, and who did what with it."""

from datetime import UTC, datetime

from chassis.errors import FieldError
from gateway import public_view
from gateway.answers import Answer, Json
from gateway.errors import InvalidFieldsError
from gateway.roles import READERS
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import fields
from gateway.schemas import history as schemas

routes = Routes("历史")

_PUBLIC = "/public/declarations/<record_number>"


@routes.get(
    _PUBLIC + "/versions",
    summary="公开过的各个版本",
    answer=schemas.Versions,
    max_age=30,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def list_versions(exchange: Exchange) -> Answer:
    """Return every published version, with where its document is."""
    number = public_view.record_number(exchange.path["record_number"])
    found = exchange.services.standards.list_versions(number)
    base = f"{API}/declarations/{found['declaration_id']}/versions"
    for item in found["items"]:
        item["document_url"] = f"{base}/{item['version']}"
        item["proof_url"] = public_view.proof_url(number, item["version"])
    return Json(data=found)


@routes.get(
    _PUBLIC + "/as-of",
    summary="某一时刻公开的内容",
    query=schemas.AsOfQuery,
    answer=schemas.AsOf,
    max_age=30,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_declaration_as_of(exchange: Exchange) -> Answer:
    """Return what the public saw at a moment."""
    number = public_view.record_number(exchange.path["record_number"])
    moment = _read_moment(exchange.query["moment"])
    return Json(data=exchange.services.standards.get_declaration_as_of(number, moment))


@routes.get(
    _PUBLIC + "/differences",
    summary="两个版本之间的差异",
    query=schemas.DifferencesQuery,
    answer=schemas.Differences,
    max_age=300,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def compare_versions(exchange: Exchange) -> Answer:
    """Return how a version differs from another one, indicator by indicator."""
    number = public_view.record_number(exchange.path["record_number"])
    query = exchange.query
    other = public_view.record_number(query["other"]) if query["other"] else number
    return Json(
        data=exchange.services.standards.compare_versions(
            number, query["version"], other, query["other_version"]
        )
    )


@routes.get(
    "/declarations/<uuid:declaration_id>/history",
    summary="谁在何时做了什么",
    answer=schemas.Deeds,
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def list_deeds(exchange: Exchange) -> Answer:
    """Return who did what with one of the enterprise's declarations."""
    return Json(data=exchange.services.standards.list_deeds(exchange.path["declaration_id"]))


@routes.get(
    "/indicator-categories",
    summary="推荐的技术指标分类（换一换）",
    query=schemas.CategoriesQuery,
    answer=schemas.Categories,
    roles=READERS,
    auth=Auth.SESSION,
)
def suggest_categories(exchange: Exchange) -> Answer:
    """Return four suggestions (手册 4.1(2))."""
    return Json(data=exchange.services.standards.suggest_categories(exchange.query["page"]))


def _read_moment(text: str) -> str:
    """Return a moment as it travels; one without a time zone could mean two.

    Raises:
        InvalidFieldsError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        pass
    raise InvalidFieldsError(fields=[FieldError("/moment", fields.FORMAT)])
