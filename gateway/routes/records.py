"""Pages of one record: what it says, said, and how it is proved (手册 5.4, 5.5; FAQ 15, 16, 27)."""

from typing import Final

from gateway import difference_view, public_view, record_view
from gateway.answers import Answer, Page, Raw
from gateway.errors import NotFoundError
from gateway.qr_codes import qr_code
from gateway.remote import Reply
from gateway.routes.public import text_of
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas import records as schemas

routes = Routes("门户", prefix="", face=Face.PAGE)

_RECORD: Final = "/s/<record_number>"
_DAY: Final = 86_400


@routes.get(
    _RECORD,
    summary="标准详情",
    query=schemas.RecordQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_declaration(exchange: Exchange) -> Answer:
    """Show a published declaration in its five blocks, now or as of a day."""
    if exchange.query["as_of"]:
        return _show_as_of(exchange, exchange.query["as_of"])
    found = public_view.declaration(exchange.services, exchange.path["record_number"])
    return _record_page(exchange, found, as_of_day=None)


def _show_as_of(exchange: Exchange, day: str) -> Answer:
    number = public_view.record_number(exchange.path["record_number"])
    found = record_view.as_of(exchange, number, day)
    if found is not None:
        return _record_page(exchange, found, as_of_day=day)
    versions = exchange.services.standards.list_versions(number)
    context = {"record_number": number, "day": day, "first": versions["items"][0]}
    return Page(template="not_public_yet.html", context=context, status=404)


def _record_page(exchange: Exchange, found: Reply, *, as_of_day: str | None) -> Answer:
    context = record_view.record_context(exchange, found)
    return Page(template="declaration.html", context={**context, "as_of_day": as_of_day})


@routes.get(
    f"{_RECORD}/text", summary="查看文本", gives_pdf=True, survives_outage=True, auth=Auth.PUBLIC
)
def show_text(exchange: Exchange) -> Answer:
    """Hand out the published text."""
    return text_of(exchange)


@routes.get(
    f"{_RECORD}/read",
    summary="在线阅读文本",
    query=schemas.ReadingQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_reading(exchange: Exchange) -> Answer:
    """Show the words of a page of the published text; the file itself is never opened here."""
    number = public_view.record_number(exchange.path["record_number"])
    text = exchange.services.standards.get_public_text(number)
    pages = record_view.read_pages(exchange.blobs, text)
    page = exchange.query["page"]
    if page > max(1, len(pages)):
        raise NotFoundError
    context = {
        "record_number": number,
        "text": text,
        "page": page,
        "pages": len(pages),
        "words": pages[page - 1] if pages else "",
    }
    return Page(template="reading.html", context=context)


@routes.get(f"{_RECORD}/qr.svg", summary="标准详情的二维码", max_age=_DAY, auth=Auth.PUBLIC)
def show_qr_code(exchange: Exchange) -> Answer:
    """Draw the QR code of a record's permanent address; whether it is there costs no question."""
    number = public_view.record_number(exchange.path["record_number"])
    content = qr_code(record_view.record_address(exchange, number))
    return Raw(content=content, content_type="image/svg+xml")


@routes.get(
    f"{_RECORD}/versions",
    summary="公开过的各个版本",
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_versions(exchange: Exchange) -> Answer:
    """List every version that was public, with what each changed."""
    number = public_view.record_number(exchange.path["record_number"])
    found = exchange.services.standards.list_versions(number)
    return Page(template="versions.html", context=record_view.versions_context(found))


@routes.get(
    f"{_RECORD}/versions/<int(min=1, max=100000):before>..<int(min=1, max=100000):after>",
    summary="两个版本的差异",
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def show_differences(exchange: Exchange) -> Answer:
    """Show how two versions of a record differ, the earlier one first whatever was asked."""
    number = public_view.record_number(exchange.path["record_number"])
    asked = (int(exchange.path["before"]), int(exchange.path["after"]))
    found = exchange.services.standards.compare_versions(number, max(asked), number, min(asked))
    return _differences_page(found, number)


@routes.get(
    f"{_RECORD}/revised",
    summary="与被修订标准的差异",
    survives_outage=True,
    max_age=60,
    auth=Auth.PUBLIC,
)
def show_revised(exchange: Exchange) -> Answer:
    """Show what a revision made different: its newest version beside that of what it revises."""
    found = public_view.declaration(exchange.services, exchange.path["record_number"])
    number, earlier = found["record_number"], found["document"]["supersedes"]
    if not earlier:
        raise NotFoundError
    standards = exchange.services.standards
    last = standards.list_versions(earlier)["items"][-1]["version"]
    compared = standards.compare_versions(number, found["version"], earlier, last)
    return _differences_page(compared, number)


def _differences_page(found: Reply, number: str) -> Answer:
    context = difference_view.differences_context(found)
    return Page(template="differences.html", context={**context, "record_number": number})


@routes.get(
    f"{_RECORD}/proof",
    summary="公开存证",
    query=schemas.ProofQuery,
    survives_outage=True,
    max_age=10,
    auth=Auth.PUBLIC,
)
def show_proof(exchange: Exchange) -> Answer:
    """Show where a version is in the log, and how anybody checks that it was not altered."""
    number = public_view.record_number(exchange.path["record_number"])
    proof = exchange.services.standards.prove_inclusion(record_number=number, **exchange.query)
    context = {
        "proof": proof,
        "proof_url": public_view.proof_url(number, proof["version"]),
        "record_number": number,
    }
    return Page(template="log_proof.html", context=context)
