"""Documents are stored packed and come back as they were."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.domain import packing

EXAMPLE = (
    Path(__file__).resolve().parents[4]
    / "contracts/examples/standards/declaration.published.v1.full.json"
)


class TestPack:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_gives_back_what_was_put_in(self, text: str) -> None:
        assert packing.unpack(packing.pack(text)) == text

    def test_makes_a_document_small(self) -> None:
        text = json.dumps(json.loads(EXAMPLE.read_text(encoding="utf-8")), ensure_ascii=False)

        assert len(packing.pack(text)) < len(text.encode()) / 2

    def test_opens_what_was_stored_before(self) -> None:
        # Of a rebuilt index too: another dictionary would have to have another name.
        stored = bytes.fromhex("783ffc3d3fbc03962950f127fbe73edbb1f2d9dcf5a80a00ff210e77")

        assert packing.unpack(stored) == '{"title":"保温杯","version":1}'

    def test_refuses_what_is_damaged(self) -> None:
        stored = bytearray(packing.pack("保温杯" * 9))
        stored[-1] ^= 1

        with pytest.raises(Exception, match="incorrect data check"):
            packing.unpack(bytes(stored))
