"""Take standards' texts in: from the socket to the blob store in small pieces (手册 4.2)."""

import hashlib
from typing import Final

from chassis.blobs import BlobWriter
from gateway import labels
from gateway.answers import Answer, Json
from gateway.errors import NotAPdfError
from gateway.intake import too_large
from gateway.remote import Reply
from gateway.roles import READERS, WRITERS
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import declarations as schemas
from gateway.server.bodies import PIECE, Body

routes = Routes("标准文本")

_MAGIC: Final = b"%PDF-"


@routes.post(
    "/uploads",
    summary="上传标准文本（PDF 原文作为请求体）",
    query=schemas.UploadQuery,
    answer=schemas.Upload,
    status=202,
    roles=WRITERS,
    auth=Auth.SESSION,
    takes_pdf=True,
)
def create_upload(exchange: Exchange) -> Answer:
    """Store the body and have it inspected; memory does not depend on its size.

    The client that goes away, or a full disk, leaves nothing behind.
    """
    with exchange.upload_slots.take():
        return _take_in(exchange)


def _take_in(exchange: Exchange) -> Answer:
    body = exchange.stream
    if body is None or body.length == 0:
        raise NotAPdfError
    standards = exchange.services.standards
    opened = standards.open_upload(exchange.query["file_name"], body.length)
    max_bytes = min(exchange.settings.upload_max_bytes, int(opened["max_bytes"]))
    with exchange.blobs.open_writer(str(opened["key"])) as writer:
        sha256 = receive(body, writer, max_bytes=max_bytes)
        writer.commit()
    upload = standards.finish_upload(str(opened["upload_id"]), sha256, writer.size)
    return _answer(upload)


@routes.get(
    "/uploads/<uuid:upload_id>",
    summary="标准文本的检查进度",
    answer=schemas.Upload,
    roles=READERS,
    auth=Auth.SESSION,
)
def get_upload(exchange: Exchange) -> Answer:
    """Return how far the inspection is."""
    return _answer(exchange.services.standards.get_upload(exchange.path["upload_id"]))


def receive(body: Body, writer: BlobWriter, *, max_bytes: int) -> str:
    """Copy a body into a blob and return its SHA-256.

    Raises:
        NotAPdfError: it does not begin as a PDF does; the full inspection comes later.
        BodyTooLargeError: it is longer than allowed.
        BodyIncompleteError, BodyTooSlowError, MalformedRequestError: the client does not deliver.
        StorageUnavailableError: the store is full or away.
    """
    digest = hashlib.sha256()
    head = b""
    while piece := body.read(PIECE):
        if body.received > max_bytes:
            raise too_large(max_bytes)
        if len(head) < len(_MAGIC):
            head += piece[: len(_MAGIC) - len(head)]
            if not _MAGIC.startswith(head):
                raise NotAPdfError
        digest.update(piece)
        writer.write(piece)
    if head != _MAGIC:
        raise NotAPdfError
    return digest.hexdigest()


def _answer(upload: Reply) -> Answer:
    poll_url = f"{API}/uploads/{upload['upload_id']}"
    reason = upload.get("reason")
    text = labels.UPLOAD_REASONS.get(reason, labels.UPLOAD_REFUSED) if reason else None
    return Json(data={**upload, "reason_text": text, "poll_url": poll_url}, location=poll_url)
