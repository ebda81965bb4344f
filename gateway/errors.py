"""What the gateway itself refuses, one class per anticipated failure."""

from chassis.errors import DomainError, RetryableError


class NotFoundError(DomainError):
    """Say that nothing is at this address."""

    code = "gateway.not_found"


class BarcodeMalformedError(DomainError):
    """Say that this has not the form of a barcode."""

    code = "gateway.barcode_malformed"


class BarcodeCheckDigitError(DomainError):
    """Say that the last digit of a barcode does not follow from the others."""

    code = "gateway.barcode_check_digit"


class OrganizationCodeMalformedError(DomainError):
    """Say that this has not the form of a code of an organization."""

    code = "gateway.organization_code_malformed"


class NothingPublishedError(DomainError):
    """Say that an organization has published nothing."""

    code = "gateway.nothing_published"


class NotPublishedError(DomainError):
    """Say that a draft has nothing public to prove."""

    code = "gateway.not_published"


class ReceiptTooSoonError(RetryableError):
    """Say that what was published is about to be entered into the log."""

    code = "gateway.receipt_too_soon"


class DayMalformedError(DomainError):
    """Say that this is no day up to today."""

    code = "gateway.day_malformed"


class MethodNotAllowedError(DomainError):
    """Say that the address is right and the method is not."""

    code = "gateway.method_not_allowed"


class HostNotAllowedError(DomainError):
    """Say that the request asks for a host that is not ours."""

    code = "gateway.host_not_allowed"


class BodyTooLargeError(DomainError):
    """Say that the body exceeds what the route takes."""

    code = "gateway.body_too_large"


class UnsupportedMediaTypeError(DomainError):
    """Say that the body has a type that the route does not take."""

    code = "gateway.unsupported_media_type"


class NotAPdfError(DomainError):
    """Say that an upload does not begin as a PDF does."""

    code = "gateway.not_a_pdf"


class MalformedJsonError(DomainError):
    """Say that the body is not one plain JSON object."""

    code = "gateway.malformed_json"


class MalformedFormError(DomainError):
    """Say that the body is not what a browser makes of a form."""

    code = "gateway.malformed_form"


class UnknownFieldsError(DomainError):
    """Say that the request holds fields that nobody asked for."""

    code = "gateway.unknown_fields"


class InvalidFieldsError(DomainError):
    """Say that fields of the request are missing or wrong."""

    code = "gateway.invalid_fields"


class CrossSiteRequestError(DomainError):
    """Say that another web site sent the request."""

    code = "gateway.cross_site_request"


class CsrfTokenInvalidError(DomainError):
    """Say that the page's token is missing or not the session's."""

    code = "gateway.csrf_token_invalid"


class LoginRequiredError(DomainError):
    """Say that the route is for people who are logged in."""

    code = "gateway.login_required"


class SessionExpiredError(DomainError):
    """Say that the session has ended."""

    code = "gateway.session_expired"


class KeyMalformedError(DomainError):
    """Say that what the request brought is no machine key."""

    code = "gateway.key_malformed"


class TwoCredentialsError(DomainError):
    """Refuse a request that brings a session and a machine key."""

    code = "gateway.two_credentials"


class ScopeMissingError(DomainError):
    """Say that a machine key does not open the route."""

    code = "gateway.scope_missing"


class ForbiddenError(DomainError):
    """Say that the account has none of the roles the route asks for."""

    code = "gateway.forbidden"


class IdempotencyKeyRequiredError(DomainError):
    """Say that the request must carry an ``Idempotency-Key``."""

    code = "gateway.idempotency_key_required"


class IdempotencyKeyMalformedError(DomainError):
    """Say that the ``Idempotency-Key`` is not one."""

    code = "gateway.idempotency_key_malformed"


class IfMatchRequiredError(DomainError):
    """Say that the request must name the version it changes."""

    code = "gateway.if_match_required"


class IfMatchMalformedError(DomainError):
    """Say that ``If-Match`` is not one of our ETags."""

    code = "gateway.if_match_malformed"


class RangeNotSatisfiableError(DomainError):
    """Say that the range lies outside the file."""

    code = "gateway.range_not_satisfiable"


class TextUnavailableError(RetryableError):
    """Say that the blob store does not give the text now."""

    code = "gateway.text_unavailable"


class BurstError(RetryableError):
    """Say that one address asks too often."""

    code = "gateway.rate_limited"


class FeedRateError(RetryableError):
    """Say that one address reads the feed too often without a key."""

    code = "gateway.feed_rate"


class TooManyStreamsError(RetryableError):
    """Say that one address, or one key, has as many streams open as it may."""

    code = "gateway.too_many_streams"


class OverloadedError(RetryableError):
    """Say that too many requests wait already."""

    code = "gateway.overloaded"


class StoppingError(RetryableError):
    """Say that this process is about to end."""

    code = "gateway.stopping"
