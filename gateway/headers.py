"""The headers that make every answer hard to abuse."""

from typing import Final

from gateway.config import Settings

HeaderList = list[tuple[str, str]]

_NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src data:; "
    "form-action 'self'; base-uri 'none'; object-src 'none'; script-src 'none'; "
    "frame-ancestors 'none'"
)
_ALWAYS: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
_HSTS: Final = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")


def secure(headers: HeaderList, settings: Settings, *, is_page: bool) -> HeaderList:
    """Return the headers and those that every answer carries; what a route has set stays."""
    present = {name.lower() for name, _ in headers}
    secured = [*headers, *_ALWAYS]
    if "content-security-policy" not in present:
        secured.append(("Content-Security-Policy", _PAGE if is_page else _NOTHING))
    if "cache-control" not in present:
        secured.append(("Cache-Control", "no-store"))
    if settings.has_secure_cookies:
        secured.append(_HSTS)
    return secured
