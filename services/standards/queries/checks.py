"""What the catalogue knows of the standards that a declaration cites."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.standards.domain.catalogue import CatalogueState, state_on
from services.standards.domain.indicators import Indicator
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.references import Standing
from services.standards.models import CatalogueIndicator, CatalogueStandard, ClassScheme
from services.standards.queries.classes import find_classes

# Of what one number can have many: editions, and the indicators of all of them.
MAX_INDICATORS: Final = 20_000


def find_standings(
    session: Session, numbers: Iterable[ParsedNumber], *, today: date
) -> dict[str, Standing]:
    """Return what the catalogue says of each number that it has, by the number's key.

    Of a number without year it is the newest edition in force, else the newest one.
    """
    wanted = list(numbers)
    if not wanted:
        return {}
    entry = CatalogueStandard
    rows = session.execute(
        sa.select(
            entry.number_key,
            entry.number_stem,
            entry.number_text,
            entry.title,
            entry.state,
            entry.effective_on,
            entry.replaced_by_text,
        )
        .where(_is_one_of(entry.number_key, entry.number_stem, wanted))
        .order_by(entry.number_year)
    ).all()
    dated = {number.key for number in wanted if number.year}
    undated = {number.key for number in wanted if not number.year}
    found: dict[str, Standing] = {}
    for row in rows:
        standing = Standing(
            number=row.number_text,
            title=row.title,
            state=state_on(CatalogueState(row.state), row.effective_on, today),
            replaced_by=row.replaced_by_text or "",
            effective_on="" if row.effective_on is None else row.effective_on.isoformat(),
        )
        if row.number_key in dated:
            found[row.number_key] = standing
        if row.number_stem in undated and _is_better(standing, found.get(row.number_stem)):
            found[row.number_stem] = standing
    return found


def find_indicators(
    session: Session, numbers: Iterable[ParsedNumber]
) -> dict[str, tuple[Indicator, ...]]:
    """Return the indicators of standards by key; of a number without year, of the newest edition.

    Standards of which no indicator was imported are left out.
    """
    wanted = list(numbers)
    if not wanted:
        return {}
    row = CatalogueIndicator
    rows: dict[str, list[Indicator]] = {}
    newest: dict[str, str] = {}
    for found in session.scalars(
        sa.select(row)
        .where(_is_one_of(row.catalogue_number_key, row.number_stem, wanted))
        .order_by(row.catalogue_number_key, row.position)
        .limit(MAX_INDICATORS)
    ):
        rows.setdefault(found.catalogue_number_key, []).append(found.data)
        newest[found.number_stem] = found.catalogue_number_key
    keys = {
        number.key: number.key if number.year else newest.get(number.key, "") for number in wanted
    }
    return {asked: tuple(rows[key]) for asked, key in keys.items() if key in rows}


def find_known_classes(session: Session, codes: Collection[str]) -> set[str] | None:
    """Return which codes a current list of classes has; ``None`` where there is no list."""
    has_list = session.scalar(sa.select(sa.exists().where(ClassScheme.is_current)))
    return set(find_classes(session, codes)) if has_list else None


def _is_better(standing: Standing, known: Standing | None) -> bool:
    """Tell whether an edition comes before one that is older."""
    if known is None or known.state is not CatalogueState.CURRENT:
        return True
    return standing.state is CatalogueState.CURRENT


def _is_one_of(
    key: sa.orm.InstrumentedAttribute[str],
    stem: sa.orm.InstrumentedAttribute[str],
    numbers: Sequence[ParsedNumber],
) -> sa.ColumnElement[bool]:
    dated = sorted({number.key for number in numbers if number.year})
    undated = sorted({number.key for number in numbers if not number.year})
    return sa.or_(key.in_(dated), stem.in_(undated))
