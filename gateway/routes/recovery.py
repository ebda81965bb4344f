"""找回密码, 找回用户名 (手册 7, 8): the same answers whether or not anything matches."""

from typing import Any

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import recovery as schemas
from gateway.schemas.accounts import CodeSent

routes = Routes("找回密码和用户名")


def _with_address(exchange: Exchange) -> dict[str, Any]:
    return {**exchange.body, "client_address": exchange.address}


@routes.post(
    "/password-recoveries",
    summary="找回密码第一步：机构信息",
    body=schemas.PasswordRecoveryInput,
    answer=schemas.FlowStep,
    status=201,
    auth=Auth.PUBLIC,
)
def begin_password_recovery(exchange: Exchange) -> Answer:
    """Take what the enterprise stated at registration."""
    reply = exchange.services.accounts.begin_password_recovery(_with_address(exchange))
    return Json(data=reply)


@routes.post(
    "/password-recoveries/code",
    summary="找回密码第二步：发送短信验证码",
    body=schemas.RecoveryUserInput,
    answer=CodeSent,
    auth=Auth.PUBLIC,
)
def send_password_recovery_code(exchange: Exchange) -> Answer:
    """Have a code sent to the phone of registration."""
    reply = exchange.services.accounts.send_password_recovery_code(_with_address(exchange))
    return Json(data=reply)


@routes.post(
    "/password-recoveries/verification",
    summary="找回密码第二步：验证短信验证码",
    body=schemas.CodeInput,
    answer=schemas.FlowStep,
    auth=Auth.PUBLIC,
)
def verify_password_recovery(exchange: Exchange) -> Answer:
    """Check the code."""
    return Json(data=exchange.services.accounts.verify_password_recovery(exchange.body))


@routes.post(
    "/password-recoveries/password",
    summary="找回密码第三步：设置新密码",
    body=schemas.NewPasswordInput,
    answer=schemas.PasswordRecovered,
    auth=Auth.PUBLIC,
)
def complete_password_recovery(exchange: Exchange) -> Answer:
    """Set the new password; nobody is logged in by it."""
    return Json(data=exchange.services.accounts.complete_password_recovery(exchange.body))


@routes.post(
    "/username-recoveries",
    summary="找回用户名第一步：发送短信验证码",
    body=schemas.UsernameRecoveryInput,
    answer=schemas.UsernameRecoveryStep,
    status=201,
    auth=Auth.PUBLIC,
)
def begin_username_recovery(exchange: Exchange) -> Answer:
    """Have a code sent to the phone of registration."""
    reply = exchange.services.accounts.begin_username_recovery(_with_address(exchange))
    return Json(data=reply)


@routes.post(
    "/username-recoveries/verification",
    summary="找回用户名第二步：显示用户名",
    body=schemas.CodeInput,
    answer=schemas.UsernameShown,
    auth=Auth.PUBLIC,
)
def verify_username_recovery(exchange: Exchange) -> Answer:
    """Check the code and show the user name."""
    return Json(data=exchange.services.accounts.verify_username_recovery(exchange.body))
