"""Tables of ``standards``; state changes only through their methods, which do it or raise."""

from services.standards.models.base import Base
from services.standards.models.catalogue import (
    CatalogueChange,
    CatalogueImport,
    CatalogueImportFault,
    CatalogueStandard,
    MissingStandardTicket,
    TicketClosedError,
)
from services.standards.models.classes import ClassScheme, ProductClass
from services.standards.models.declarations import (
    Declaration,
    NumberClaim,
    Product,
    RecordCounter,
)
from services.standards.models.refusals import (
    AlreadyPublishedError,
    CorrectionOverError,
    CorrectionOverPickedError,
    NotPublishedError,
    NotRevisableError,
    NotWithdrawableError,
    PublishedNotDeletableError,
    PublishedNotSavableError,
    WithdrawnError,
)
from services.standards.models.uploads import (
    INSPECTION_PATIENCE,
    Upload,
    UploadTooLargeError,
    UploadWrongStateError,
)
from services.standards.models.versions import Confirmation, Version

__all__ = [
    "INSPECTION_PATIENCE",
    "AlreadyPublishedError",
    "Base",
    "CatalogueChange",
    "CatalogueImport",
    "CatalogueImportFault",
    "CatalogueStandard",
    "ClassScheme",
    "Confirmation",
    "CorrectionOverError",
    "CorrectionOverPickedError",
    "Declaration",
    "MissingStandardTicket",
    "NotPublishedError",
    "NotRevisableError",
    "NotWithdrawableError",
    "NumberClaim",
    "Product",
    "ProductClass",
    "PublishedNotDeletableError",
    "PublishedNotSavableError",
    "RecordCounter",
    "TicketClosedError",
    "Upload",
    "UploadTooLargeError",
    "UploadWrongStateError",
    "Version",
    "WithdrawnError",
]
