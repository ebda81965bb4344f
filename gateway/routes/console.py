"""The console: one page, its files, and what is shown where it was not built."""

from typing import Final

from gateway.answers import Answer, Page
from gateway.console import INDEX, built_files
from gateway.errors import NotFoundError
from gateway.routing import Auth, Exchange, Face, Routes

routes = Routes("工作台", prefix="", face=Face.PAGE)

_FILES: Final = built_files()


@routes.get("/app/assets/<name>", summary="工作台的文件", auth=Auth.PUBLIC)
def get_console_file(exchange: Exchange) -> Answer:
    """Return a script or style sheet of the console."""
    found = _FILES.get(f"assets/{exchange.path['name']}")
    if found is None:
        raise NotFoundError
    return found


@routes.get("/app/", summary="工作台", auth=Auth.PUBLIC)
def show_console(_exchange: Exchange) -> Answer:
    """Show the console, or say that this installation has none."""
    return _FILES.get(INDEX) or Page(template="console_missing.html", status=503)


@routes.get("/app/<path:rest>", summary="工作台的页面", auth=Auth.PUBLIC)
def show_console_page(exchange: Exchange) -> Answer:
    """Show the console at one of its own addresses."""
    return show_console(exchange)
