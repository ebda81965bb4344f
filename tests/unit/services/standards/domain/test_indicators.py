"""Technical indicators: what can be typed, what is refused, and how it is shown."""

import csv
import json
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import (
    documents,
    indicator_reading,
    intervals,
)
from services.standards.domain.indicators import (
    Bound,
    CatalogueMethod,
    CustomMethod,
    Indicator,
    NumericRequirement,
    Symbol,
    TextFile,
    TextRequirement,
)
from services.standards.domain.intervals import Verdict

# The figures of 手册 4.1(2), as the dialog would send them.
MANUAL: dict[str, Any] = {
    "name": "浓度",
    "category": "指标",
    "condition": "",
    "requirement": {
        "kind": "NUMERIC",
        "left": {
            "symbol": "<",
            "main": "95%",
            "upper_tolerance": "0.100",
            "lower_tolerance": "0.200",
        },
        "right": {
            "symbol": "<=",
            "main": "99",
            "upper_tolerance": "0.150",
            "lower_tolerance": "0.560",
        },
        "unit": "/L",
        "name": "",
    },
    "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
    "level_note": "合格判定水平",
}
CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[4] / "data" / "preview_cases.json").read_text(encoding="utf-8")
)

TEXTS = st.text(string.ascii_letters + string.digits + "浓度温标%.。（） ", max_size=12).map(
    str.strip
)
WORDS = TEXTS.filter(bool)
SYMBOLS = st.sampled_from(Symbol)
TOLERANCES = st.one_of(
    st.just(""), st.decimals(0, 999, places=3, allow_nan=False).map(lambda number: f"{number:.3f}")
)
NUMBERS = st.decimals(-1000, 1000, places=2, allow_nan=False, allow_infinity=False).map(str)
MAINS = st.one_of(NUMBERS, NUMBERS.map(lambda text: f"{text}%"), WORDS)
BOUNDS = st.builds(Bound, SYMBOLS, MAINS, TOLERANCES, TOLERANCES)
FILES = st.builds(TextFile, st.uuids().map(str), WORDS)
REQUIREMENTS = st.one_of(
    st.builds(NumericRequirement, BOUNDS, st.none(), TEXTS, TEXTS),
    st.builds(NumericRequirement, st.none(), BOUNDS, TEXTS, TEXTS),
    st.builds(NumericRequirement, BOUNDS, BOUNDS, TEXTS, TEXTS).filter(
        lambda numeric: (
            intervals.are_symbols_consistent(numeric.left.symbol, numeric.right.symbol)
            and not intervals.is_range_empty(numeric)
        )
    ),
    st.builds(TextRequirement, WORDS, st.none()),
    st.builds(TextRequirement, st.just(""), FILES),
)
METHODS = st.one_of(
    st.builds(CustomMethod, WORDS),
    st.builds(CatalogueMethod, WORDS, TEXTS, st.one_of(st.just(""), st.uuids().map(str))),
)
INDICATORS = st.builds(Indicator, WORDS, REQUIREMENTS, TEXTS, TEXTS, METHODS, TEXTS)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the manual's indicator with the member at ``path`` set."""
    row: dict[str, Any] = json.loads(json.dumps(MANUAL))
    *way, last = path.split("/")
    inner = row
    for name in way:
        inner = inner[name]
    inner[last] = value
    return row


def with_requirement(**members: Any) -> dict[str, Any]:
    return {**MANUAL, "requirement": members}


def read(row: Mapping[str, Any]) -> Indicator:
    read_all, faults = indicator_reading.read_indicators([row])
    assert faults == []
    return read_all[0]


def numeric(row: Mapping[str, Any]) -> NumericRequirement:
    requirement = read(row).requirement
    assert isinstance(requirement, NumericRequirement)
    return requirement


def faults_of(row: Any, **switches: Any) -> list[tuple[str, str]]:
    read_all, faults = indicator_reading.read_indicators([row], **switches)
    assert read_all == () or not faults
    return [(fault.pointer.removeprefix("/indicators/0"), fault.code) for fault in faults]


