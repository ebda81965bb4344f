"""Texts that staff may edit: what there is, and what an edited one must hold."""

import string
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from services.notify.domain import templates
from services.notify.domain.templates import TemplateError

MAX_SMS: Final = 300


class TextKind(StrEnum):
    """Name where a text is used."""

    SMS = "SMS"
    INBOX = "INBOX"
    FAQ = "FAQ"


class NoticeState(StrEnum):
    """Name where a notice stands."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


SAMPLES: Final[Mapping[str, str]] = {
    "code": "012345",
    "minutes": "5",
    "at": "2026年11月23日 16:00",
    "phone_masked": "139****5678",
    "bureau": "桓台县市场监督管理局",
    "enterprise": "淄博启标器皿有限公司",
    "organization": "淄博启标器皿有限公司",
    "url": "https://example.cn/x",
    "reason": "核实中",
    "name": "李晓",
    "role": "企业填报人",
    "network": "198.18.0.0/24",
    "complaint_number": "TS-20261128-000001",
    "outcome": "经核查，该产品的公开指标已由企业更正。",
    "count": "3",
    "number": "GB/T 29606-2013",
    "title": "不锈钢真空杯",
    "replaced_by": "GB/T 29606-2026",
}


def shipped_template(kind: TextKind, name: str) -> tuple[str, str] | None:
    """Return title and body of a template as shipped; None when there is none."""
    if kind is TextKind.SMS and name in templates.TEMPLATES:
        return "", templates.TEMPLATES[name]
    if kind is TextKind.INBOX and name in templates.INBOX_TEMPLATES:
        text = templates.INBOX_TEMPLATES[name]
        return text.title, text.body
    return None


def check_template(kind: TextKind, name: str, body: str) -> None:
    """Let an edited template have the places of the shipped one, each as it is, and no more.

    Raises:
        TemplateError: it has other places, or is too long for a text message.
    """
    shipped = shipped_template(kind, name)
    if shipped is None:
        raise TemplateError("unknown template")
    try:
        parsed = [part for part in string.Formatter().parse(body) if part[1] is not None]
    except ValueError:
        raise TemplateError("braces that do not match") from None
    if any(form or conversion for _, _, form, conversion in parsed):
        raise TemplateError("a place with a format")
    if {field for _, field, _, _ in parsed} != templates.fields_in(shipped[1]):
        raise TemplateError("other places than the template has")
    if kind is TextKind.SMS and len(body) > MAX_SMS:
        raise TemplateError("too long")


def preview(kind: TextKind, body: str) -> str:
    """Return a checked template with sample values, as it would be sent or shown."""
    names = templates.fields_in(body)
    text = templates.fill(body, {name: SAMPLES[name] for name in names})
    return templates.SIGNATURE + text if kind is TextKind.SMS else text


def words_of(query: str) -> list[str]:
    """Return the words of a search as they are compared."""
    return fold(query).split()


def has_words(words: Iterable[str], *texts: str) -> bool:
    """Tell whether every word stands in one of the texts."""
    folded = fold("\n".join(texts))
    return all(word in folded for word in words)


def fold(text: str) -> str:
    """Return a text without differences of width and case."""
    return unicodedata.normalize("NFKC", text).casefold()
