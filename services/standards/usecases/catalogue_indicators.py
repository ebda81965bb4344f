"""Keep what standards of others demand, standard by standard, to compare declarations with."""

from collections.abc import Sequence

import sqlalchemy as sa

from chassis.uow import Transaction
from services.standards.domain.catalogue_indicators import StandardIndicators
from services.standards.models import CatalogueIndicator


def replace_indicators(*, tx: Transaction, standards: Sequence[StandardIndicators]) -> int:
    """Put the indicators of each standard in place of those it had; return how many there are.

    The same file again changes nothing.
    """
    row = CatalogueIndicator
    keys = [standard.number.key for standard in standards]
    tx.session.execute(sa.delete(row).where(row.catalogue_number_key.in_(keys)))
    rows = [
        _to_row(standard, position)
        for standard in standards
        for position in range(len(standard.indicators))
    ]
    tx.session.add_all(rows)
    for standard in standards:
        tx.audit(
            "catalogue_indicators.replaced",
            object_id=standard.number.key,
            details={"count": str(len(standard.indicators))},
        )
    return len(rows)


def _to_row(standard: StandardIndicators, position: int) -> CatalogueIndicator:
    indicator = standard.indicators[position]
    row = CatalogueIndicator(
        catalogue_number_key=standard.number.key,
        position=position,
        number_stem=standard.number.stem,
        condition=indicator.condition,
    )
    row.write(indicator)
    return row
