"""What is said when an action is not open: each refusal names the way that is (R-169)."""

from typing import Final

from chassis import errors
from services.standards.domain.lifecycle import Refusal


class PublishedNotSavableError(errors.DomainError):
    """Refuse to save a published declaration: it can only be submitted again (手册 5.4.1)."""

    code = "standards.published_not_savable"


class PublishedNotDeletableError(errors.DomainError):
    """Refuse to delete what was once public (手册 5.6.2)."""

    code = "standards.published_not_deletable"


class AlreadyPublishedError(errors.DomainError):
    """Refuse to publish twice."""

    code = "standards.already_published"


class NotPublishedError(errors.DomainError):
    """Refuse on a draft what is done with published declarations: a draft is simply changed."""

    code = "standards.not_published"


class WithdrawnError(errors.DomainError):
    """Refuse to touch what was withdrawn (手册 5.5.2)."""

    code = "standards.withdrawn"


class CorrectionOverError(errors.DomainError):
    """Refuse to correct after 24 hours; revise, or withdraw and declare anew (FAQ 13, FAQ 28)."""

    code = "standards.correction_over"


class CorrectionOverPickedError(errors.DomainError):
    """Refuse to correct after 24 hours a kind that knows no revision: products can be added."""

    code = "standards.correction_over_picked"


class NotRevisableError(errors.DomainError):
    """Refuse to revise what is not an enterprise standard (手册 5.3.2)."""

    code = "standards.not_revisable"


class NotWithdrawableError(errors.DomainError):
    """Refuse to withdraw what is not an enterprise standard (手册 5.5.2)."""

    code = "standards.not_withdrawable"


_ERRORS: Final[dict[Refusal, type[errors.DomainError]]] = {
    Refusal.PUBLISHED_NOT_SAVABLE: PublishedNotSavableError,
    Refusal.PUBLISHED_NOT_DELETABLE: PublishedNotDeletableError,
    Refusal.ALREADY_PUBLISHED: AlreadyPublishedError,
    Refusal.NOT_PUBLISHED: NotPublishedError,
    Refusal.WITHDRAWN: WithdrawnError,
    Refusal.CORRECTION_OVER: CorrectionOverError,
    Refusal.CORRECTION_OVER_PICKED: CorrectionOverPickedError,
    Refusal.NOT_REVISABLE: NotRevisableError,
    Refusal.NOT_WITHDRAWABLE: NotWithdrawableError,
}


def to_error(refusal: Refusal, *, record_number: str) -> errors.DomainError:
    """Return the error that carries a refusal."""
    return _ERRORS[refusal](record_number=record_number)
