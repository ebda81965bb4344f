"""Ways to send an SMS. The base class times, logs and counts; a provider only sends."""

import logging
import os
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from prometheus_client import Histogram

from services.notify.adapters.sealing import Letter
from services.notify.usecases.messages import Outcome

logger = logging.getLogger(__name__)

_sent: Final = Histogram(
    "qibiao_sms_seconds", "tries to send an SMS by provider and outcome", ("provider", "outcome")
)


class NotSentError(Exception):
    """Say that the provider certainly did not take the message: it may be tried again."""


class RefusedError(NotSentError):
    """Say that it did not take this message; that tells nothing about others."""


@dataclass(frozen=True)
class Attempt:
    """Be what became of one try; ``reference`` is the provider's own id of the message."""

    outcome: Outcome
    reference: str | None = None
    is_provider_fault: bool = False
    seconds: float = 0.0


class Provider(ABC):
    """Send messages through one provider; subclasses implement `_send` and nothing else.

    ``is_repeatable``: the provider sends a message of one id once, however often it is asked.
    """

    is_repeatable: ClassVar[bool] = False

    def __init__(self, name: str, *, weight: int = 0, has_receipts: bool = False) -> None:
        self.name = name
        self.weight = weight
        self.has_receipts = has_receipts

    def send(self, letter: Letter, *, message_id: str) -> Attempt:
        """Try to send a message and say what became of it; nothing of it reaches the log."""
        started = time.monotonic()
        reference, is_fault = None, False
        try:
            reference = self._send(letter, message_id)
            outcome = Outcome.SENT
        except NotSentError as error:
            outcome, is_fault = Outcome.NOT_SENT, not isinstance(error, RefusedError)
        except Exception as error:  # noqa: BLE001 - whatever a provider does, the message gets a state
            outcome, is_fault = Outcome.UNKNOWN, True
            logger.warning("provider failed", extra={"reason": type(error).__name__})
        seconds = time.monotonic() - started
        _sent.labels(self.name, outcome.value).observe(seconds)
        logger.info(
            "message tried",
            extra={
                "provider": self.name,
                "message_id": message_id,
                "outcome": outcome.value,
                "seconds": round(seconds, 3),
            },
        )
        return Attempt(outcome, reference, is_fault, seconds)

    @abstractmethod
    def _send(self, letter: Letter, message_id: str) -> str | None:
        """Send and return the provider's own id of the message, if it has one.

        Raises:
            NotSentError: certainly not sent; anything else that is raised means: unsure.
        """


class ConsoleProvider(Provider):
    """Send nothing: the development page shows the message, and nothing else does."""

    is_repeatable = True

    def _send(self, letter: Letter, message_id: str) -> None:
        del letter, message_id


class FileProvider(Provider):
    """Append messages to a file that only its owner can read: for tests of a whole system."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self._path = path

    def _send(self, letter: Letter, message_id: str) -> None:
        line = f"{message_id}\t{letter.phone}\t{letter.text}\n".encode()
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise NotSentError from error
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
