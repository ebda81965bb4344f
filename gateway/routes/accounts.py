"""Registration, login and the session (手册 2, 3)."""

from gateway.answers import Answer, Json, Nothing
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts as schemas

routes = Routes("账户")


@routes.post(
    "/captchas",
    summary="获取图形或语音验证码",
    query=schemas.CaptchaQuery,
    answer=schemas.Captcha,
    status=201,
    auth=Auth.PUBLIC,
)
def create_captcha(exchange: Exchange) -> Answer:
    """Make a picture with characters to type, or a sound with digits."""
    fields = {**exchange.query, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.new_captcha(fields))


@routes.post(
    "/registrations/verification",
    summary="注册第一步：基本信息验证",
    body=schemas.OrganizationInput,
    answer=schemas.RegistrationStep,
    auth=Auth.PUBLIC,
)
def verify_organization(exchange: Exchange) -> Answer:
    """Compare the five fields with the organization-code database."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.begin_registration(fields))


@routes.post(
    "/registrations/user",
    summary="注册第二步：用户信息",
    body=schemas.RegistrationUserInput,
    answer=schemas.RegistrationStep,
    auth=Auth.PUBLIC,
)
def submit_registration_user(exchange: Exchange) -> Answer:
    """Take the user's data."""
    return Json(data=exchange.services.accounts.submit_registration_user(exchange.body))


@routes.post(
    "/registrations/code",
    summary="注册第三步：发送手机验证码",
    body=schemas.RegistrationCodeInput,
    answer=schemas.CodeSent,
    auth=Auth.PUBLIC,
)
def send_registration_code(exchange: Exchange) -> Answer:
    """Have a code sent to the phone."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.send_registration_code(fields))


@routes.post(
    "/registrations",
    summary="注册第三步：完成注册",
    body=schemas.RegistrationInput,
    answer=schemas.Registered,
    status=201,
    needs_idempotency_key=True,
    auth=Auth.PUBLIC,
)
def complete_registration(exchange: Exchange) -> Answer:
    """Check the code and open the account."""
    return Json(data=exchange.services.accounts.complete_registration(exchange.body))


@routes.get(
    "/terms",
    summary="服务条款",
    answer=schemas.Terms,
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def get_terms(exchange: Exchange) -> Answer:
    """Return the terms in force."""
    return Json(data=exchange.services.accounts.get_terms())


@routes.post(
    "/sessions",
    summary="登录",
    body=schemas.LogInInput,
    answer=schemas.SessionOpened,
    status=201,
    auth=Auth.PUBLIC,
)
def log_in(exchange: Exchange) -> Answer:
    """Open a session, or for staff name the next step; a cookie that came is never taken over."""
    reply = exchange.services.accounts.log_in(
        {
            **exchange.body,
            "user_agent": exchange.user_agent,
            "client_address": exchange.address,
        }
    )
    return Json(data=reply, new_session=reply.get("session_token"))


@routes.get(
    "/sessions/current",
    summary="当前登录的用户",
    answer=schemas.SessionState,
    auth=Auth.SESSION,
)
def get_session(exchange: Exchange) -> Answer:
    """Return who is logged in, and the token that pages must send along."""
    session = exchange.required_session
    return Json(data={"csrf_token": session.csrf_token, "user": session.user})


@routes.delete("/sessions/current", summary="退出", status=204, auth=Auth.SESSION)
def log_out(exchange: Exchange) -> Answer:
    """End the session."""
    token = exchange.session_token or ""
    exchange.services.accounts.log_out(token)
    exchange.sessions.forget(token)
    return Nothing(ends_session=True)
