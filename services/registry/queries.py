"""Reads of ``registry``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    any_,
    cast,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from services.registry.domain import codes, moments, regions
from services.registry.domain.matching import Field
from services.registry.models import (
    Division,
    ImportFault,
    ImportRun,
    Organization,
    OrganizationChange,
    OrganizationStatus,
    RegionSwitch,
    RetiredDivision,
    SourceLookup,
    WaitingApplicant,
    WaitingState,
)

PAGE_SIZE: Final = 20
_CHUNK: Final = 1000
_IS_ACTIVE: Final = Organization.status == OrganizationStatus.ACTIVE
_FORMER: Final = {
    "name": Field.NAME,
    "legal_representative": Field.LEGAL_REPRESENTATIVE,
    "address": Field.ADDRESS,
}


def find_organization(session: Session, code: str) -> Organization | None:
    """Return the organisation with a folded credit code or organisation code."""
    is_credit_code = len(code) == codes.CREDIT_CODE_LENGTH
    column = Organization.credit_code if is_credit_code else Organization.organization_code
    found = session.scalar(select(Organization).where(column == code))
    if found is not None or not is_credit_code:
        return found
    # Registered before credit codes came, and not given one yet: the embedded code finds it.
    return session.scalar(
        select(Organization).where(
            Organization.organization_code == codes.organization_code_of(code),
            Organization.credit_code.is_(None),
        )
    )


def lock_organization(session: Session, organization_code: str) -> Organization | None:
    """Return the organisation with an organisation code, locked against other changes."""
    return session.scalar(
        select(Organization)
        .where(Organization.organization_code == organization_code)
        .with_for_update()
    )


def find_awaited_codes(session: Session, *, asked_before: datetime, limit: int) -> list[str]:
    """Return codes that applicants wait for, not known yet and not asked for lately."""
    code = WaitingApplicant.organization_code
    is_known = select(Organization.id).where(Organization.organization_code == code).exists()
    is_asked = (
        select(SourceLookup.code)
        .where(SourceLookup.code == code, SourceLookup.asked_at > asked_before)
        .exists()
    )
    return list(session.scalars(select(code).where(~is_known, ~is_asked).distinct().limit(limit)))


def get_organization(session: Session, organization_id: str) -> Organization | None:
    """Return one organisation by its id."""
    return session.get(Organization, organization_id)


def find_former_values(session: Session, organization_id: str) -> dict[Field, list[str]]:
    """Return the values that name, legal representative and address had before, by field."""
    rows = session.execute(
        select(OrganizationChange.field, OrganizationChange.old_value).where(
            OrganizationChange.organization_id == organization_id,
            OrganizationChange.field.in_(_FORMER),
            OrganizationChange.old_value.is_not(None),
        )
    )
    former: dict[Field, list[str]] = {}
    for name, value in rows:
        former.setdefault(_FORMER[name], []).append(str(value))
    return former


@dataclass(frozen=True)
class Known:
    """Hold what an import must know of a record to see whether it has changed."""

    id: str
    organization_code: str
    credit_code: str | None
    source_digest: str
    import_id: str | None


def find_known(session: Session, codes_: Sequence[str]) -> dict[str, Known]:
    """Return what is known of the organisations with these organisation codes, by code."""
    columns = [getattr(Organization, name) for name in Known.__dataclass_fields__]
    found = {}
    for start in range(0, len(codes_), _CHUNK):
        chunk = codes_[start : start + _CHUNK]
        rows = session.execute(select(*columns).where(_is_one_of(session, chunk)))
        found.update({row[1]: Known(*row) for row in rows})
    return found


def _is_one_of(session: Session, codes_: Sequence[str]) -> ColumnElement[bool]:
    """Compare with all codes at once; an array is read several times quicker than a long list."""
    column = Organization.organization_code
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(codes_)
    return column == any_(cast(literal(codes_, ARRAY(Text)), ARRAY(Text)))


def get_organizations(session: Session, organization_ids: Sequence[str]) -> list[Organization]:
    """Return these organisations, locked against other changes."""
    found: list[Organization] = []
    for start in range(0, len(organization_ids), _CHUNK):
        chunk = organization_ids[start : start + _CHUNK]
        found += session.scalars(
            select(Organization).where(Organization.id.in_(chunk)).with_for_update()
        )
    return found


def mark_present(session: Session, organization_id: str, import_id: str) -> None:
    """Note that a file names an organisation, though its row could not be taken."""
    session.execute(
        update(Organization).where(Organization.id == organization_id).values(import_id=import_id)
    )


def find_missing(session: Session, import_id: str, *, limit: int) -> Sequence[Organization]:
    """Return active organisations that an import did not name, locked."""
    return session.scalars(
        select(Organization).where(*_is_missing(import_id)).limit(limit).with_for_update()
    ).all()


def count_missing(session: Session, import_id: str) -> tuple[int, int]:
    """Return how many active organisations an import did not name, and how many there are."""
    active = select(func.count()).select_from(Organization).where(_IS_ACTIVE)
    missing = select(func.count()).select_from(Organization).where(*_is_missing(import_id))
    return session.scalar(missing) or 0, session.scalar(active) or 0


def _is_missing(import_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of who is not in a full file.

    Who was never in any file was stated by the live source: as long as that was after the import
    began it is newer than the file.
    """
    begun = select(ImportRun.started_at).where(ImportRun.id == import_id).scalar_subquery()
    is_older = or_(Organization.import_id.is_not(None), Organization.last_synced_at < begun)
    return (_IS_ACTIVE, Organization.import_id.is_distinct_from(import_id), is_older)


