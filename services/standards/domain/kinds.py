"""The words a declaration is sorted by: kind, disclosure, state, and what of them is on offer."""

from enum import StrEnum


class StandardKind(StrEnum):
    """Name the five kinds of standard an enterprise can declare that it follows."""

    NATIONAL = "NATIONAL"
    INDUSTRY = "INDUSTRY"
    LOCAL = "LOCAL"
    GROUP = "GROUP"
    ENTERPRISE = "ENTERPRISE"


class Subject(StrEnum):
    """Say what a declaration is about: products, or services (标准化法 Art. 27)."""

    PRODUCT = "PRODUCT"
    SERVICE = "SERVICE"


class DisclosureMode(StrEnum):
    """Say what is shown of a standard: its text or its indicators (手册 4.2).

    Of a standard picked from the catalogue nothing is: it was made by others (手册 4.1(1)).
    """

    NONE = "NONE"
    FULL_TEXT = "FULL_TEXT"
    INDICATORS = "INDICATORS"


class DeclarationState(StrEnum):
    """Name where a declaration stands: 未公开, 已公开 or 废止."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class VersionChange(StrEnum):
    """Name what made a published version: the first publication, 修改, or 关联产品."""

    PUBLISHED = "PUBLISHED"
    CORRECTED = "CORRECTED"
    PRODUCTS_ADDED = "PRODUCTS_ADDED"


class WithdrawalReason(StrEnum):
    """Name why an enterprise ends a standard: the manual asks no reason, the public does."""

    REPLACED = "REPLACED"
    NOT_IN_USE = "NOT_IN_USE"
    FILED_IN_ERROR = "FILED_IN_ERROR"
    PRODUCT_DISCONTINUED = "PRODUCT_DISCONTINUED"
    OTHER = "OTHER"


class UploadState(StrEnum):
    """Name where an uploaded file stands."""

    OPEN = "OPEN"
    INSPECTING = "INSPECTING"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
