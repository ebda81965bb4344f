"""The words that invented publications are made of, each as often as it is in real texts."""

import csv
import itertools
import random
import re
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

Thing = TypeVar("Thing")

# The frequency of the word of rank r falls with r to this power, where no real one is known.
_ZIPF: Final = 0.85
_PHRASE_END: Final = re.compile(r"[；;，,、。．.（）()\[\]【】：:\s]+")
_MIN_PHRASE: Final = 2
_MAX_PHRASE: Final = 12
# What licences say of all trades, and no product is called.
_NOT_GOODS: Final = re.compile(
    "销售|批发|零售|服务|经营|许可|项目|批准|法律|法规|国家|凭|除外|进出口|租赁|咨询|审批|以上|设计"
    "|代理|部门|期|范围|业务|开展|活动|品种|部分|规定|开发|加工|制造|生产|技术|管理|投资|施工|国务院"
)
_SEEDS: Final = Path(__file__).resolve().parents[2] / "services"

_OWN_QUALITIES: Final = (
    "不锈钢", "全自动", "节能型", "轻质", "食品级", "耐高温", "防水", "环保", "复合", "便携式",
    "工业用", "家用", "高强度", "智能", "风味", "速冻", "水性", "可降解", "阻燃", "低噪声",
    "医用", "一次性使用", "电动", "儿童", "无糖", "有机", "手工", "防静电", "超细", "增强",
)  # fmt: skip
_OWN_NOUNS: Final = (
    "保温杯", "包装箱", "滚筒输送机", "釉面瓷砖", "塑料托盘", "熏煮香肠", "建筑涂料", "办公椅",
    "离心水泵", "玻璃器皿", "密封垫片", "电热水壶", "果蔬脆片", "工作服", "液压千斤顶", "货架",
    "灯具", "餐具", "铝合金型材", "调味酱", "防护手套", "阀门执行器", "编织袋", "洗涤剂", "地板",
    "石膏板", "空气净化器", "膨化食品", "电缆桥架", "餐巾纸", "口罩", "压力表", "减速机", "肥料",
    "饲料", "面粉", "白酒", "茶叶", "酱油", "挂面", "豆制品", "糕点", "蜂蜜", "罐头", "凉席",
    "轴承", "齿轮", "弹簧", "螺栓", "焊条", "砂轮", "拖拉机", "收割机", "变压器", "断路器", "电缆",
)  # fmt: skip
_OWN_TRADES: Final = (
    "食品", "机械制造", "塑料制品", "化工", "家具", "建材", "电子科技", "医疗器械", "纺织", "服饰",
    "包装", "酒业", "生物科技", "新材料", "电气", "阀门", "陶瓷", "农业发展", "茶业", "日用品",
)  # fmt: skip
_OWN_INDICATORS: Final = (
    ("水分", "%"), ("蛋白质", "g/100g"), ("总砷", "mg/kg"), ("铅", "mg/kg"), ("抗压强度", "MPa"),
    ("噪声", "dB"), ("壁厚", "mm"), ("使用寿命", "h"), ("能效比", ""), ("菌落总数", "CFU/g"),
    ("酸价", "mg/g"), ("保温效能", "℃"), ("拉伸强度", "MPa"), ("甲醛含量", "mg/kg"), ("pH值", ""),
)  # fmt: skip
_OWN_STANDARDS: Final = (
    ("GB/T", "通用技术要求"), ("GB", "安全规范"), ("QB/T", "技术条件"), ("JB/T", "技术规范"),
    ("DB37/T", "检验规则"), ("T/QBSF", "质量分级"),
)  # fmt: skip


class Draw(Generic[Thing]):
    """Draw things, each as often as its weight says.

    Args:
        weighted: the things and their weights, in any unit.
    """

    def __init__(self, weighted: Iterable[tuple[Thing, float]]) -> None:
        things, weights = zip(*weighted, strict=True)
        self.things: Sequence[Thing] = things
        total = sum(weights)
        self._ends = [end / total for end in itertools.accumulate(weights)]
        self._ends[-1] = 1.0

    def __call__(self, dice: Callable[[], float]) -> Thing:
        """Return a thing; ``dice`` gives numbers from 0 up to 1."""
        return self.things[bisect(self._ends, dice())]


@dataclass(frozen=True)
class Division:
    """Be a county, and the names that addresses and enterprises use."""

    code: str
    path: str
    short: str


@dataclass(frozen=True)
class Standard:
    """Be a standard that several enterprises declare to follow."""

    kind: str
    number: str
    title: str


@dataclass(frozen=True)
class Words:
    """Hold what there is to draw from."""

    goods: Draw[str]
    trades: Draw[str]
    divisions: Draw[Division]
    standards: Draw[Standard]
    indicators: Draw[tuple[str, str]]
    class_codes: Draw[str]


