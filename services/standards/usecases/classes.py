"""Load the trees of product classes; the newest version of each is the one offered (手册 4.1)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import folding, product_classes
from services.standards.domain.product_classes import ClassEntry
from services.standards.models import ClassScheme, ProductClass

_PIECE: Final = 1_000


class ClassVersionTakenError(Exception):
    """Refuse other content under the name of a version that is there: old ones never change."""


class Loading(StrEnum):
    """Say what became of a list."""

    LOADED = "LOADED"
    MADE_CURRENT = "MADE_CURRENT"
    UNCHANGED = "UNCHANGED"


def load_classes(
    *,
    tx: Transaction,
    scheme: str,
    version: str,
    classes: Sequence[ClassEntry],
    makes_default: bool = False,
) -> Loading:
    """Take a version in and offer it from now on; the first scheme is the default one.

    Loading a version again changes nothing, but for making an old one current once more.

    Raises:
        ClassVersionTakenError: the version is there with other content.
    """
    session = tx.session
    digest = _digest(classes)
    known = session.get(ClassScheme, (scheme, version))
    if known is not None and known.content_sha256 != digest:
        raise ClassVersionTakenError(f"{scheme} {version}")
    current, default = queries.find_current_schemes(session, scheme=scheme)
    is_default = makes_default or default is None or default.scheme == scheme
    if known is not None and known.is_current and known.is_default == is_default:
        return Loading.UNCHANGED
    if is_default and default is not None:
        default.give_up_default()
    if current is not None:
        current.retire()
    session.flush()  # two that are current at a time would break the index
    if known is None:
        known = ClassScheme(
            scheme=scheme,
            version=version,
            content_sha256=digest,
            class_count=len(classes),
            loaded_at=tx.now(),
        )
        session.add(known)
        outcome = Loading.LOADED
    else:
        outcome = Loading.MADE_CURRENT
    known.make_current(is_default=is_default)
    session.flush()
    if outcome is Loading.LOADED:
        _insert(tx, scheme, version, classes)
    tx.audit(
        "product_classes.loaded",
        object_id=f"{scheme}/{version}",
        details={"classes": str(len(classes)), "outcome": outcome.value},
    )
    return outcome


def _insert(tx: Transaction, scheme: str, version: str, classes: Sequence[ClassEntry]) -> None:
    leaves = product_classes.leaf_codes(classes)
    by_code = {entry.code: entry for entry in classes}
    rows = [
        {
            "scheme": scheme,
            "version": version,
            "code": entry.code,
            "parent_code": entry.parent_code,
            "level": entry.level,
            "name": entry.name,
            "folded_name": folding.fold_for_search(entry.name),
            "folded_above": _folded_above(entry, by_code),
            "is_leaf": entry.code in leaves,
        }
        for entry in classes
    ]
    for start in range(0, len(rows), _PIECE):
        tx.session.execute(sa.insert(ProductClass), rows[start : start + _PIECE])


def _folded_above(entry: ClassEntry, by_code: Mapping[str, ClassEntry]) -> str:
    above = []
    while entry.parent_code:
        entry = by_code[entry.parent_code]
        above.append(folding.fold_for_search(entry.name))
    return "\n".join(above)


def _digest(classes: Sequence[ClassEntry]) -> str:
    lines = sorted((e.code, e.parent_code, e.level, e.name) for e in classes)
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()
