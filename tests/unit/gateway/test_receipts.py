"""公开凭证: equal input is equal bytes, and what an enterprise typed is never markup."""

import base64
import io

import pytest
from pypdf import PdfReader

from gateway import receipts
from gateway.errors import ReceiptTooSoonError
from gateway.receipt_child import run
from gateway.receipts import Receipts, receipt_data
from tests.fakes.services import RECORD_NUMBER, public_declaration

ADDRESS = f"https://qb.example.cn/s/{RECORD_NUMBER}"
LONGEST_PATH = 22  # of a log with four million entries


def proof(path: int = 1) -> dict[str, object]:
    head = {
        "form": "head/1", "number": 1, "size": 9, "root": "ef" * 32, "key_id": "k1",
        "signed_at": "2026-11-23T04:00:01Z", "signature": "A" * 86 + "==",
    }  # fmt: skip
    return {
        "record_number": RECORD_NUMBER,
        "version": 1,
        "document": "{}",
        "inclusion": {
            "leaf_index": 3,
            "leaf_hash": "ab" * 32,
            "tree_size": 9,
            "path": ["cd" * 32] * path,
            "head": head,
        },
    }


def sheet(title: str = "不锈钢真空保温杯", path: int = 1) -> PdfReader:
    found = public_declaration(RECORD_NUMBER, title)
    made = run(receipt_data(found, proof(path), ADDRESS))
    return PdfReader(io.BytesIO(base64.b64decode(made["pdf_base64"])))


class TestReceipt:
    def test_is_the_same_bytes_for_the_same_input(self) -> None:
        found = public_declaration(RECORD_NUMBER, "不锈钢真空保温杯")
        maker = Receipts()

        made = [maker.make(found, proof(), address=ADDRESS) for _ in range(2)]
        other = maker.make(found, proof(2), address=ADDRESS)

        assert made[0].startswith(b"%PDF-")
        assert made[0] == made[1] != other

    def test_is_one_sheet_even_of_the_largest_log(self) -> None:
        assert len(sheet(path=LONGEST_PATH).pages) == 1

    def test_takes_what_was_typed_for_text(self) -> None:
        typed = '#panic("x") *粗* $a$ <b> @ref \\ // 《刘喆》'

        text = sheet(typed).pages[0].extract_text()

        assert "".join(typed.split()) in "".join(text.split())

    def test_brings_its_own_fonts(self) -> None:
        fonts = {
            str(font.get_object()["/BaseFont"]).split("+")[1].removesuffix("-Identity-H")
            for font in sheet().pages[0]["/Resources"]["/Font"].values()  # type: ignore[index]
        }

        assert fonts == {"NotoSansCJKtc-Regular", "DejaVuSansMono"}

    def test_waits_for_the_log(self) -> None:
        found = public_declaration(RECORD_NUMBER, "不锈钢真空保温杯")

        with pytest.raises(ReceiptTooSoonError):
            receipts.Receipts().make(found, {"inclusion": None}, address=ADDRESS)
