"""services.search.domain.highlighting: what is marked is what was asked for, as it is printed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain import tokens
from services.search.domain.highlighting import (
    MAX_RANGES,
    cut_snippet,
    find_snippet,
    flatten,
    highlight,
    highlight_pieces,
)

TEXTS = st.text(alphabet="不锈钢鋼Ａａ ﬁé㎎％/-1２（）é𠮷臺台", max_size=40)


def marked(text: str, query: str, *, is_number: bool = False) -> list[str]:
    return [text[start:end] for start, end in highlight(text, query, is_number=is_number)]


class TestHighlight:
    @pytest.mark.parametrize(
        ("text", "query", "expected"),
        [
            ("不锈钢真空保温杯", "保温", ["保温"]),
            ("不銹鋼真空保溫杯", "保温杯", ["保溫杯"]),
            ("不锈钢真空保温杯", "真空 不锈钢", ["不锈钢真空"]),
            ("保温杯和保温瓶", "保温", ["保温", "保温"]),
            ("ＡＢ示例 保温杯", "ab示例", ["ＡＢ示例"]),
            ("保温杯（I型）", "i型", ["I型"]),
            ("保温杯（Ⅲ型）", "iii型", ["Ⅲ型"]),
            ("Steel cup", "steel CUP", ["Steel", "cup"]),
            ("start art", "art", ["art"]),
            ("SL-500 保温杯", "sl500", ["SL-500"]),
            ("5㎎片", "5mg", ["5㎎"]),
            ("5㎎片", "mg", []),
            ("保温杯", "搪瓷", []),
            ("保温杯", "", []),
            ("", "保温", []),
            ("𠮷祥牌电阻", "牌电", ["牌电"]),
            ("Café au lait", "café", ["Café"]),
        ],
    )
    def test_marks_the_words_as_they_are_printed(
        self, text: str, query: str, expected: list[str]
    ) -> None:
        assert marked(text, query) == expected

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("13456", ["13456"]),
            ("gbt13456", ["GB/T 13456"]),
            ("ＧＢ／Ｔ　13456—2014", ["GB/T 13456-2014"]),
            ("3456", ["3456"]),
        ],
    )
    def test_marks_any_piece_of_a_number(self, query: str, expected: list[str]) -> None:
        assert marked("GB/T 13456-2014", query.replace("\u3000", ""), is_number=True) == expected

    def test_marks_only_so_much(self) -> None:
        assert len(highlight("锈 " * 500, "锈")) == MAX_RANGES

    @given(text=TEXTS, query=TEXTS)
    def test_gives_ranges_in_order_within_the_text(self, text: str, query: str) -> None:
        for ranges in (highlight(text, query), highlight_pieces(text, query)):
            end_before = -1
            for start, end in ranges:
                assert end_before < start < end <= len(text)
                end_before = end

    @given(text=TEXTS)
    def test_finds_every_text_in_itself(self, text: str) -> None:
        word = "".join(text.split())
        if flatten(word).text:
            assert highlight(word, word)


class TestFlatten:
    @given(text=TEXTS)
    def test_says_what_the_index_says(self, text: str) -> None:
        assert flatten(text).text == "".join(filter(str.isalnum, tokens.fold(text)))

    @given(text=TEXTS)
    def test_remembers_where_each_character_came_from(self, text: str) -> None:
        flat = flatten(text)

        assert len(flat.places) == len(flat.text)
        for character, (start, end) in zip(flat.text, flat.places, strict=True):
            assert character in tokens.fold(text[start:end])

    @given(TEXTS)
    def test_takes_no_other_places_where_a_longer_way_is_needed(self, text: str) -> None:
        """One character that is two in plain width, and the whole text is read closely."""
        quick, careful = flatten(text), flatten(f"{text} ㎎")

        assert careful.text == f"{quick.text}mg"
        assert careful.places[:-2] == quick.places


class TestHighlightPieces:
    @pytest.mark.parametrize(
        ("text", "query", "expected"),
        [
            ("落地窗", "大落地窗", ["落地窗"]),
            ("书法教室贴墙写真", "书法教室墙贴写真", ["书法教室", "写真"]),
            ("洗碗机", "海尔洗碗机hwy14", ["洗碗机"]),
            ("保温杯", "杯温保", []),
        ],
    )
    def test_marks_what_of_the_query_is_there(
        self, text: str, query: str, expected: list[str]
    ) -> None:
        assert [text[start:end] for start, end in highlight_pieces(text, query)] == expected


class TestCutSnippet:
    def test_cuts_around_most_of_the_words(self) -> None:
        text = f"保温{'填' * 300}前文说到奥氏体型不锈钢，应做保温试验。{'充' * 300}"

        snippet = cut_snippet(text, "保温 不锈钢", width=60)

        assert snippet is not None
        assert "奥氏体型不锈钢，应做保温试验" in snippet.text
        assert [snippet.text[start:end] for start, end in snippet.ranges] == ["不锈钢", "保温"]
        assert snippet.is_cut_before
        assert snippet.is_cut_after
        assert len(snippet.text) == 60

    def test_gives_a_short_text_whole(self) -> None:
        snippet = cut_snippet("用不锈钢制造", "锈钢")

        assert snippet is not None
        assert snippet.text == "用不锈钢制造"
        assert snippet.ranges == ((2, 4),)
        assert not snippet.is_cut_before
        assert not snippet.is_cut_after

    def test_gives_nothing_of_a_text_without_the_words(self) -> None:
        assert cut_snippet("用不锈钢制造", "搪瓷") is None

    @given(text=TEXTS, query=TEXTS)
    def test_is_a_piece_of_the_text(self, text: str, query: str) -> None:
        snippet = cut_snippet(text, query, width=10)

        if snippet is not None:
            assert snippet.text in text
            assert all(0 <= start < end <= len(snippet.text) for start, end in snippet.ranges)


class TestFindSnippet:
    def test_finds_it_anywhere_in_a_long_text(self) -> None:
        text = f"{'填充内容。' * 20_000}内胆用奥氏体型不銹鋼。{'填充内容。' * 100}"

        snippet = find_snippet(text, "奥氏体 不锈钢")

        assert snippet is not None
        assert [snippet.text[start:end] for start, end in snippet.ranges] == ["奥氏体", "不銹鋼"]
        assert snippet.is_cut_before
        assert snippet.is_cut_after

    def test_takes_the_place_with_most_of_the_words(self) -> None:
        text = f"保温。{'填充' * 1_000}保温杯用不锈钢"

        snippet = find_snippet(text, "保温 不锈钢")

        assert snippet is not None
        assert "保温杯用不锈钢" in snippet.text

    @pytest.mark.parametrize(
        ("text", "query"), [("", "杯"), ("保温", "搪瓷"), ("start", "art"), ("保", "")]
    )
    def test_gives_nothing_where_nothing_is(self, text: str, query: str) -> None:
        assert find_snippet(text, query) is None
