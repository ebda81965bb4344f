"""The public portal: pages that people read, print and link to (手册 1, FAQ 27, 32)."""

import contextlib
from typing import Any, Final

from chassis.errors import DomainError
from gateway import atom, forms, search_page, search_view
from gateway.answers import Answer, Page, Raw
from gateway.errors import NotFoundError
from gateway.pages import query_string, static_files
from gateway.problems import describe
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas.portal import PortalQuery

routes = Routes("门户", prefix="", face=Face.PAGE)
development = Routes("开发", prefix="", face=Face.PAGE)

_LATEST: Final = 8
_NOTICES: Final = 3
_WRONG: Final = 422
# A place between pages that is no more: the first page is shown.
_MOVED: Final = frozenset({"search.invalid_cursor", "search.outdated_cursor"})
_STATIC: Final = static_files()
_YEAR: Final = 31_536_000


@routes.get("/", summary="首页", survives_outage=True, max_age=10, auth=Auth.PUBLIC)
def show_home(exchange: Exchange) -> Answer:
    """Show the search box, what was published last, how much there is, and the notices."""
    services = exchange.services
    context: dict[str, Any] = {"totals": None, "notices": []}
    context["latest"] = search_view.search(exchange, {"limit": _LATEST})["items"]
    # What stands beside the search box is left out while it cannot be had.
    with contextlib.suppress(DomainError):
        context["totals"] = services.search.get_statistics("")["total"]
    with contextlib.suppress(DomainError):
        newest = {"page": 1, "page_size": _NOTICES}
        context["notices"] = services.notify.list_notices(newest)["items"]
    return Page(template="home.html", context=context)


@routes.get(
    "/search", summary="查询", form=PortalQuery, survives_outage=True, max_age=10, auth=Auth.PUBLIC
)
def show_search(exchange: Exchange) -> Answer:
    """Show a page of hits, or what is wrong with a box."""
    form = forms.check(PortalQuery, exchange.typed)
    asked = search_page.asked_of(form)
    context: dict[str, Any] = {
        "form": form,
        "asked": asked,
        "names": search_page.NAMES,
        "boxes": search_page.BOXES,
        "hidden": search_page.HIDDEN,
        "is_open": bool(search_page.TYPED & set(asked)) or bool(set(form.errors) - {"q"}),
        "found": None,
        "is_moved": False,
        "chosen": search_page.chosen(exchange, asked) if form.is_right else [],
        "regions": search_page.regions(exchange, form.typed["region"]),
        "classes": search_page.classes(exchange, asked.get("class_code", "")),
    }
    if not form.is_right:
        return Page(template="search.html", context=context, status=_WRONG)
    try:
        found = search_view.search(exchange, search_page.to_query(form), with_facets=True)
    except DomainError as error:
        if error.wire_code not in _MOVED:
            raise
        form = forms.check(PortalQuery, asked)
        found = search_view.search(exchange, search_page.to_query(form), with_facets=True)
        context |= {"form": form, "is_moved": True}
    context |= {
        "found": found,
        "groups": search_page.groups(found["facets"], asked),
        "ways": search_page.ways(form, found, asked),
    }
    return Page(template="search.html", context=context)


@routes.get(
    "/search.atom",
    summary="一项查询的最新公开（Atom）",
    form=PortalQuery,
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def get_search_feed(exchange: Exchange) -> Answer:
    """Return the newest hits as a feed."""
    form = forms.check(PortalQuery, exchange.typed)
    found = search_view.search(exchange, search_page.feed_query(form))
    asked = search_page.asked_of(form)
    title = f"企业标准公开：{search_page.title_of(asked) or '最新公开'}"
    content = atom.write(
        found["items"], site=exchange.site_url, query=query_string(asked), title=title
    )
    return Raw(content=content, content_type=atom.CONTENT_TYPE)


@routes.get("/terms", summary="服务条款", survives_outage=True, max_age=300, auth=Auth.PUBLIC)
def show_terms(exchange: Exchange) -> Answer:
    """Show the terms of service."""
    return Page(template="terms.html", context={"terms": exchange.services.accounts.get_terms()})


@routes.get("/problems/<code>", summary="问题说明", max_age=3600, auth=Auth.PUBLIC)
def show_problem(exchange: Exchange) -> Answer:
    """Explain an error code: where the ``type`` of a problem document leads."""
    explained = describe(exchange.path["code"])
    if explained is None:
        raise NotFoundError
    return Page(template="problem.html", context={"explained": explained})


@routes.get("/static/<name>", summary="样式与图标", max_age=_YEAR, auth=Auth.PUBLIC)
def get_static(exchange: Exchange) -> Answer:
    """Return a file that is served as it is."""
    found = _STATIC.get(exchange.path["name"])
    if found is None:
        raise NotFoundError
    content, content_type = found
    return Raw(content=content, content_type=content_type)


@routes.get("/favicon.ico", summary="图标", max_age=86400, auth=Auth.PUBLIC)
def get_favicon(_exchange: Exchange) -> Answer:
    """Return the icon for browsers that do not read the page."""
    content, content_type = _STATIC["icon.svg"]
    return Raw(content=content, content_type=content_type)


@development.get(
    "/dev/messages", summary="已发送的短信", is_development_only=True, auth=Auth.PUBLIC
)
def show_messages(exchange: Exchange) -> Answer:
    """Show the messages that would have gone to phones."""
    reply = exchange.services.notify.list_development_messages()
    return Page(template="messages.html", context={"messages": reply["messages"]})


@development.get("/dev/captchas", summary="图形验证码", is_development_only=True, auth=Auth.PUBLIC)
def show_captcha(exchange: Exchange) -> Answer:
    """Make a captcha and show what it says."""
    captcha = exchange.services.accounts.new_captcha({})
    answer = exchange.services.accounts.peek_captcha(str(captcha["captcha_id"]))
    return Page(template="captchas.html", context={"captcha": captcha, "answer": answer["answer"]})
