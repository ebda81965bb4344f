"""The waiting list of those whose record is not there yet (手册 FAQ 14)."""

from gateway.schemas import fields
from gateway.schemas.accounts import OrganizationInput
from gateway.schemas.fields import Length, OneOf


class WaitingInput(OrganizationInput):
    """The five fields of 基本信息验证 and the phone to be told on."""

    phone = fields.String(
        required=True, validate=Length(1, 40), metadata={"description": "接收通知的手机号码"}
    )


class Waiting(fields.Schema):
    """The applicant is on the list."""

    token = fields.String(required=True, metadata={"description": "查询进度用，请妥善保存"})
    expires_at = fields.String(required=True)
    message = fields.String(required=True)


class TokenInput(fields.Schema):
    """A token that the applicant holds."""

    token = fields.String(required=True, validate=Length(1, 100))


class WaitingState(fields.Schema):
    """How the case stands."""

    state = fields.String(
        required=True,
        validate=OneOf(["WAITING", "MISMATCH", "READY"]),
        metadata={
            "description": "WAITING 等待同步；MISMATCH 数据已同步但与填写的不一致，请重新验证；"
            "READY 已短信通知，可继续注册"
        },
    )
    checked_at = fields.String(allow_none=True)
    expires_at = fields.String(required=True)
