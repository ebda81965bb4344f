"""A PDF is one whole PDF from the first byte to the last."""

import pytest

from chassis.job_child import JobRefusedError
from services.standards.adapters.pdf_bytes import check_envelope
from tests.factories import pdfs

WHOLE = pdfs.minimal_pdf()


def reason(data: bytes) -> str | None:
    try:
        check_envelope(data)
    except JobRefusedError as refusal:
        return refusal.code
    return None


@pytest.mark.proves("F11")
class TestCheckEnvelope:
    @pytest.mark.parametrize(
        "data",
        [
            WHOLE,
            b"\xef\xbb\xbf" + WHOLE,
            b"\r\n" + WHOLE,
            WHOLE + b"\r\n\0\0 ",
            WHOLE + bytes(5_000),
            WHOLE.rstrip().removesuffix(b"%%EOF"),
            WHOLE.rstrip().removesuffix(b"F"),
            WHOLE + WHOLE.partition(b"\n")[2],
        ],
        ids=["plain", "bom", "blank", "blanks", "zeros", "no-mark", "cut-mark", "updated"],
    )
    def test_lets_pass(self, data: bytes) -> None:
        assert reason(data) is None

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b"%PDF", "not_pdf"),
            (b"PK\3\4" + bytes(3_000), "not_pdf"),
            (bytes(2_000) + WHOLE, "not_pdf"),
            (b"<html>" + WHOLE, "polyglot_header"),
            (b"x" + WHOLE, "polyglot_header"),
            (WHOLE + b"<script>", "trailing_data"),
            (WHOLE + b"PK\3\4", "trailing_data"),
            (WHOLE[: len(WHOLE) // 2], "truncated"),
            (WHOLE[:-30], "truncated"),
            (WHOLE + b"12 0 obj << /A", "truncated"),
            (pdfs.zip_polyglot(), "polyglot_archive"),
            (pdfs.zip_polyglot_inside(), "polyglot_archive"),
            (pdfs.table_loop(), "damaged"),
        ],
    )
    def test_refuses(self, data: bytes, code: str) -> None:
        assert reason(data) == code

    def test_a_web_file_that_breaks_off_is_truncated(self) -> None:
        head = b"%PDF-1.5\n1 0 obj << /Linearized 1 /L 90000 >> endobj\nstartxref\n0\n%%EOF\n"

        assert reason(head + b"junk" * 50) == "truncated"

    def test_every_cut_is_noticed(self) -> None:
        """However short the missing end, up to the last table."""
        last = WHOLE.rindex(b"startxref")

        assert {reason(WHOLE[:end]) for end in range(100, last + 9)} == {"truncated"}
