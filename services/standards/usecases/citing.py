"""Mark what cites standards that are over: in its text, by a test method, or in a statement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from chassis.uow import Transaction
from services.standards.domain import number_forms, numbering
from services.standards.domain.marks import MarkChange, MarkKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.numbering import NumberError
from services.standards.models.reviews import Citation
from services.standards.queries import citing as queries
from services.standards.queries import marks as locks
from services.standards.usecases import marking

if TYPE_CHECKING:
    from services.standards.models import Declaration

_MAX_VALUE_LENGTH: Final = 200


def cited_numbers(document: Mapping[str, Any], in_text: Iterable[ParsedNumber]) -> set[str]:
    """Return the keys of what a published version cites with its year; itself is no citation.

    Without a year the newest edition is meant, which is never over (GB/T 1.1).
    """
    typed = [document["disclosure"]["recommended_number"]]
    methods = (indicator["test_method"] for indicator in document["indicators"])
    typed += [method["number"] for method in methods if method and method["kind"] == "CATALOGUE"]
    keys = {number.key for number in in_text if number.year}
    for text in typed:
        try:
            keys.add(number_forms.read_number(text).key)
        except NumberError:
            continue
    keys.discard(numbering.key_of(document["number"]["text"]))
    return keys


def note_citations(*, tx: Transaction, declaration_id: str, keys: Iterable[str]) -> None:
    """Write down what the newest version of a declaration cites, and mark it accordingly."""
    locks.lock_declarations(tx.session, [declaration_id])
    tx.session.execute(sa.delete(Citation).where(Citation.declaration_id == declaration_id))
    tx.session.add_all(
        Citation(declaration_id=declaration_id, number_key=key) for key in sorted(keys)
    )
    tx.session.flush()
    _settle(tx, [declaration_id])


def mark_citing(tx: Transaction, catalogue_ids: Sequence[str]) -> int:
    """Mark what cites one of these entries; each enterprise that is newly concerned is told once.

    Returns how many declarations were marked or unmarked.
    """
    told: dict[str, Declaration] = {}
    after, count = "", 0
    while citing := queries.find_citing(tx.session, catalogue_ids, after=after):
        ids = [declaration.id for declaration in citing]
        locks.lock_declarations(tx.session, ids)
        changed, over = _settle(tx, ids)
        count += len(changed)
        for declaration in citing:
            if declaration.id in changed and over.get(declaration.id):
                told.setdefault(declaration.enterprise_id, declaration)
        after = ids[-1]
    for enterprise_id, declaration in told.items():
        values = {
            "number": declaration.number_text[:_MAX_VALUE_LENGTH],
            "title": declaration.title[:_MAX_VALUE_LENGTH],
        }
        marking.post_to_enterprise(tx, enterprise_id, "CITED_STANDARD_OVER", values)
    return count


def _settle(
    tx: Transaction, declaration_ids: Sequence[str]
) -> tuple[set[str], Mapping[str, list[dict[str, str]]]]:
    over = queries.find_over(tx.session, declaration_ids)
    changes = [
        MarkChange(
            declaration_id,
            MarkKind.CITED_STANDARD_OVER,
            detail={"standards": over[declaration_id]} if over.get(declaration_id) else None,
        )
        for declaration_id in declaration_ids
    ]
    return set(marking.change_marks(tx, changes)), over
