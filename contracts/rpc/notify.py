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
