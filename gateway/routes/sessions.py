"""Where one is signed in, and the terms of service in force."""

from gateway.answers import Answer, Json, Nothing
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts as schemas

routes = Routes("登录管理")


@routes.get("/sessions", summary="本账户的登录", answer=schemas.OwnSessions, auth=Auth.SESSION)
def list_sessions(exchange: Exchange) -> Answer:
    """Return where the account is signed in."""
    reply = exchange.services.accounts.list_sessions(exchange.session_token or "")
    return Json(data={"items": reply["sessions"]})


@routes.delete("/sessions", summary="结束其他登录", answer=schemas.SessionsEnded, auth=Auth.SESSION)
def end_other_sessions(exchange: Exchange) -> Answer:
    """End all sessions of the account but this one."""
    token = exchange.session_token or ""
    return Json(data=exchange.services.accounts.end_other_sessions(token))


@routes.delete("/sessions/<uuid:session_id>", summary="结束一个登录", status=204, auth=Auth.SESSION)
def end_session(exchange: Exchange) -> Answer:
    """End one session of the account."""
    exchange.services.accounts.end_session(str(exchange.path["session_id"]))
    return Nothing()


@routes.post(
    "/terms/acceptance",
    summary="同意服务条款",
    body=schemas.TermsInput,
    answer=schemas.TermsAccepted,
    auth=Auth.SESSION,
)
def accept_terms(exchange: Exchange) -> Answer:
    """Note that the terms in force were read and accepted."""
    return Json(data=exchange.services.accounts.accept_terms(exchange.body))
