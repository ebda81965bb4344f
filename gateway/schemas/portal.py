"""What the forms of the portal's pages bring."""

from typing import Any, Final

from marshmallow import ValidationError, validates_schema

from gateway.schemas import fields
from gateway.schemas.complaints import ComplaintInput
from gateway.schemas.fields import Issue, Length, OneOf, Range
from gateway.schemas.search import OptionalDay, SearchQuery

IMAGE: Final = "image"
AUDIO: Final = "audio"
CAPTCHA_KINDS: Final = (IMAGE, AUDIO)


class PortalQuery(SearchQuery):
    """The search page: what is looked for, and which page of it is shown.

    ``published_until`` is the last day, as people say it; ``trail`` leads back page by page.
    """

    class Meta(SearchQuery.Meta):
        """Leave out what is the page's own."""

        exclude = ("limit", "with_facets")

    published_until = fields.String(validate=OptionalDay())
    trail = fields.String(load_default="", validate=Length(0, 3_000))
    page = fields.String(load_default="", validate=Length(0, 6))

    @validates_schema
    def check_days(self, data: Any, **_: Any) -> None:  # noqa: ANN401 - as marshmallow's own
        """Let the last day not be before the first."""
        first, last = data.get("published_from"), data.get("published_until")
        if first and last and last < first:
            raise ValidationError({"published_until": [Issue("gateway.field_days_reversed")]})


class HelpQuery(fields.Schema):
    """What is looked for in the help centre."""

    q = fields.String(load_default="", validate=Length(0, 200))


class NoticesQuery(fields.Schema):
    """Which page of the notices."""

    page = fields.Digits(load_default=1, validate=Range(1, 10_000))


class ComplaintQuery(fields.Schema):
    """About which publication the complaint is."""

    record_number = fields.String(load_default="", validate=Length(0, 100))


class ComplaintForm(ComplaintInput):
    """A complaint as the page's form brings it, and which of its buttons was pressed.

    ``step`` is empty to file it; a kind of captcha asks for another one and files nothing.
    """

    step = fields.String(load_default="", validate=OneOf(("", *CAPTCHA_KINDS)))
    captcha_kind = fields.String(load_default=IMAGE, validate=OneOf(CAPTCHA_KINDS))
