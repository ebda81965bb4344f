"""Registration, captcha, session (手册 2, 3)."""

from gateway.schemas import fields
from gateway.schemas.fields import Length

_SHORT = Length(1, 100)
_LONG = Length(1, 500)
_TOKEN = Length(1, 2_000)


class Captcha(fields.Schema):
    """A picture with characters to type."""

    captcha_id = fields.String(required=True)
    image_png_base64 = fields.String()
    audio_wav_base64 = fields.String(metadata={"description": "语音验证码：六位数字"})
    expires_at = fields.String()


class CaptchaQuery(fields.Schema):
    """Whether to see characters or to hear digits."""

    kind = fields.String(
        validate=fields.OneOf(("image", "audio")), metadata={"description": "图形或语音"}
    )


class CaptchaAnswer(fields.Schema):
    """What the picture says; development only."""

    answer = fields.String(required=True)


class _WithCaptcha(fields.Schema):
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class OrganizationInput(_WithCaptcha):
    """基本信息验证: the five fields that must equal the organization-code database."""

    code = fields.String(
        required=True,
        validate=_SHORT,
        metadata={"description": "统一社会信用代码（组织机构代码）"},
    )
    name = fields.String(required=True, validate=_LONG, metadata={"description": "机构名称"})
    legal_representative = fields.String(
        required=True, validate=_LONG, metadata={"description": "法定代表人"}
    )
    legal_representative_id_number = fields.String(
        required=True, validate=_SHORT, metadata={"description": "法人证件号"}
    )
    address = fields.String(required=True, validate=_LONG, metadata={"description": "注册地址"})


class EnterprisePreview(fields.Schema):
    """The organization as the database has it, without anything personal."""

    name = fields.String()
    credit_code = fields.String()
    organization_code = fields.String()
    region = fields.String()
    region_name = fields.String()


class RegistrationStep(fields.Schema):
    """The token that opens the next step."""

    token = fields.String(required=True)
    enterprise = fields.Nested(EnterprisePreview)
    expires_at = fields.String()


class RegistrationUserInput(fields.Schema):
    """用户信息: who will use the account."""

    token = fields.String(required=True, validate=_TOKEN)
    username = fields.String(required=True, validate=_SHORT, metadata={"description": "用户名"})
    name = fields.String(required=True, validate=_SHORT, metadata={"description": "姓名"})
    id_number = fields.String(required=True, validate=_SHORT, metadata={"description": "身份证号"})
    password = fields.String(required=True, validate=Length(1, 256))
    password_confirmation = fields.String(required=True, validate=Length(1, 256))
    bureau_code = fields.String(validate=_SHORT, metadata={"description": "所属质检局"})


class RegistrationCodeInput(_WithCaptcha):
    """手机激活码: where to send the code."""

    token = fields.String(required=True, validate=_TOKEN)
    phone = fields.String(required=True, validate=_SHORT)


class CodeSent(fields.Schema):
    """When another code may be asked for, how long this one is good, and how often to try."""

    retry_after = fields.Integer(
        required=True, metadata={"description": "多少秒后可再次获取验证码"}
    )
    expires_in = fields.Integer(metadata={"description": "验证码在多少秒内有效"})
    tries = fields.Integer(metadata={"description": "本验证码最多可输入的次数"})
    sends_left = fields.Integer(metadata={"description": "一小时内还可获取的次数"})
    message = fields.String()


class RegistrationInput(fields.Schema):
    """The last step: the code that came by SMS, and the terms."""

    token = fields.String(required=True, validate=_TOKEN)
    phone = fields.String(required=True, validate=_SHORT)
    code = fields.String(required=True, validate=_SHORT)
    has_accepted_terms = fields.Boolean(required=True)


class Registered(fields.Schema):
    """注册成功."""

    username = fields.String(required=True)
    message = fields.String(required=True)
    redirect = fields.String(required=True)


class Terms(fields.Schema):
    """The terms of service."""

    version = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)


class LogInInput(_WithCaptcha):
    """Name, password and what the picture says."""

    username = fields.String(required=True, validate=_SHORT)
    password = fields.String(required=True, validate=Length(1, 256))


class User(fields.Schema):
    """Who is logged in."""

    user_id = fields.String()
    username = fields.String()
    name = fields.String()
    roles = fields.List(fields.String())
    enterprise_id = fields.String(allow_none=True)
    enterprise_name = fields.String(allow_none=True)
    region = fields.String(allow_none=True)


class SessionOpened(fields.Schema):
    """The session's CSRF token (the session itself is in the cookie); or the step that is next."""

    csrf_token = fields.String()
    step = fields.String(metadata={"description": "工作人员登录的下一步，见 /sessions/totp"})
    login_token = fields.String()
    otpauth_uri = fields.String(allow_none=True)
    qr_svg = fields.String(allow_none=True)
    expires_at = fields.String()
    landing = fields.String(metadata={"description": "登录后进入的页面"})
    needs_terms = fields.Boolean(metadata={"description": "服务条款有新版本，需要同意"})


class SessionState(fields.Schema):
    """The session a cookie stands for."""

    csrf_token = fields.String(required=True)
    user = fields.Nested(User, required=True)


class OwnSession(fields.Schema):
    """One place where the account is signed in."""

    session_id = fields.String(required=True)
    created_at = fields.String()
    last_seen_at = fields.String()
    expires_at = fields.String()
    network = fields.String(metadata={"description": "登录的网络地址段"})
    user_agent = fields.String()
    is_current = fields.Boolean(required=True)


class OwnSessions(fields.Schema):
    """Where the account is signed in, newest first."""

    items = fields.List(fields.Nested(OwnSession), required=True)


class SessionsEnded(fields.Schema):
    """How many sessions were ended."""

    ended = fields.Integer(required=True)


class TermsInput(fields.Schema):
    """The version that was read."""

    version = fields.String(required=True, validate=_SHORT)


class TermsAccepted(fields.Schema):
    """The version that is accepted now."""

    version = fields.String(required=True)
    accepted_at = fields.String(required=True)
