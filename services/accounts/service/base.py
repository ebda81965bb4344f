"""What every entry point of ``accounts`` can use: settings, keys, rules, and other services."""

from typing import Any, ClassVar, Final

from chassis import crypto, keyrings
from chassis.config import CommonSettings
from chassis.errors import DomainError, ForbiddenError
from chassis.rpc import RpcClient, RpcProxy
from chassis.service import Provided, Service, SignerProvider
from services.accounts.adapters import passwords, texts
from services.accounts.adapters.pictures import Painter
from services.accounts.adapters.texts import Terms
from services.accounts.adapters.voices import Speaker
from services.accounts.config import Settings
from services.accounts.domain.passwords import PasswordProfile
from services.accounts.events import Sealer
from services.accounts.usecases import captchas
from services.accounts.usecases.one_time_codes import CodeRules, Codes
from services.accounts.usecases.protection import Hasher, Ring
from services.accounts.usecases.registration import PasswordRules
from services.accounts.usecases.sessions import Signer
from services.accounts.usecases.signing_in import LoginRules
from services.accounts.usecases.waiting import Opener

SERVICES: Final = ("SERVICE",)


def _code_rules(settings: Settings) -> CodeRules:
    return CodeRules(
        life=settings.code_life,
        interval=settings.code_interval,
        tries=settings.code_tries,
        per_phone_hour=settings.codes_per_phone_hour,
        per_phone_day=settings.codes_per_phone_day,
        per_organization_day=settings.codes_per_organization_day,
        per_network_hour=settings.codes_per_network_hour,
    )


def _login_rules(settings: Settings) -> LoginRules:
    return LoginRules(
        failures=settings.login_failures,
        lock=settings.login_lock,
        per_network=settings.logins_per_network,
        session_life=settings.session_life,
        terms_version=texts.read_terms(settings).version,
    )


def _password_rules(settings: Settings) -> PasswordRules:
    return PasswordRules(
        profile=PasswordProfile(settings.password_profile),
        common=texts.read_common_passwords(settings),
    )


class AccountsBase(Service):
    """Hold what is injected; each area of entry points is a class beside this one."""

    settings_class: ClassVar[type[CommonSettings]] = Settings

    settings: Settings
    registry: RpcProxy = RpcClient("registry", idempotent=("get_division", "get_organization"))
    ring: Ring = Provided(keyrings.data_ring)
    seals: Sealer = Provided(keyrings.seal_ring)
    openers: Opener = Provided(keyrings.seal_ring)
    hasher: Hasher = Provided(passwords.new_hasher)
    painter: Painter = Provided(lambda _: Painter())
    speaker: Speaker = Provided(lambda _: Speaker())
    terms: Terms = Provided(texts.read_terms)
    code_rules: CodeRules = Provided(_code_rules)
    login_rules: LoginRules = Provided(_login_rules)
    password_rules: PasswordRules = Provided(_password_rules)
    signer: Signer = SignerProvider()

    @property
    def codes(self) -> Codes:
        """Return what sends and checks codes."""
        return Codes(self.ring, self.seals, self.code_rules, crypto.random_code)

    def own_account_id(self) -> str:
        """Return the id of the account that asks.

        Raises:
            ForbiddenError: a service or a machine asks, not a person.
        """
        actor = self.call.actor
        if actor is None or not actor.subject.startswith("user:"):
            raise ForbiddenError
        return actor.subject.removeprefix("user:")

    def own_enterprise_id(self) -> str:
        """Return the id of the enterprise that the one who asks belongs to.

        Raises:
            ForbiddenError: he belongs to none.
        """
        actor = self.call.actor
        if actor is None or actor.enterprise_id is None:
            raise ForbiddenError
        return actor.enterprise_id

    def use_captcha(self, known: dict[str, Any]) -> None:
        """Use up the captcha of a request and take its fields out."""
        captchas.use_captcha(
            database=self.database,
            ring=self.ring,
            captcha_id=known.pop("captcha_id"),
            answer=known.pop("captcha_answer"),
        )

    def region_name(self, code: str) -> str:
        """Return the full name of a division, empty for what is none."""
        if not code:
            return ""
        try:
            path: str = self.registry.get_division(code=code)["path"]
        except DomainError as error:
            if error.wire_code == "registry.division_not_found":
                return ""
            raise
        return path.replace("/", "")
