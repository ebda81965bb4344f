"""Check a declaration against law and manual before it goes out (合规自检).

Pure functions over plain facts. A finding blocks only where law or manual forbids; whatever is
merely doubtful warns, and what can't be known is a hint. What is missing altogether is the rule of
`drafts.find_missing`, which is only told here once more, with its basis.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.standards.domain import drafts, folding, indicator_reading
from services.standards.domain.citations import TextFacts
from services.standards.domain.drafts import DraftContent, Fault
from services.standards.domain.faults import REQUIRED
from services.standards.domain.kinds import DisclosureMode, StandardKind
from services.standards.domain.regional_rules import RuleSeverity
from services.standards.domain.rules import BarcodeRule, PublicationRules

MAX_FINDINGS: Final = 500

NUMBER_REGIONAL: Final = "standards.check_number_regional"
YEAR_IN_FUTURE: Final = "standards.check_year_in_future"
TITLE_GENERIC: Final = "standards.check_title_generic"
TITLE_WITHOUT_PRODUCT: Final = "standards.check_title_without_product"
TEST_METHOD_MISSING: Final = "standards.check_test_method_missing"
CLASS_UNKNOWN: Final = "standards.check_class_unknown"
TEXT_UNREADABLE: Final = "standards.check_text_unreadable"
TEXT_WITHOUT_NUMBER: Final = "standards.check_text_without_number"
TEXT_WITHOUT_TITLE: Final = "standards.check_text_without_title"

_LAW_DISCLOSURE: Final = "标准化法 第二十七条"
_LAW_NUMBER: Final = "标准化法 第二十四条"
_MEASURE_METHODS: Final = "企业标准化促进办法 第十二条"
_MEASURE_DEVIATION: Final = "企业标准化促进办法 第十四条"
_MANUAL_ENTRY: Final = "手册 4.1"
_MANUAL_OWN: Final = "手册 4.1(2)"
_MANUAL_CONTENT: Final = "手册 4.2"

_BASES: Final = {
    drafts.TEXT_REQUIRED: f"{_LAW_DISCLOSURE}；{_MANUAL_CONTENT}",
    drafts.INDICATOR_REQUIRED: f"{_LAW_DISCLOSURE}；{_MANUAL_OWN}",
}
_BASES_BY_FIELD: Final = {
    "test_method": _MEASURE_METHODS,
    "recommended_number": _MEASURE_DEVIATION,
    "deviation_statement": _MEASURE_DEVIATION,
}

# Words that say that it is a standard, and not of what.
_GENERIC: Final = (
    "企业", "产品", "商品", "服务", "标准", "质量", "技术", "要求", "规范", "规程", "条件", "通用",
    "公司", "说明", "文件", "文本", "测试", "名称",
)  # fmt: skip
_SHORTEST_NAME: Final = 2


class Severity(StrEnum):
    """Say what a finding means: it forbids the submission, is doubtful, or worth a look."""

    BLOCK = "BLOCK"
    WARNING = "WARNING"
    HINT = "HINT"


@dataclass(frozen=True)
class Finding:
    """Point at one thing that a check found; ``basis`` names the law or the manual."""

    code: str
    severity: Severity
    pointer: str
    basis: str
    params: Mapping[str, str] = field(default_factory=dict)


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the gravest first, each kind in the order it was found."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def is_publishable(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing that was found forbids a submission."""
    return all(finding.severity is not Severity.BLOCK for finding in findings)


def to_faults(findings: Iterable[Finding]) -> list[Fault]:
    """Return what forbids a submission, in the form a refusal has."""
    return [
        Fault(finding.pointer, finding.code, {**finding.params, "basis": finding.basis})
        for finding in findings
        if finding.severity is Severity.BLOCK
    ]


def find_incomplete(
    content: DraftContent, *, has_text: bool, is_committed: bool, rules: PublicationRules
) -> list[Finding]:
    """Return what is missing (手册 4.1, 4.2), and what an installation lets pass with a remark."""
    missing = drafts.find_missing(
        content, has_text=has_text, is_committed=is_committed, rules=rules
    )
    found = [
        Finding(fault.code, Severity.BLOCK, fault.pointer, _basis_of(fault), fault.params)
        for fault in missing
    ]
    if not rules.requires_test_method:
        found += [
            Finding(TEST_METHOD_MISSING, Severity.HINT, fault.pointer, _MEASURE_METHODS)
            for fault in indicator_reading.find_missing_methods(content.indicators)
        ]
    if rules.barcode is BarcodeRule.WARN:
        found += [
            Finding(fault.code, Severity.WARNING, fault.pointer, _MANUAL_ENTRY)
            for fault in drafts.find_bad_barcodes(content.products)
        ]
    return found


