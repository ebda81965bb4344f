"""Entry points: many products at once, by a sheet (手册 4.1: 增加产品)."""

import base64
from datetime import timedelta
from typing import Any, Final

from chassis import counters
from chassis.blobs import open_store
from chassis.errors import RateLimitedError
from chassis.rpc import rpc
from chassis.service import Provided
from chassis.timers import every
from services.standards import queries, schemas
from services.standards.adapters.sheet_writing import SheetFormat
from services.standards.adapters.sheets import Sheets
from services.standards.config import Settings
from services.standards.service.base import READERS, READING_KEYS, WRITERS, StandardsBase

_HOUR: Final = timedelta(hours=1)
# A longer list is no help in a sheet; the search finds what is wanted.
_MAX_LISTED_CLASSES: Final = 1_000


def _sheets(settings: Settings) -> Sheets:
    return Sheets(open_store(settings.storage_url))


class ProductSheetEntries(StandardsBase):
    """Read sheets of products, and write them."""

    sheets: Sheets = Provided(_sheets)

    @rpc(public=True, idempotent=True)
    def get_product_template(self, *, file_format: str = "xlsx") -> dict[str, Any]:
        """Return a sheet to fill in."""
        wanted = schemas.load(schemas.SheetFormatInput, file_format=file_format)
        with self.database.read() as session:
            leaves = queries.list_leaves(session, limit=_MAX_LISTED_CLASSES + 1)
        listed = leaves if len(leaves) <= _MAX_LISTED_CLASSES else []
        classes = [
            (leaf["code"], " / ".join(entry["name"] for entry in leaf["path"])) for leaf in listed
        ]
        body = self.sheets.template(classes, SheetFormat(wanted["file_format"]))
        return {"content_base64": base64.b64encode(body).decode("ascii")}

    @rpc(roles=READERS, scopes=READING_KEYS, idempotent=True)
    def export_products(self, *, declaration_id: str, file_format: str = "xlsx") -> dict[str, Any]:
        """Put the products of an own declaration into the blob store as a sheet."""
        wanted = schemas.load(
            schemas.SheetExportInput, declaration_id=declaration_id, file_format=file_format
        )
        with self.database.read() as session:
            own = queries.find_own(
                session,
                declaration_id=wanted["declaration_id"],
                enterprise_id=self.enterprise_id(),
            )
            products = [product.data for product in own.products]
        return self.sheets.export(products, SheetFormat(wanted["file_format"]))

    @rpc(roles=WRITERS)
    def check_product_sheet(self, *, sheet_id: str) -> dict[str, Any]:
        """Read a sheet that lies in the blob store; what it says is put beside it."""
        wanted = schemas.load(schemas.SheetInput, sheet_id=sheet_id)
        self._count_sheet()
        return self.sheets.check(wanted["sheet_id"], required=self.rules.required_product_fields)

    @every(seconds=600, lease="sheets")
    def sweep_sheets(self) -> None:
        """Take away what broken-off requests left."""
        self.sheets.sweep(now=self.database.clock.now())

    def _count_sheet(self) -> None:
        key = f"sheets:{self.enterprise_id()}"
        hit = counters.hit(self.database, key, self.settings.uploads_per_hour, _HOUR)
        if hit.is_over:
            raise RateLimitedError(hit.retry_after.total_seconds())
