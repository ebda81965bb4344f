"""Wait for a record that is not there yet: 不能注册，数据未同步 (手册 FAQ 14)."""

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts, waiting

routes = Routes("账户")


@routes.post(
    "/registrations/waiting",
    summary="数据未同步时登记等待",
    body=waiting.WaitingInput,
    answer=waiting.Waiting,
    status=202,
    auth=Auth.PUBLIC,
)
def wait_for_sync(exchange: Exchange) -> Answer:
    """Leave the five fields and a phone until the record comes."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.wait_for_sync(fields))


@routes.post(
    "/registrations/waiting/state",
    summary="查询等待的进度",
    body=waiting.TokenInput,
    answer=waiting.WaitingState,
    auth=Auth.PUBLIC,
)
def get_waiting(exchange: Exchange) -> Answer:
    """Return how the case stands; the token is in the body, for addresses are written to logs."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.get_waiting(fields))


@routes.post(
    "/registrations/resumption",
    summary="从短信链接继续注册",
    body=waiting.TokenInput,
    answer=accounts.RegistrationStep,
    auth=Auth.PUBLIC,
)
def resume_registration(exchange: Exchange) -> Answer:
    """Go on with the registration at its second step."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.resume_registration(fields))
