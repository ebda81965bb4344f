"""What was written in confidence: encrypted to keep it, hashed where it is only compared."""

from typing import Final, Protocol

COMPLAINT_TEXT: Final = "standards.complaint_text"
REPORTER_NAME: Final = "standards.reporter_name"
REPORTER_PHONE: Final = "standards.reporter_phone"


class Ring(Protocol):
    """The keys of personal data at rest (:class:`chassis.crypto.Keyring`)."""

    def encrypt(self, plaintext: str, context: str) -> str:
        """Return a token for the plaintext that opens only in the same context."""

    def decrypt(self, token: str, context: str) -> str:
        """Return the plaintext again."""

    def blind_index(self, value: str, purpose: str) -> str:
        """Return a keyed hash that is the same for equal values of one purpose."""


class Sealer(Protocol):
    """The keys of what travels (:class:`chassis.crypto.Keyring`)."""

    def seal(self, value: str, to: str) -> str:
        """Return the value readable for one service only."""


def place(purpose: str, row_id: str) -> str:
    """Return the context of an encrypted value: a token copied to another row does not open."""
    return f"{purpose}:{row_id}"


def code_hash(ring: Ring, number: str, code: str) -> str:
    """Return what is stored of a query code: good only for its complaint."""
    return ring.blind_index(code, f"standards.complaint_code:{number}")