def is_region_open(session: Session, code: str) -> bool:
    """Tell whether organisations of a division may register (手册 FAQ 8)."""
    rows = session.execute(
        select(RegionSwitch.prefix, RegionSwitch.is_open).where(
            RegionSwitch.prefix.in_(regions.prefixes_of(code))
        )
    )
    return regions.is_open(code, {row.prefix: row.is_open for row in rows})


def list_region_switches(session: Session) -> list[dict[str, Any]]:
    """Return every prefix that was opened or closed, and how many have registered below it."""
    registered = select(func.count()).where(
        Organization.registered_at.is_not(None), Organization.region.startswith(RegionSwitch.prefix)
    )
    switches = session.execute(
        select(RegionSwitch, registered.scalar_subquery()).order_by(RegionSwitch.prefix)
    )
    return [
        {
            "region": switch.prefix.ljust(6, "0"),
            "is_open": switch.is_open,
            "registered_count": count,
            "changed_at": moments.to_text(switch.changed_at),
        }
        for switch, count in switches
    ]


def list_open_regions(session: Session) -> list[dict[str, Any]]:
    """Return every prefix that was opened or closed with its name, without figures."""
    switches = session.execute(
        select(RegionSwitch.prefix, RegionSwitch.is_open, Division.path)
        .outerjoin(Division, Division.code == func.substr(RegionSwitch.prefix + "000000", 1, 6))
        .order_by(RegionSwitch.prefix)
    )
    return [
        {
            "region": prefix.ljust(6, "0"),
            "name": "全国" if prefix == regions.COUNTRY else (path or "").replace("/", ""),
            "is_open": is_open,
        }
        for prefix, is_open, path in switches
    ]


