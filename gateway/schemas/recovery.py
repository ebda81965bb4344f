"""Recovery of password and user name (手册 7, 8)."""

from gateway.schemas import fields
from gateway.schemas.accounts import CodeSent, OrganizationInput
from gateway.schemas.fields import Length

_SHORT = Length(1, 100)
_TOKEN = Length(1, 100)
_PASSWORD = Length(1, 256)


class PasswordRecoveryInput(OrganizationInput):
    """机构信息: as at registration (机构信息填写必须和注册填写时匹配)."""


class FlowStep(fields.Schema):
    """The token that opens the next step, once."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)


class RecoveryUserInput(fields.Schema):
    """用户名: to whose phone the code goes."""

    token = fields.String(required=True, validate=_TOKEN)
    username = fields.String(
        required=True, validate=Length(1, 200), metadata={"description": "注册时的用户名"}
    )
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class CodeInput(fields.Schema):
    """The code that came by SMS."""

    token = fields.String(required=True, validate=_TOKEN)
    code = fields.String(required=True, validate=_SHORT, metadata={"description": "短信验证码"})


class NewPasswordInput(fields.Schema):
    """新密码, 确认密码."""

    token = fields.String(required=True, validate=_TOKEN)
    password = fields.String(required=True, validate=_PASSWORD)
    password_confirmation = fields.String(required=True, validate=_PASSWORD)


class PasswordRecovered(fields.Schema):
    """What to show, and where to go."""

    message = fields.String(required=True)
    redirect = fields.String(required=True)


class UsernameRecoveryInput(fields.Schema):
    """统一社会信用代码（组织机构代码） and the phone of registration."""

    code = fields.String(
        required=True,
        validate=_SHORT,
        metadata={"description": "统一社会信用代码（组织机构代码）"},
    )
    phone = fields.String(
        required=True, validate=_SHORT, metadata={"description": "注册时的手机号码"}
    )
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class UsernameRecoveryStep(CodeSent):
    """The token of the next step, and when another code may be asked for."""

    token = fields.String(required=True)
    expires_at = fields.String(required=True)


class UsernameShown(fields.Schema):
    """用户名; shown once."""

    username = fields.String(required=True)
