"""What ``registry`` answers."""

from typing import TypedDict


class Organization(TypedDict):
    """An organisation as other services may know it: no identity number, the phone masked."""

    id: str
    credit_code: str | None
    organization_code: str
    name: str
    legal_representative: str
    address: str
    region: str
    postcode: str
    legal_representative_email: str
    phone_masked: str
    status: str
    last_synced_at: str
    version: int


class Hint(TypedDict):
    """A code that names a likely fault, with what its text needs; never a stored value."""

    code: str
    params: dict[str, str]


class FieldMismatch(TypedDict):
    """One field of 基本信息验证 that differs.

    ``hints`` explain it, the likeliest first; ``hint`` is the code of the first, or empty; ``faq``
    is the number of the question in the manual's chapter 9, or 0.
    """

    field: str
    code: str
    hint: str
    hints: list[Hint]
    faq: int


class Verification(TypedDict):
    """``verify``: the organisation only when all five fields match.

    ``can_wait`` says that the record is not there yet and `wait_for_sync` would be told of it.
    """

    is_match: bool
    organization: Organization | None
    errors: list[FieldMismatch]
    can_wait: bool


class Division(TypedDict):
    """``get_division``: one administrative division; ``path`` joins the names with ``/``."""

    code: str
    name: str
    parent: str
    path: str


class DivisionRow(TypedDict):
    """One row of a cascade."""

    code: str
    name: str
    has_children: bool


class Divisions(TypedDict):
    """``list_divisions``."""

    divisions: list[DivisionRow]


class RegionSwitch(TypedDict):
    """One region that was opened or closed, and how many have registered in it."""

    region: str
    is_open: bool
    registered_count: int
    changed_at: str


class Regions(TypedDict):
    """``list_regions``."""

    regions: list[RegionSwitch]


class Waiting(TypedDict):
    """``wait_for_sync``: a token that tells how the case stands."""

    token: str
    expires_at: str


class WaitingState(TypedDict):
    """``get_waiting``: WAITING, MISMATCH (the record has come and differs) or READY."""

    state: str
    checked_at: str | None
    expires_at: str


class Resumption(TypedDict):
    """``resume_waiting``: the organisation, the identity number typed then sealed for accounts."""

    organization: Organization
    id_number_sealed: str


class OpenRegion(TypedDict):
    """One region of ``list_open_regions``; the longest code that covers a place decides."""

    region: str
    name: str
    is_open: bool


class OpenRegions(TypedDict):
    """``list_open_regions``."""

    regions: list[OpenRegion]


class Import(TypedDict):
    """``get_import``: one file of the code database and what became of its rows."""

    id: str
    file_name: str
    kind: str
    position: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    deregistered: int
    note: str
    started_at: str
    updated_at: str | None
    finished_at: str | None


class Imports(TypedDict):
    """``list_imports``: a page of 20."""

    imports: list[Import]
    total: int
    page: int


class ImportReport(TypedDict):
    """``get_import_report``: CSV with row, field and reason; at most the first 10,000 rows."""

    csv: str


class SealedIdNumber(TypedDict):
    """``get_sealed_id_number``: readable for ``accounts`` only."""

    legal_representative_id_number_sealed: str
