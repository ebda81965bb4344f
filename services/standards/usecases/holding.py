"""Which files a declaration holds: its text, and those its indicators refer to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain.drafts import Fault
from services.standards.domain.indicators import Indicator, TextFile, TextRequirement
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
    chosen = None
    if upload_id is not None:
        chosen = _take_upload(tx, declaration.enterprise_id, upload_id, "/upload_id")
    if held is not None:
        held.release(now=tx.now())
        tx.session.flush()  # one file at a time: the old one lets go before the new one holds on
    if chosen is not None:
        chosen.attach(declaration)


def put_indicator_files(
    tx: Transaction, declaration: Declaration, indicators: Sequence[Indicator]
) -> tuple[Indicator, ...]:
    """Let the draft hold the files of its indicators; return these with name and hash of each.

    Raises:
        InvalidDraftError: a file cannot be used.
    """
    held = {upload.id: upload for upload in declaration.indicator_files}
    used: dict[str, Upload] = {}
    settled = []
    for position, indicator in enumerate(indicators):
        file = _file_of(indicator)
        if file is None:
            settled.append(indicator)
            continue
        pointer = f"/indicators/{position}/requirement/file/upload_id"
        upload = used.get(file.upload_id) or held.get(file.upload_id)
        if upload is None:
            upload = _take_upload(tx, declaration.enterprise_id, file.upload_id, pointer)
            upload.attach_to_indicator(declaration)
        used[file.upload_id] = upload
        settled.append(_with_file(indicator, upload))
    for upload_id, upload in held.items():
        if upload_id not in used:
            upload.release(now=tx.now())
    return tuple(settled)


def exchange_file(indicator: Indicator, others: Mapping[str, Upload]) -> Indicator:
    """Return the indicator with another hold on its file, if it has one."""
    file = _file_of(indicator)
    return indicator if file is None else _with_file(indicator, others[file.upload_id])


def _with_file(indicator: Indicator, upload: Upload) -> Indicator:
    file = TextFile(upload_id=upload.id, file_name=upload.file_name, sha256=upload.sha256 or "")
    return replace(indicator, requirement=TextRequirement(file=file))


def _file_of(indicator: Indicator) -> TextFile | None:
    requirement = indicator.requirement
    return requirement.file if isinstance(requirement, TextRequirement) else None


def file_ids(indicators: Sequence[Indicator]) -> set[str]:
    """Return the files that some indicators refer to."""
    return {file.upload_id for indicator in indicators if (file := _file_of(indicator)) is not None}


def _take_upload(tx: Transaction, enterprise_id: str, upload_id: str, pointer: str) -> Upload:
    try:
        upload = queries.find_own_upload(
            tx.session, upload_id=upload_id, enterprise_id=enterprise_id, is_locked=True
        )
    except queries.UploadNotFoundError as error:
        raise faults.refuse([Fault(pointer, UPLOAD_UNUSABLE)]) from error
    if upload.state in {UploadState.OPEN, UploadState.INSPECTING}:
        raise faults.refuse([Fault(pointer, UPLOAD_NOT_READY)])
    if not upload.is_attachable(enterprise_id=enterprise_id, now=tx.now()):
        raise faults.refuse([Fault(pointer, UPLOAD_UNUSABLE)])
    return upload