def list_imports(session: Session, *, page: int) -> dict[str, Any]:
    """Return a page of imports, the newest first."""
    runs = session.scalars(
        select(ImportRun)
        .order_by(ImportRun.started_at.desc(), ImportRun.id)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    total = session.scalar(select(func.count()).select_from(ImportRun)) or 0
    return {"imports": [_import(run) for run in runs], "total": total, "page": page}


def get_import(session: Session, import_id: str) -> dict[str, Any] | None:
    """Return one import, if there is such a one."""
    run = session.get(ImportRun, import_id)
    return None if run is None else _import(run)


def _import(run: ImportRun) -> dict[str, Any]:
    counts = ("position", "created", "updated", "unchanged", "rejected", "deregistered")
    moved, ended = run.updated_at, run.finished_at
    return {
        "id": run.id,
        "file_name": run.file_name,
        "kind": run.kind,
        **{name: getattr(run, name) for name in counts},
        "note": run.note,
        "started_at": moments.to_text(run.started_at),
        "updated_at": None if moved is None else moments.to_text(moved),
        "finished_at": None if ended is None else moments.to_text(ended),
    }


def list_faults(session: Session, import_id: str) -> list[tuple[int, str, str]]:
    """Return row, field and fault of what an import did not take."""
    faults = session.execute(
        select(ImportFault.row, ImportFault.field, ImportFault.fault)
        .where(ImportFault.import_id == import_id)
        .order_by(ImportFault.row, ImportFault.id)
    )
    return [(row, field, fault) for row, field, fault in faults]


def list_divisions(session: Session, parent: str) -> list[dict[str, Any]]:
    """Return the divisions directly below a parent; an empty parent asks for the provinces."""
    below = aliased(Division)
    has_children = select(below.code).where(below.parent_code == Division.code).exists()
    rows = session.execute(
        select(Division.code, Division.name, has_children.label("has_children"))
        .where(Division.parent_code == parent)
        .order_by(Division.code)
    )
    return [
        {"code": code, "name": name, "has_children": bool(has_more)}
        for code, name, has_more in rows
    ]


def get_division(session: Session, code: str) -> dict[str, Any] | None:
    """Return one division with the names of all above it."""
    division = session.get(Division, code)
    if division is not None:
        parent, path = division.parent_code, division.path
        return {"code": code, "name": division.name, "parent": parent, "path": path}
    return _get_retired_division(session, code)


def _get_retired_division(session: Session, code: str) -> dict[str, Any] | None:
    """Return a division that is not there any more, under the lowest one above it that still is."""
    retired = session.get(RetiredDivision, code)
    if retired is None:
        return None
    above = [f"{code[:4]}00", f"{code[:2]}0000"]
    found = find_divisions_among(session, above)
    parent = next((found[each] for each in above if each in found and each != code), None)
    names = [retired.name] if parent is None else [parent.path, retired.name]
    parent_code = "" if parent is None else parent.code
    return {"code": code, "name": retired.name, "parent": parent_code, "path": "/".join(names)}


def find_divisions_among(session: Session, codes_: Sequence[str]) -> dict[str, Division]:
    """Return those of these divisions that are there, by code."""
    found = session.scalars(select(Division).where(Division.code.in_(codes_)))
    return {division.code: division for division in found}


def find_divisions(session: Session) -> dict[str, Division]:
    """Return all divisions by code."""
    return {division.code: division for division in session.scalars(select(Division))}


def count_organizations(session: Session) -> int:
    """Return how many organisation records there are."""
    return session.scalar(select(func.count()).select_from(Organization)) or 0


def find_import(session: Session, file_sha256: str) -> ImportRun | None:
    """Return the import run of a file, if it was ever begun."""
    return session.scalar(select(ImportRun).where(ImportRun.file_sha256 == file_sha256))


def find_region_switches(session: Session, prefixes: Sequence[str]) -> dict[str, RegionSwitch]:
    """Return the switches of these prefixes."""
    found = session.scalars(select(RegionSwitch).where(RegionSwitch.prefix.in_(prefixes)))
    return {switch.prefix: switch for switch in found}


def find_waiting(session: Session, token_hash: str) -> WaitingApplicant | None:
    """Return who waits by the hash of the token that tells how it stands."""
    return session.scalar(select(WaitingApplicant).where(WaitingApplicant.token_hash == token_hash))


def find_resumable(session: Session, token_hash: str) -> WaitingApplicant | None:
    """Return who may go on with a registration by the hash of the link's token."""
    return session.scalar(
        select(WaitingApplicant).where(WaitingApplicant.resume_token_hash == token_hash)
    )


def find_checkable(
    session: Session, *, deferred_before: datetime, limit: int
) -> list[tuple[WaitingApplicant, Organization]]:
    """Return who waits for a record that came or changed since it was looked at, locked.

    Who may not register yet, because a region is closed, is looked at again after a while.
    """
    looked = WaitingApplicant.checked_at
    is_deferred = WaitingApplicant.checked_version.is_(None)
    rows = session.execute(
        select(WaitingApplicant, Organization)
        .join(Organization, Organization.organization_code == WaitingApplicant.organization_code)
        .where(WaitingApplicant.state != WaitingState.READY)
        .where(
            or_(
                and_(is_deferred, or_(looked.is_(None), looked <= deferred_before)),
                WaitingApplicant.checked_version != Organization.version,
            )
        )
        .order_by(looked.nulls_first(), WaitingApplicant.created_at)
        .limit(limit)
        .with_for_update(of=WaitingApplicant, skip_locked=True)
    )
    return [(applicant, organization) for applicant, organization in rows]
