"""The two key rings of a process, built from its settings.

The *data* ring keeps personal data at rest and makes blind indexes; the *seal* ring protects
what travels to another service. Everybody knows the development keys; production refuses them.
"""

import base64
import hashlib

from chassis.config import DEVELOPMENT_KEY, CommonSettings
from chassis.crypto import Keyring, Profile


def data_ring(settings: CommonSettings) -> Keyring:
    """Return the ring of personal data at rest.

    Raises:
        chassis.crypto.KeyringError: a key setting is malformed.
    """
    keys = _setting(settings.data_keys, "data")
    index = settings.index_key
    if index == DEVELOPMENT_KEY:
        index = _development_key("index")
    return Keyring.parse(f"{keys},index:{index}", _profile(settings))


def seal_ring(settings: CommonSettings) -> Keyring:
    """Return the ring of what travels sealed.

    Raises:
        chassis.crypto.KeyringError: a key setting is malformed.
    """
    return Keyring.parse(_setting(settings.seal_keys, "seal"), _profile(settings))


def _setting(text: str, purpose: str) -> str:
    return f"dev:{_development_key(purpose)}" if text == DEVELOPMENT_KEY else text


def _development_key(purpose: str) -> str:
    digest = hashlib.sha256(f"qibiao development {purpose} key".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _profile(settings: CommonSettings) -> Profile:
    return Profile.SM if settings.crypto == "sm" else Profile.AES
