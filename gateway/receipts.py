"""公开凭证: a sheet for the enterprise that proves what it published (FAQ 22, 27).

It is set in a limited child process: that takes a tenth of a second of processor time, which the
others who wait must not notice. Equal input gives equal bytes.
"""

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from chassis.errors import DomainError
from chassis.jobs import JobLimits, JobPool, JobStartError, JobStatus
from gateway.errors import OverloadedError, ReceiptTooSoonError
from gateway.labels import KINDS, MODES, STATES
from gateway.pages import beijing
from gateway.qr_codes import qr_code
from gateway.remote import Reply

logger = logging.getLogger(__name__)

LIMITS: Final = JobLimits(
    cpu_seconds=10,
    wall_seconds=12.0,
    memory_bytes=2 * 1024 * 1024 * 1024,
    output_bytes=16 * 1024 * 1024,
)
_CHILD: Final = "gateway.receipt_child"
_TRY_LATER: Final = 5.0
_SOON: Final = 1.0
_STEPS: Final = (
    "扫描二维码，或打开上面的网址，看到的应是同一条公开信息；之后的修改、修订、废止以网页为准。",
    "本文件附有 proof.json（规范文本和证明），其中规范文本的 SHA-256 应与上面的内容摘要相同。",
    "按 RFC 9162，从条目哈希出发与包含证明的各个哈希依次合并，应得到根哈希。",
    "用平台公布的存证公钥 keys.json（/api/v1/log/keys）验证根哈希的签名。",
    "第 2 至 4 步可离线一次完成：python -m tools.verify --key keys.json proof.json",
)


class Receipts:
    """Make receipts, a few at a time."""

    def __init__(self, *, parallel: int = 2, limits: JobLimits = LIMITS) -> None:
        self._pool = JobPool(parallel)
        self._limits = limits

    def make(self, found: Reply, proof: Reply, *, address: str) -> bytes:
        """Return the PDF of what is public of a declaration and of its proof with the document.

        Raises:
            ReceiptTooSoonError: the version is not in the log yet.
            OverloadedError: the machine has no process or no time for it.
        """
        if proof["inclusion"] is None:
            raise ReceiptTooSoonError(retry_after=_SOON)
        try:
            result = self._pool.run(
                _CHILD, payload=receipt_data(found, proof, address), limits=self._limits
            )
        except JobStartError as error:
            raise OverloadedError(retry_after=_TRY_LATER) from error
        if result.status is not JobStatus.OK:
            raise self._failure(result.status, result.detail)
        return base64.b64decode(result.value["pdf_base64"])

    def _failure(self, status: JobStatus, detail: str) -> DomainError:
        """Return what a failed child means: our own data are never to blame."""
        logger.error("receipt failed", extra={"status": status.value, "detail": detail})
        return OverloadedError(retry_after=_TRY_LATER)


def receipt_data(found: Reply, proof: Reply, address: str) -> dict[str, Any]:
    """Return what stands on the sheet."""
    document = found["document"]
    inclusion = proof["inclusion"]
    return {
        "title": "公开凭证",
        "number": document["number"]["text"],
        "name": document["title"],
        "statement": f"{document['enterprise']['name']} 自我声明公开",
        "address": address,
        "qr": qr_code(address).decode(),
        "facts": _facts(found, document),
        "proof": _proof(inclusion),
        "path": inclusion["path"],
        "steps": _STEPS,
        "attachment": json.dumps(proof, ensure_ascii=False, sort_keys=True, indent=1),
    }


def _facts(found: Reply, document: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return label, value, and whether it is set as code."""
    enterprise = document["enterprise"]
    state = STATES.get(found["state"], found["state"])
    if found["withdrawn_at"]:
        state = f"{state}（{beijing(found['withdrawn_at'])}）"
    mode = document["disclosure_mode"]
    corrected = document["corrected_at"]
    return [
        ("公开编号", found["record_number"], True),
        ("标准编号", document["number"]["text"], False),
        ("标准名称", document["title"], False),
        ("标准种类", KINDS.get(document["kind"], document["kind"]), False),
        ("企业名称", enterprise["name"], False),
        ("统一社会信用代码", enterprise["credit_code"] or enterprise["organization_code"], True),
        ("公开方式", MODES.get(mode, mode), False),
        ("产品", f"{len(document['products'])} 个", False),
        ("公开时间", f"{beijing(document['published_at'])}（北京时间）", False),
        *([("修改时间", f"{beijing(corrected)}（北京时间）", False)] if corrected else []),
        ("版本", f"第 {found['version']} 版", False),
        ("出具时的状态", state, False),
        ("内容摘要 SHA-256", found["document_sha256"], True),
    ]


def _proof(inclusion: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    head = inclusion["head"]
    return [
        ("条目序号", str(inclusion["leaf_index"]), True),
        ("条目哈希", inclusion["leaf_hash"], True),
        ("日志条目数", str(inclusion["tree_size"]), True),
        ("根哈希", head["root"], True),
        ("签名时间", f"{beijing(head['signed_at'])}（北京时间）", False),
        ("签名 Ed25519", head["signature"], True),
        ("公钥", head["key_id"], True),
    ]
