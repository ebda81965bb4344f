"""Many products at once: a sheet to fill in, what it says, and those of a draft (手册 4.1)."""

import base64
import json
from typing import Any, Final

from chassis import ids
from chassis.blobs import BlobNotFoundError, BlobStore
from gateway.answers import Answer, Json, Raw
from gateway.errors import TextUnavailableError
from gateway.intake import too_large
from gateway.problems import explain
from gateway.roles import READERS, WRITERS
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import products as schemas
from gateway.server.bodies import Body

routes = Routes("产品表格")

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
# What browsers on Windows call a CSV file once Excel is installed.
EXCEL: Final = "application/vnd.ms-excel"

# The service refuses larger ones as well; 2,000 products take a tenth of it.
MAX_SHEET: Final = 2 * 1024 * 1024

_TYPES: Final = {"xlsx": XLSX, "csv": f"{CSV}; charset=utf-8"}
_FOLDER: Final = "sheets/"


@routes.get(
    "/product-template",
    summary="下载批量填写产品的模板",
    query=schemas.SheetFormatQuery,
    gives_types=(XLSX, CSV),
    survives_outage=True,
    max_age=3600,
    auth=Auth.PUBLIC,
)
def get_product_template(exchange: Exchange) -> Answer:
    """Return a sheet to fill in, with an example that is passed over when it is read."""
    wanted = exchange.query["format"]
    reply = exchange.services.standards.get_product_template(wanted)
    content = base64.b64decode(reply["content_base64"])
    return _file(content, wanted, "qibiao-product-template")


@routes.get(
    "/declarations/<uuid:declaration_id>/products",
    summary="导出本企业一条声明的产品",
    query=schemas.SheetFormatQuery,
    gives_types=(XLSX, CSV),
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def export_products(exchange: Exchange) -> Answer:
    """Return the products of one of the enterprise's declarations as a sheet."""
    wanted = exchange.query["format"]
    reply = exchange.services.standards.export_products(exchange.path["declaration_id"], wanted)
    content = _fetch(exchange.blobs, str(reply["key"]))
    return _file(content, wanted, "qibiao-products")


@routes.post(
    "/product-sheets",
    summary="试读产品表格（XLSX 或 CSV 文件作为请求体），不保存",
    takes_types=(XLSX, CSV, EXCEL),
    max_file_bytes=MAX_SHEET,
    answer=schemas.ProductSheet,
    roles=WRITERS,
    auth=Auth.SESSION,
)
def check_product_sheet(exchange: Exchange) -> Answer:
    """Return the products of a sheet, or row by row what is wrong with it; nothing is kept.

    The page puts the products into its draft and saves that as always: all of them or none.
    """
    sheet_id = ids.new_id()
    key = _FOLDER + sheet_id
    with exchange.upload_slots.take():
        _take_in(exchange.stream, exchange.blobs, key)
        try:
            reply = exchange.services.standards.check_product_sheet(sheet_id)
        finally:
            exchange.blobs.delete(key)
        content = _fetch(exchange.blobs, str(reply["answer_key"]))
    found = json.loads(content)
    remarks = {name: [_remark(fault) for fault in found[name]] for name in ("problems", "warnings")}
    return Json(data={**found, **remarks})


def _take_in(body: Body | None, blobs: BlobStore, key: str) -> None:
    """Copy a body into the store.

    Raises:
        BodyTooLargeError: it is longer than allowed.
        BodyIncompleteError, BodyTooSlowError, MalformedRequestError: the client does not deliver.
        StorageUnavailableError: the store is full or away.
    """
    with blobs.open_writer(key) as writer:
        while body is not None and (piece := body.read()):
            if body.received > MAX_SHEET:
                raise too_large(MAX_SHEET)
            writer.write(piece)
        writer.commit()


def _fetch(blobs: BlobStore, key: str) -> bytes:
    """Return a file that lies in the store for this request, and take it away.

    Raises:
        TextUnavailableError: it is not there.
    """
    try:
        return b"".join(blobs.open_reader(key))
    except BlobNotFoundError as error:
        raise TextUnavailableError(retry_after=5) from error
    finally:
        blobs.delete(key)


def _file(content: bytes, wanted: str, name: str) -> Answer:
    return Raw(content=content, content_type=_TYPES[wanted], file_name=f"{name}.{wanted}")


def _remark(fault: dict[str, Any]) -> dict[str, Any]:
    """Return what is to be said about a cell, in words."""
    explained = explain({"pointer": "", "code": fault["code"], "params": fault["params"]})
    return {
        "row": fault["row"],
        "column": fault["column"],
        "code": fault["code"],
        "text": explained["detail"],
    }
