"""What calls about the waiting list must look like."""

from marshmallow import fields, validate

from services.accounts.schemas.base import SHORT, TOKEN, Strict
from services.accounts.schemas.people import VerificationInput


class WaitingInput(VerificationInput):
    """The five fields of 基本信息验证 and the phone to be told on."""

    phone = fields.String(required=True, validate=validate.Length(1, 40))


class WaitingTokenInput(Strict):
    """The token of somebody who waits, or was told to go on."""

    token = fields.String(required=True, validate=TOKEN)
    client_address = fields.String(load_default="", validate=SHORT)
