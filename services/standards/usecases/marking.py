"""Mark declarations: what the public sees without their content changing (FAQ 16, 31, 36).

News may come in any order and again: what is written down is the newest that is known, and marks
are made of that. A declaration whose marks change is announced in the same transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

import sqlalchemy as sa

from chassis import db, ids
from chassis.uow import Transaction
from contracts.events import DECLARATION_MARKED, POST_MESSAGE
from services.standards import events, queries
from services.standards.domain import documents
from services.standards.domain.catalogue import CatalogueState
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.marks import (
    CATALOGUE_MARKS,
    MarkChange,
    MarkKind,
    find_differences,
)
from services.standards.models import Declaration
from services.standards.models.reviews import (
    EnterpriseProfile,
    Mark,
    MarkCursor,
    OrganizationStanding,
)
from services.standards.queries import marks as found
from services.standards.queries.marks import Applied

CATALOGUE_CURSOR: Final = "catalogue"
MAX_CHANGES: Final = 500
# Longer than a transaction of an import takes.
SETTLING: Final = timedelta(seconds=10)
_MAX_VALUE_LENGTH: Final = 200
_DECLARATIONS: Final = cast("sa.Table", Declaration.__table__)


def change_marks(tx: Transaction, changes: Iterable[MarkChange]) -> list[str]:
    """Set and remove marks, and announce each declaration whose marks are others now.

    Returns the ids of those; what is so already changes nothing.
    """
    wanted: dict[str, list[MarkChange]] = defaultdict(list)
    for change in changes:
        wanted[change.declaration_id].append(change)
    if not wanted:
        return []
    found.lock_declarations(tx.session, sorted(wanted))
    now = tx.now()
    changed = [
        declaration_id
        for declaration_id, asked in sorted(wanted.items())
        if _change_all(tx, asked, now)
    ]
    if changed:
        _announce(tx, changed)
    return changed


def _change_all(tx: Transaction, asked: Sequence[MarkChange], now: datetime) -> bool:
    outcomes = [_change(tx, change, now) for change in asked]
    return any(outcomes)


def _change(tx: Transaction, change: MarkChange, now: datetime) -> bool:
    session = tx.session
    mark = found.find_mark(session, change.declaration_id, change.kind.value)
    if change.detail is None:
        if mark is not None:
            session.delete(mark)
        return mark is not None
    detail = documents.canonicalize(change.detail).text
    if mark is None:
        session.add(
            Mark(
                declaration_id=change.declaration_id,
                kind=change.kind.value,
                since=change.since or now,
                detail=detail,
            )
        )
        return True
    if mark.detail == detail:
        return False
    mark.since, mark.detail = change.since or now, detail
    return True


def _announce(tx: Transaction, declaration_ids: Sequence[str]) -> None:
    """Count one more event of each declaration, and tell its marks.

    The row's own version is left alone: nobody who edits it must read it anew for a mark.
    """
    marks = queries.find_marks(tx.session, declaration_ids)
    for declaration_id in declaration_ids:
        row = tx.session.execute(
            sa.update(_DECLARATIONS)
            .where(_DECLARATIONS.c.id == declaration_id)
            .values(sequence=_DECLARATIONS.c.sequence + 1)
            .returning(_DECLARATIONS.c.sequence, _DECLARATIONS.c.record_number)
        ).one()
        tx.emit(
            DECLARATION_MARKED,
            subject=declaration_id,
            sequence=row.sequence,
            data=events.declaration_marked(row.record_number, marks[declaration_id]),
        )


def note_standing(  # noqa: PLR0913 - what the registry announced, part by part
    *,
    tx: Transaction,
    organization_id: str,
    credit_code: str | None,
    organization_code: str,
    is_active: bool,
    sequence: int,
    at: datetime,
) -> None:
    """Write down whether an organisation exists, unless something newer is known."""
    tx.session.execute(
        db.insert_into(cast("sa.Table", OrganizationStanding.__table__), tx.dialect)
        .values(
            organization_id=organization_id,
            credit_code=credit_code,
            organization_code=organization_code,
            is_active=is_active,
            sequence=sequence,
            changed_at=at,
        )
        .on_conflict_do_nothing()
    )
    standing = found.lock_standing(tx.session, organization_id)
    if standing is not None and standing.sequence < sequence:
        standing.credit_code, standing.organization_code = credit_code, organization_code
        standing.is_active, standing.sequence, standing.changed_at = is_active, sequence, at


def mark_by_standing(*, tx: Transaction, organization_id: str, after: str = "") -> str | None:
    """Mark some public records of an organisation that is gone, or unmark them once it is back.

    Returns after which record to go on, nothing at the end.
    """
    standing = found.lock_standing(tx.session, organization_id)
    if standing is None:
        return None
    codes = [code for code in (standing.credit_code, standing.organization_code) if code]
    declaration_ids = found.find_published_under(tx.session, codes, after=after)
    change_marks(tx, [_standing_change(entry, standing) for entry in declaration_ids])
    return declaration_ids[-1] if declaration_ids else None


def mark_new_publication(tx: Transaction, declaration_id: str, code: str) -> None:
    """Mark what an organisation publishes that is gone already."""
    standing = found.find_standing(tx.session, [code])
    if standing is not None and not standing.is_active:
        change_marks(tx, [_standing_change(declaration_id, standing)])


def settle_marks(*, tx: Transaction, declaration_id: str, code: str) -> None:
    """Give a version that was just committed the marks that follow from what is known.

    News that were dealt with while it was being published did not see it; and another standard may
    have been picked since its catalogue marks were made.
    """
    mark_new_publication(tx, declaration_id, code)
    found.lock_declarations(tx.session, [declaration_id])
    applied = found.find_applied(tx.session, only=declaration_id)
    changes = [change for record in applied for change in _catalogue_changes(record)]
    unmarked = [MarkChange(declaration_id, kind, detail=None) for kind in CATALOGUE_MARKS.values()]
    change_marks(tx, changes or unmarked)


def _standing_change(declaration_id: str, standing: OrganizationStanding) -> MarkChange:
    return MarkChange(
        declaration_id,
        MarkKind.ENTERPRISE_DEREGISTERED,
        detail=None if standing.is_active else {},
        since=standing.changed_at,
    )


def note_profile(
    *, tx: Transaction, profile: EnterpriseSnapshot, sequence: int, at: datetime
) -> None:
    """Write down what an enterprise states of itself now, unless something newer is known."""
    values = {"sequence": sequence, "profile": _as_text(profile), "changed_at": at}
    tx.session.execute(
        db.insert_into(cast("sa.Table", EnterpriseProfile.__table__), tx.dialect)
        .values(enterprise_id=profile.enterprise_id, **values)
        .on_conflict_do_nothing()
    )
    known = found.lock_profile(tx.session, profile.enterprise_id)
    if known is not None and known.sequence < sequence:
        for name, value in values.items():
            setattr(known, name, value)


def _as_text(profile: EnterpriseSnapshot) -> str:
    return documents.canonicalize(profile.as_dict()).text


def mark_by_profile(*, tx: Transaction, enterprise_id: str, after: str = "") -> str | None:
    """Mark some records whose newest version says otherwise than the enterprise does now (R-148).

    The records themselves stay as they were published (FAQ 15, 16, 31). Returns after which record
    to go on, nothing at the end.
    """
    known = found.lock_profile(tx.session, enterprise_id)
    if known is None:
        return None
    current = documents.read(known.profile)
    published = found.find_published_facts(tx.session, enterprise_id=enterprise_id, after=after)
    change_marks(
        tx,
        [
            _profile_change(
                record.declaration_id, find_differences(record.enterprise, current), known
            )
            for record in published
        ],
    )
    return published[-1].declaration_id if published else None


def recheck_profile(*, tx: Transaction, declaration_id: str, enterprise_id: str) -> None:
    """Take the mark away from what was published anew with what the enterprise states now."""
    known = found.lock_profile(tx.session, enterprise_id)
    if known is None:
        return
    current = documents.read(known.profile)
    change_marks(
        tx,
        [
            _profile_change(declaration_id, [], known)
            for record in found.find_published_facts(
                tx.session, enterprise_id=enterprise_id, only=declaration_id
            )
            # What differs may be newer than what is known: the news of it decides.
            if not find_differences(record.enterprise, current)
        ],
    )


def _profile_change(
    declaration_id: str, differences: Sequence[str], known: EnterpriseProfile
) -> MarkChange:
    return MarkChange(
        declaration_id,
        MarkKind.ENTERPRISE_CHANGED,
        detail={"changed": list(differences)} if differences else None,
        since=known.changed_at,
    )


def mark_catalogue_change(tx: Transaction, catalogue_ids: Sequence[str]) -> int:
    """Mark every public declaration that applies one of these entries by the entry's state now.

    Each enterprise with a declaration that is newly marked gets one message. Returns how many
    declarations were marked or unmarked.
    """
    told: dict[str, Applied] = {}
    after, count = "", 0
    while applied := found.find_applied(tx.session, catalogue_ids=catalogue_ids, after=after):
        changes = [change for record in applied for change in _catalogue_changes(record)]
        changed = set(change_marks(tx, changes))
        count += len(changed)
        for record in applied:
            if record.declaration_id in changed and record.entry.state in CATALOGUE_MARKS:
                told.setdefault(record.enterprise_id, record)
        after = applied[-1].declaration_id
    for enterprise_id, record in told.items():
        _tell_catalogue_change(tx, enterprise_id, record)
    return count


def _catalogue_changes(record: Applied) -> list[MarkChange]:
    entry = record.entry
    detail: dict[str, Any] = {"number": entry.number_text}
    if entry.replaced_by_text:
        detail["replaced_by"] = entry.replaced_by_text
    return [
        MarkChange(
            record.declaration_id, kind, detail=detail if kind is _mark_of(entry.state) else None
        )
        for kind in CATALOGUE_MARKS.values()
    ]


def _mark_of(state: str) -> MarkKind | None:
    return CATALOGUE_MARKS.get(state)


def _tell_catalogue_change(tx: Transaction, enterprise_id: str, record: Applied) -> None:
    is_superseded = record.entry.state == CatalogueState.SUPERSEDED
    values = {"number": record.entry.number_text, "title": record.title[:_MAX_VALUE_LENGTH]}
    template = "STANDARD_SUPERSEDED" if is_superseded else "STANDARD_WITHDRAWN"
    if is_superseded:
        values["replaced_by"] = (record.entry.replaced_by_text or "—")[:_MAX_VALUE_LENGTH]
    post_to_enterprise(tx, enterprise_id, template, values)


def follow_catalogue(
    *, tx: Transaction, also: Callable[[Transaction, Sequence[str]], int] = lambda *_: 0
) -> bool:
    """Make the next changes of the catalogue into marks; tell whether there may be more.

    ``also`` is told which entries changed, in the same transaction: what cites them is marked too.
    """
    cursor = tx.session.get(MarkCursor, CATALOGUE_CURSOR, with_for_update=True)
    if cursor is None:
        cursor = MarkCursor(name=CATALOGUE_CURSOR, position=0)
        tx.session.add(cursor)
    changes = found.find_catalogue_changes(
        tx.session, after=cursor.position, until=tx.now() - SETTLING, limit=MAX_CHANGES
    )
    if changes:
        catalogue_ids = sorted({catalogue_id for _, catalogue_id in changes})
        mark_catalogue_change(tx, catalogue_ids)
        also(tx, catalogue_ids)
        cursor.position = changes[-1][0]
    return len(changes) == MAX_CHANGES


def post_to_enterprise(
    tx: Transaction, enterprise_id: str, template: str, values: Mapping[str, str], link: str = ""
) -> None:
    """Put a message into the inbox of everybody who acts for an enterprise."""
    request_id = ids.new_id()
    data = {
        "recipient": f"enterprise:{enterprise_id}",
        "template": template,
        "values": dict(values),
        "link": link,
        "request_id": request_id,
    }
    tx.send(POST_MESSAGE, data, request_id=request_id)
