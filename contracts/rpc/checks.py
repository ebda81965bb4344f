"""What ``standards`` answers about the check of a declaration before it is submitted."""

from typing import Literal, TypedDict

Severity = Literal["BLOCK", "WARNING", "HINT"]


class Finding(TypedDict):
    """One thing that was found: only ``BLOCK`` keeps a declaration from going out.

    ``basis`` names the law or the manual in Chinese.
    """

    code: str
    severity: Severity
    pointer: str
    basis: str
    params: dict[str, str]


class Check(TypedDict):
    """``check_declaration``: the gravest findings first, at most 500; ``finding_count`` is all."""

    declaration_id: str
    findings: list[Finding]
    finding_count: int
    is_publishable: bool
    checked_at: str
