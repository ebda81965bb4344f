"""Open and close regions for registration: data, not code (手册 FAQ 8)."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from chassis.errors import DomainError
from chassis.uow import Transaction
from services.registry import queries
from services.registry.domain import regions
from services.registry.models import Division, RegionSwitch, RetiredDivision


class DivisionInvalidError(DomainError):
    """Refuse what is not a six-digit division code."""

    code = "registry.division_invalid"


def set_region_open(*, tx: Transaction, region: str, is_open: bool) -> dict[str, Any]:
    """Open or close a province, city, county or (``000000``) the whole country.

    Raises:
        DivisionInvalidError: the region is not six digits.
    """
    try:
        prefix = regions.prefix_of(region)
    except ValueError:
        raise DivisionInvalidError(region=region) from None
    actor = tx.call.actor.subject if tx.call and tx.call.actor else "system"
    switch = queries.find_region_switches(tx.session, [prefix]).get(prefix)
    if switch is None:
        switch = RegionSwitch(prefix=prefix)
        tx.session.add(switch)
    switch.is_open = is_open
    switch.changed_at = tx.now()
    switch.changed_by = actor
    tx.audit("region.opened" if is_open else "region.closed", object_id=region)
    return {"region": region, "is_open": is_open}


def load_divisions(*, tx: Transaction, rows: list[tuple[str, str, str]]) -> int:
    """Replace the divisions by rows of (code, name, parent code); return how many there are."""
    names = {code: (name, parent) for code, name, parent in rows}
    known = queries.find_divisions(tx.session)
    for code, (name, parent) in names.items():
        division = known.pop(code, None)
        if division is None:
            division = Division(code=code)
            tx.session.add(division)
        division.name, division.parent_code, division.path = name, parent, _path_of(code, names)
    for division in known.values():
        tx.session.delete(division)
    return len(names)


def load_retired_divisions(*, tx: Transaction, rows: Iterable[tuple[str, str, str, str]]) -> int:
    """Replace the retired divisions by rows of (code, last name, first and last revision)."""
    tx.session.execute(sa.delete(RetiredDivision))
    values = [
        {"code": code, "name": name, "first_revision": first, "last_revision": last}
        for code, name, first, last in rows
    ]
    if values:
        tx.session.execute(sa.insert(RetiredDivision), values)
    tx.audit("divisions.loaded", object_id="retired", details={"rows": str(len(values))})
    return len(values)


def _path_of(code: str, names: dict[str, tuple[str, str]]) -> str:
    parts: list[str] = []
    while code:
        name, code = names[code]
        parts.append(name)
    return "/".join(reversed(parts))
