"""Demonstration data of ``standards``: declarations of invented enterprises, made by the use cases.

Loading them again changes nothing: a number that an enterprise has is passed over.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from chassis.blob_store import BlobStore
from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards import queries
from services.standards.config import Settings
from services.standards.domain import numbering
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import StandardKind
from services.standards.domain.rules import DEFAULT_LIFE_RULES, DEFAULT_RULES
from services.standards.seeds.catalogue import load_catalogue
from services.standards.seeds.classes import load_classes
from services.standards.seeds.pdf import make_pdf
from services.standards.usecases import drafting, publication, uploads
from services.standards.usecases.uploads import ExtractedText

DECLARATIONS: Final = Path(__file__).parent / "declarations.json"
_SUBJECT: Final = "service:standards"
_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True)
class _Inspected:
    """Be the verdict over a file made here: there is nothing to find in it."""

    is_accepted: bool = True
    reason: str | None = None
    pages: int = 1


def load(
    database: Database,
    settings: Settings,
    blobs: BlobStore,
    enterprises: Iterable[Mapping[str, Any]],
    now: datetime,
) -> int:
    """Publish and save the declarations of these enterprises that are missing; return how many.

    ``enterprises`` are profiles as ``accounts.get_enterprise`` returns them. In production only
    reference data are loaded: the product classes.
    """
    load_classes(database)
    if settings.is_production:
        return 0
    load_catalogue(database)
    profiles = [EnterpriseSnapshot.from_profile(profile) for profile in enterprises]
    by_code = {profile.credit_code: profile for profile in profiles}
    missing = _missing(database, _rows(), by_code)
    # Each is made at its own time in the past, through a clock that stands there.
    clock = VirtualClock(now)
    address = database.url.render_as_string(hide_password=False)
    past = Database(address, service=database.service, clock=clock)
    try:
        for row in sorted(missing, key=lambda row: -int(row["days_ago"])):
            clock.jump(now - timedelta(days=row["days_ago"], hours=1) - clock.now())
            _declare(past, settings, blobs, by_code[row["credit_code"]], row)
    finally:
        past.close()
    return len(missing)


def demo_text(title: str = "不锈钢真空保温杯") -> bytes:
    """Return a small standard text as a PDF file."""
    return make_pdf(_text_lines("Q/QBDEMO 001-2026", title, ("保温效能不低于 45 ℃（12 h）。",)))


def _rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(DECLARATIONS.read_text(encoding="utf-8"))
    return rows


def _missing(
    database: Database,
    rows: Sequence[dict[str, Any]],
    by_code: Mapping[str, EnterpriseSnapshot],
) -> list[dict[str, Any]]:
    with database.read() as session:
        return [
            row
            for row in rows
            if row["credit_code"] in by_code
            and not queries.has_number(
                session,
                enterprise_id=by_code[row["credit_code"]].enterprise_id,
                kind=StandardKind.ENTERPRISE,
                number_key=numbering.compose_number(body=row["body"], year=row["year"]).key,
            )
        ]


def _declare(
    database: Database,
    settings: Settings,
    blobs: BlobStore,
    enterprise: EnterpriseSnapshot,
    row: Mapping[str, Any],
) -> None:
    """Do for one declaration what its enterprise would do."""
    number = numbering.compose_number(body=row["body"], year=row["year"])
    lines = _text_lines(number.text, row["title"], row["clauses"])
    upload_id = _upload(database, settings, blobs, enterprise, lines, f"{row['title']}.pdf")
    with database.transaction() as tx:
        draft = drafting.save_draft(
            tx=tx,
            enterprise_id=enterprise.enterprise_id,
            life=DEFAULT_LIFE_RULES,
            kind=StandardKind.ENTERPRISE.value,
            entry={
                "number": {"body": number.body, "year": number.year},
                "title": row["title"],
                "products": row["products"],
                "upload_id": upload_id,
            },
            declaration_id=None,
            expected_version=None,
        )
    if row["state"] == "DRAFT":
        return
    with database.transaction() as tx:
        publication.publish_declaration(
            tx=tx,
            enterprise=enterprise,
            rules=DEFAULT_RULES,
            life=DEFAULT_LIFE_RULES,
            subject=_SUBJECT,
            declaration_id=draft["declaration_id"],
            is_committed=True,
            expected_version=draft["version"],
            client_address="",
        )


def _upload(  # noqa: PLR0913, PLR0917 - one file's way through four steps
    database: Database,
    settings: Settings,
    blobs: BlobStore,
    enterprise: EnterpriseSnapshot,
    lines: Sequence[str],
    file_name: str,
) -> str:
    body, words = make_pdf(lines), "\n".join(lines).encode()
    owner = {"enterprise_id": enterprise.enterprise_id, "subject": _SUBJECT}
    with database.transaction() as tx:
        upload = uploads.open_upload(
            tx=tx,
            file_name=file_name,
            size=len(body),
            max_bytes=settings.upload_max_bytes,
            lifetime=_LIFETIME,
            **owner,
        )
    _put(blobs, upload["key"], body)
    _put(blobs, f"{upload['key']}.txt", words)
    with database.transaction() as tx:
        uploads.finish_upload(
            tx=tx,
            upload_id=upload["upload_id"],
            sha256=hashlib.sha256(body).hexdigest(),
            size=len(body),
            max_bytes=settings.upload_max_bytes,
            **owner,
        )
        uploads.settle_inspection(
            tx=tx,
            upload_id=upload["upload_id"],
            verdict=_Inspected(),
            extracted=ExtractedText(sha256=hashlib.sha256(words).hexdigest(), size=len(words)),
        )
    return str(upload["upload_id"])


def _put(blobs: BlobStore, key: str, body: bytes) -> None:
    with blobs.open_writer(key) as writer:
        writer.write(body)
        writer.commit()


def _text_lines(number: str, title: str, clauses: Sequence[str]) -> list[str]:
    return [
        number,
        title,
        "",
        "1 范围",
        f"本标准规定了{title}的技术要求、试验方法、检验规则、标志、包装、运输和贮存。",
        "",
        "2 技术要求",
        *(f"2.{count} {clause}" for count, clause in enumerate(clauses, start=1)),
        "",
        "3 检验规则",
        "产品应经本企业检验部门检验合格，并附合格证明方可出厂。",
        "",
        "4 标志、包装、运输和贮存",
        "产品包装上应标明产品名称、型号、本标准编号、企业名称和地址、生产日期。",
    ]
