"""How texts and queries are cut."""

import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain import tokens
from services.search.domain.documents import PRODUCT, TEXT, TITLE, read_document

TEXTS = st.text(st.sampled_from("不锈钢管标准水AB1 9/-（）鋼Ωé"), max_size=30)


def is_found(word: tokens.Word, text: list[str]) -> bool:
    """Do what both engines do: look for the phrase, its last token open or not."""
    *first, last = word.phrase
    for start in range(len(text) - len(first)):
        end = start + len(first)
        tail = text[end]
        if text[start:end] == first and (tail == last or (word.is_open and tail.startswith(last))):
            return True
    return False


class TestIndexTokens:
    def test_pairs_han_and_keeps_the_rest_whole(self) -> None:
        found = tokens.index_tokens("304不锈钢 SL-500 水")

        assert found == ["304", "不锈", "锈钢", "钢", "sl", "500", "水"]

    def test_folds_width_case_and_traditional_characters(self) -> None:
        assert tokens.index_tokens("鋼化ＡＢ") == tokens.index_tokens("钢化ab")

    @given(st.text(max_size=60))
    def test_has_no_character_that_engines_differ_on(self, text: str) -> None:
        for token in tokens.index_tokens(text) + tokens.number_tokens(text):
            assert len(token) <= tokens.MAX_TOKEN
            assert all(
                "0" <= c <= "9" or "a" <= c <= "z" or "\u3400" <= c <= "\u9fa5" for c in token
            )


class TestReadQuery:
    @given(TEXTS, st.integers(0, 30), st.integers(1, 12))
    def test_finds_every_piece_of_a_text(self, text: str, start: int, length: int) -> None:
        folded = tokens.fold(text)
        piece = folded[start : start + length]
        index = tokens.index_tokens(text)

        for word in tokens.read_query(piece):
            # A piece may begin inside a run of letters: only its start is looked for.
            begins_inside = start > 0 and not _is_border(folded, start)
            assert begins_inside or is_found(word, index), (word, index)

    @pytest.mark.parametrize("query", ["", "  ", "!?", "《》", "—"])
    def test_finds_no_word_in_marks(self, query: str) -> None:
        assert tokens.read_query(query) == []

    def test_bounds_a_query(self) -> None:
        assert len(tokens.read_query("水 " * 100)) == tokens.MAX_WORDS
        assert all(len(word.phrase) <= tokens.MAX_QUERY for word in tokens.read_query("水" * 9_999))

    @pytest.mark.proves("R-068")
    def test_finds_the_numbers_of_the_catalogue(self, shared_data: Path) -> None:
        with (shared_data / "queries_known_item.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["query_kind"] == "digits_only"]

        missed = [
            row
            for row in rows
            if not any(
                token.startswith(tokens.read_query(row["query"])[0].phrase[0])
                for token in (
                    *tokens.number_tokens(row["expected_std_no"]),
                    *tokens.index_tokens(row["expected_std_no"]),
                )
            )
        ]

        assert len(rows) > 20
        assert missed == []


class TestSplitPassages:
    @given(st.integers(0, 12_000))
    def test_covers_the_text_and_overlaps(self, length: int) -> None:
        text = "".join(chr(0x4E00 + place % 500) for place in range(length))

        pieces = tokens.split_passages(text)

        assert all(len(piece) <= tokens.PASSAGE_CHARACTERS for piece in pieces)
        rebuilt = "".join(
            piece if place == 0 else piece[tokens.PASSAGE_OVERLAP :]
            for place, piece in enumerate(pieces)
        )
        assert rebuilt == text


class TestReadDocument:
    def entry(self, products: int, extracted: str = "") -> list[tuple[int, int]]:
        product = {"name": "保温杯" * 40, "model": "SL-500"}
        document = {
            "record_number": "Q-1",
            "supersedes": None,
            "indicators": [],
            "kind": "ENTERPRISE",
            "number": {"text": "Q/3333-2014"},
            "title": "杯",
            "text": None,
            "products": [product] * products,
            "enterprise": {
                "name": "厂",
                "credit_code": "91",
                "organization_code": "",
                "region": "33",
            },
            "published_at": "2024-01-01T00:00:00Z",
        }
        entry = read_document(
            declaration_id="d",
            sequence=1,
            text=json.dumps(document),
            sha256="0",
            extracted=extracted,
        )
        return [(tier, len(passage)) for tier, passage in entry.passages]

    def test_puts_many_products_into_several_passages(self) -> None:
        passages = [size for tier, size in self.entry(100) if tier == PRODUCT]

        assert len(passages) > 1
        assert all(size <= 4_000 for size in passages)

    def test_leaves_out_what_has_no_words(self) -> None:
        assert {tier for tier, _ in self.entry(0, "… — …")} == {TITLE, 3}
        assert TEXT in {tier for tier, _ in self.entry(0, "词")}


def _is_border(text: str, place: int) -> bool:
    """Tell whether a run of letters and digits begins here, or Han characters do."""
    before, after = text[place - 1 : place], text[place : place + 1]
    return not (before.isalnum() and after.isalnum() and not _is_han(before) and not _is_han(after))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fa5"
