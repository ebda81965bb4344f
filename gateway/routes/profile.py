"""用户管理 (手册 6): 企业信息, 基本信息, 修改密码, 修改手机号."""

from gateway.answers import Answer, Json, Nothing
from gateway.routes.team import MEMBERS
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import profile as schemas
from gateway.schemas.accounts import CodeSent
from gateway.schemas.recovery import CodeInput, FlowStep

routes = Routes("用户管理")


@routes.get("/profile", summary="用户管理", answer=schemas.Profile, auth=Auth.SESSION)
def get_profile(exchange: Exchange) -> Answer:
    """Return the own account and enterprise, numbers masked."""
    return Json(data=exchange.services.accounts.get_profile())


@routes.put(
    "/profile",
    summary="修改基本信息",
    body=schemas.ProfileInput,
    answer=schemas.ProfileChanged,
    auth=Auth.SESSION,
)
def change_profile(exchange: Exchange) -> Answer:
    """Change name and ID number."""
    return Json(data=exchange.services.accounts.change_profile(exchange.body))


@routes.delete(
    "/profile",
    summary="注销本人账户",
    body=schemas.PasswordAgainInput,
    status=204,
    roles=MEMBERS,
    auth=Auth.SESSION,
)
def close_own_account(exchange: Exchange) -> Answer:
    """Close the own account, for the password; an owner hands over first."""
    exchange.services.accounts.close_own_account(exchange.body)
    exchange.sessions.forget(exchange.session_token or "")
    return Nothing(ends_session=True)


@routes.post(
    "/profile/personal-data",
    summary="查看本人的完整身份证号和手机号",
    body=schemas.PasswordAgainInput,
    answer=schemas.PersonalData,
    auth=Auth.SESSION,
)
def show_personal_data(exchange: Exchange) -> Answer:
    """Return the own numbers in full, for the password."""
    return Json(data=exchange.services.accounts.show_personal_data(exchange.body))


@routes.put(
    "/profile/password",
    summary="修改密码",
    body=schemas.PasswordChangeInput,
    answer=schemas.Done,
    auth=Auth.SESSION,
)
def change_password(exchange: Exchange) -> Answer:
    """Change the password; all other sessions end."""
    fields = {**exchange.body, "session_token": exchange.session_token or ""}
    return Json(data=exchange.services.accounts.change_password(fields))


@routes.post(
    "/profile/phone-change",
    summary="修改手机号第一步：向原手机号发送验证码",
    body=schemas.PhoneChangeInput,
    answer=schemas.PhoneChangeStep,
    status=201,
    auth=Auth.SESSION,
)
def begin_phone_change(exchange: Exchange) -> Answer:
    """Have a code sent to the old phone."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.begin_phone_change(fields))


@routes.post(
    "/profile/phone-change/verification",
    summary="修改手机号第二步：验证原手机号",
    body=CodeInput,
    answer=FlowStep,
    auth=Auth.SESSION,
)
def verify_phone_change(exchange: Exchange) -> Answer:
    """Check the code that came to the old phone."""
    return Json(data=exchange.services.accounts.verify_phone_change(exchange.body))


@routes.post(
    "/profile/phone-change/code",
    summary="修改手机号第三步：向新手机号发送验证码",
    body=schemas.NewPhoneInput,
    answer=CodeSent,
    auth=Auth.SESSION,
)
def send_new_phone_code(exchange: Exchange) -> Answer:
    """Have a code sent to the new phone."""
    fields = {**exchange.body, "client_address": exchange.address}
    return Json(data=exchange.services.accounts.send_new_phone_code(fields))


@routes.put(
    "/profile/phone",
    summary="修改手机号第四步：完成",
    body=schemas.PhoneInput,
    answer=schemas.PhoneChanged,
    auth=Auth.SESSION,
)
def change_phone(exchange: Exchange) -> Answer:
    """Check the code that came to the new phone; all other sessions end."""
    fields = {**exchange.body, "session_token": exchange.session_token or ""}
    return Json(data=exchange.services.accounts.complete_phone_change(fields))


@routes.post(
    "/enterprise/refresh",
    summary="更新企业信息",
    answer=schemas.EnterpriseRefreshed,
    auth=Auth.SESSION,
    roles=frozenset({"OWNER", "FILER"}),
)
def refresh_enterprise(exchange: Exchange) -> Answer:
    """Take over what the organization-code database states now."""
    return Json(data=exchange.services.accounts.refresh_enterprise())
