"""Calls about checks before a submission."""

from marshmallow import fields

from services.standards.schemas.declarations import DeclarationInput


class CheckInput(DeclarationInput):
    """A check; whether the commitment is ticked is known to the page alone (手册 4.1)."""

    is_committed = fields.Boolean(load_default=True, truthy={True}, falsy={False})
