"""The words a declaration is sorted by: kind, disclosure, state, and what of them is on offer."""

from enum import StrEnum
from typing import Final


class StandardKind(StrEnum):
    """Name the five kinds of standard an enterprise can declare that it follows."""

    NATIONAL = "NATIONAL"
    INDUSTRY = "INDUSTRY"
    LOCAL = "LOCAL"
    GROUP = "GROUP"
    ENTERPRISE = "ENTERPRISE"


class DisclosureMode(StrEnum):
    """Say what an enterprise shows of its own standard: the text or its indicators (手册 4.2)."""

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


# What can be declared today. The model knows more than is on offer, so that offering another kind
# changes these two lines and its own rules, not the tables.
OFFERED_KINDS: Final = frozenset({StandardKind.ENTERPRISE})
OFFERED_MODES: Final = frozenset({DisclosureMode.FULL_TEXT})
