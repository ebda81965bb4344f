"""Draw captchas (页面验证码) and the codes that authenticator apps read."""

import base64
import io
from typing import Any, Final

import segno
from captcha.image import ImageCaptcha

from chassis.jobs import in_thread

_WIDTH: Final = 160
_HEIGHT: Final = 56


class Painter:
    """Draw characters so that people can read them and programs hardly can."""

    def __init__(self) -> None:
        self._image = ImageCaptcha(width=_WIDTH, height=_HEIGHT, font_sizes=(38, 42, 46))
        # Fonts are read on first use; several threads must not do that at once.
        self._draw("A")

    def draw(self, answer: str) -> str:
        """Return a PNG in base64; drawn in a native thread."""
        return in_thread(self._draw, answer)

    def _draw(self, answer: str) -> str:
        picture = self._image.generate(answer, format="png")
        return base64.b64encode(picture.getvalue()).decode("ascii")


def illustrate(answer: dict[str, Any]) -> dict[str, Any]:
    """Add to the step of a login the picture (SVG) of the address in it, if there is one."""
    if "login_token" not in answer:
        return answer
    uri = answer["otpauth_uri"]
    return {**answer, "qr_svg": _draw_qr(uri) if uri else None}


def _draw_qr(text: str) -> str:
    picture = io.BytesIO()
    segno.make(text).save(picture, kind="svg", xmldecl=False, scale=4)
    return picture.getvalue().decode("ascii")
