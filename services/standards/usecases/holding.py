"""Which file a declaration holds: one, or none."""

from typing import Final

from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain.drafts import Fault
from services.standards.domain.kinds import UploadState
from services.standards.models import Declaration, Upload
from services.standards.usecases import faults

UPLOAD_NOT_READY: Final = "standards.upload_not_ready"
UPLOAD_UNUSABLE: Final = "standards.upload_unusable"


def put_text(tx: Transaction, declaration: Declaration, upload_id: str | None) -> None:
    """Let the draft hold exactly this file, or none; a file it held before is given up."""
    held = declaration.upload
    if held is not None and held.id == upload_id:
        return
    chosen = None if upload_id is None else _take_upload(tx, declaration.enterprise_id, upload_id)
    if held is not None:
        held.release(now=tx.now())
        tx.session.flush()  # one file at a time: the old one lets go before the new one holds on
    if chosen is not None:
        chosen.attach(declaration)


def _take_upload(tx: Transaction, enterprise_id: str, upload_id: str) -> Upload:
    try:
        upload = queries.find_own_upload(
            tx.session, upload_id=upload_id, enterprise_id=enterprise_id, is_locked=True
        )
    except queries.UploadNotFoundError as error:
        raise faults.refuse([Fault("/upload_id", UPLOAD_UNUSABLE)]) from error
    if upload.state in {UploadState.OPEN, UploadState.INSPECTING}:
        raise faults.refuse([Fault("/upload_id", UPLOAD_NOT_READY)])
    if not upload.is_attachable(enterprise_id=enterprise_id, now=tx.now()):
        raise faults.refuse([Fault("/upload_id", UPLOAD_UNUSABLE)])
    return upload