class TestReadIndicators:
    @pytest.mark.proves("R-101", "R-104", "R-105", "R-106")
    def test_keeps_every_box_of_the_manual_s_figures(self) -> None:
        """手册 4.1(2), figures of the dialog 指标要求."""
        assert read(MANUAL).as_dict() == MANUAL

    @pytest.mark.proves("R-101")
    def test_needs_name_and_requirement(self) -> None:
        """手册 4.1(2): 其中指标名称和指标要求是必输项."""
        faults = faults_of({"test_method": MANUAL["test_method"]})

        assert faults == [("/name", "standards.required"), ("/requirement", "standards.required")]

    @pytest.mark.proves("R-101")
    def test_needs_no_more_than_name_and_requirement_at_the_manual_s_setting(self) -> None:
        """手册 4.1(2): 其他是选填项."""
        row = {"name": "浓度", "requirement": MANUAL["requirement"]}

        assert faults_of(row, requires_test_method=False) == []

    @pytest.mark.parametrize(
        "method",
        [None, {}, {"kind": "", "content": ""}, {"kind": "CUSTOM", "content": " "},
         {"kind": "CATALOGUE", "number": "", "title": ""}],
    )  # fmt: skip
    def test_needs_a_test_method_since_2024(self, method: Any) -> None:
        """企业标准化促进办法 Art. 12."""
        row = changed("test_method", method)

        assert faults_of(row) == [("/test_method", "standards.required")]
        assert faults_of(row, requires_test_method=False) == []

    @pytest.mark.proves("R-113")
    def test_takes_a_method_in_own_words_or_out_of_a_standard(self) -> None:
        """手册 4.1(2): ‘自定义测试方法’和‘已有标准中选择’."""
        picked = {
            "kind": "CATALOGUE",
            "number": "GB/T 11901",
            "title": "水质 悬浮物的测定 重量法",
            "catalogue_id": "",
        }

        own, chosen = read(MANUAL), read(changed("test_method", picked))

        assert own.test_method == CustomMethod("按附录 A 测定")
        assert own.test_method.text == "按附录 A 测定"
        assert isinstance(chosen.test_method, CatalogueMethod)
        assert chosen.test_method.text == "GB/T 11901《水质 悬浮物的测定 重量法》"
        assert chosen.as_dict()["test_method"] == picked
        assert CatalogueMethod("GB/T 11901").text == "GB/T 11901"

    @pytest.mark.parametrize(
        ("method", "pointer", "code"),
        [
            ({"content": "称重"}, "/test_method/kind", "standards.required"),
            ({"kind": "ORAL"}, "/test_method/kind", "standards.indicator_kind_unknown"),
            ({"kind": "CATALOGUE", "title": "称重"}, "/test_method/number", "standards.required"),
            ({"kind": "CATALOGUE", "title": 7}, "/test_method/title",
             "standards.indicator_malformed"),
            ({"kind": "CATALOGUE", "number": 7, "title": "重"}, "/test_method/number",
             "standards.indicator_malformed"),
            ("称重", "/test_method", "standards.indicator_malformed"),
        ],
    )  # fmt: skip
    def test_says_what_is_wrong_with_a_method(self, method: Any, pointer: str, code: str) -> None:
        assert faults_of(changed("test_method", method)) == [(pointer, code)]

    @pytest.mark.proves("R-104")
    def test_knows_two_kinds_of_requirement(self) -> None:
        """手册 4.1(2): 指标要求有两种指标类型：数值和文字."""
        words = read(with_requirement(kind="TEXT", content="无异味"))

        assert isinstance(read(MANUAL).requirement, NumericRequirement)
        assert isinstance(words.requirement, TextRequirement)
        assert faults_of(with_requirement(kind="IMAGE")) == [
            ("/requirement/kind", "standards.indicator_kind_unknown")
        ]
        assert faults_of(with_requirement(kind="")) == [("/requirement/kind", "standards.required")]

    @pytest.mark.proves("R-110")
    @pytest.mark.parametrize(
        ("members", "faults"),
        [
            ({"content": "无异味"}, []),
            ({"file": {"upload_id": "u1", "file_name": "要求.txt"}}, []),
            ({"content": "无", "file": {"upload_id": "u1"}},
             [("/requirement", "standards.indicator_text_or_file")]),
            ({"content": " ", "file": None},
             [("/requirement", "standards.indicator_text_required")]),
            ({"content": "", "file": {"upload_id": ""}},
             [("/requirement", "standards.indicator_text_required")]),
            ({"file": {"file_name": "要求.txt"}},
             [("/requirement/file/upload_id", "standards.required")]),
            ({"file": {"upload_id": 1, "file_name": "要求.txt"}},
             [("/requirement/file/upload_id", "standards.indicator_malformed")]),
            ({"file": "要求.txt"}, [("/requirement/file", "standards.indicator_malformed")]),
        ],
    )  # fmt: skip
    def test_takes_words_typed_or_uploaded_but_not_both(
        self, members: dict[str, Any], faults: list[tuple[str, str]]
    ) -> None:
        """手册 4.1(2): 输入内容或者上传文本."""
        assert faults_of(with_requirement(kind="TEXT", **members)) == faults

    @pytest.mark.proves("R-111")
    @pytest.mark.parametrize("kind", ["NUMERIC", "TEXT"])
    @pytest.mark.parametrize("category", ["", "温度", "自定义的分类"])
    def test_takes_any_category_or_none(self, kind: str, category: str) -> None:
        """手册 4.1(2): 技术指标分类不是必输项，可自定义."""
        requirement = (
            MANUAL["requirement"] if kind == "NUMERIC" else {"kind": kind, "content": "无"}
        )
        row = {**MANUAL, "requirement": requirement, "category": category}

        assert read(row).category == category

    @pytest.mark.proves("R-108")
    @pytest.mark.parametrize(
        ("typed", "symbol"),
        [("<", "<"), ("<=", "<="), (">", ">"), (">=", ">="), ("=", "="), ("≤", "<="), ("≥", ">="),
         ("＜", "<"), ("＞", ">"), ("＝", "="), ("≦", "<="), ("⩾", ">="), ("＜ ＝", "<="),
         ("==", "=")],
    )  # fmt: skip
    def test_knows_five_symbols_however_they_are_typed(self, typed: str, symbol: str) -> None:
        """手册 4.1(2), figures."""
        bound = {"symbol": typed, "main": "5"}

        requirement = numeric(with_requirement(kind="NUMERIC", right=bound))

        assert requirement.right is not None
        assert requirement.right.symbol.value == symbol

    @pytest.mark.proves("R-108")
    @pytest.mark.parametrize("empty", [None, {}, {"symbol": "<", "main": "",
                             "upper_tolerance": "0.000", "lower_tolerance": "0.000"}])  # fmt: skip
    @pytest.mark.parametrize("side", ["left", "right"])
    def test_leaves_one_side_empty(self, side: str, empty: Any) -> None:
        """手册 4.1(2), figures: the dialog opens with symbols and zeros in its boxes."""
        requirement = numeric(changed(f"requirement/{side}", empty))

        assert getattr(requirement, side) is None

    @pytest.mark.proves("R-108")
    def test_needs_a_value_on_one_side(self) -> None:
        assert faults_of(with_requirement(kind="NUMERIC", unit="mg/L")) == [
            ("/requirement", "standards.indicator_value_required")
        ]

    @pytest.mark.parametrize(
        ("bound", "fault"),
        [
            ({"main": "5"}, ("/symbol", "standards.required")),
            ({"main": "5", "symbol": "≈"}, ("/symbol", "standards.indicator_symbol_unknown")),
            ({"symbol": "<", "upper_tolerance": "0.1"}, ("/main", "standards.required")),
            ({"symbol": "<", "main": 5}, ("/main", "standards.indicator_malformed")),
            ("5", ("", "standards.indicator_malformed")),
        ],
    )
    def test_says_what_is_wrong_with_a_side(self, bound: Any, fault: tuple[str, str]) -> None:
        faults = faults_of(changed("requirement/right", bound))

        assert faults == [(f"/requirement/right{fault[0]}", fault[1])]

    @pytest.mark.proves("R-106")
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [("0.1", "0.100"), ("1", "1.000"), (".5", "0.500"), ("+0.1", "0.100"), ("０.１", "0.100"),
         ("0.1000", "0.100"), ("12.", "12.000"), ("", ""), ("0", "0.000")],
    )  # fmt: skip
    def test_gives_tolerances_three_decimals(self, typed: str, kept: str) -> None:
        """手册 4.1(2), figures: 格式0.000."""
        requirement = numeric(changed("requirement/left/upper_tolerance", typed))

        assert requirement.left is not None
        assert requirement.left.upper_tolerance == kept

    @pytest.mark.proves("R-106")
    @pytest.mark.parametrize(
        ("box", "typed"),
        [("upper", "-0.1"), ("lower", "+0.2"), ("upper", "0.1234"), ("upper", "0,1"),
         ("upper", "."), ("upper", "1e3"), ("lower", "5%"), ("lower", "NaN"), ("upper", "1" * 10)],
    )  # fmt: skip
    def test_refuses_other_tolerances_rather_than_rounding(self, box: str, typed: str) -> None:
        faults = faults_of(changed(f"requirement/left/{box}_tolerance", typed))

        assert faults == [
            (f"/requirement/left/{box}_tolerance", "standards.indicator_tolerance_malformed")
        ]

    @pytest.mark.proves("R-106")
    @pytest.mark.parametrize("typed", ["-0.2", "−0.2", "0.2"])
    def test_a_lower_tolerance_may_carry_its_sign(self, typed: str) -> None:
        requirement = numeric(changed("requirement/left/lower_tolerance", typed))

        assert requirement.left is not None
        assert requirement.left.lower_tolerance == "0.200"

    @pytest.mark.proves("R-107")
    @pytest.mark.parametrize(
        ("left", "left_symbol", "right_symbol", "right", "is_refused"),
        [
            ("5", "<", "<", "9", False),
            ("9", "<", "<", "5", True),
            ("9", ">", ">=", "5", False),
            ("5", ">", ">=", "9", True),
            ("99%", "<=", "<=", "95 %", True),
            ("99%", "<", "<=", "95", False),
            ("1,000", "<", "<", "999", True),
            ("5", "<=", "<=", "5.0", False),
            ("5", "<", "<=", "5", True),
            ("９", "<=", "<=", "5", True),
            ("-5", "<=", "<=", "-9", True),
            ("高", "<", "<", "低", False),
        ],
    )
    def test_refuses_a_left_value_above_the_right_one(
        self, left: str, left_symbol: str, right_symbol: str, right: str, *, is_refused: bool
    ) -> None:
        """手册 4.1(2), figures: the preview has the smaller value at the left."""
        row = with_requirement(
            kind="NUMERIC",
            left={"symbol": left_symbol, "main": left},
            right={"symbol": right_symbol, "main": right},
        )

        _, faults = indicator_reading.read_indicators([row])

        refused = [("standards.indicator_range_empty", {"left": left, "right": right})]
        assert [(fault.code, fault.params) for fault in faults] == (refused if is_refused else [])

    @pytest.mark.proves("R-107")
    def test_tolerances_do_not_turn_a_range_round(self) -> None:
        row = changed("requirement/right/main", "94.9%")

        assert faults_of(row) == [("/requirement", "standards.indicator_range_empty")]

    @pytest.mark.parametrize(("left", "right"), [("<", ">"), (">=", "<"), ("=", "<"), ("<", "=")])
    def test_refuses_symbols_that_make_no_range(self, left: str, right: str) -> None:
        row = with_requirement(
            kind="NUMERIC",
            left={"symbol": left, "main": "5"},
            right={"symbol": right, "main": "9"},
        )

        assert faults_of(row) == [("/requirement", "standards.indicator_symbols_contradict")]

    def test_reports_all_faults_of_all_indicators_at_once(self) -> None:
        wrong = with_requirement(
            kind="NUMERIC",
            left={"symbol": "~", "main": "1" * 51, "upper_tolerance": "x"},
            right={"main": "5"},
            unit="u" * 51,
        )

        read_all, faults = indicator_reading.read_indicators(
            [{**wrong, "name": ""}, MANUAL, "浓度", {**MANUAL, "requirement": []}], pointer="/rows"
        )

        assert read_all == (read(MANUAL),)
        assert [(fault.pointer, fault.code, dict(fault.params)) for fault in faults] == [
            ("/rows/0/name", "standards.required", {}),
            ("/rows/0/requirement/left/main", "standards.too_long", {"limit": "50"}),
            (
                "/rows/0/requirement/left/symbol",
                "standards.indicator_symbol_unknown",
                {"allowed": "<, <=, >, >=, ="},
            ),
            (
                "/rows/0/requirement/left/upper_tolerance",
                "standards.indicator_tolerance_malformed",
                {},
            ),
            ("/rows/0/requirement/right/symbol", "standards.required", {}),
            ("/rows/0/requirement/unit", "standards.too_long", {"limit": "50"}),
            ("/rows/2", "standards.indicator_malformed", {}),
            ("/rows/3/requirement", "standards.indicator_malformed", {}),
        ]

    @pytest.mark.parametrize(
        ("path", "limit"),
        [("name", 200), ("category", 100), ("condition", 200), ("level_note", 500),
         ("requirement/name", 200), ("requirement/unit", 50), ("requirement/left/main", 50),
         ("test_method/content", 2000)],
    )  # fmt: skip
    def test_bounds_every_text(self, path: str, limit: int) -> None:
        assert faults_of(changed(path, "字" * limit)) == []
        assert faults_of(changed(path, "字" * (limit + 1))) == [(f"/{path}", "standards.too_long")]

    def test_bounds_the_number_of_indicators(self) -> None:
        most = indicator_reading.MAX_INDICATORS

        read_all, faults = indicator_reading.read_indicators([MANUAL] * most)
        none, refusal = indicator_reading.read_indicators([MANUAL] * (most + 1))

        assert (len(read_all), faults) == (most, [])
        assert (none, [fault.code for fault in refusal]) == ((), ["standards.too_many_indicators"])
        assert refusal[0].params == {"limit": "500"}

    def test_takes_out_unseen_characters_and_keeps_lines(self) -> None:
        row = with_requirement(
            kind="TEXT", content="\n 一、无\u200b异味 \r\n\n二、e\u200b\u0301 \n"
        )

        words = read({**row, "name": " 气\u202e\n味 "})

        assert words.name == "气 味"
        assert words.preview == "一、无异味\n\n二、é"

    def test_makes_letters_of_the_symbol_font_real(self) -> None:
        right = {"symbol": "\uf0a3", "main": "1\uf02e0"}
        row = with_requirement(kind="NUMERIC", right=right, unit="\uf06dg/L")

        alpha, beta = (read({**row, "name": f"总{letter}放射性"}) for letter in "\uf061\uf062")

        assert alpha.preview == "总α放射性 <= 1.0μg/L"
        assert beta.name == "总β放射性"

    @given(INDICATORS)
    def test_reads_back_what_it_wrote(self, indicator: Indicator) -> None:
        stored = documents.read(documents.canonicalize(indicator.as_dict()).text)

        assert Indicator.from_dict(stored) == indicator
        assert Indicator.from_dict(stored).as_dict() == stored

    @pytest.mark.proves("R-105", "R-106")
    @given(st.lists(INDICATORS, max_size=3))
    def test_what_was_read_is_read_alike_again(self, kept: list[Indicator]) -> None:
        rows = [indicator.as_dict() for indicator in kept]

        once, faults = indicator_reading.read_indicators(rows)
        again, _ = indicator_reading.read_indicators([indicator.as_dict() for indicator in once])

        assert faults == []
        assert again == once
        assert [indicator.name.split() for indicator in once] == [
            row["name"].split() for row in rows
        ]

    @given(
        st.recursive(
            st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), TEXTS),
            lambda inner: st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "requirement", "kind", "left", "right", "main", "symbol", "file",
                     "test_method", "content", "upper_tolerance"]
                ),
                st.one_of(inner, st.sampled_from(["NUMERIC", "TEXT", "CUSTOM", "<", "CATALOGUE"])),
                max_size=6,
            ),
            max_leaves=12,
        )
    )  # fmt: skip
    def test_names_faults_whatever_is_sent(self, row: Any) -> None:
        read_all, faults = indicator_reading.read_indicators([row])

        assert bool(read_all) is not bool(faults)


