"""How queries are read, and what is looked for where."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain import numbers, pinyin, tokens, words
from services.search.domain.documents import body_token
from services.search.domain.expressions import is_met, to_fts5, to_tsquery
from services.search.domain.tokens import Tag

TEXTS = st.text(st.sampled_from("不锈钢管标准水AB1 9/-（）鋼Ωé"), max_size=30)


class TestReadQuery:
    @given(TEXTS, st.integers(0, 30), st.integers(1, 12))
    def test_finds_every_piece_of_a_title(self, text: str, start: int, length: int) -> None:
        folded = tokens.fold(text)
        piece = folded[start : start + length]
        title = list(tokens.tag_fields(Tag.TITLE, [tokens.index_tokens(text)]))

        # A piece may begin inside a run of letters: only its start is looked for. A letter or
        # digit alone is a word of its own.
        for word in words.read_query(piece).words:
            begins_inside = start > 0 and not _is_border(folded, start)
            is_cut = word.is_single and word.flat.isascii()
            assert begins_inside or is_cut or is_met(word.in_titles(), title), (word, title)

    @pytest.mark.parametrize("query", ["", "  ", "!?", "《》", "—", '"', "\x00", "\ud800"])
    def test_finds_no_word_in_marks(self, query: str) -> None:
        assert words.read_query(query).words == ()

    def test_bounds_a_query(self) -> None:
        many = words.read_query("水 " * 5_000)
        long = words.read_query("水" * 10_000)

        assert len(many.words) == words.MAX_WORDS
        assert len(long.words[0].phrase) < words.MAX_QUERY

    @pytest.mark.parametrize(
        ("query", "title", "is_found"),
        [
            ("不锈钢", "奥氏体不锈钢管", True),
            ('"不锈 钢管"', "不锈钢管", False),
            ('"不锈钢 管道"', "不锈钢 管道", True),
            ('"pump"', "pumps", False),
            ("pump", "pumps", True),
            ("“pump”", "pumps", False),
            ("ＰＵＭＰ", "pumps", True),
            ("不銹鋼", "不锈钢管", True),
            ("5", "5 号", True),
            ("5", "55 号", False),
        ],
    )
    def test_looks_for_words_and_phrases(self, query: str, title: str, *, is_found: bool) -> None:
        row = list(tokens.tag_fields(Tag.TITLE, [tokens.index_tokens(title)]))

        assert all(is_met(w.in_titles(), row) for w in words.read_query(query).words) is is_found

    @given(st.text(max_size=80))
    def test_asks_engines_for_nothing_but_letters(self, query: str) -> None:
        for word in words.read_query(query).words:
            for asked in (word.in_titles(), word.in_products(), word.in_texts(), word.spelled()):
                if asked is not None:
                    assert not set(to_fts5(asked)) & set("'\\\x00:&|!")
                    assert not set(to_tsquery(asked)) & set("'\\\x00\"")

    @pytest.mark.proves("R-068")
    def test_finds_the_numbers_of_the_catalogue(self, shared_data: Path) -> None:
        with (shared_data / "queries_known_item.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["query_kind"] == "digits_only"]

        missed = [
            row
            for row in rows
            for number in row["expected_std_no"].split(";")[:1]
            if body_token(words.read_query(row["query"]).flat)
            not in {body_token(key) for key in numbers.body_keys(number)}
        ]

        assert len(rows) > 20
        assert missed == []


class TestNames:
    def test_are_what_a_query_may_contain(self) -> None:
        found = words.read_query("大落地窗 sd卡转接板").names

        assert {"落地窗", "大落地窗", "窗", "sd卡", "转接板"} <= set(found)
        assert not {"s", "d"} & set(found)


class TestSpelled:
    @pytest.mark.parametrize("query", ["baowenbei", "bwb", "baowenb", "wenbei", "bw", "zhenkong"])
    def test_finds_pinyin(self, query: str) -> None:
        runs = [pinyin.read_run(run) for run in ("真空保温杯", "重庆")]
        row = [
            *tokens.tag_fields(Tag.SYLLABLES, map(pinyin.syllable_tokens, runs)),
            *tokens.tag_fields(Tag.INITIALS, map(pinyin.initial_tokens, runs)),
        ]
        (word,) = words.read_query(query).words
        asked = word.spelled()

        assert asked is not None
        assert is_met(asked, row)

    @pytest.mark.parametrize("query", ["b", "保温", "b5", "x" * 41])
    def test_is_nothing_else(self, query: str) -> None:
        (word,) = words.read_query(query).words

        assert word.spelled() is None


def _is_border(text: str, place: int) -> bool:
    """Tell whether a run of letters and digits begins here, or Han characters do."""
    before, after = text[place - 1 : place], text[place : place + 1]
    return not (before.isalnum() and after.isalnum() and not _is_han(before) and not _is_han(after))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fa5"
