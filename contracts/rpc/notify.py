"""What ``notify`` answers, method by method."""

from typing import Literal, TypedDict


class DevelopmentMessage(TypedDict):
    """One message in clear; never in production."""

    id: str
    request_id: str
    template: str
    purpose: str
    phone: str
    text: str
    state: Literal["CREATED", "SENDING", "SENT", "FAILED"]
    reason: Literal["CIRCUIT_OPEN", "EXPIRED", "LIMITED", "REFUSED", "UNKNOWN_OUTCOME"] | None
    provider: str | None
    delivery: Literal["AWAITED", "DELIVERED", "UNDELIVERED", "UNCONFIRMED"] | None
    created_at: str
    sent_at: str | None


class DevelopmentMessages(TypedDict):
    """``list_development_messages``."""

    messages: list[DevelopmentMessage]


class InboxMessage(TypedDict):
    """One message of the inbox."""

    message_id: str
    template: str
    title: str
    body: str
    link: str
    is_for_enterprise: bool
    posted_at: str
    read_at: str | None


class InboxPage(TypedDict):
    """``list_messages``."""

    items: list[InboxMessage]
    total: int
    unread: int
    page: int
    page_size: int


class MessageRead(TypedDict):
    """``read_message``."""

    message_id: str


class MessagesRead(TypedDict):
    """``read_all_messages``."""

    count: int


class Notice(TypedDict):
    """``get_notice``."""

    notice_id: str
    title: str
    body: str
    published_at: str | None


class NoticePage(TypedDict):
    """``list_notices``."""

    items: list[Notice]
    total: int
    page: int
    page_size: int


class StaffNotice(Notice):
    """``write_notice``, ``edit_notice``, ``publish_notice``, ``withdraw_notice``."""

    state: Literal["DRAFT", "PUBLISHED", "WITHDRAWN"]
    version: int
    author: str
    created_at: str
    withdrawn_at: str | None


class StaffNoticePage(TypedDict):
    """``list_all_notices``."""

    items: list[StaffNotice]
    total: int
    page: int
    page_size: int


class FaqEntry(TypedDict):
    """``get_faq_entry``, ``save_faq_entry``."""

    number: int
    question: str
    answer: str
    version: int
    updated_at: str


class FaqEntries(TypedDict):
    """``search_faq``."""

    items: list[FaqEntry]


class TextVersion(TypedDict):
    """``save_template``."""

    kind: Literal["SMS", "INBOX", "FAQ"]
    name: str
    version: int
    title: str
    body: str
    updated_at: str


class Texts(TypedDict):
    """``list_templates``, ``list_text_versions``; versions also name their author."""

    items: list[TextVersion]


class Preview(TypedDict):
    """``preview_template``."""

    text: str


class WebhookFilters(TypedDict):
    """Which events a webhook wants; an empty list wants all, two lists both count."""

    types: list[str]
    kinds: list[str]
    regions: list[str]
    enterprises: list[str]
    classes: list[str]


class Webhook(TypedDict):
    """``get_webhook``, ``change_webhook``, ``validate_webhook``, ``enable_webhook`` and so on."""

    webhook_id: str
    name: str
    url: str
    filters: WebhookFilters
    parallel: int
    state: Literal["PENDING", "ACTIVE", "PARKED", "DISABLED"]
    reason: str | None
    version: int
    position: int
    held_records: int
    held_events: int
    attempts: int
    next_try_at: str | None
    failing_since: str | None
    last_delivered_at: str | None
    old_secret_until: str | None
    created_at: str


class WebhookMade(Webhook):
    """``create_webhook``, ``rotate_webhook_secret``: the only answers with the secret."""

    secret: str


class Webhooks(TypedDict):
    """``list_webhooks``."""

    items: list[Webhook]


class WebhookEnded(TypedDict):
    """``delete_webhook``."""

    webhook_id: str


class WebhookTest(TypedDict):
    """``send_webhook_test``."""

    event_id: str


class WebhookAttempt(TypedDict):
    """One POST; ``position`` is None for validation and test events."""

    attempt_id: str
    event_id: str
    event_type: str
    subject: str
    position: int | None
    attempt: int
    outcome: Literal["DELIVERED", "FAILED"]
    reason: str | None
    status: int | None
    milliseconds: int
    answer: str
    at: str


class WebhookAttempts(TypedDict):
    """``list_webhook_attempts``; ``next_before`` is None at the end."""

    items: list[WebhookAttempt]
    next_before: str | None


class ReceiptsTaken(TypedDict):
    """``receive_receipts``."""

    count: int


class DailyTotal(TypedDict):
    """How many messages of a day came to one end; ``outcome`` is a state, reason or delivery."""

    day: str
    provider: str
    template: str
    outcome: str
    count: int


class Circuit(TypedDict):
    """Where the global circuit stands; ``recent`` counts the last seven days."""

    is_open: bool
    this_hour: int
    threshold: int
    recent: int
    closes_at: str | None


class SmsTotals(TypedDict):
    """``get_sms_totals``."""

    items: list[DailyTotal]
    circuit: Circuit
