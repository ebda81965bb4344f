"""The console: one page, its files, and what is shown where it was not built."""

from typing import Final

from gateway.answers import Answer, Page, Redirect
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


@routes.get("/login", summary="企业登录入口", auth=Auth.PUBLIC)
def show_login(_exchange: Exchange) -> Answer:
    """Lead to where enterprises log in (手册 3)."""
    return _in_console("/login", "login.html")


@routes.get("/register", summary="新用户注册", auth=Auth.PUBLIC)
def show_register(_exchange: Exchange) -> Answer:
    """Lead to where an enterprise registers (手册 2)."""
    return _in_console("/register", "register.html")


@routes.get("/recover/password", summary="忘记密码", auth=Auth.PUBLIC)
def show_recover_password(_exchange: Exchange) -> Answer:
    """Lead to where a password is recovered (手册 7)."""
    return _in_console("/recover/password", "recover.html", what="password")


@routes.get("/recover/username", summary="忘记用户名", auth=Auth.PUBLIC)
def show_recover_username(_exchange: Exchange) -> Answer:
    """Lead to where a user name is recovered (手册 8)."""
    return _in_console("/recover/username", "recover.html", what="username")


def _in_console(path: str, template: str, **context: str) -> Answer:
    """Go to a page of the console; where there is none, say what the API offers."""
    if INDEX in _FILES:
        return Redirect(location=f"/app{path}")
    return Page(template=template, context=context)
