"""Entry points: the registration of an enterprise (手册 2)."""

from dataclasses import asdict
from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import activation, registration
from services.accounts.usecases.registration import User


class RegistrationEntries(AccountsBase):
    """Registration 注册, in three steps."""

    @rpc(public=True, sensitive_arguments=("legal_representative_id_number", "captcha_answer"))
    def begin_registration(self, **fields: str) -> dict[str, Any]:
        """Verify an organisation and begin its registration (手册 2.1, first step)."""
        known = schemas.load(schemas.VerificationInput, **fields)
        self.use_captcha(known)
        registration.refuse_registered(database=self.database, code=known["code"])
        organization = registration.verify_organization(
            registry=self.registry, fields=known, help_url=self.settings.help_url
        )
        region_name = self.region_name(organization["region"])
        with self.database.transaction() as tx:
            return registration.open_flow(
                tx=tx,
                ring=self.ring,
                organization=organization,
                region_name=region_name,
                id_number=known["legal_representative_id_number"],
                life=self.settings.flow_life,
            )

    @rpc(
        public=True, sensitive_arguments=("token", "id_number", "password", "password_confirmation")
    )
    def submit_registration_user(self, **fields: str) -> dict[str, Any]:
        """Take the user's data (手册 2.1, second step)."""
        known = schemas.load(schemas.UserInput, **fields)
        token = known.pop("token")
        return registration.submit_user(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            rules=self.password_rules,
            token=token,
            user=User(**known),
            is_bureau_known=bool(self.region_name(known["bureau_code"])),
            is_bureau_required=self.settings.is_bureau_required,
        )

    @rpc(public=True, sensitive_arguments=("token", "phone", "captcha_answer"))
    def send_registration_code(self, **fields: str) -> dict[str, Any]:
        """Have a code sent to the applicant's phone (手册 2.1, third step)."""
        known = schemas.load(schemas.CodeInput, **fields)
        self.use_captcha(known)
        return activation.send_code(database=self.database, codes=self.codes, **known)

    @rpc(public=True, sensitive_arguments=("token", "phone", "code"))
    def complete_registration(
        self, *, token: str, phone: str, code: str, has_accepted_terms: bool
    ) -> dict[str, Any]:
        """Check the code and open the account (手册 2.1: 注册成功)."""
        known = schemas.load(
            schemas.CompletionInput,
            token=token,
            phone=phone,
            code=code,
            has_accepted_terms=has_accepted_terms,
        )
        return activation.complete(
            database=self.database,
            call=self.call,
            codes=self.codes,
            terms_version=self.terms.version,
            **known,
        )

    @rpc(public=True, idempotent=True)
    def get_terms(self) -> dict[str, Any]:
        """Return the terms of service in force."""
        return asdict(self.terms)
