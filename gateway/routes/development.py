"""What makes trying the system easy, and does not exist in production."""

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts as schemas

routes = Routes("开发")


@routes.get(
    "/dev/messages",
    summary="已发送的短信（仅开发环境）",
    is_development_only=True,
    auth=Auth.PUBLIC,
)
def list_development_messages(exchange: Exchange) -> Answer:
    """Return the messages that would have gone to phones."""
    reply = exchange.services.notify.list_development_messages()
    return Json(data={"items": reply["messages"]})


@routes.get(
    "/dev/captchas/<captcha_id>",
    summary="图形验证码的答案（仅开发环境）",
    answer=schemas.CaptchaAnswer,
    is_development_only=True,
    auth=Auth.PUBLIC,
)
def peek_captcha(exchange: Exchange) -> Answer:
    """Return what a captcha's picture says."""
    return Json(data=exchange.services.accounts.peek_captcha(exchange.path["captcha_id"]))
