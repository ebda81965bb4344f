"""Open what travels sealed for notify: only here do phone and values stand in clear."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from chassis.config import CommonSettings
from chassis.crypto import DecryptionError, Keyring
from chassis.keyrings import data_ring, seal_ring
from services.notify.domain.templates import SIGNATURE, TemplateError, fill, render

RECEIVER = "notify"
_INDEX = "notify.phone"


class UnreadableError(ValueError):
    """Say that a sealed part was altered, is for someone else, or is not what it should be."""


@dataclass(frozen=True)
class Letter:
    """Hold a message in clear; neither part is ever shown by accident."""

    phone: str = field(repr=False)
    text: str = field(repr=False)
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Opener:
    """Open sealed parts with the keys of the settings."""

    def __init__(self, settings: CommonSettings) -> None:
        self._seals: Keyring = seal_ring(settings)
        self._index: Keyring = data_ring(settings)

    def open(
        self, *, template: str, phone_sealed: str, values_sealed: str, body: str | None = None
    ) -> Letter:
        """Return the message in clear, in the words of ``body`` instead of the shipped ones.

        Raises:
            UnreadableError: a part cannot be opened, or does not fit the template.
        """
        try:
            phone = self._seals.unseal(phone_sealed, RECEIVER)
            values = json.loads(self._seals.unseal(values_sealed, RECEIVER))
            text = render(template, values) if body is None else SIGNATURE + fill(body, values)
            return Letter(phone=phone, text=text, template=template, values=values)
        except TemplateError as error:
            raise UnreadableError(str(error)) from error
        except (DecryptionError, ValueError, TypeError):
            # The cause may quote what was sealed.
            raise UnreadableError("a sealed part cannot be read") from None

    def fingerprint(self, phone: str) -> str:
        """Return what stands for a phone where only equality matters."""
        return self._index.blind_index(phone, _INDEX)
