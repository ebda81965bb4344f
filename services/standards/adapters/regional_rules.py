"""Read the rules that regions have for numbers: a JSON list, or CSV with a header line.

Each rule has ``region`` (2, 4 or 6 digits), ``hint``, and may have ``pattern`` and ``severity``
(``WARNING`` or ``REFUSAL``).
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from services.standards.domain.regional_rules import RegionalRule, RegionalRules, RuleSeverity

_FIELDS: Final = frozenset({"region", "hint", "pattern", "severity"})
_SEVERITIES: Final = frozenset(RuleSeverity)


class RegionalRulesError(Exception):
    """Refuse a file that holds no rules; the text says why."""


def read_rules(path: Path) -> RegionalRules:
    """Return the rules of a file.

    Raises:
        RegionalRulesError: it cannot be read, or a rule of it is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        is_json = path.suffix.lower() == ".json"
        rows = json.loads(text) if is_json else list(csv.DictReader(io.StringIO(text)))
        if not isinstance(rows, Sequence):
            raise RegionalRulesError(f"{path}: must be a list of rules")
        return RegionalRules(tuple(_rule(number, row) for number, row in enumerate(rows, start=1)))
    except (OSError, ValueError, csv.Error) as error:
        raise RegionalRulesError(f"{path}: {error}") from error


def _rule(number: int, row: Any) -> RegionalRule:  # noqa: ANN401 - whatever the file holds
    if not isinstance(row, Mapping) or not set(row) <= _FIELDS:
        raise ValueError(f"rule {number}: must have {', '.join(sorted(_FIELDS))} and nothing else")
    values = {name: value for name, value in row.items() if value}
    if not all(isinstance(value, str) for value in values.values()):
        raise ValueError(f"rule {number}: every field must be a text")
    severity = values.pop("severity", RuleSeverity.WARNING)
    if severity not in _SEVERITIES:
        raise ValueError(f"rule {number}: severity must be {' or '.join(sorted(_SEVERITIES))}")
    if not {"region", "hint"} <= set(values):
        raise ValueError(f"rule {number}: region and hint are needed")
    return RegionalRule(**values, severity=RuleSeverity(severity))
