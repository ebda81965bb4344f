"""What everybody may read, for programs: search, declarations, texts, feed (手册 FAQ 27, 32)."""

from gateway import feed, public_view
from gateway.answers import Answer, File, Json
from gateway.remote import Reply
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import public as schemas

routes = Routes("公开信息")

_ITEM = "/public/declarations/<record_number>"


@routes.get(
    _ITEM,
    summary="一条公开的声明",
    query=schemas.DeclarationQuery,
    answer=schemas.PublicDeclaration,
    survives_outage=True,
    max_age=30,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_public_declaration(exchange: Exchange) -> Answer:
    """Return what was published under a record number, and where its proof is."""
    found = public_view.declaration(exchange.services, exchange.path["record_number"])
    is_proved = exchange.query["extra"] == "inclusion"
    return Json(data=public_view.with_proof(exchange.services, found, has_inclusion=is_proved))


@routes.get(
    _ITEM + "/text",
    summary="查看文本（PDF）",
    gives_pdf=True,
    survives_outage=True,
    auth=Auth.PUBLIC,
)
def get_public_text(exchange: Exchange) -> Answer:
    """Return the published text, whole or in part."""
    return text_of(exchange)


@routes.get(
    _ITEM + "/indicators/<int(max=500):position>/text",
    summary="查看技术指标上传的文本（PDF）",
    gives_pdf=True,
    auth=Auth.PUBLIC,
)
def get_indicator_text(exchange: Exchange) -> Answer:
    """Return the file that says the requirement of an indicator."""
    number = public_view.record_number(exchange.path["record_number"])
    position = int(exchange.path["position"])
    return _file(exchange.services.standards.get_indicator_text(number, position))


@routes.get(
    "/events",
    summary="公开事件，按位置续读",
    query=schemas.EventsQuery,
    answer=schemas.Events,
    gives_events=True,
    scope="events:read",
    auth=Auth.PUBLIC,
)
def list_events(exchange: Exchange) -> Answer:
    """Return a page of the public log, or the same as server-sent events that stay open.

    With ``Accept: text/event-stream`` the id of each event is its position, its name the event's
    type; ``Last-Event-ID`` goes before ``after``.
    """
    return feed.answer(exchange)


def text_of(exchange: Exchange) -> File:
    """Return the file that was published under the record number in the path."""
    record_number = public_view.record_number(exchange.path["record_number"])
    return _file(exchange.services.standards.get_public_text(record_number))


def _file(text: Reply) -> File:
    return File(
        key=str(text["key"]),
        size=int(text["size"]),
        sha256=str(text["sha256"]),
        file_name=str(text["file_name"]),
    )
