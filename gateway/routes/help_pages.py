"""The help centre 帮助中心, the notices 公告, and how the site is made for everybody."""

from typing import Any, Final

from gateway import faq, forms, manual
from gateway.answers import Answer, Page, Raw
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas.portal import HelpQuery, NoticesQuery

routes = Routes("门户", prefix="", face=Face.PAGE)

_NOTICES: Final = 15
_WRONG: Final = 422


@routes.get(
    "/help", summary="帮助中心", form=HelpQuery, survives_outage=True, max_age=60, auth=Auth.PUBLIC
)
def show_help(exchange: Exchange) -> Answer:
    """Show the questions of the FAQ by topic, or those that hold every word (手册 9)."""
    form = forms.check(HelpQuery, exchange.typed)
    words = form.typed["q"].strip()
    entries = exchange.services.notify.search_faq(words if form.is_right else "")["items"]
    context = {"form": form, "words": words, "entries": entries, "topics": _by_topic(entries)}
    return Page(template="help.html", context=context, status=200 if form.is_right else _WRONG)


@routes.get(
    "/help/faq/<int(min=1, max=9999):number>",
    summary="一个常见问题",
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def show_faq_entry(exchange: Exchange) -> Answer:
    """Show one question with its answer, and those of the same topic."""
    number = int(exchange.path["number"])
    entry = exchange.services.notify.get_faq_entry(number)
    topic = faq.topic_of(number)
    beside = [
        other
        for other in exchange.services.notify.search_faq("")["items"]
        if other["number"] != number and faq.topic_of(other["number"]) == topic
    ]
    context = {"entry": entry, "topic": topic, "beside": beside}
    return Page(template="help_entry.html", context=context)


@routes.get("/help/manual", summary="操作手册", max_age=3600, auth=Auth.PUBLIC)
def show_manual(_exchange: Exchange) -> Answer:
    """Show the operating manual (FAQ 30)."""
    return Page(template="help_manual.html", context={"blocks": manual.blocks()})


@routes.get("/help/manual.md", summary="下载操作手册", max_age=3600, auth=Auth.PUBLIC)
def get_manual(_exchange: Exchange) -> Answer:
    """Return the manual as a file to keep."""
    kind = "text/markdown; charset=utf-8"
    return Raw(content=manual.content(), content_type=kind, file_name="qibiao-manual.md")


@routes.get(
    "/notices",
    summary="公告",
    form=NoticesQuery,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_notices(exchange: Exchange) -> Answer:
    """Show a page of the notices, the newest first."""
    form = forms.check(NoticesQuery, exchange.typed)
    page = int(form.data.get("page", 1))
    found = exchange.services.notify.list_notices({"page": page, "page_size": _NOTICES})
    has_more = found["total"] > page * _NOTICES
    return Page(template="notices.html", context={"found": found, "has_more": has_more})


@routes.get(
    "/notices/<uuid:notice_id>",
    summary="一条公告",
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def show_notice(exchange: Exchange) -> Answer:
    """Show one notice."""
    notice = exchange.services.notify.get_notice(exchange.path["notice_id"])
    return Page(template="notice.html", context={"notice": notice})


@routes.get("/accessibility", summary="无障碍说明", max_age=3600, auth=Auth.PUBLIC)
def show_accessibility(_exchange: Exchange) -> Answer:
    """Say what was done so that everybody can use the site, and what to do where it was not."""
    return Page(template="accessibility.html")


def _by_topic(entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in (*faq.TOPICS, faq.OTHER)}
    for entry in entries:
        found[faq.topic_of(int(entry["number"]))].append(entry)
    return {topic: listed for topic, listed in found.items() if listed}
