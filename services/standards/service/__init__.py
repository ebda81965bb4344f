"""Entry points of ``standards``: one module for each area, one class that is all of them."""

from services.standards.service.catalogue import CatalogueEntries
from services.standards.service.checks import CheckEntries
from services.standards.service.complaints import ComplaintEntries
from services.standards.service.drafts import DraftEntries
from services.standards.service.history import HistoryEntries
from services.standards.service.life import LifeEntries
from services.standards.service.log import LogEntries
from services.standards.service.product_classes import ProductClassEntries
from services.standards.service.product_sheets import ProductSheetEntries
from services.standards.service.public import PublicEntries
from services.standards.service.reviews import ReviewEntries
from services.standards.service.snapshots import SnapshotEntries
from services.standards.service.uploads import UploadEntries, UploadMismatchError

__all__ = ["SERVICE", "StandardsService", "UploadMismatchError"]


class StandardsService(
    DraftEntries,
    LifeEntries,
    HistoryEntries,
    UploadEntries,
    PublicEntries,
    ReviewEntries,
    CatalogueEntries,
    CheckEntries,
    ProductClassEntries,
    ProductSheetEntries,
    ComplaintEntries,
    SnapshotEntries,
    LogEntries,
):
    """Keep the declarations of enterprises, their texts, and the public log."""

    name = "standards"
    public_log = True


SERVICE = StandardsService