def zipf(things: Iterable[Thing]) -> Iterator[tuple[Thing, float]]:
    """Return things with the weights of their ranks."""
    for rank, thing in enumerate(things, start=1):
        yield thing, rank**-_ZIPF


def own_words() -> Words:
    """Return the words that come with the program; enough to run, far from the real variety."""
    goods = [f"{quality}{noun}" for noun in _OWN_NOUNS for quality in ("", *_OWN_QUALITIES)]
    standards = [
        Standard(_kind_of(prefix), f"{prefix} {900_000 + place}-2020", f"{noun} {what}")
        for place, ((prefix, what), noun) in enumerate(
            itertools.product(_OWN_STANDARDS, _OWN_NOUNS)
        )
    ]
    return Words(
        goods=Draw(zipf(_scattered(goods))),
        trades=Draw(zipf(_OWN_TRADES)),
        divisions=Draw(zipf(_scattered(_own_divisions()))),
        standards=Draw(zipf(_scattered(standards))),
        indicators=Draw(zipf(_OWN_INDICATORS)),
        class_codes=Draw(zipf(_own_class_codes())),
    )


def read_words(folder: Path) -> Words:
    """Return the words of the real files in a folder, each as often as it is there.

    Raises:
        OSError: one of the files is not there.
    """
    companies = list(_rows(folder / "companies.csv"))
    phrases = Counter(
        phrase
        for row in companies
        for phrase in _PHRASE_END.split(row["business_scope"])
        if _MIN_PHRASE <= len(phrase) <= _MAX_PHRASE and not _NOT_GOODS.search(phrase)
    )
    listed = [row["name_zh"] for row in _rows(folder / "product_classification.csv")]
    listed += [row["product_name"] for row in _rows(folder / "medical_products.csv")]
    listed += [row["query"] for row in _rows(folder / "queries_ecom.csv")]
    ranked = list(zipf(_scattered(dict.fromkeys(name for name in listed if name))))
    share = phrases.total() / sum(weight for _, weight in ranked)
    natural = [(phrase, float(count)) for phrase, count in phrases.items()]
    return Words(
        goods=Draw([*natural, *((name, weight * share) for name, weight in ranked)]),
        trades=Draw((phrase, float(count)) for phrase, count in phrases.most_common(2_000)),
        divisions=Draw(_weigh_divisions(folder, companies)),
        standards=Draw(zipf(_scattered(_standards(folder)))),
        indicators=Draw(zipf(_scattered(_indicators(folder)))),
        class_codes=Draw(zipf(_own_class_codes())),
    )


def _weigh_divisions(
    folder: Path, companies: Sequence[dict[str, str]]
) -> Iterator[tuple[Division, float]]:
    """Give each county one enterprise more than the real list has there."""
    counts = Counter(row["reg_admin_code"] for row in companies)
    for row in _rows(folder / "admin_divisions.csv"):
        if row["level"] == "3":
            path = row["full_path"].split("/")
            yield _division(row["code"], path), 1.0 + counts[row["code"]]


def _standards(folder: Path) -> Iterator[Standard]:
    kinds = {
        "国家标准": "NATIONAL", "行业标准": "INDUSTRY", "地方标准": "LOCAL", "团体标准": "GROUP",
    }  # fmt: skip
    for row in _rows(folder / "standards_catalogue.csv"):
        if row["name_zh"] and row["kind"] in kinds:
            yield Standard(kinds[row["kind"]], row["std_no"], row["name_zh"])


def _indicators(folder: Path) -> list[tuple[str, str]]:
    rows = _rows(folder / "technical_indicators.csv")
    return list(dict.fromkeys((row["indicator_name"], row["unit"]) for row in rows))


def _own_divisions() -> Iterator[Division]:
    rows = {row["code"]: row for row in _rows(_SEEDS / "registry/seeds/divisions.csv")}
    for code, row in rows.items():
        if not code.endswith("00"):
            path = [row["name"]]
            while (row := rows.get(row["parent_code"], {})).get("name"):
                path.insert(0, row["name"])
            yield _division(code, path)


def _own_class_codes() -> list[str]:
    rows = _rows(_SEEDS / "standards/seeds/product_classes.csv")
    return [row["code"] for row in rows if row["level"] == "3"]


def _division(code: str, path: Sequence[str]) -> Division:
    city = path[-2] if len(path) > 1 else path[0]
    return Division(code, "".join(path), city.removesuffix("市"))


def _kind_of(prefix: str) -> str:
    if prefix.startswith("GB"):
        return "NATIONAL"
    if prefix.startswith("T/"):
        return "GROUP"
    return "LOCAL" if prefix.startswith("DB") else "INDUSTRY"


def _scattered(things: Iterable[Thing]) -> list[Thing]:
    """Return things in an order that has nothing to do with the one they came in."""
    listed = list(things)
    dice = random.Random(len(listed))  # noqa: S311 - any order will do
    dice.shuffle(listed)
    return listed


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
