"""What a declaration says of other standards: which it cites, are they in force, is it below them.

Cited are the picked standard, the recommended one it names, test methods and whatever the boxes of
its indicators and its text mention.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.standards.domain import citations, deviations
from services.standards.domain.catalogue import ENDED, CatalogueState
from services.standards.domain.checks import Finding, Severity
from services.standards.domain.deviations import IndicatorDeviation, Relation
from services.standards.domain.disclosure import Deviation
from services.standards.domain.drafts import DraftContent
from services.standards.domain.indicators import (
    CatalogueMethod,
    CustomMethod,
    Indicator,
    TextRequirement,
)
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber

MAX_CITED: Final = 300
_MAX_NAMES: Final = 10

STANDARD_REPLACED: Final = "standards.check_standard_replaced"
STANDARD_WITHDRAWN: Final = "standards.check_standard_withdrawn"
STANDARD_UPCOMING: Final = "standards.check_standard_upcoming"
RECOMMENDED_UNREADABLE: Final = "standards.check_recommended_unreadable"
BELOW_MANDATORY: Final = "standards.check_below_mandatory"
LOWER_UNSTATED: Final = "standards.check_lower_unstated"
FEWER_UNSTATED: Final = "standards.check_fewer_unstated"
FEWER_THAN_CITED: Final = "standards.check_fewer_than_cited"
PARTLY_LOWER: Final = "standards.check_partly_lower"
INCOMPARABLE: Final = "standards.check_incomparable"

_UPDATING: Final = "企业标准化促进办法 第十五条"
_MANDATORY: Final = "标准化法 第二条、第二十一条"
_STATING: Final = "企业标准化促进办法 第十四条"
_RECOMMENDED: Final = "/disclosure/recommended_number"
_DEVIATION: Final = "/disclosure/deviation"
_SAYS_LOWER: Final = frozenset({Deviation.LOWER, Deviation.FEWER_AND_LOWER})
_SAYS_FEWER: Final = frozenset({Deviation.FEWER, Deviation.FEWER_AND_LOWER})
_HINTS: Final = {Relation.PARTLY_LOWER: PARTLY_LOWER, Relation.UNCLEAR: INCOMPARABLE}


class Role(StrEnum):
    """Say what a declaration has to do with a standard that it cites."""

    OWN = "OWN"
    NAMED = "NAMED"
    CITED = "CITED"
    IN_TEXT = "IN_TEXT"


# What indicators are compared with: neither the standard itself, nor what only its text mentions.
COMPARED: Final = frozenset({Role.NAMED, Role.CITED})


class Force(StrEnum):
    """Say what the law makes of a standard (标准化法 Art. 2)."""

    MANDATORY = "MANDATORY"
    RECOMMENDED = "RECOMMENDED"
    OTHER = "OTHER"


@dataclass(frozen=True)
class Cited:
    """Hold a standard that a declaration cites, and where it does so first."""

    number: ParsedNumber
    pointer: str
    role: Role


@dataclass(frozen=True)
class Standing:
    """Hold what the catalogue says of a standard on a day."""

    number: str
    title: str
    state: CatalogueState
    replaced_by: str = ""
    effective_on: str = ""


@dataclass(frozen=True)
class Reference:
    """Hold a cited standard with what is known of it; a standing of ``None`` means nothing is."""

    cited: Cited
    standing: Standing | None = None
    indicators: tuple[Indicator, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """Tell whether it is in force, as far as is known."""
        return self.standing is None or self.standing.state is CatalogueState.CURRENT

    @property
    def number(self) -> str:
        """Return its number; of a reference without year, that of its edition."""
        return self.cited.number.text if self.standing is None else self.standing.number


def force_of(number: ParsedNumber) -> Force:
    """Return what the law makes of a standard: only GB is mandatory for all (标准化法 Art. 2).

    Industry and local standards are recommended by law, whatever their prefix says; group standards
    and guides GB/Z are neither.
    """
    if number.kind is StandardKind.NATIONAL:
        if number.prefix == "GB":
            return Force.MANDATORY
        return Force.RECOMMENDED if number.is_recommended else Force.OTHER
    is_recommended = number.kind in {StandardKind.INDUSTRY, StandardKind.LOCAL}
    return Force.RECOMMENDED if is_recommended else Force.OTHER


def list_cited(content: DraftContent) -> list[Cited]:
    """Return the standards that the boxes of the entry page cite, each once."""
    found: dict[str, Cited] = {}
    if content.number.kind is not StandardKind.ENTERPRISE:
        pointer = "/number" if content.catalogue_id is None else "/catalogue_id"
        found[content.number.key] = Cited(content.number, pointer, Role.OWN)
    for number in citations.find_citations(content.disclosure.recommended_number):
        found.setdefault(number.key, Cited(number, _RECOMMENDED, Role.NAMED))
    for position, indicator in enumerate(content.indicators):
        for name, text in _boxes(indicator):
            pointer = f"/indicators/{position}/{name}"
            for number in citations.find_citations(text):
                found.setdefault(number.key, Cited(number, pointer, Role.CITED))
        if len(found) >= MAX_CITED:
            break
    return list(found.values())[:MAX_CITED]


def add_from_text(cited: Sequence[Cited], numbers: Iterable[ParsedNumber]) -> list[Cited]:
    """Return what is cited, with what only the uploaded text cites behind it."""
    known = {entry.number.key for entry in cited}
    more = [
        Cited(number, "/upload_id", Role.IN_TEXT) for number in numbers if number.key not in known
    ]
    return [*cited, *more][: 2 * MAX_CITED]


def find_not_in_force(references: Iterable[Reference]) -> list[Finding]:
    """Return which standards that the declaration rests on are over, or not yet in force."""
    found = []
    for reference in references:
        standing = reference.standing
        if standing is None or standing.state is CatalogueState.CURRENT:
            continue
        params = {"number": standing.number, "title": standing.title}
        pointer = reference.cited.pointer
        if standing.state not in ENDED:
            params["effective_on"] = standing.effective_on
            found.append(Finding(STANDARD_UPCOMING, Severity.HINT, pointer, _UPDATING, params))
            continue
        code = STANDARD_WITHDRAWN
        if standing.replaced_by:
            code, params = STANDARD_REPLACED, {**params, "replaced_by": standing.replaced_by}
        found.append(Finding(code, Severity.WARNING, pointer, _UPDATING, params))
    return found


def find_unreadable(content: DraftContent) -> list[Finding]:
    """Return a hint where the recommended standard is named so that nothing can be looked up."""
    named = content.disclosure.recommended_number
    if not named or citations.find_citations(named):
        return []
    return [
        Finding(RECOMMENDED_UNREADABLE, Severity.HINT, _RECOMMENDED, _STATING, {"number": named})
    ]


def find_below(content: DraftContent, references: Sequence[Reference]) -> list[Finding]:
    """Return where the indicators are below those of the standards that are named or cited.

    Below a mandatory standard they may not be (标准化法 Art. 21); that they are lower or fewer
    than those of a recommended one must be stated (企业标准化促进办法 Art. 14).
    """
    if not content.indicators:
        return []
    others = [entry for entry in references if entry.cited.role in COMPARED]
    is_any_named = any(entry.cited.role is Role.NAMED for entry in others)
    found: list[Finding] = []
    for reference in others:
        is_named = reference.cited.role is Role.NAMED
        # What has nothing in common is another matter, unless it is named as the measure.
        if reference.indicators and (
            is_named or deviations.has_common(content.indicators, reference.indicators)
        ):
            seen = deviations.find_deviations(content.indicators, reference.indicators)
            stated = content.disclosure.deviation
            found += _find_lower(reference, seen, stated)
            if is_named or not is_any_named:
                found += _find_fewer(reference, seen, stated)
    return found


def _find_lower(
    reference: Reference, seen: Iterable[IndicatorDeviation], stated: Deviation
) -> list[Finding]:
    force = force_of(reference.cited.number)
    if force is Force.OTHER:
        return []
    is_mandatory = force is Force.MANDATORY
    code, basis = (BELOW_MANDATORY, _MANDATORY) if is_mandatory else (LOWER_UNSTATED, _STATING)
    is_stated = not is_mandatory and stated in _SAYS_LOWER
    found = []
    for entry in seen:
        if entry.relation is Relation.LOWER and not is_stated:
            found.append(_at_row(entry, reference, code, _gravest(reference), basis))
        elif entry.relation in _HINTS:
            found.append(_at_row(entry, reference, _HINTS[entry.relation], Severity.HINT, basis))
    return found


def _find_fewer(
    reference: Reference, seen: Iterable[IndicatorDeviation], stated: Deviation
) -> list[Finding]:
    missing = [entry.name for entry in seen if entry.relation is Relation.MISSING]
    is_recommended = force_of(reference.cited.number) is Force.RECOMMENDED
    if not missing or not is_recommended or stated in _SAYS_FEWER:
        return []
    params = {
        "number": reference.number,
        "count": str(len(missing)),
        "names": "、".join(missing[:_MAX_NAMES]),
    }
    if reference.cited.role is Role.NAMED:
        return [Finding(FEWER_UNSTATED, _gravest(reference), _DEVIATION, _STATING, params)]
    return [Finding(FEWER_THAN_CITED, Severity.WARNING, _RECOMMENDED, _STATING, params)]


def _gravest(reference: Reference) -> Severity:
    """Return what a breach means: a standard that is over, or to come, forbids nothing now."""
    return Severity.BLOCK if reference.is_in_force else Severity.WARNING


def _at_row(
    entry: IndicatorDeviation, reference: Reference, code: str, severity: Severity, basis: str
) -> Finding:
    params: Mapping[str, str] = {
        "name": entry.name,
        "own": entry.own,
        "reference": entry.reference,
        "number": reference.number,
    }
    pointer = f"/indicators/{entry.position}/requirement"
    return Finding(code, severity, pointer, basis, params)


def _boxes(indicator: Indicator) -> list[tuple[str, str]]:
    """Return the boxes of an indicator that may cite a standard, the likeliest first."""
    boxes = []
    if isinstance(indicator.test_method, CatalogueMethod):
        boxes.append(("test_method", indicator.test_method.number))
    elif isinstance(indicator.test_method, CustomMethod):
        boxes.append(("test_method", indicator.test_method.content))
    if isinstance(indicator.requirement, TextRequirement):
        boxes.append(("requirement", indicator.requirement.content))
    return [*boxes, ("condition", indicator.condition), ("level_note", indicator.level_note)]
