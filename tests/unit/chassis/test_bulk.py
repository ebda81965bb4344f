"""The text that COPY reads."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from chassis import bulk

TEXTS = st.text(alphabet=st.sampled_from("a甲\t\n\r\\N "), max_size=8)


def unescape(text: str) -> str | None:
    """Read one value as PostgreSQL does."""
    if text == "\\N":
        return None
    marks = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    characters = iter(text)
    return "".join(marks[next(characters)] if each == "\\" else each for each in characters)


class TestStream:
    @example([("", None, "\\N")], 1)  # a text that reads like the mark of nothing
    @given(st.lists(st.tuples(TEXTS, st.none() | TEXTS, TEXTS), max_size=5), st.integers(1, 9))
    def test_gives_back_what_was_put_in(
        self, rows: list[tuple[str, str | None, str]], size: int
    ) -> None:
        stream, content = bulk.Stream(rows), b""
        while piece := stream.read(size):
            assert len(piece) <= size
            content += piece

        lines = content.decode().split("\n")[:-1]
        assert [tuple(map(unescape, line.split("\t"))) for line in lines] == rows

    def test_other_values(self) -> None:
        moment = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

        content = bulk.Stream([(1, True, False, None, moment, b"\x01\xff")]).read()

        assert content == b"1\tt\tf\t\\N\t2026-03-02T01:30:00+00:00\t\\\\x01ff\n"


class TestTexts:
    def test_are_lines_without_their_end(self) -> None:
        assert bulk.to_text(("甲\t", None, 7)) == "甲\\t\t\\N\t7".encode()
