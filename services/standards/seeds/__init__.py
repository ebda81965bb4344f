"""Demonstration data of ``standards``: declarations of invented enterprises, made by the use cases.

Loading them again changes nothing: a number that an enterprise has is passed over.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from chassis.blob_store import BlobStore
from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards import queries
from services.standards.config import Settings
from services.standards.domain import number_forms, numbering
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.seeds.catalogue import load_catalogue
from services.standards.seeds.classes import load_classes
from services.standards.seeds.lives import DemoLife
from services.standards.seeds.pdf import make_pdf
from services.standards.usecases import uploads
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
        for days_ago, act in _steps(past, settings, blobs, by_code, missing):
            clock.jump(now - timedelta(days=days_ago, hours=1) - clock.now())
            act()
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
                kind=_kind(row),
                number_key=_number(row).key,
            )
        ]


def _kind(row: Mapping[str, Any]) -> StandardKind:
    return StandardKind(row.get("kind", StandardKind.ENTERPRISE))


def _number(row: Mapping[str, Any]) -> ParsedNumber:
    if "picked" in row:
        return number_forms.read_number(row["picked"], _kind(row))
    prefix = row.get("prefix", numbering.ENTERPRISE_PREFIX)
    return number_forms.compose(_kind(row), prefix, row["body"], row["year"])


def _steps(
    database: Database,
    settings: Settings,
    blobs: BlobStore,
    by_code: Mapping[str, EnterpriseSnapshot],
    rows: Sequence[Mapping[str, Any]],
) -> list[tuple[int, Callable[[], None]]]:
    """Return what enterprises did and how many days ago, the oldest first."""
    steps: list[tuple[int, Callable[[], None]]] = []
    for row in rows:
        life = DemoLife(database, by_code[row["credit_code"]], _SUBJECT)
        entry = partial(_entry, database, settings, blobs, life.enterprise, row)
        is_public = row["state"] != "DRAFT"
        steps.append(
            (row["days_ago"], partial(life.declare, _kind(row), entry, is_public=is_public))
        )
        if "revised_days_ago" in row:
            steps.append((row["revised_days_ago"], life.revise))
        if "withdrawn_days_ago" in row:
            end = partial(life.withdraw, row["withdrawal_reason"])
            steps.append((row["withdrawn_days_ago"], end))
    return sorted(steps, key=lambda step: -step[0])


def _entry(
    database: Database,
    settings: Settings,
    blobs: BlobStore,
    enterprise: EnterpriseSnapshot,
    row: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what is typed into the entry page, its file uploaded by then."""
    number, title = _number(row), row["title"]
    if "picked" in row:
        with database.read() as session:
            picked = queries.find_edition(session, number)
        catalogue_id = None if picked is None else picked.id
        return {"catalogue_id": catalogue_id, "products": row["products"]}
    boxes = {"prefix": number.prefix, "body": number.body, "year": number.year}
    typed = {"number": boxes, "title": title, "products": row["products"]}
    if "indicators" in row:
        return {**typed, "disclosure_mode": "INDICATORS", "indicators": row["indicators"]}
    lines = _text_lines(number.text, title, row["clauses"])
    upload_id = _upload(database, settings, blobs, enterprise, lines, f"{title}.pdf")
    return {**typed, "upload_id": upload_id}


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
