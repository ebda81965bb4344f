"""Technical indicators as typed data: what is measured, how, and what it has to be (手册 4.1)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

_NO_TOLERANCE: Final = ("", "0.000")
_ZERO: Final = "0.000"


class RequirementKind(StrEnum):
    """Name the two kinds of requirement: 数值 and 文字 (手册 4.1(2))."""

    NUMERIC = "NUMERIC"
    TEXT = "TEXT"


class MethodKind(StrEnum):
    """Name the two ways to state a test method: 自定义 and 已有标准中选择 (手册 4.1(2))."""

    CUSTOM = "CUSTOM"
    CATALOGUE = "CATALOGUE"


class Symbol(StrEnum):
    """Name the logical symbols between a value and what is measured."""

    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    EQUAL = "="


@dataclass(frozen=True)
class Bound:
    """Hold one side of a numeric requirement: symbol, main value as typed, and its tolerances.

    The dialog has no sign in its tolerance boxes (手册 4.1(2), figures): the upper one is always
    added and the lower one always taken off, so both are kept without sign, with three decimals.
    """

    symbol: Symbol
    main: str
    upper_tolerance: str = ""
    lower_tolerance: str = ""

    @property
    def text(self) -> str:
        """Return main value and tolerances as the preview shows them."""
        if self.upper_tolerance in _NO_TOLERANCE and self.lower_tolerance in _NO_TOLERANCE:
            return self.main
        upper, lower = self.upper_tolerance or _ZERO, self.lower_tolerance or _ZERO
        return f"{self.main}(+{upper},-{lower})"

    def as_dict(self) -> dict[str, str]:
        """Return the bound as JSON values."""
        return {**asdict(self), "symbol": self.symbol.value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Bound":
        """Return the bound that ``as_dict`` wrote down."""
        return cls(
            symbol=Symbol(stored["symbol"]),
            main=stored["main"],
            upper_tolerance=stored.get("upper_tolerance", ""),
            lower_tolerance=stored.get("lower_tolerance", ""),
        )


@dataclass(frozen=True)
class NumericRequirement:
    """Hold bounds around what is measured; one of them may be absent.

    ``name`` is the name box of the dialog; where it is empty the indicator's own name stands there.
    """

    left: Bound | None = None
    right: Bound | None = None
    unit: str = ""
    name: str = ""

    def preview(self, indicator_name: str) -> str:
        """Return the composed expression; the unit stands once, after the last value (R-109)."""
        name = self.name or indicator_name
        if self.right is None:
            value = "" if self.left is None else f"{self.left.text}{self.unit} {self.left.symbol} "
            return f"{value}{name}"
        value = "" if self.left is None else f"{self.left.text} {self.left.symbol} "
        return f"{value}{name} {self.right.symbol} {self.right.text}{self.unit}"

    def as_dict(self) -> dict[str, Any]:
        """Return the requirement as JSON values."""
        return {
            "kind": RequirementKind.NUMERIC.value,
            "left": None if self.left is None else self.left.as_dict(),
            "right": None if self.right is None else self.right.as_dict(),
            "unit": self.unit,
            "name": self.name,
        }


@dataclass(frozen=True)
class TextFile:
    """Point at an uploaded text; its hash is known once the file is inspected."""

    upload_id: str
    file_name: str
    sha256: str = ""


@dataclass(frozen=True)
class TextRequirement:
    """Hold a requirement in words: either typed or uploaded, never both (手册 4.1(2))."""

    content: str = ""
    file: TextFile | None = None

    def preview(self, indicator_name: str) -> str:  # noqa: ARG002 - both kinds are shown alike
        """Return the words, or the name of the file that holds them."""
        return self.content if self.file is None else self.file.file_name

    def as_dict(self) -> dict[str, Any]:
        """Return the requirement as JSON values."""
        return {"kind": RequirementKind.TEXT.value, **asdict(self)}


@dataclass(frozen=True)
class CustomMethod:
    """Hold a test method in the enterprise's own words: 自定义测试方法."""

    content: str

    @property
    def text(self) -> str:
        """Return the method as it is shown."""
        return self.content

    def as_dict(self) -> dict[str, Any]:
        """Return the method as JSON values."""
        return {"kind": MethodKind.CUSTOM.value, **asdict(self)}


@dataclass(frozen=True)
class CatalogueMethod:
    """Hold a test method that another standard lays down: 已有标准中选择.

    Number and title are kept as they were picked, so that a later change of the catalogue does not
    change what was declared; ``catalogue_id`` is empty for a standard the catalogue doesn't have.
    """

    number: str
    title: str = ""
    catalogue_id: str = ""

    @property
    def text(self) -> str:
        """Return the method as it is shown."""
        return f"{self.number}《{self.title}》" if self.title else self.number

    def as_dict(self) -> dict[str, Any]:
        """Return the method as JSON values."""
        return {"kind": MethodKind.CATALOGUE.value, **asdict(self)}


Requirement: TypeAlias = NumericRequirement | TextRequirement
TestMethod: TypeAlias = CustomMethod | CatalogueMethod


@dataclass(frozen=True)
class Indicator:
    """Hold one indicator: 指标名称, 技术指标分类, 指标要求, 测试方法, 指标水平说明 (手册 4.1(2)).

    ``condition`` tells apart rows of one name, such as grades or stages of a limit value.
    """

    name: str
    requirement: Requirement
    category: str = ""
    condition: str = ""
    test_method: TestMethod | None = None
    level_note: str = ""

    @property
    def preview(self) -> str:
        """Return the requirement as it is shown to readers (R-109)."""
        return self.requirement.preview(self.name)

    def as_dict(self) -> dict[str, Any]:
        """Return the indicator as JSON values; every key is always there, so it hashes alike."""
        return {
            "name": self.name,
            "category": self.category,
            "condition": self.condition,
            "requirement": self.requirement.as_dict(),
            "test_method": None if self.test_method is None else self.test_method.as_dict(),
            "level_note": self.level_note,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Indicator":
        """Return the indicator that ``as_dict`` wrote down; nothing is checked or cleaned again."""
        return cls(
            name=stored["name"],
            requirement=requirement_from_dict(stored["requirement"]),
            category=stored.get("category", ""),
            condition=stored.get("condition", ""),
            test_method=method_from_dict(stored.get("test_method")),
            level_note=stored.get("level_note", ""),
        )


def requirement_from_dict(stored: Mapping[str, Any]) -> Requirement:
    """Return the requirement that ``as_dict`` wrote down."""
    if stored["kind"] == RequirementKind.NUMERIC:
        left, right = stored.get("left"), stored.get("right")
        return NumericRequirement(
            left=None if left is None else Bound.from_dict(left),
            right=None if right is None else Bound.from_dict(right),
            unit=stored.get("unit", ""),
            name=stored.get("name", ""),
        )
    file = stored.get("file")
    return TextRequirement(
        content=stored.get("content", ""), file=None if file is None else TextFile(**file)
    )


def method_from_dict(stored: Mapping[str, Any] | None) -> TestMethod | None:
    """Return the test method that ``as_dict`` wrote down."""
    if stored is None:
        return None
    if stored["kind"] == MethodKind.CUSTOM:
        return CustomMethod(stored["content"])
    return CatalogueMethod(
        number=stored["number"],
        title=stored.get("title", ""),
        catalogue_id=stored.get("catalogue_id", ""),
    )
