"""Imports of the catalogue: what is known of entries, what has changed, and what was not taken."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.standards.domain.catalogue import CatalogueState
from services.standards.models.catalogue import (
    CatalogueChange,
    CatalogueImport,
    CatalogueImportFault,
    CatalogueStandard,
)

_CHUNK: Final = 500
_IN_FORCE: Final = CatalogueStandard.state.in_(
    [CatalogueState.CURRENT.value, CatalogueState.UPCOMING.value]
)


class CatalogueImportNotFoundError(errors.DomainError):
    """Say that there was no such import."""

    code = "standards.catalogue_import_not_found"


@dataclass(frozen=True)
class Known:
    """Hold what an import must know of an entry to see whether it has changed."""

    id: str
    number_key: str
    source_digest: str
    import_id: str | None
    import_row: int | None


@dataclass(frozen=True)
class ChangedEntry:
    """Hold how state and replacement of an entry changed in one import."""

    catalogue_id: str
    old_state: str
    new_state: str
    old_replaced_by: str | None
    new_replaced_by: str | None


def find_import(session: Session, *, file_sha256: str, kind: str) -> CatalogueImport | None:
    """Return the import of a file, if it was ever begun."""
    return session.scalars(
        sa.select(CatalogueImport).where(
            CatalogueImport.file_sha256 == file_sha256, CatalogueImport.kind == kind
        )
    ).one_or_none()


def find_known(session: Session, keys: Sequence[str]) -> dict[str, Known]:
    """Return what is known of the entries with these keys, by key."""
    columns = [getattr(CatalogueStandard, name) for name in Known.__dataclass_fields__]
    found = {}
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        rows = session.execute(sa.select(*columns).where(CatalogueStandard.number_key.in_(chunk)))
        found.update({row.number_key: Known(*row) for row in rows})
    return found


def lock_entries(session: Session, catalogue_ids: Sequence[str]) -> list[CatalogueStandard]:
    """Return these entries, locked against other changes."""
    found: list[CatalogueStandard] = []
    for start in range(0, len(catalogue_ids), _CHUNK):
        chunk = catalogue_ids[start : start + _CHUNK]
        found += session.scalars(
            sa.select(CatalogueStandard).where(CatalogueStandard.id.in_(chunk)).with_for_update()
        )
    return found


def count_missing(session: Session, import_id: str) -> tuple[int, int]:
    """Return how many entries in force a full file does not have, and how many there are.

    Only kinds that the file has count: lists often come kind by kind.
    """
    in_force = sa.select(sa.func.count()).where(_IN_FORCE, _is_of_kinds(import_id))
    missing = sa.select(sa.func.count()).where(*_is_missing(import_id))
    return session.scalar(missing) or 0, session.scalar(in_force) or 0


def find_missing(session: Session, import_id: str, *, limit: int) -> Sequence[CatalogueStandard]:
    """Return entries in force that a full file does not have, locked."""
    return session.scalars(
        sa.select(CatalogueStandard)
        .where(*_is_missing(import_id))
        .order_by(CatalogueStandard.id)
        .limit(limit)
        .with_for_update()
    ).all()


def _is_of_kinds(import_id: str) -> sa.ColumnElement[bool]:
    named = sa.orm.aliased(CatalogueStandard)
    return CatalogueStandard.kind.in_(
        sa.select(named.kind).where(named.import_id == import_id).distinct()
    )


def _is_missing(import_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is true of entries that a full file does not have.

    What was added by hand after the import began is newer than the file.
    """
    begun = (
        sa.select(CatalogueImport.started_at)
        .where(CatalogueImport.id == import_id)
        .scalar_subquery()
    )
    is_older = sa.or_(
        CatalogueStandard.import_id.is_not(None), CatalogueStandard.updated_at < begun
    )
    is_absent = CatalogueStandard.import_id.is_distinct_from(import_id)
    return (_IN_FORCE, is_absent, is_older, _is_of_kinds(import_id))


def changed_entries(session: Session, import_id: str) -> list[ChangedEntry]:
    """Return the entries whose state or replacement one import changed, in the order of the file.

    New entries are none of them. Whoever declares or cites one of these may want to know.
    """
    rows = session.execute(
        sa.select(
            CatalogueChange.catalogue_id,
            CatalogueChange.old_state,
            CatalogueChange.new_state,
            CatalogueChange.old_replaced_by,
            CatalogueChange.new_replaced_by,
        )
        .where(CatalogueChange.import_id == import_id)
        .order_by(CatalogueChange.id)
    )
    return [ChangedEntry(*row) for row in rows]


def list_imports(session: Session, *, page: int, page_size: int) -> dict[str, Any]:
    """Return a page of imports, the newest first."""
    runs = session.scalars(
        sa.select(CatalogueImport)
        .order_by(CatalogueImport.started_at.desc(), CatalogueImport.id)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(CatalogueImport)) or 0
    return {
        "items": [_view(run) for run in runs],
        "total": total,
        "page": page,
        "page_size": page_size,
    }


def list_faults(session: Session, import_id: str) -> list[tuple[int, str, str]]:
    """Return row, field and fault of what an import did not take.

    Raises:
        CatalogueImportNotFoundError: there was no such import.
    """
    if session.get(CatalogueImport, import_id) is None:
        raise CatalogueImportNotFoundError
    faults = session.execute(
        sa.select(CatalogueImportFault.row, CatalogueImportFault.field, CatalogueImportFault.fault)
        .where(CatalogueImportFault.import_id == import_id)
        .order_by(CatalogueImportFault.row, CatalogueImportFault.id)
    )
    return [(row, field, fault) for row, field, fault in faults]


def _view(run: CatalogueImport) -> dict[str, Any]:
    counts = ("position", "created", "updated", "unchanged", "rejected", "withdrawn")
    ended = run.finished_at
    return {
        "import_id": run.id,
        "file_name": run.file_name,
        "kind": run.kind,
        **{name: getattr(run, name) for name in counts},
        "note": run.note,
        "started_at": outbox.format_time(run.started_at),
        "updated_at": outbox.format_time(run.updated_at),
        "finished_at": None if ended is None else outbox.format_time(ended),
    }
