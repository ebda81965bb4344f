"""Read the counts of what is published."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.search.domain import statistics
from services.search.models.statistics import StatisticsCount

MAX_CLASSES: Final = 100

_NOTHING: Final = {"declarations": 0, "products": 0, "enterprises": 0}


def get_statistics(session: Session, *, region: str) -> dict[str, Any]:
    """Return the counts of a region, or of the whole country when it is empty.

    ``total`` and each entry of the lists have ``declarations``, ``products`` and ``enterprises``;
    regions, kinds and states come with the most declarations first, months in order, of classes
    the hundred with the most products.
    """
    count = StatisticsCount
    numbers = [
        sa.func.sum(column).label(name)
        for name, column in (
            ("declarations", count.declarations),
            ("products", count.products),
            ("enterprises", count.enterprises),
        )
    ]
    rows = session.execute(
        sa.select(count.dimension, count.value, *numbers)
        .where(count.scope == region)
        .group_by(count.dimension, count.value)
    )
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in statistics.DIMENSIONS}
    for dimension, value, *sums in rows:
        entry = dict(zip(_NOTHING, map(int, sums), strict=True))
        if entry["declarations"]:
            found[dimension].append({"value": value, **entry})
    for entries in found.values():
        entries.sort(key=lambda entry: (-entry["declarations"], entry["value"]))
    total = found[statistics.TOTAL]
    by_class = sorted(
        found[statistics.CLASS], key=lambda entry: (-entry["products"], entry["value"])
    )
    return {
        "region": region,
        "total": {name: total[0][name] for name in _NOTHING} if total else dict(_NOTHING),
        "by_region": found[statistics.REGION],
        "by_kind": found[statistics.KIND],
        "by_state": found[statistics.STATE],
        "by_month": sorted(found[statistics.MONTH], key=lambda entry: str(entry["value"])),
        "by_class": by_class[:MAX_CLASSES],
    }