class TestFindMissingMethods:
    def test_names_each_indicator_of_a_draft_without_one(self) -> None:
        """企业标准化促进办法 Art. 12."""
        rows = [MANUAL, changed("test_method", None)]
        kept, _ = indicator_reading.read_indicators(rows, requires_test_method=False)

        faults = indicator_reading.find_missing_methods(kept)

        assert [(fault.pointer, fault.code) for fault in faults] == [
            ("/indicators/1/test_method", "standards.required")
        ]


class TestPreview:
    """The cases are those of the page's own preview: web/test/preview.test.ts reads them too."""

    @pytest.mark.proves("R-108", "R-109", "R-110")
    @pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
    def test_is_that_of_the_case(self, case: dict[str, Any]) -> None:
        """手册 4.1(2), figure 预览, and what goes without a figure."""
        row = {**MANUAL, "name": case["name"], "requirement": case["requirement"]}

        assert read(row).preview == case["preview"]

    def test_of_nothing_is_the_name(self) -> None:
        assert NumericRequirement().preview("浓度") == "浓度"


def to_row(line: Mapping[str, str]) -> dict[str, Any]:
    """Return what an applicant would send for a line of real data."""
    method = {
        "kind": "CATALOGUE",
        "number": line["test_method_no"],
        "title": line["test_method_name"],
    }
    numbers = {
        "kind": "NUMERIC",
        "left": {"symbol": line["lower_symbol"], "main": line["lower_limit"]},
        "right": {"symbol": line["upper_symbol"], "main": line["upper_limit"]},
        "unit": line["unit"],
    }
    words = {"kind": "TEXT", "content": line["text_requirement"]}
    return {
        "name": line["indicator_name"],
        "condition": line["condition"],
        "requirement": numbers if line["value_type"] == "数值" else words,
        "test_method": method,
    }


