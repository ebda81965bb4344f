"""What invented declarations say: titles, numbers, products, indicators, statements."""

import random
from collections.abc import Sequence
from typing import Final

from stdnum import ean

from services.standards.domain.disclosure import NOTHING_STATED, Deviation, Disclosure
from services.standards.domain.drafts import DraftContent, Pick
from services.standards.domain.indicators import (
    Bound,
    CatalogueMethod,
    CustomMethod,
    Indicator,
    NumericRequirement,
    Symbol,
    TextRequirement,
)
from services.standards.domain.kinds import DisclosureMode, StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.products import ProductData

KINDS: Final = {
    StandardKind.ENTERPRISE: 82,
    StandardKind.GROUP: 7,
    StandardKind.NATIONAL: 5,
    StandardKind.INDUSTRY: 4,
    StandardKind.LOCAL: 2,
}
PRODUCT_COUNTS: Final = {1: 450, 2: 250, 3: 180, 4: 119, 200: 1}

_PREFIXES: Final = {
    StandardKind.ENTERPRISE: ("Q",),
    StandardKind.GROUP: ("T/QBSF", "T/HTSF"),
    StandardKind.INDUSTRY: ("QB/T", "JB/T", "HG/T"),
    StandardKind.LOCAL: ("DB37/T", "DB3703/T"),
}
_INDICATOR_SHARE: Final = 0.25
_STATEMENT_SHARE: Final = 0.04
_BARCODE_SHARE: Final = 0.5
_QUALITIES: Final = (
    "不锈钢", "全自动", "节能型", "轻质", "食品级", "耐高温", "防水", "环保", "复合", "便携式",
    "工业用", "家用", "高强度", "智能", "风味", "速冻", "水性", "可降解", "阻燃", "低噪声",
)  # fmt: skip
_NOUNS: Final = (
    "真空保温杯", "纸质包装箱", "滚筒输送机", "釉面瓷砖", "塑料托盘", "熏煮香肠", "建筑涂料",
    "办公椅", "离心水泵", "玻璃器皿", "密封垫片", "电热水壶", "果蔬脆片", "工作服", "液压千斤顶",
    "金属货架", "LED 灯具", "儿童餐具", "铝合金型材", "调味酱", "防护手套", "阀门执行器", "编织袋",
    "洗涤剂", "实木地板", "石膏板", "空气净化器", "膨化食品", "电缆桥架", "餐巾纸",
)  # fmt: skip
_BRANDS: Final = ("云示", "青示", "长示", "海示", "")
_CLASS_CODES: Final = ("21-002", "14-011", "33-107", "07-040", "26-019", "19-003", "17-052")
_MEASURED: Final = (
    ("保温效能", "理化性能", "℃"), ("跌落高度", "安全要求", "mm"), ("水分", "理化指标", "%"),
    ("抗压强度", "力学性能", "MPa"), ("噪声", "环保要求", "dB"), ("壁厚", "尺寸", "mm"),
    ("铅含量", "卫生要求", "mg/kg"), ("使用寿命", "可靠性", "h"), ("能效比", "节能要求", ""),
)  # fmt: skip
_WORDS: Final = "外观应平整、清洁，色泽均匀，无裂纹、无明显划痕，标志清晰牢固。"
_METHOD: Final = "按本标准附录 A 规定的方法，取三个样品试验，取算术平均值。"


