"""Tables of ``standards``; state changes only through their methods, which do it or raise."""

from services.standards.models.base import Base
from services.standards.models.declarations import (
    AlreadyPublishedError,
    Declaration,
    NumberClaim,
    Product,
    PublishedNotDeletableError,
    PublishedNotSavableError,
    RecordCounter,
)
from services.standards.models.uploads import (
    INSPECTION_PATIENCE,
    Upload,
    UploadTooLargeError,
    UploadWrongStateError,
)
from services.standards.models.versions import Version

__all__ = [
    "INSPECTION_PATIENCE",
    "AlreadyPublishedError",
    "Base",
    "Declaration",
    "NumberClaim",
    "Product",
    "PublishedNotDeletableError",
    "PublishedNotSavableError",
    "RecordCounter",
    "Upload",
    "UploadTooLargeError",
    "UploadWrongStateError",
    "Version",
]
