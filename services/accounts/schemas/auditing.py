"""The ends of audit chains."""

from marshmallow import fields, validate

from services.accounts.schemas.base import Strict


class AuditHeadsInput(Strict):
    """How many of the newest ends are wanted."""

    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1000))
