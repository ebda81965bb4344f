"""What the cells of an enterprise's own list say (手册 5.4.2)."""

from datetime import datetime
from typing import Final

from services.standards.domain.record_number import BEIJING

LONGEST_NAME: Final = 20
NO_TIME: Final = "—"


def related_products(first: str | None, count: int) -> str:
    """Return the cell 相关产品: the first product, and how many there are when more than one."""
    if not count:
        return ""
    name = _shorten(first or "")
    return name if count == 1 else f"{name}等,共{count}个产品"


def beijing_time(moment: datetime | None) -> str:
    """Return a time as the list shows it, ``2014-05-01 10:00:00``, or a dash for none (R-138)."""
    if moment is None:
        return NO_TIME
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "..."