class Author:
    """Write what declarations say, with the dice of one generation."""

    def __init__(self, dice: random.Random, catalogue: Sequence[Pick]) -> None:
        self._dice = dice
        self._catalogue = catalogue

    @property
    def picks(self) -> int:
        """Return how many standards there are to pick."""
        return len(self._catalogue)

    def choose_kind(self) -> StandardKind:
        """Return a kind, mostly the enterprise's own."""
        return self._dice.choices(tuple(KINDS), tuple(KINDS.values()))[0]

    def write(self, kind: StandardKind, enterprise: int, serial: int) -> DraftContent:
        """Return a new content; one enterprise uses a ``serial`` once in a kind.

        There are only so many national standards to pick: `picks`.
        """
        year = str(self._dice.randint(2015, 2026))
        if kind is StandardKind.NATIONAL:
            pick = self._catalogue[(enterprise * 7 + serial) % len(self._catalogue)]
            return DraftContent(
                number=pick.number,
                title=pick.title,
                mode=DisclosureMode.NONE,
                catalogue_id=pick.catalogue_id,
                products=self.write_products(pick.title),
            )
        title = self._title()
        number = ParsedNumber(
            kind=kind,
            prefix=self._dice.choice(_PREFIXES[kind]),
            body=_body(kind, enterprise, serial),
            year=year,
        )
        has_indicators = self._dice.random() < _INDICATOR_SHARE
        return DraftContent(
            number=number,
            title=title,
            mode=DisclosureMode.INDICATORS if has_indicators else DisclosureMode.FULL_TEXT,
            indicators=self._indicators() if has_indicators else (),
            products=self.write_products(title),
            disclosure=self._disclosure(),
        )

    def write_products(self, title: str) -> tuple[ProductData, ...]:
        """Return the products of a declaration: a few, rarely very many."""
        counts = tuple(PRODUCT_COUNTS)
        count = self._dice.choices(counts, tuple(PRODUCT_COUNTS.values()))[0]
        return tuple(self.write_product(title) for _ in range(count))

    def write_product(self, title: str) -> ProductData:
        """Return one product of that name."""
        dice = self._dice
        size = dice.randint(1, 999)
        return ProductData(
            name=f"{title}（{size} 型）",
            generic_name=title,
            barcode=self._barcode() if dice.random() < _BARCODE_SHARE else "",
            brand=dice.choice(_BRANDS),
            specification=f"{size}mm×{dice.randint(1, 999)}mm",
            model=f"SF-{size}{dice.choice('ABCD')}",
            class_code=dice.choice(_CLASS_CODES),
        )

    def _title(self) -> str:
        return self._dice.choice(_QUALITIES) + self._dice.choice(_NOUNS)

    def _barcode(self) -> str:
        # 20 to 29 are for use within a shop: no real product has such a barcode.
        body = f"2{self._dice.randrange(10**11):011}"
        return body + str(ean.calc_check_digit(body))

    def _indicators(self) -> tuple[Indicator, ...]:
        chosen = self._dice.sample(_MEASURED, self._dice.randint(2, 5))
        words = Indicator(
            name="外观",
            requirement=TextRequirement(content=_WORDS),
            category="感官要求",
            test_method=CustomMethod("目测"),
        )
        return (words, *(self._measured(*entry) for entry in chosen))

    def _measured(self, name: str, category: str, unit: str) -> Indicator:
        dice = self._dice
        low = dice.randint(1, 500)
        left = Bound(Symbol.LESS_OR_EQUAL, str(low))
        right = Bound(Symbol.LESS_OR_EQUAL, str(low + dice.randint(1, 90)))
        is_own = dice.random() < 0.5  # noqa: PLR2004 - one of two
        return Indicator(
            name=name,
            requirement=NumericRequirement(
                left=left if dice.random() < 0.7 else None,  # noqa: PLR2004 - most have both
                right=right,
                unit=unit,
            ),
            category=category,
            test_method=(
                CustomMethod(_METHOD)
                if is_own
                else CatalogueMethod(number=f"GB/T {dice.randint(900_000, 999_999)}-2020")
            ),
            level_note="优于行业平均水平" if is_own else "",
        )

    def _disclosure(self) -> Disclosure:
        if self._dice.random() >= _STATEMENT_SHARE:
            return NOTHING_STATED
        if self._dice.random() < 0.5:  # noqa: PLR2004 - one of two
            return Disclosure(commissioned_producer="桓台代工示范有限公司")
        return Disclosure(
            deviation=Deviation.FEWER,
            recommended_number="GB/T 900001-2020",
            deviation_statement="未规定推荐性标准中的包装试验，产品以散装方式交付。",
        )


def make_catalogue(count: int = 2_000) -> list[tuple[ParsedNumber, str]]:
    """Return numbers and titles of national standards: numbers that no real one has."""
    return [
        (
            ParsedNumber(
                kind=StandardKind.NATIONAL, prefix="GB/T", body=str(900_000 + place), year="2020"
            ),
            f"{_NOUNS[place % len(_NOUNS)]}通用技术要求 第{place // len(_NOUNS) + 1}部分",
        )
        for place in range(count)
    ]


def _body(kind: StandardKind, enterprise: int, serial: int) -> str:
    if kind is StandardKind.ENTERPRISE:
        return f"SF{enterprise:04} {serial:05}"
    return str(10_000 + serial)
