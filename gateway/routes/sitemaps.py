"""What crawlers ask for: the site map of everything published, and what they may read."""

from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.sax.saxutils import escape

from gateway.answers import Answer, Raw, Stream
from gateway.clients import Services
from gateway.errors import NotFoundError
from gateway.routing import Auth, Exchange, Face, Routes

routes = Routes("门户", prefix="", face=Face.PAGE)

_XML: Final = "application/xml; charset=utf-8"
# https://www.sitemaps.org/protocol.html allows 50,000 addresses a file.
_PART: Final = 50_000
_PAGE: Final = 2_000
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE: Final = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_FIXED: Final = ("/", "/search", "/statistics", "/notices", "/help", "/open", "/terms")
_ROBOTS: Final = """\
User-agent: *
Disallow: /api/
Disallow: /app/
Disallow: /dev/
Disallow: /complaints/
Disallow: /search.atom
Disallow: /*cursor=

Sitemap: {site}/sitemap.xml
"""

AskLater = Callable[[Callable[[Services], Any]], Any]


@routes.get("/robots.txt", summary="爬虫规则", max_age=86400, auth=Auth.PUBLIC)
def get_robots(exchange: Exchange) -> Answer:
    """Ask crawlers to leave the API alone, and tell them where the site map is."""
    content = _ROBOTS.format(site=exchange.site_url).encode()
    return Raw(content=content, content_type="text/plain; charset=utf-8")


@routes.get(
    "/sitemap.xml", summary="站点地图", survives_outage=True, max_age=3600, auth=Auth.PUBLIC
)
def get_sitemap(exchange: Exchange) -> Answer:
    """Return where the parts of the site map are; each keeps its address and its beginning."""
    parts = exchange.services.search.list_record_parts(_PART)["items"]
    names = ["pages", *(_name(part) for part in parts)]
    entries = "".join(
        f"<sitemap><loc>{escape(exchange.site_url)}/sitemaps/{name}.xml</loc></sitemap>\n"
        for name in names
    )
    document = f"{_HEAD}<sitemapindex {_SPACE}>\n{entries}</sitemapindex>\n"
    return Raw(content=document.encode(), content_type=_XML)


@routes.get("/sitemaps/pages.xml", summary="站点地图：栏目", max_age=3600, auth=Auth.PUBLIC)
def get_page_map(exchange: Exchange) -> Answer:
    """Return the pages that are always there."""
    site = escape(exchange.site_url)
    entries = "".join(f"<url><loc>{site}{path}</loc></url>\n" for path in _FIXED)
    document = f"{_HEAD}<urlset {_SPACE}>\n{entries}</urlset>\n"
    return Raw(content=document.encode(), content_type=_XML)


@routes.get(
    "/sitemaps/<int(max=1000000000000000):start>-<int(max=1000000000000000):end>.xml",
    summary="站点地图：一部分标准",
    max_age=3600,
    auth=Auth.PUBLIC,
)
def get_record_map(exchange: Exchange) -> Answer:
    """Return the pages of a stretch of publications; it is read while it goes out."""
    if exchange.ask_later is None:
        raise NotFoundError
    start, end = int(exchange.path["start"]), int(exchange.path["end"]) or None
    # The first page is asked for at once: what fails then is answered as a failure.
    first = exchange.services.search.list_records(start, end, _PAGE)
    if not first["items"]:
        raise NotFoundError
    pieces = _records(exchange.ask_later, first, end=end, site=escape(exchange.site_url))
    return Stream(pieces=pieces, content_type=_XML)


def _name(part: dict[str, Any]) -> str:
    return f"{part['start']}-{part['end'] or 0}"


def _records(ask: AskLater, page: dict[str, Any], *, end: int | None, site: str) -> Iterator[bytes]:
    yield f"{_HEAD}<urlset {_SPACE}>\n".encode()
    left = _PART
    while True:
        entries = page["items"][:left]
        left -= len(entries)
        yield "".join(
            f"<url><loc>{site}/s/{escape(str(entry['record_number']))}</loc>"
            f"<lastmod>{entry['changed_at'][:10]}</lastmod></url>\n"
            for entry in entries
        ).encode()
        following = page["next"]
        if following is None or not left:
            break
        page = ask(_asking(following, end))
    yield b"</urlset>\n"


def _asking(start: int, end: int | None) -> Callable[[Services], Any]:
    return lambda services: services.search.list_records(start, end, _PAGE)