def find_number_faults(
    content: DraftContent, *, region: str, rules: PublicationRules
) -> list[Finding]:
    """Return what the enterprise's region has against the number (手册 FAQ 17)."""
    if content.number.kind is not StandardKind.ENTERPRISE:
        return []
    broken = rules.regional.find_broken(content.number.body, region)
    if broken is None:
        return []
    is_refusal = broken.severity is RuleSeverity.REFUSAL
    severity = Severity.BLOCK if is_refusal else Severity.WARNING
    basis = f"{_LAW_NUMBER}；手册 FAQ 17"
    return [Finding(NUMBER_REGIONAL, severity, "/number/body", basis, {"hint": broken.hint})]


def find_form_faults(content: DraftContent, *, today: date) -> list[Finding]:
    """Return what is odd about a typed number and name; nothing of it is forbidden."""
    if content.catalogue_id is not None:
        return []
    found = []
    if int(content.number.year) > today.year:
        params = {"year": content.number.year}
        basis = f"{_LAW_NUMBER}；手册 FAQ 19"
        found.append(Finding(YEAR_IN_FUTURE, Severity.WARNING, "/number/year", basis, params))
    if content.number.kind is StandardKind.ENTERPRISE:
        found += _find_title_faults(content)
    return found


def find_unknown_classes(content: DraftContent, known: Collection[str] | None) -> list[Finding]:
    """Return one finding for each code that no current list of classes has (手册 4.1).

    ``known`` are the codes that one has; ``None`` where there is no list at all.
    """
    if known is None:
        return []
    first_row: dict[str, int] = {}
    for row, product in enumerate(content.products):
        if product.class_code and product.class_code not in known:
            first_row.setdefault(product.class_code, row)
    return [
        Finding(
            CLASS_UNKNOWN,
            Severity.HINT,
            f"/products/{row}/class_code",
            f"{_MANUAL_ENTRY}；手册 FAQ 23",
            {"class_code": code},
        )
        for code, row in first_row.items()
    ]


def find_text_faults(
    content: DraftContent, *, has_text: bool, words: TextFacts | None
) -> list[Finding]:
    """Return what the uploaded file does not show; ``words`` is ``None`` where it has none."""
    if content.mode is not DisclosureMode.FULL_TEXT or not has_text:
        return []
    if words is None:
        return [Finding(TEXT_UNREADABLE, Severity.HINT, "/upload_id", _MANUAL_CONTENT)]
    found = []
    if not words.shows_number:
        params = {"number": content.number.text}
        found.append((TEXT_WITHOUT_NUMBER, params))
    if not words.shows_title:
        found.append((TEXT_WITHOUT_TITLE, {"title": content.title}))
    return [
        Finding(code, Severity.WARNING, "/upload_id", _LAW_DISCLOSURE, params)
        for code, params in found
    ]


def _find_title_faults(content: DraftContent) -> list[Finding]:
    title = folding.fold_for_search(content.title)
    for word in _GENERIC:
        title = title.replace(word, " ")
    if sum(map(str.isalnum, title)) < _SHORTEST_NAME:
        return [Finding(TITLE_GENERIC, Severity.HINT, "/title", _MANUAL_OWN)]
    names = [
        name
        for product in content.products
        for name in (product.name, product.generic_name)
        if name
    ]
    if not names or _pairs([title]) & _pairs(map(folding.fold_for_search, names)):
        return []
    return [Finding(TITLE_WITHOUT_PRODUCT, Severity.HINT, "/title", _MANUAL_OWN)]


def _pairs(texts: Iterable[str]) -> set[str]:
    """Return every two letters that stand side by side: what two names for one thing share."""
    pairs = ("".join(pair) for text in texts for pair in itertools.pairwise(text))
    return {pair for pair in pairs if pair.isalnum()}


def _basis_of(fault: Fault) -> str:
    name = fault.pointer.rpartition("/")[2]
    if fault.code == REQUIRED and name in _BASES_BY_FIELD:
        return _BASES_BY_FIELD[name]
    return _BASES.get(fault.code, _MANUAL_ENTRY)


def cap(findings: Sequence[Finding]) -> list[Finding]:
    """Return as many of the gravest findings as one answer holds."""
    return sort_findings(findings)[:MAX_FINDINGS]
