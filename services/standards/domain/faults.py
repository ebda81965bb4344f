"""What is missing or wrong in what was typed, said so that a page can mark the box."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

REQUIRED: Final = "standards.required"
TOO_LONG: Final = "standards.too_long"


@dataclass(frozen=True)
class Fault:
    """Point at one value that is missing or wrong."""

    pointer: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)
