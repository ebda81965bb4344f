"""The public portal: pages that people read, print and link to (手册 1, FAQ 27, 32)."""

from typing import Final

from gateway import public_view, search_view
from gateway.answers import Answer, Page, Raw
from gateway.errors import NotFoundError
from gateway.pages import static_files
from gateway.problems import describe
from gateway.routes.public import text_of
from gateway.routing import Auth, Exchange, Face, Routes
from gateway.schemas.search import SearchQuery

routes = Routes("门户", prefix="", face=Face.PAGE)
development = Routes("开发", prefix="", face=Face.PAGE)

_LATEST: Final = 8
_STATIC: Final = static_files()
_YEAR: Final = 31_536_000
_ROBOTS: Final = b"User-agent: *\nDisallow: /api/\nDisallow: /dev/\n"


@routes.get("/", summary="首页", survives_outage=True, max_age=10, auth=Auth.PUBLIC)
def show_home(exchange: Exchange) -> Answer:
    """Show the search box and what was published last."""
    found = search_view.search(exchange, {"limit": _LATEST})
    return Page(template="home.html", context={"latest": found["items"], "query": {}})


@routes.get(
    "/search", summary="查询", query=SearchQuery, survives_outage=True, max_age=10, auth=Auth.PUBLIC
)
def show_search(exchange: Exchange) -> Answer:
    """Show a page of hits."""
    found = search_view.search(exchange, exchange.query, with_facets=True)
    query = {name: value for name, value in exchange.query.items() if name != "with_facets"}
    region_name = search_view.region_name(exchange, search_view.region_prefix(query["region"]))
    context = {"found": found, "query": query, "region_name": region_name}
    return Page(template="search.html", context=context)


@routes.get(
    "/s/<record_number>", summary="标准详情", survives_outage=True, max_age=30, auth=Auth.PUBLIC
)
def show_declaration(exchange: Exchange) -> Answer:
    """Show a published declaration in its five blocks."""
    found = public_view.declaration(exchange.services, exchange.path["record_number"])
    document = found["document"]
    region_name = exchange.divisions.of(str(document["enterprise"]["region"]), exchange.services)
    return Page(
        template="declaration.html",
        context={"found": found, "document": document, "region_name": region_name},
    )


@routes.get(
    "/s/<record_number>/text",
    summary="查看文本",
    gives_pdf=True,
    survives_outage=True,
    auth=Auth.PUBLIC,
)
def show_text(exchange: Exchange) -> Answer:
    """Hand out the published text."""
    return text_of(exchange)


@routes.get("/terms", summary="服务条款", survives_outage=True, max_age=300, auth=Auth.PUBLIC)
def show_terms(exchange: Exchange) -> Answer:
    """Show the terms of service."""
    return Page(template="terms.html", context={"terms": exchange.services.accounts.get_terms()})


@routes.get("/login", summary="企业登录入口", max_age=300, auth=Auth.PUBLIC)
def show_login(_exchange: Exchange) -> Answer:
    """Show where enterprises log in, and the three ways on (手册 2.1, 7.1, 8.1)."""
    return Page(template="login.html")


@routes.get("/register", summary="新用户注册", max_age=300, auth=Auth.PUBLIC)
def show_register(_exchange: Exchange) -> Answer:
    """Say how an enterprise registers."""
    return Page(template="register.html")


@routes.get("/recover/password", summary="忘记密码", max_age=300, auth=Auth.PUBLIC)
def show_recover_password(_exchange: Exchange) -> Answer:
    """Say how a password is recovered."""
    return Page(template="recover.html", context={"what": "password"})


@routes.get("/recover/username", summary="忘记用户名", max_age=300, auth=Auth.PUBLIC)
def show_recover_username(_exchange: Exchange) -> Answer:
    """Say how a user name is recovered."""
    return Page(template="recover.html", context={"what": "username"})


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


@routes.get("/robots.txt", summary="爬虫规则", max_age=86400, auth=Auth.PUBLIC)
def get_robots(_exchange: Exchange) -> Answer:
    """Ask crawlers to leave the API alone."""
    return Raw(content=_ROBOTS, content_type="text/plain; charset=utf-8")


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
