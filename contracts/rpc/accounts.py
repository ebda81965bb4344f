"""What ``accounts`` answers."""

from typing import TypedDict


class Captcha(TypedDict):
    """``new_captcha``: a PNG and the id to send back with its characters."""

    captcha_id: str
    image_png_base64: str
    expires_at: str


class EnterprisePreview(TypedDict):
    """The organisation that is about to register."""

    name: str
    credit_code: str | None
    organization_code: str
    region: str
    region_name: str


class RegistrationBegun(TypedDict):
    """``begin_registration``: the token of the next steps."""

    token: str
    enterprise: EnterprisePreview
    expires_at: str


class RegistrationStep(TypedDict):
    """``submit_registration_user``."""

    token: str
    expires_at: str


class CodeSent(TypedDict):
    """``send_registration_code``: seconds until the next code may be asked for, and its limits.

    ``expires_in``: seconds; ``tries``: at this code; ``sends_left``: more codes within the hour.
    """

    retry_after: int
    expires_in: int
    tries: int
    sends_left: int


class Registered(TypedDict):
    """``complete_registration``."""

    username: str
    message: str
    redirect: str


class Terms(TypedDict):
    """``get_terms``."""

    version: str
    title: str
    text: str


class SessionOpened(TypedDict):
    """``log_in``: ``landing`` names the page that follows (企业标准录入)."""

    session_token: str
    session_id: str
    csrf_token: str
    expires_at: str
    landing: str
    needs_terms: bool


class LoginStep(TypedDict):
    """``log_in`` of staff, ``replace_initial_password``: what is missing before a session opens.

    ``step`` is ``PASSWORD``, ``TOTP_ENROLMENT`` (only then with address and picture) or ``TOTP``.
    """

    step: str
    login_token: str
    expires_at: str
    otpauth_uri: str | None
    qr_svg: str | None


class TotpCode(TypedDict):
    """``peek_totp``."""

    code: str
    wait_seconds: int


class User(TypedDict):
    """Who is signed in."""

    user_id: str
    username: str
    name: str
    roles: list[str]
    enterprise_id: str | None
    enterprise_name: str | None
    region: str | None


class ActorKnown(TypedDict):
    """``get_actor_token``: good until ``expires_at``, a minute at most."""

    actor_token: str
    expires_at: str
    session_id: str
    csrf_token: str
    user: User


class Enterprise(TypedDict):
    """``get_enterprise``: what a publication keeps of its enterprise."""

    enterprise_id: str
    name: str
    credit_code: str | None
    organization_code: str
    legal_representative: str
    address: str
    postcode: str
    region: str


class PublicProfile(Enterprise):
    """``get_public_profile``: also of a frozen enterprise, and the version of its data."""

    sequence: int


class EnterpriseArea(TypedDict):
    """``get_enterprise_area``: the division code of the bureau in charge."""

    area: str


class OwnEnterprise(Enterprise):
    """The own enterprise, as 用户管理 shows it; personal numbers masked."""

    legal_representative_id_number_masked: str
    legal_representative_email: str
    phone_masked: str
    bureau_code: str | None
    registered_at: str
    refreshed_at: str
    is_outdated: bool


class OwnUser(User):
    """The own account; personal numbers masked."""

    id_number_masked: str
    phone_masked: str
    password_changed_at: str


class AcceptedTerms(TypedDict):
    """Which terms were accepted when."""

    version: str | None
    accepted_at: str | None


class Profile(TypedDict):
    """``get_profile``."""

    user: OwnUser
    enterprise: OwnEnterprise | None
    terms: AcceptedTerms


class Waiting(TypedDict):
    """``wait_for_sync``: a token that tells how the case stands, and what to tell the applicant."""

    token: str
    expires_at: str
    message: str


class FlowBegun(TypedDict):
    """``begin_password_recovery``, ``verify_*``: the token of the next step."""

    token: str
    expires_at: str


class RecoveryCodeSent(CodeSent):
    """``send_password_recovery_code``: the message is the same whether or not anything matches."""

    message: str


class UsernameRecoveryBegun(RecoveryCodeSent, FlowBegun):
    """``begin_username_recovery``."""


class UsernameShown(TypedDict):
    """``verify_username_recovery``."""

    username: str


class PasswordRecovered(TypedDict):
    """``complete_password_recovery``."""

    message: str
    redirect: str


class Done(TypedDict):
    """``change_password``."""

    message: str


class ProfileChanged(Done):
    """``change_profile``: the names of what is new."""

    changed: list[str]


class PersonalData(TypedDict):
    """``show_personal_data``: the own numbers in full."""

    name: str
    id_number: str
    phone: str


class EnterpriseRefreshed(Done):
    """``refresh_enterprise``."""

    is_changed: bool
    changed: list[str]
    last_synced_at: str


class PhoneChangeBegun(CodeSent, FlowBegun):
    """``begin_phone_change``: where the code went."""

    phone_masked: str


class PhoneChanged(Done):
    """``complete_phone_change``."""

    phone_masked: str


class OwnSession(TypedDict):
    """One open session of the account that asks."""

    session_id: str
    created_at: str
    last_seen_at: str
    expires_at: str
    network: str
    user_agent: str
    is_current: bool


class OwnSessions(TypedDict):
    """``list_sessions``: newest first."""

    sessions: list[OwnSession]


class SessionsEnded(TypedDict):
    """``end_other_sessions``: how many there were."""

    ended: int


class TermsAccepted(TypedDict):
    """``accept_terms``."""

    version: str
    accepted_at: str


class SpokenCaptcha(TypedDict):
    """``new_captcha`` of the kind ``audio``: a WAV in which digits are spoken."""

    captcha_id: str
    audio_wav_base64: str
    expires_at: str
