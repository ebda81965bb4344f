"""Speak captchas, for people who cannot see the picture (页面验证码, 语音)."""

import base64

from captcha.audio import AudioCaptcha

from chassis.jobs import in_thread


class Speaker:
    """Speak digits over noise."""

    def __init__(self) -> None:
        self._audio = AudioCaptcha()

    def speak(self, digits: str) -> str:
        """Return a WAV in base64; made in a native thread."""
        return in_thread(self._speak, digits)

    def _speak(self, digits: str) -> str:
        return base64.b64encode(bytes(self._audio.generate(digits))).decode("ascii")
