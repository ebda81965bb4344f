"""Turn faults of the domain into what travels."""

from collections.abc import Sequence

from chassis import errors
from services.standards.domain.drafts import Fault


class InvalidDraftError(errors.DomainError):
    """Refuse to save or to submit; the fields say why."""

    code = "standards.invalid"


def refuse(faults: Sequence[Fault]) -> InvalidDraftError:
    """Return the error that carries these faults."""
    return InvalidDraftError(fields=to_field_errors(faults))


def to_field_errors(faults: Sequence[Fault]) -> list[errors.FieldError]:
    """Return faults in the form that travels."""
    return [errors.FieldError(fault.pointer, fault.code, fault.params) for fault in faults]
