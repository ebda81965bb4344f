"""Personal numbers, codes and tokens: encrypted or hashed before they are stored."""

from typing import Final, Protocol

from chassis import crypto

ID_NUMBER: Final = "accounts.id_number"
LEGAL_REPRESENTATIVE: Final = "accounts.legal_representative_id_number"
PHONE: Final = "accounts.phone"
TOTP_SECRET: Final = "accounts.totp_secret"  # noqa: S105 - the purpose of a key


class Ring(Protocol):
    """The keys of personal data at rest (:class:`chassis.crypto.Keyring`)."""

    def encrypt(self, plaintext: str, context: str) -> str:
        """Return a token for the plaintext that opens only in the same context."""

    def decrypt(self, token: str, context: str) -> str:
        """Return the plaintext again."""

    def blind_index(self, value: str, purpose: str) -> str:
        """Return a keyed hash that is the same for equal values of one purpose."""


class Hasher(Protocol):
    """Make and check password hashes, off the hub."""

    def hash(self, password: str) -> str:
        """Return a salted, slow hash."""

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password; without a hash as slowly as with one, then no."""

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other settings."""


def place(purpose: str, row_id: str) -> str:
    """Return the context of an encrypted value: a token copied to another row does not open."""
    return f"{purpose}:{row_id}"


def move(ring: Ring, token: str, *, purpose: str, source: str, target: str) -> str:
    """Return a value encrypted in one row as it must be to stand in another."""
    return ring.encrypt(ring.decrypt(token, place(purpose, source)), place(purpose, target))


def open_phone(ring: Ring, account_id: str, token: str | None) -> str:
    """Return the phone of an account, empty when it has none."""
    return ring.decrypt(token, place(PHONE, account_id)) if token else ""


def open_id_number(ring: Ring, account_id: str, token: str | None) -> str:
    """Return the ID number of an account's owner, empty when it is not known."""
    return ring.decrypt(token, place(ID_NUMBER, account_id)) if token else ""


def captcha_hash(ring: Ring, captcha_id: str, answer: str) -> str:
    """Return what is stored of a folded answer."""
    return ring.blind_index(answer, f"accounts.captcha:{captcha_id}")


def code_hash(ring: Ring, *, purpose: str, flow_id: str, phone_index: str, code: str) -> str:
    """Return what is stored of a code: good only for its purpose, registration and phone."""
    return ring.blind_index(code, f"accounts.code:{purpose}:{flow_id}:{phone_index}")


def csrf_token(session_token: str) -> str:
    """Return the token that pages must send along: derived, so that it need not be stored."""
    return crypto.hash_token(f"csrf:{session_token}")
