"""Accounts of staff, for security administrators."""

from typing import Final

from gateway.answers import Answer, Json, Nothing
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import staff as schemas

routes = Routes("工作人员")

SECURITY: Final = frozenset({"SECURITY_ADMIN"})
_ACCOUNT: Final = "/staff/accounts/<uuid:account_id>"


@routes.get(
    "/staff/accounts",
    summary="工作人员账户",
    answer=schemas.StaffAccounts,
    roles=SECURITY,
    auth=Auth.SESSION,
)
def list_staff(exchange: Exchange) -> Answer:
    """Return the accounts of staff."""
    return Json(data=exchange.services.staff.list_staff())


@routes.post(
    "/staff/accounts",
    summary="新建工作人员账户",
    body=schemas.StaffInput,
    answer=schemas.StaffAdded,
    status=201,
    roles=SECURITY,
    auth=Auth.SESSION,
)
def add_staff(exchange: Exchange) -> Answer:
    """Add an account; its first password is shown this once."""
    return Json(data=exchange.services.staff.add_staff(exchange.body))


@routes.put(
    _ACCOUNT + "/roles",
    summary="调整工作人员角色",
    body=schemas.StaffRolesInput,
    answer=schemas.StaffAccount,
    roles=SECURITY,
    auth=Auth.SESSION,
)
def set_staff_roles(exchange: Exchange) -> Answer:
    """Give somebody other roles; he logs in anew."""
    fields = {**exchange.body, "account_id": exchange.path["account_id"]}
    return Json(data=exchange.services.staff.set_staff_roles(fields))


@routes.delete(_ACCOUNT, summary="停用工作人员账户", status=204, roles=SECURITY, auth=Auth.SESSION)
def end_staff(exchange: Exchange) -> Answer:
    """End an account."""
    exchange.services.staff.end_staff(exchange.path["account_id"])
    return Nothing()


@routes.delete(
    _ACCOUNT + "/totp", summary="重置动态口令", status=204, roles=SECURITY, auth=Auth.SESSION
)
def reset_totp(exchange: Exchange) -> Answer:
    """Take a second factor away that was lost; its owner enrols anew at the next login."""
    exchange.services.staff.reset_totp(exchange.path["account_id"])
    return Nothing()