def to_line(indicator: Indicator) -> dict[str, str]:
    """Return the columns of real data that an indicator holds."""
    requirement, method = indicator.requirement, indicator.test_method
    line = dict.fromkeys(
        ("lower_limit", "lower_symbol", "upper_symbol", "upper_limit", "text_requirement", "unit"),
        "",
    )
    if isinstance(requirement, TextRequirement):
        line["text_requirement"] = requirement.content
    else:
        line["unit"] = requirement.unit
        for side, bound in (("lower", requirement.left), ("upper", requirement.right)):
            line[f"{side}_limit"] = "" if bound is None else bound.main
            line[f"{side}_symbol"] = "" if bound is None else bound.symbol.value
    return {
        **line,
        "indicator_name": indicator.name,
        "condition": indicator.condition,
        "value_type": "文字" if isinstance(requirement, TextRequirement) else "数值",
        "test_method_name": method.title if isinstance(method, CatalogueMethod) else "",
        "test_method_no": method.number if isinstance(method, CatalogueMethod) else "",
    }


def read_lines(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "technical_indicators.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def says_something(line: Mapping[str, str]) -> bool:
    return any(line[name] for name in ("lower_limit", "upper_limit", "text_requirement"))


class TestRealIndicators:
    """The limits of thirty standards, as they are printed."""

    @pytest.mark.proves("R-101", "R-104", "R-105", "R-108", "R-113")
    def test_are_held_without_loss(self, shared_data: Path) -> None:
        lines = read_lines(shared_data)
        told = [line for line in lines if says_something(line)]

        kept = [
            indicator
            for line in told
            for indicator in indicator_reading.read_indicators(
                [to_row(line)], requires_test_method=False
            )[0]
        ]

        lost = {"standard_no", "table", "source"}  # say where a line was found
        real = {"总\uf061放射性": "总α放射性"}  # one letter of the Symbol font
        assert len(lines) - len(told) == 1
        assert [to_line(indicator) for indicator in kept] == [
            {name: real.get(text, text) for name, text in line.items() if name not in lost}
            for line in told
        ]
        assert [Indicator.from_dict(indicator.as_dict()) for indicator in kept] == kept

    @pytest.mark.proves("R-101")
    def test_one_that_says_nothing_is_refused(self, shared_data: Path) -> None:
        silent = [line for line in read_lines(shared_data) if not says_something(line)]

        faults = [faults_of(to_row(line), requires_test_method=False) for line in silent]

        assert faults == [[("/requirement", "standards.indicator_text_required")]] * len(silent)

    def test_are_shown_and_can_be_compared(self, shared_data: Path) -> None:
        """企业标准化促进办法 Art. 14: every real limit in numbers takes part."""
        for line in filter(says_something, read_lines(shared_data)):
            kept, _ = indicator_reading.read_indicators([to_row(line)], requires_test_method=False)
            interval = intervals.derive_interval(kept[0].requirement)

            assert (interval is not None) is (line["value_type"] == "数值")
            if interval is not None:
                assert intervals.compare(interval, interval) is Verdict.EQUAL
                assert kept[0].name in kept[0].preview
                assert Indicator.from_dict(kept[0].as_dict()).preview == kept[0].preview
