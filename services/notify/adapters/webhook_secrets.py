"""Secrets of webhooks, and what they sign: Standard Webhooks, by its own library."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from standardwebhooks import Webhook as Signer

from chassis.config import CommonSettings
from chassis.keyrings import data_ring
from services.notify.usecases.rotation import WEBHOOK_SECRET

PREFIX: Final = "whsec_"
_BYTES: Final = 32


class WebhookSecrets:
    """Make secrets, keep them unreadable, and sign with them."""

    def __init__(self, settings: CommonSettings) -> None:
        self._ring = data_ring(settings)

    def new(self, webhook_id: str) -> str:
        """Return a new secret of 256 bits, encrypted for this webhook."""
        secret = PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode("ascii")
        return self._ring.encrypt(secret, _context(webhook_id))

    def open(self, webhook_id: str, encrypted: str) -> str:
        """Return a secret in clear.

        Raises:
            chassis.crypto.DecryptionError: it was altered, or is another webhook's.
        """
        return self._ring.decrypt(encrypted, _context(webhook_id))


def sign(secret_texts: Sequence[str], *, event_id: str, at: datetime, body: str) -> dict[str, str]:
    """Return the three headers of Standard Webhooks; every secret gives a signature."""
    signatures = [Signer(text).sign(event_id, at, body) for text in secret_texts]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _context(webhook_id: str) -> str:
    return f"{WEBHOOK_SECRET}:{webhook_id}"
