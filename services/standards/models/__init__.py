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
from services.standards.models.catalogue_indicators import CatalogueIndicator
from services.standards.models.classes import ClassScheme, ProductClass
from services.standards.models.complaints import (
    Complaint,
    ComplaintCounter,
    ComplaintStep,
    ComplaintWrongStateError,
)
from services.standards.models.contents import IndicatorRow, Product
from services.standards.models.declarations import Declaration, NumberClaim, RecordCounter
from services.standards.models.log import LogLeaf, LogNode, LogState, SignedHead
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
from services.standards.models.reviews import (
    EnterpriseProfile,
    Mark,
    MarkCursor,
    OrganizationStanding,
    Review,
    ReviewNotDueError,
)
from services.standards.models.snapshots import Snapshot, SnapshotRequest
from services.standards.models.uploads import (
    INSPECTION_PATIENCE,
    Upload,
    UploadTooLargeError,
    UploadWrongStateError,
)
from services.standards.models.versions import Confirmation, Version, VersionFile

__all__ = [
    "INSPECTION_PATIENCE",
    "AlreadyPublishedError",
    "Base",
    "CatalogueChange",
    "CatalogueImport",
    "CatalogueImportFault",
    "CatalogueIndicator",
    "CatalogueStandard",
    "ClassScheme",
    "Complaint",
    "ComplaintCounter",
    "ComplaintStep",
    "ComplaintWrongStateError",
    "Confirmation",
    "CorrectionOverError",
    "CorrectionOverPickedError",
    "Declaration",
    "EnterpriseProfile",
    "IndicatorRow",
    "LogLeaf",
    "LogNode",
    "LogState",
    "Mark",
    "MarkCursor",
    "MissingStandardTicket",
    "NotPublishedError",
    "NotRevisableError",
    "NotWithdrawableError",
    "NumberClaim",
    "OrganizationStanding",
    "Product",
    "ProductClass",
    "PublishedNotDeletableError",
    "PublishedNotSavableError",
    "RecordCounter",
    "Review",
    "ReviewNotDueError",
    "SignedHead",
    "Snapshot",
    "SnapshotRequest",
    "TicketClosedError",
    "Upload",
    "UploadTooLargeError",
    "UploadWrongStateError",
    "Version",
    "VersionFile",
    "WithdrawnError",
]
