"""What the law asks to be said beside a standard of one's own (企业标准化促进办法 Art. 14-16).

Indicators that are fewer or lower than those of the recommended standard must be stated expressly;
so must who really makes the product, and with whom a standard was made.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from services.standards.domain import folding
from services.standards.domain.faults import REQUIRED, TOO_LONG, Fault

MAX_NAME_LENGTH: Final = 200
MAX_STATEMENT_LENGTH: Final = 1_000
MAX_PARTIES: Final = 50


class Deviation(StrEnum):
    """Say how the indicators stand to those of the recommended standard."""

    NONE = "NONE"
    FEWER = "FEWER"
    LOWER = "LOWER"
    FEWER_AND_LOWER = "FEWER_AND_LOWER"


@dataclass(frozen=True)
class Disclosure:
    """Hold the statements: 少于或低于推荐性标准, 委托生产, 联合制定, 其他公开渠道."""

    deviation: Deviation = Deviation.NONE
    recommended_number: str = ""
    deviation_statement: str = ""
    commissioned_producer: str = ""
    commissioned_producer_code: str = ""
    joint_parties: tuple[str, ...] = ()
    other_channel: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the statements as JSON values; every key is always there."""
        return {
            **asdict(self),
            "deviation": self.deviation.value,
            "joint_parties": list(self.joint_parties),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Disclosure":
        """Return the statements that ``as_dict`` wrote down."""
        return cls(
            **{
                **stored,
                "deviation": Deviation(stored["deviation"]),
                "joint_parties": tuple(stored["joint_parties"]),
            }
        )


NOTHING_STATED: Final = Disclosure()


def read_disclosure(typed: Mapping[str, Any], faults: list[Fault]) -> Disclosure:
    """Return what was typed in plain form; what is too long is added to ``faults``."""
    parties = [folding.clean_text(name) for name in typed.get("joint_parties", ())]
    if len(parties) > MAX_PARTIES:
        faults.append(Fault("/disclosure/joint_parties", TOO_LONG, {"limit": str(MAX_PARTIES)}))
    for position, name in enumerate(parties):
        _check_length(name, f"joint_parties/{position}", MAX_NAME_LENGTH, faults)

    def line(name: str, limit: int = MAX_NAME_LENGTH) -> str:
        text = folding.clean_text(typed.get(name, ""))
        _check_length(text, name, limit, faults)
        return text

    return Disclosure(
        deviation=Deviation(typed.get("deviation", Deviation.NONE)),
        recommended_number=line("recommended_number"),
        deviation_statement=line("deviation_statement", MAX_STATEMENT_LENGTH),
        commissioned_producer=line("commissioned_producer"),
        commissioned_producer_code=line("commissioned_producer_code"),
        joint_parties=tuple(name for name in parties if name),
        other_channel=line("other_channel", MAX_STATEMENT_LENGTH),
    )


def find_unstated(disclosure: Disclosure) -> list[Fault]:
    """Return what a statement that was begun still lacks (Art. 14)."""
    if disclosure.deviation is Deviation.NONE:
        return []
    needed = ("recommended_number", "deviation_statement")
    return [
        Fault(f"/disclosure/{name}", REQUIRED) for name in needed if not getattr(disclosure, name)
    ]


def _check_length(text: str, name: str, limit: int, faults: list[Fault]) -> None:
    if len(text) > limit:
        faults.append(Fault(f"/disclosure/{name}", TOO_LONG, {"limit": str(limit)}))
