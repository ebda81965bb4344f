"""The team of an enterprise: members, invitations, handover."""

from typing import Final

from gateway.answers import Answer, Json, Nothing
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import accounts as account_schemas
from gateway.schemas import team as schemas

routes = Routes("企业成员")

OWNER: Final = frozenset({"OWNER"})
MEMBERS: Final = frozenset({"OWNER", "FILER", "VIEWER"})
_INVITATION: Final = "/invitations/<token>"
_MEMBER: Final = "/team/<uuid:account_id>"


@routes.get("/team", summary="企业成员", answer=schemas.Team, roles=MEMBERS, auth=Auth.SESSION)
def list_team(exchange: Exchange) -> Answer:
    """Return the members of the own enterprise; its owner sees open invitations as well."""
    return Json(data=exchange.services.team.list_team())


@routes.post(
    "/team/invitations",
    summary="邀请成员",
    body=schemas.InviteInput,
    answer=schemas.Invited,
    status=201,
    roles=OWNER,
    auth=Auth.SESSION,
)
def invite_member(exchange: Exchange) -> Answer:
    """Send a link to somebody's phone."""
    return Json(data=exchange.services.team.invite_member(exchange.body))


@routes.delete(
    "/team/invitations/<uuid:invitation_id>",
    summary="撤回邀请",
    status=204,
    roles=OWNER,
    auth=Auth.SESSION,
)
def withdraw_invitation(exchange: Exchange) -> Answer:
    """Take an invitation back."""
    exchange.services.team.withdraw_invitation(exchange.path["invitation_id"])
    return Nothing()


@routes.put(
    _MEMBER + "/role",
    summary="调整成员角色",
    body=schemas.MemberRoleInput,
    answer=schemas.MemberRole,
    roles=OWNER,
    auth=Auth.SESSION,
)
def change_member_role(exchange: Exchange) -> Answer:
    """Give a member another role; he logs in anew."""
    account_id, role = exchange.path["account_id"], str(exchange.body["role"])
    return Json(data=exchange.services.team.change_member_role(account_id, role))


@routes.delete(_MEMBER, summary="移除成员", status=204, roles=OWNER, auth=Auth.SESSION)
def remove_member(exchange: Exchange) -> Answer:
    """Take a member out of the team: his account is closed."""
    exchange.services.team.remove_member(exchange.path["account_id"])
    return Nothing()


@routes.post(
    "/team/handover",
    summary="移交企业管理员",
    body=schemas.HandoverInput,
    answer=schemas.MemberRole,
    roles=OWNER,
    auth=Auth.SESSION,
)
def hand_over_team(exchange: Exchange) -> Answer:
    """Make another member the owner; both log in anew."""
    return Json(data=exchange.services.team.hand_over_team(exchange.body))


@routes.get(_INVITATION, summary="查看邀请", answer=schemas.InvitationShown, auth=Auth.PUBLIC)
def get_invitation(exchange: Exchange) -> Answer:
    """Return who invites whom as what, to the one who has the link."""
    return Json(data=exchange.services.team.get_invitation(exchange.path["token"]))


@routes.post(
    _INVITATION + "/code",
    summary="接受邀请：发送手机验证码",
    body=schemas.InvitationCodeInput,
    answer=account_schemas.CodeSent,
    auth=Auth.PUBLIC,
)
def send_invitation_code(exchange: Exchange) -> Answer:
    """Have a code sent to the phone that was invited."""
    token = exchange.path["token"]
    fields = {**exchange.body, "token": token, "client_address": exchange.address}
    return Json(data=exchange.services.team.send_invitation_code(fields))


@routes.post(
    _INVITATION + "/acceptance",
    summary="接受邀请",
    body=schemas.AcceptanceInput,
    answer=account_schemas.Registered,
    status=201,
    needs_idempotency_key=True,
    auth=Auth.PUBLIC,
)
def accept_invitation(exchange: Exchange) -> Answer:
    """Check the code and open the account of a new member."""
    fields = {**exchange.body, "token": exchange.path["token"]}
    return Json(data=exchange.services.team.accept_invitation(fields))
