"""How texts and queries are cut."""

from hypothesis import given
from hypothesis import strategies as st

from services.search.domain import numbers, tokens


class TestIndexTokens:
    def test_pairs_han_and_keeps_the_rest_whole(self) -> None:
        found = tokens.index_tokens("304不锈钢 SL-500 水")

        assert found == ("304", "不锈", "锈钢", "钢", "sl", "500", "水")

    def test_folds_width_case_and_traditional_characters(self) -> None:
        assert tokens.index_tokens("鋼化ＡＢ") == tokens.index_tokens("钢化ab")

    @given(st.text(max_size=60))
    def test_has_no_character_that_engines_differ_on(self, text: str) -> None:
        for token in (*tokens.index_tokens(text), *numbers.piece_tokens(text)):
            assert len(token) <= tokens.MAX_TOKEN
            assert all(
                "0" <= c <= "9" or "a" <= c <= "z" or "\u3400" <= c <= "\u9fa5" for c in token
            )


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
