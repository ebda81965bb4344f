"""Entry points: pictures that only people read."""

from typing import Any

from chassis.errors import DomainError
from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.domain import captchas as captcha_rules
from services.accounts.service.base import SERVICES, AccountsBase
from services.accounts.usecases import captchas


class NotInProductionError(DomainError):
    """Refuse what exists for development only."""

    code = "accounts.not_in_production"


class CaptchaEntries(AccountsBase):
    """Captchas 页面验证码."""

    @rpc(public=True)
    def new_captcha(self, **fields: str) -> dict[str, Any]:
        """Return a picture whose characters, or a sound whose digits, only people make out."""
        known = schemas.load(schemas.CaptchaInput, **fields)
        if known["kind"] == "audio":
            captchas.count_audio(self.database, known["client_address"])
            answer = captcha_rules.new_spoken_answer()
            return {"audio_wav_base64": self.speaker.speak(answer), **self._keep(answer)}
        answer = captcha_rules.new_answer()
        return {"image_png_base64": self.painter.draw(answer), **self._keep(answer)}

    @rpc(roles=SERVICES, sensitive_arguments=("captcha_answer",))
    def spend_captcha(self, **fields: str) -> dict[str, Any]:
        """Use up a captcha for a form of another service; refuse a wrong answer."""
        known = schemas.load(schemas.CaptchaUseInput, **fields)
        self.use_captcha(known)
        return {}

    def _keep(self, answer: str) -> dict[str, str]:
        with self.database.transaction() as tx:
            return captchas.create_captcha(
                tx=tx,
                ring=self.ring,
                answer=answer,
                life=self.settings.captcha_life,
                keeps_answer=not self.settings.is_production,
            )

    @rpc(public=True)
    def peek_captcha(self, captcha_id: str) -> dict[str, Any]:
        """Return what a picture says; not in production."""
        if self.settings.is_production:
            raise NotInProductionError
        answer = captchas.peek_captcha(database=self.database, captcha_id=captcha_id)
        return {"answer": answer}
