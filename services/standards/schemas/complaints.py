"""Calls about complaints."""

from typing import Final

from marshmallow import fields, validate

from services.standards.domain.complaints import ComplaintCategory, ComplaintState, Finding
from services.standards.schemas.base import Strict, count, identifier, text
from services.standards.schemas.catalogue import PageInput

# What the rules of the domain refuse politely is below; this only keeps nonsense out.
_MAX_STORY: Final = 8_000


class ComplaintInput(Strict):
    """A complaint; without name and phone it is anonymous."""

    record_number = fields.String(required=True, validate=validate.Length(1, 100))
    category = fields.String(
        required=True, validate=validate.OneOf([one.value for one in ComplaintCategory])
    )
    complaint_text = text(_MAX_STORY)
    reporter_name = text(200)
    phone = text(100)
    captcha_id = fields.String(required=True, validate=validate.Length(0, 200))
    captcha_answer = fields.String(required=True, validate=validate.Length(0, 200))
    client_address = text(200)


class ComplaintQuestionInput(Strict):
    """The number of a complaint and the code that came with it."""

    complaint_number = text(100)
    code = text(100)
    client_address = text(200)


class ComplaintListInput(PageInput):
    """Which complaints."""

    state = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf([one.value for one in ComplaintState]),
    )
    record_number = text(100)


class ComplaintOneInput(Strict):
    """One complaint by its id."""

    complaint_id = identifier()


class ReporterInput(ComplaintOneInput):
    """Why somebody must know who has complained."""

    reason = text()


class ComplaintNoteInput(ComplaintOneInput):
    """A note, and the version it is about."""

    note = text(_MAX_STORY)
    expected_version = count(low=0)


class ComplaintRefusalInput(ComplaintNoteInput):
    """Why a complaint is not taken up, in words for the reporter."""

    outcome = text(_MAX_STORY)


class ComplaintResolutionInput(ComplaintRefusalInput):
    """What was found, in a word and in words for the reporter."""

    finding = fields.String(required=True, validate=validate.OneOf([one.value for one in Finding]))


class FindingsInput(PageInput):
    """What was found about one declaration."""

    declaration_id = identifier()
