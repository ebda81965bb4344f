"""Reads of standards: plain rows for the enterprise's own pages and for the public."""

from services.standards.queries.files import (
    find_due_inspections,
    find_expired_uploads,
    has_due_inspections,
    is_expired,
)
from services.standards.queries.own import (
    NotFoundError,
    UploadNotFoundError,
    find_own,
    find_own_upload,
    has_number,
    own_view,
    upload_view,
)
from services.standards.queries.public import (
    PositionTooOldError,
    find_public,
    find_public_text,
    find_version,
    list_events,
    scan_versions,
)
from services.standards.queries.tables import list_own

__all__ = [
    "NotFoundError",
    "PositionTooOldError",
    "UploadNotFoundError",
    "find_due_inspections",
    "find_expired_uploads",
    "find_own",
    "find_own_upload",
    "find_public",
    "find_public_text",
    "find_version",
    "has_due_inspections",
    "has_number",
    "is_expired",
    "list_events",
    "list_own",
    "own_view",
    "scan_versions",
    "upload_view",
]
