"""services.search.domain.suggesting: what a name is found by while it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain.suggesting import (
    KEY_CHARACTERS,
    MAX_STARTS,
    fits,
    initials_of,
    keys_of,
    mark,
    range_of,
    rank_of,
    term_of,
)

NAME = "浙江永康器皿有限公司"


def is_found(name: str, typed: str) -> bool:
    begin, end = range_of(term_of(typed))
    term = term_of(name)
    return any(begin <= key.text < end for key in keys_of(term)) and fits(term, term_of(typed))


class TestKeysOf:
    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            (NAME, "浙"),
            (NAME, "永康"),
            (NAME, "器皿有限"),
            (NAME, NAME),
            (NAME, "zjyk"),
            (NAME, "ykqm"),
            (NAME, "zhejiangyong"),
            (NAME, "zhejiangyongkang"),
            ("不銹鋼保溫杯（Ｉ型）", "保温杯i"),
            ("不锈钢保温杯", "bwb"),
            ("LED 灯具", "led"),
            ("LED 灯具", "leddj"),
            ("重庆长城钢铁厂", "chongqing"),
            ("杯", "杯"),
            ("有限公司", "有限"),
        ],
    )
    def test_find_a_name_from_any_word_on(self, name: str, typed: str) -> None:
        assert is_found(name, typed)

    @pytest.mark.parametrize(
        ("name", "typed"),
        [
            (NAME, "江浙"),
            (NAME, "有限公司"),
            (NAME, "zjykx"),
            (NAME, "zhejiangyongkangx"),
            ("LED 灯具", "ed"),
            ("", "x"),
        ],
    )
    def test_find_nothing_else(self, name: str, typed: str) -> None:
        assert not is_found(name, typed)

    def test_know_the_beginning_of_the_name(self) -> None:
        firsts = {key.text for key in keys_of(term_of(NAME)) if key.is_first}

        assert firsts == {NAME, "zjykqmyxgs", "zhejiangyong"}

    @given(name=st.text(max_size=200))
    def test_are_few_and_short(self, name: str) -> None:
        keys = [key.text for key in keys_of(term_of(name))]

        assert len(keys) == len(set(keys)) <= 2 * MAX_STARTS + 1
        assert all(0 < len(key) <= KEY_CHARACTERS for key in keys)

    @given(name=st.text(max_size=60))
    def test_have_one_initial_for_each_character(self, name: str) -> None:
        assert len(initials_of(term_of(name))) == len(term_of(name))


class TestMark:
    @pytest.mark.parametrize(
        ("name", "typed", "expected"),
        [
            (NAME, "永康", ["永康"]),
            (NAME, "ykqm", ["永康器皿"]),
            (NAME, "zhejiangyo", ["浙江永"]),
            ("不锈钢（真空）保温杯", "bxgzk", ["不锈钢（真空"]),
            ("ＬＥＤ 灯具", "led灯", ["ＬＥＤ 灯"]),
            (NAME, "搪瓷", []),
            (NAME, "", []),
        ],
    )
    def test_marks_what_was_typed(self, name: str, typed: str, expected: list[str]) -> None:
        assert [name[start:end] for start, end in mark(name, typed)] == expected


class TestRankOf:
    def test_grows_with_each_doubling(self) -> None:
        assert [rank_of(count) for count in (0, 1, 2, 3, 4, 1_000_000)] == [0, 0, 1, 1, 2, 19]
