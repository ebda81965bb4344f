"""An enterprise takes its own data along: one JSON file of everything stored for it."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final

from gateway.answers import Answer, Json
from gateway.clients import Services
from gateway.remote import Reply
from gateway.routes.team import OWNER
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import exports as schemas
from gateway.schemas.declarations import KINDS, TABLES
from gateway.schemas.profile import PasswordAgainInput

routes = Routes("企业数据导出")

# Of each part that comes in pages; the rest can be read page by page over its own route.
MOST_ROWS: Final = 1000
FILE_NAME: Final = "qibiao-enterprise-export.json"
_PAGE: Final = 100


@routes.post(
    "/enterprise/exports",
    summary="导出本企业的全部数据",
    body=PasswordAgainInput,
    answer=schemas.EnterpriseExport,
    roles=OWNER,
    auth=Auth.SESSION,
)
def export_enterprise(exchange: Exchange) -> Answer:
    """Return everything that is stored for the enterprise, for its owner's password."""
    services = exchange.services
    exported = services.team.export_enterprise(exchange.body)
    pages: dict[str, Iterable[Reply]] = {
        "audit": _audit(services),
        "declarations": _declarations(services),
        "messages": _rows(services.notify.list_messages),
        # All in one answer, with its limit far below what fits in; their secrets are in none.
        "webhooks": services.webhooks.list_webhooks()["items"],
    }
    parts: dict[str, Any] = {}
    capped = list(exported["capped"])
    for name, rows in pages.items():
        found = list(islice(rows, MOST_ROWS + 1))
        parts[name] = found[:MOST_ROWS]
        if len(found) > MOST_ROWS:
            capped.append(name)
    return Json(data={**exported, **parts, "capped": capped}, file_name=FILE_NAME)


def _declarations(services: Services) -> Iterator[Reply]:
    """Yield the rows of every table of every kind, published and not, in the owner's name."""
    return chain.from_iterable(_table(services, kind, state) for kind in KINDS for state in TABLES)


def _table(services: Services, kind: str, state: str) -> Iterator[Reply]:
    wanted = {"kind": kind, "state": state}
    for row in _rows(lambda page: services.standards.list_declarations({**wanted, **page})):
        yield {**row, "kind": kind}


def _rows(ask: Callable[[dict[str, int]], Reply]) -> Iterator[Reply]:
    """Yield the rows of all pages of a list, asking for one page at a time."""
    page = 1
    while True:
        found = ask({"page": page, "page_size": _PAGE})
        yield from found["items"]
        if page * _PAGE >= found["total"]:
            return
        page += 1


def _audit(services: Services) -> Iterator[Reply]:
    """Yield what ``accounts`` has written down about the enterprise, oldest first."""
    after = 0
    while True:
        found = services.accounts.list_own_audit({"after": after, "limit": _PAGE})
        yield from found["rows"]
        if len(found["rows"]) < _PAGE:
            return
        after = found["next_after"]
