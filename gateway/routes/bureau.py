"""The work of bureaus: enterprises and accounts of their area, freezing, changes of phones."""

from typing import Final

from gateway.answers import Answer, Json, Nothing
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import staff as schemas

routes = Routes("监管部门")

BUREAU: Final = frozenset({"BUREAU"})
FREEZERS: Final = frozenset({"BUREAU", "SECURITY_ADMIN"})
_ENTERPRISE: Final = "/bureau/enterprises/<uuid:enterprise_id>"
_CHANGE: Final = "/bureau/phone-changes/<uuid:change_id>"


@routes.get(
    "/bureau/enterprises",
    summary="辖区企业",
    query=schemas.AreaQuery,
    answer=schemas.AreaEnterprises,
    roles=FREEZERS,
    auth=Auth.SESSION,
)
def list_area_enterprises(exchange: Exchange) -> Answer:
    """Return the enterprises whose bureau lies in the own area."""
    query = exchange.query
    return Json(data=exchange.services.bureau.list_area_enterprises(query["q"], query["page"]))


@routes.get(
    "/bureau/accounts",
    summary="辖区企业的账户",
    query=schemas.AreaQuery,
    answer=schemas.AreaAccounts,
    roles=BUREAU,
    auth=Auth.SESSION,
)
def list_area_accounts(exchange: Exchange) -> Answer:
    """Return the accounts of the own area by user name, phone, enterprise or code; masked."""
    query = exchange.query
    return Json(data=exchange.services.bureau.list_area_accounts(query["q"], query["page"]))


@routes.post(
    _ENTERPRISE + "/freeze",
    summary="冻结企业",
    body=schemas.ReasonInput,
    answer=schemas.AreaEnterprise,
    roles=FREEZERS,
    auth=Auth.SESSION,
)
def freeze_enterprise(exchange: Exchange) -> Answer:
    """End the sessions and keys of an enterprise; its records stay public."""
    enterprise_id, reason = exchange.path["enterprise_id"], str(exchange.body["reason"])
    return Json(data=exchange.services.bureau.freeze_enterprise(enterprise_id, reason))


@routes.post(
    _ENTERPRISE + "/unfreeze",
    summary="解除冻结",
    body=schemas.ReasonInput,
    answer=schemas.AreaEnterprise,
    roles=FREEZERS,
    auth=Auth.SESSION,
)
def unfreeze_enterprise(exchange: Exchange) -> Answer:
    """Let an enterprise act again."""
    enterprise_id, reason = exchange.path["enterprise_id"], str(exchange.body["reason"])
    return Json(data=exchange.services.bureau.unfreeze_enterprise(enterprise_id, reason))


@routes.get(
    "/bureau/phone-changes",
    summary="手机号码变更",
    answer=schemas.PhoneChanges,
    roles=BUREAU,
    auth=Auth.SESSION,
)
def list_phone_changes(exchange: Exchange) -> Answer:
    """Return the newest changes of the own area."""
    return Json(data=exchange.services.bureau.list_phone_changes())


@routes.post(
    "/bureau/phone-changes",
    summary="申请变更手机号码",
    body=schemas.PhoneChangeProposal,
    answer=schemas.PhoneChange,
    status=201,
    roles=BUREAU,
    auth=Auth.SESSION,
)
def propose_phone_change(exchange: Exchange) -> Answer:
    """Propose another phone for somebody who lost his; a second person decides."""
    return Json(data=exchange.services.bureau.propose_phone_change(exchange.body))


@routes.post(
    _CHANGE + "/approval",
    summary="同意变更手机号码",
    answer=schemas.PhoneChange,
    roles=BUREAU,
    auth=Auth.SESSION,
)
def approve_phone_change(exchange: Exchange) -> Answer:
    """Let a change take effect in 24 hours; the old phone is told at once."""
    return Json(data=exchange.services.bureau.approve_phone_change(exchange.path["change_id"]))


@routes.post(
    _CHANGE + "/rejection",
    summary="不同意变更手机号码",
    body=schemas.ReasonInput,
    answer=schemas.PhoneChange,
    roles=BUREAU,
    auth=Auth.SESSION,
)
def reject_phone_change(exchange: Exchange) -> Answer:
    """Refuse a change."""
    change_id, reason = exchange.path["change_id"], str(exchange.body["reason"])
    return Json(data=exchange.services.bureau.reject_phone_change(change_id, reason))


@routes.get(
    "/profile/phone-changes",
    summary="监管部门办理的手机号码变更",
    answer=schemas.PhoneChanges,
    auth=Auth.SESSION,
)
def list_own_phone_changes(exchange: Exchange) -> Answer:
    """Return the changes of the own phone that a bureau has begun."""
    return Json(data=exchange.services.bureau.list_own_phone_changes())


@routes.delete(
    "/profile/phone-changes/<uuid:change_id>",
    summary="撤销手机号码变更",
    status=204,
    auth=Auth.SESSION,
)
def object_to_phone_change(exchange: Exchange) -> Answer:
    """Stop a change of the own phone before it takes effect."""
    exchange.services.bureau.object_to_phone_change(exchange.path["change_id"])
    return Nothing()
