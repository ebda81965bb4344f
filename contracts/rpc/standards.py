"""What ``standards`` answers, method by method; times are ISO 8601 in UTC with a ``Z``."""

from typing import Any, Literal, TypedDict

Kind = Literal["NATIONAL", "INDUSTRY", "LOCAL", "GROUP", "ENTERPRISE"]
State = Literal["DRAFT", "PUBLISHED", "WITHDRAWN"]
DisclosureMode = Literal["NONE", "FULL_TEXT", "INDICATORS"]
Subject = Literal["PRODUCT", "SERVICE"]
Deviation = Literal["NONE", "FEWER", "LOWER", "FEWER_AND_LOWER"]
WithdrawalReason = Literal[
    "REPLACED", "NOT_IN_USE", "FILED_IN_ERROR", "PRODUCT_DISCONTINUED", "OTHER"
]
MarkKind = Literal[
    "ENTERPRISE_DEREGISTERED",
    "ENTERPRISE_CHANGED",
    "IN_USE_CONFIRMED",
    "REVIEW_UNANSWERED",
    "STANDARD_SUPERSEDED",
    "STANDARD_WITHDRAWN",
    "CITED_STANDARD_OVER",
]
UploadState = Literal["OPEN", "INSPECTING", "ACCEPTED", "REFUSED"]
Action = Literal[
    "VIEW", "EDIT", "SUBMIT", "DELETE", "CORRECT", "ADD_PRODUCTS", "REVISE", "WITHDRAW"
]


class Number(TypedDict):
    """The three boxes of a number."""

    prefix: str
    body: str
    year: str


class Product(TypedDict):
    """One product, all seven fields; empty when not given."""

    name: str
    generic_name: str
    barcode: str
    brand: str
    specification: str
    model: str
    class_code: str


class Warning(TypedDict):  # noqa: A001 - the word of the interface
    """Something that is saved all the same."""

    pointer: str
    code: str
    params: dict[str, str]


class AttachedText(TypedDict):
    """The file a declaration holds."""

    upload_id: str
    file_name: str
    size: int
    sha256: str
    pages: int


class Link(TypedDict):
    """Another declaration of the same chain of revisions."""

    declaration_id: str
    record_number: str | None
    state: State
    published_at: str | None


class Disclosure(TypedDict):
    """What the law asks to be said beside a standard."""

    deviation: Deviation
    recommended_number: str
    deviation_statement: str
    commissioned_producer: str
    commissioned_producer_code: str
    joint_parties: list[str]
    other_channel: str


class Declaration(TypedDict):
    """``save_draft``, ``get_declaration``: one of the enterprise's own."""

    declaration_id: str
    kind: Kind
    state: State
    version: int
    number: Number
    number_text: str
    title: str
    catalogue_id: str | None
    subject: Subject
    disclosure_mode: DisclosureMode
    text: AttachedText | None
    indicators: list[dict[str, Any]]
    products: list[Product]
    disclosure: Disclosure
    warnings: list[Warning]
    record_number: str | None
    supersedes: Link | None
    revisions: list[Link]
    is_number_locked: bool
    published_version: int
    published_at: str | None
    correctable_until: str | None
    corrected_at: str | None
    withdrawn_at: str | None
    withdrawal_reason: WithdrawalReason | None
    withdrawal_note: str
    updated_at: str
    allowed_actions: list[Action]


class Publication(Declaration):
    """``publish_declaration``, ``correct_declaration``, ``add_products``: and where to go next."""

    page_url: str
    list_kind: Kind


class ListItem(TypedDict):
    """One row of ``list_declarations``."""

    row_number: int
    declaration_id: str
    number: str
    title: str
    related_products: str
    published_at: str | None
    published_text: str
    withdrawn_at: str | None
    withdrawn_text: str
    record_number: str | None
    state: State
    version: int
    correctable_until: str | None
    allowed_actions: list[Action]


class ListPage(TypedDict):
    """``list_declarations``."""

    items: list[ListItem]
    total: int
    page: int
    page_size: int


class Commitment(TypedDict):
    """``preview_commitment``."""

    template_version: str
    text: str


class CommitmentTemplate(Commitment):
    """``get_commitment_template``: ``{enterprise}``, ``{number}``, ``{title}`` stand for names."""

    enterprise: str


class WithdrawalRequest(TypedDict):
    """``request_withdrawal``: the question, and the token that answers it."""

    declaration_id: str
    confirmation_token: str
    expires_at: str
    number: str
    title: str
    record_number: str


class OpenedUpload(TypedDict):
    """``open_upload``."""

    upload_id: str
    key: str
    max_bytes: int
    expires_at: str


class Upload(TypedDict):
    """``finish_upload``, ``get_upload``."""

    upload_id: str
    state: UploadState
    reason: str | None
    reason_text: str | None
    file_name: str
    size: int | None
    sha256: str | None
    pages: int | None
    expires_at: str | None


class ExtractedText(TypedDict):
    """The words of a published file."""

    key: str
    sha256: str
    size: int


class Version(TypedDict):
    """``get_version``: ``document`` is the canonical JSON text that ``sha256`` is of."""

    declaration_id: str
    version: int
    record_number: str
    document: str
    sha256: str
    published_at: str
    extracted_text: ExtractedText | None


class Mark(TypedDict):
    """What the public sees of a declaration without its content changing; detail by kind."""

    kind: MarkKind
    since: str
    detail: dict[str, Any]


class CurrentVersion(Version):
    """``get_current_version``: the newest version, and how the declaration stands now.

    ``english_title`` is that of the catalogue standard that was chosen, empty without one;
    ``class_names`` are the names of its product classes by code, from the top of the tree down.
    """

    sequence: int
    state: State
    withdrawn_at: str | None
    withdrawal_reason: WithdrawalReason | None
    marks: list[Mark]
    english_title: str
    class_names: dict[str, list[str]]


class VersionPage(TypedDict):
    """``scan_versions``."""

    items: list[CurrentVersion]
    next_after: str | None


class StandingPage(TypedDict):
    """``scan_standings``: each item is declaration id, sequence, state and document hash."""

    items: list[list[Any]]
    next_after: str | None


class PublicDeclaration(TypedDict):
    """``get_public_declaration``, and ``get_document`` of search."""

    declaration_id: str
    record_number: str
    version: int
    state: State
    withdrawn_at: str | None
    withdrawal_reason: WithdrawalReason | None
    marks: list[Mark]
    revisions: list[str]
    document: dict[str, Any]
    document_sha256: str


class PublicText(TypedDict):
    """``get_public_text``: the file, and where its words are if any could be taken out."""

    key: str
    file_name: str
    size: int
    sha256: str
    extracted_text: ExtractedText | None


class EventPage(TypedDict):
    """``list_events``: envelopes as in the public log; ``newest`` is the log's last position."""

    items: list[dict[str, Any]]
    next_after: int
    newest: int
