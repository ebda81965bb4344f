"""Personal numbers of an organisation: encrypted to keep, keyed hashes to compare."""

from typing import Final, Protocol

from services.registry.domain import identity
from services.registry.domain.matching import IdIndexes

ID_NUMBER: Final = "registry.id_number"
PHONE: Final = "registry.phone"
RECORD: Final = "registry.record"
WAITING_FIELDS: Final = "registry.waiting_fields"
WAITING_PHONE: Final = "registry.waiting_phone"


class Ring(Protocol):
    """The keys of personal data at rest (:class:`chassis.crypto.Keyring`)."""

    def encrypt(self, plaintext: str, context: str) -> str:
        """Return a token for the plaintext that opens only in the same context."""

    def decrypt(self, token: str, context: str) -> str:
        """Return the plaintext again."""

    def blind_index(self, value: str, purpose: str) -> str:
        """Return a keyed hash that is the same for equal values of one purpose."""


def place(purpose: str, organization_id: str) -> str:
    """Return the context of an encrypted value: a token copied to another row does not open."""
    return f"{purpose}:{organization_id}"


def id_indexes(ring: Ring, number: str) -> IdIndexes:
    """Return the keyed hashes of a folded identity number."""
    short = identity.short_form(number)
    return IdIndexes(
        full=ring.blind_index(number, ID_NUMBER),
        short=ring.blind_index(short, ID_NUMBER) if short is not None else None,
        is_short_form=identity.is_short_form(number),
    )
