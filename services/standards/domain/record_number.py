"""The permanent number of a publication: ``Q-<credit code>-<minute in Beijing>-<count>``."""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from services.standards.domain.kinds import StandardKind

BEIJING: Final = ZoneInfo("Asia/Shanghai")

_LETTER: Final = {
    StandardKind.NATIONAL: "G",
    StandardKind.INDUSTRY: "H",
    StandardKind.LOCAL: "D",
    StandardKind.GROUP: "T",
    StandardKind.ENTERPRISE: "Q",
}
_FORM: Final = re.compile(r"[GHDTQ]-[0-9A-Z]{9}(?:[0-9A-Z]{9})?-[0-9]{12}-[0-9]{4,}")


def compose_record_number(
    *, kind: StandardKind, code: str, published_at: datetime, count: int
) -> str:
    """Return the record number of an enterprise's ``count``-th publication."""
    minute = published_at.astimezone(BEIJING).strftime("%Y%m%d%H%M")
    return f"{_LETTER[kind]}-{code}-{minute}-{count:04d}"


def is_record_number(text: str) -> bool:
    """Tell whether ``text`` has the form of a record number."""
    return _FORM.fullmatch(text) is not None
