"""用户管理 (手册 6): the own account and enterprise."""

from gateway.schemas import fields
from gateway.schemas.accounts import CodeSent, User
from gateway.schemas.fields import Length
from gateway.schemas.recovery import CodeInput

_SHORT = Length(1, 100)
_PASSWORD = Length(1, 256)


class OwnUser(User):
    """基本信息; numbers masked."""

    id_number_masked = fields.String(metadata={"description": "身份证号"})
    phone_masked = fields.String(metadata={"description": "手机号"})
    password_changed_at = fields.String()


class OwnEnterprise(fields.Schema):
    """企业信息, as last taken from the organization-code database; it cannot be edited."""

    enterprise_id = fields.String()
    credit_code = fields.String(allow_none=True)
    organization_code = fields.String(metadata={"description": "组织机构代码"})
    name = fields.String(metadata={"description": "机构名称"})
    legal_representative = fields.String(metadata={"description": "法定代表人"})
    legal_representative_id_number_masked = fields.String(metadata={"description": "法人证件号"})
    address = fields.String(metadata={"description": "注册地址"})
    postcode = fields.String(metadata={"description": "邮政编码"})
    legal_representative_email = fields.String(metadata={"description": "法人邮箱"})
    phone_masked = fields.String(metadata={"description": "联系电话"})
    region = fields.String()
    bureau_code = fields.String(allow_none=True, metadata={"description": "所属质检局"})
    registered_at = fields.String()
    refreshed_at = fields.String()
    is_outdated = fields.Boolean(metadata={"description": "代码库有更新的信息，可点击“更新”"})


class AcceptedTerms(fields.Schema):
    """The terms that were accepted."""

    version = fields.String(allow_none=True)
    accepted_at = fields.String(allow_none=True)


class Profile(fields.Schema):
    """企业信息, 基本信息, 修改密码, 修改手机号: what the page shows."""

    user = fields.Nested(OwnUser, required=True)
    enterprise = fields.Nested(OwnEnterprise, allow_none=True)
    terms = fields.Nested(AcceptedTerms)


class ProfileInput(fields.Schema):
    """基本信息: the user name is fixed; another ID number needs the password."""

    name = fields.String(validate=_SHORT, metadata={"description": "姓名"})
    id_number = fields.String(validate=_SHORT, metadata={"description": "身份证号"})
    password = fields.String(
        validate=_PASSWORD, metadata={"description": "修改身份证号时必填：登录密码"}
    )


class Done(fields.Schema):
    """What to show."""

    message = fields.String(required=True)


class ProfileChanged(Done):
    """What was changed."""

    changed = fields.List(fields.String())


class PasswordAgainInput(fields.Schema):
    """The password, once more."""

    password = fields.String(required=True, validate=_PASSWORD)


class PersonalData(fields.Schema):
    """The own numbers in full."""

    name = fields.String()
    id_number = fields.String()
    phone = fields.String()


class EnterpriseRefreshed(Done):
    """What 更新 has brought."""

    is_changed = fields.Boolean(required=True)
    changed = fields.List(fields.String())
    last_synced_at = fields.String(
        required=True, metadata={"description": "代码库中该机构数据的最近同步时间"}
    )


class PasswordChangeInput(fields.Schema):
    """原密码, 密码, 确认密码."""

    old_password = fields.String(required=True, validate=_PASSWORD)
    password = fields.String(required=True, validate=_PASSWORD)
    password_confirmation = fields.String(required=True, validate=_PASSWORD)


class PhoneChangeInput(fields.Schema):
    """用户密码: proves that it is not only an open browser that asks."""

    password = fields.String(required=True, validate=_PASSWORD)
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class PhoneChangeStep(CodeSent):
    """Where the first code went, and the token of the next step."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)
    phone_masked = fields.String(required=True, metadata={"description": "原手机号"})


class NewPhoneInput(fields.Schema):
    """The new phone."""

    token = fields.String(required=True, validate=_SHORT)
    phone = fields.String(required=True, validate=_SHORT, metadata={"description": "新手机号"})
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class PhoneInput(CodeInput):
    """The code that came to the new phone."""


class PhoneChanged(Done):
    """The new phone, masked."""

    phone_masked = fields.String(required=True)
