"""Reads of standards: plain rows for the enterprise's own pages and for the public."""

from services.standards.queries.catalogue import find_edition
from services.standards.queries.classes import (
    ClassSchemeNotFoundError,
    ProductClassNotFoundError,
    find_classes,
    find_current_schemes,
    get_product_class,
    has_class_version,
    list_class_children,
    list_leaves,
    search_classes,
)
from services.standards.queries.files import (
    find_alone,
    find_due_inspections,
    find_expired_uploads,
    has_due_inspections,
    is_expired,
)
from services.standards.queries.history import (
    find_as_of,
    find_compared,
    list_deeds,
    list_versions,
)
from services.standards.queries.marks import find_marks
from services.standards.queries.own import (
    NotFoundError,
    UploadNotFoundError,
    count_categories,
    find_own,
    find_own_upload,
    has_number,
    own_view,
    submitted_view,
    upload_view,
    wire_time,
)
from services.standards.queries.public import (
    PositionTooOldError,
    find_current,
    find_indicator_text,
    find_public,
    find_public_text,
    find_version,
    list_events,
    scan_versions,
)
from services.standards.queries.tables import list_own

__all__ = [
    "ClassSchemeNotFoundError",
    "NotFoundError",
    "PositionTooOldError",
    "ProductClassNotFoundError",
    "UploadNotFoundError",
    "count_categories",
    "find_alone",
    "find_as_of",
    "find_classes",
    "find_compared",
    "find_current",
    "find_current_schemes",
    "find_due_inspections",
    "find_edition",
    "find_expired_uploads",
    "find_indicator_text",
    "find_marks",
    "find_own",
    "find_own_upload",
    "find_public",
    "find_public_text",
    "find_version",
    "get_product_class",
    "has_class_version",
    "has_due_inspections",
    "has_number",
    "is_expired",
    "list_class_children",
    "list_deeds",
    "list_events",
    "list_leaves",
    "list_own",
    "list_versions",
    "own_view",
    "scan_versions",
    "search_classes",
    "submitted_view",
    "upload_view",
    "wire_time",
]
