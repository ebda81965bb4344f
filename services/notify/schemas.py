"""What calls of ``notify`` must look like."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError
from contracts.events import EVENTS
from services.notify.domain.addresses import MAX_URL
from services.notify.domain.texts import TextKind
from services.notify.domain.webhooks import MAX_PARALLEL

_MAX_TITLE: Final = 100
_MAX_BODY: Final = 20_000
_MAX_NUMBER: Final = 9_999
_MAX_VALUES: Final = 50


class _Strict(Schema):
    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class LimitInput(_Strict):
    """How many to return."""

    limit = fields.Integer(load_default=50, strict=True, validate=validate.Range(1, 200))


class PageInput(_Strict):
    """Which page."""

    page = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 10_000))
    page_size = fields.Integer(load_default=15, strict=True, validate=validate.Range(1, 100))


class MessageInput(_Strict):
    """Which message of the inbox."""

    message_id = fields.String(required=True, validate=validate.Length(1, 100))


class NoticeInput(_Strict):
    """Which notice."""

    notice_id = fields.String(required=True, validate=validate.Length(1, 100))


class NoticeStep(NoticeInput):
    """Which notice, in which state the actor has seen it."""

    expected_version = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class NoticeText(_Strict):
    """What a notice says."""

    title = fields.String(required=True, validate=validate.Length(1, _MAX_TITLE))
    body = fields.String(required=True, validate=validate.Length(1, _MAX_BODY))


class QueryInput(_Strict):
    """What is searched for."""

    query = fields.String(load_default="", validate=validate.Length(max=200))


class FaqInput(_Strict):
    """Which entry."""

    number = fields.Integer(required=True, strict=True, validate=validate.Range(1, _MAX_NUMBER))


class FaqText(FaqInput):
    """What an entry says."""

    question = fields.String(required=True, validate=validate.Length(1, 200))
    answer = fields.String(required=True, validate=validate.Length(1, _MAX_BODY))
    expected_version = fields.Integer(required=True, strict=True, validate=validate.Range(0))


class TextInput(_Strict):
    """Which text."""

    kind = fields.Enum(TextKind, required=True)
    name = fields.String(required=True, validate=validate.Length(1, 50))


class PreviewInput(TextInput):
    """How a template would look."""

    body = fields.String(required=True, validate=validate.Length(1, 1_000))


class TemplateText(PreviewInput):
    """What a template says."""

    title = fields.String(required=True, validate=validate.Length(0, _MAX_TITLE))
    expected_version = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class ReceiptsInput(_Strict):
    """What a provider posted back."""

    provider = fields.String(required=True, validate=validate.Length(1, 50))
    posted_body = fields.String(required=True, validate=validate.Length(1, 200_000))
    token = fields.String(load_default="", validate=validate.Length(max=200))
    timestamp = fields.String(load_default="", validate=validate.Length(max=20))
    signature = fields.String(load_default="", validate=validate.Length(max=200))


class DaysInput(_Strict):
    """Which days, both included."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)


def _values(*validators: Any) -> fields.List[Any]:  # noqa: ANN401 - of marshmallow
    return fields.List(
        fields.String(validate=validators),
        load_default=list,
        validate=validate.Length(max=_MAX_VALUES),
    )


class WebhookFilters(_Strict):
    """What a webhook wants; an empty list wants all."""

    types = _values(validate.OneOf([event.type for event in EVENTS.values() if event.is_public]))
    kinds = _values(validate.OneOf(("NATIONAL", "INDUSTRY", "LOCAL", "GROUP", "ENTERPRISE")))
    regions = _values(validate.Regexp(r"^([0-9]{2}){1,3}\Z"))
    enterprises = _values(validate.Regexp(r"^([0-9A-Z]{9}){1,2}\Z"))
    classes = _values(validate.Regexp(r"^[0-9A-Za-z-]{1,20}\Z"))


class WebhookText(_Strict):
    """What a webhook is made of."""

    name = fields.String(required=True, validate=validate.Length(1, _MAX_TITLE))
    url = fields.String(required=True, validate=validate.Length(1, MAX_URL))
    filters = fields.Nested(WebhookFilters, load_default=dict)
    parallel = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, MAX_PARALLEL))


class WebhookInput(_Strict):
    """Which webhook."""

    webhook_id = fields.String(required=True, validate=validate.Length(1, 100))


class WebhookStep(WebhookInput):
    """Which webhook, in which state the actor has seen it."""

    expected_version = fields.Integer(required=True, strict=True, validate=validate.Range(1))


class PositionInput(_Strict):
    """Where in the public log; None for its end."""

    after = fields.Integer(
        required=True, strict=True, allow_none=True, validate=validate.Range(0, 2**62)
    )


class AttemptsInput(WebhookInput):
    """Which part of a webhook's log."""

    before = fields.String(load_default="", validate=validate.Length(max=100))
    limit = fields.Integer(load_default=50, strict=True, validate=validate.Range(1, 200))


class SmsData(Schema):
    """The data of ``send_sms.v1``; what a later version adds is not looked at."""

    template = fields.String(required=True)
    purpose = fields.String(required=True)
    phone_sealed = fields.String(required=True)
    values_sealed = fields.String(required=True)
    request_id = fields.String(required=True)

    class Meta:
        """Let new fields pass."""

        unknown = "exclude"


class PostingData(Schema):
    """The data of ``post_message.v1``; what a later version adds is not looked at."""

    recipient = fields.String(
        required=True, validate=validate.Regexp(r"^(user|enterprise):[0-9A-Za-z-]{1,64}$")
    )
    template = fields.String(required=True)
    values = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    link = fields.String(required=True)
    request_id = fields.String(required=True)

    class Meta:
        """Let new fields pass."""

        unknown = "exclude"


def load(schema: type[Schema], **arguments: object) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    return _load(schema(), arguments)


def load_some(schema: type[Schema], **arguments: object) -> dict[str, Any]:
    """Return validated arguments, of which any may be left out.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    return _load(schema(partial=True), arguments)


def _load(schema: Schema, arguments: dict[str, object]) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(arguments)
    except ValidationError as error:
        names = sorted(str(name) for name in error.messages_dict)
        raise InvalidArgumentsError(
            fields=[FieldError(f"/{name}", "bus.invalid_arguments") for name in names]
        ) from None
    return loaded
