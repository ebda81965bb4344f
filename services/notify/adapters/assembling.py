"""Make the providers that the settings name."""

from collections import Counter
from pathlib import Path

from services.notify.adapters.providers import ConsoleProvider, FileProvider, Provider
from services.notify.adapters.signed_http import SignedHttpProvider
from services.notify.config import Settings, SmsAddress


def name_addresses(settings: Settings) -> dict[str, SmsAddress]:
    """Return the providers in the order of the setting; each is known by its kind."""
    seen: Counter[str] = Counter()
    named = {}
    for address in settings.sms_addresses:
        seen[address.kind] += 1
        count = seen[address.kind]
        named[address.kind if count == 1 else f"{address.kind}-{count}"] = address
    return named


def new_providers(settings: Settings) -> list[Provider]:
    """Return the providers in the order of the setting."""
    return [
        _new_provider(name, address, settings) for name, address in name_addresses(settings).items()
    ]


def _new_provider(name: str, address: SmsAddress, settings: Settings) -> Provider:
    if address.kind == "console":
        return ConsoleProvider(name)
    if address.kind == "file":
        return FileProvider(name, Path(address.url))
    timeout, allows_loopback = settings.sms_timeout_seconds, not settings.is_production
    if address.kind == "http":
        return SignedHttpProvider(name, address, timeout=timeout, allows_loopback=allows_loopback)
    from services.notify.adapters import clouds  # noqa: PLC0415 - large libraries, rarely needed

    kind = clouds.kinds()[address.kind]
    return kind(name, address, timeout=timeout, allows_loopback=allows_loopback)
