"""Logging in as staff: after the password a code of the authenticator app."""

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts as account_schemas
from gateway.schemas import staff as schemas

routes = Routes("工作人员")
development = Routes("开发")


@routes.post(
    "/sessions/totp",
    summary="登录：输入动态口令",
    body=schemas.TotpInput,
    answer=account_schemas.SessionOpened,
    status=201,
    auth=Auth.PUBLIC,
)
def verify_totp(exchange: Exchange) -> Answer:
    """Open the session of a login whose password was right."""
    reply = exchange.services.staff.verify_totp(exchange.body)
    return Json(data=reply, new_session=str(reply["session_token"]))


@routes.post(
    "/sessions/password",
    summary="登录：更换初始密码",
    body=schemas.InitialPasswordInput,
    answer=schemas.LoginStep,
    auth=Auth.PUBLIC,
)
def replace_initial_password(exchange: Exchange) -> Answer:
    """Replace a password that somebody else made, and name the next step."""
    return Json(data=exchange.services.staff.replace_initial_password(exchange.body))


@development.get(
    "/dev/totp/<username>",
    summary="下一个动态口令（仅开发环境）",
    answer=schemas.TotpCode,
    is_development_only=True,
    auth=Auth.PUBLIC,
)
def peek_totp(exchange: Exchange) -> Answer:
    """Return the next code of an account."""
    return Json(data=exchange.services.staff.peek_totp(exchange.path["username"]))
