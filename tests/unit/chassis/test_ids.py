"""Identifiers are unique, sortable and well formed."""

import time
import uuid

import pytest

from chassis import ids

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class TestNewId:
    def test_is_a_uuid_of_version_7_with_the_time_in_front(self) -> None:
        before = time.time_ns() // 1_000_000

        value = uuid.UUID(ids.new_id())

        assert (value.version, value.variant) == (7, uuid.RFC_4122)
        assert before <= value.int >> 80 <= time.time_ns() // 1_000_000

    def test_is_never_the_same(self) -> None:
        made = {ids.new_id() for _ in range(10_000)}

        assert len(made) == 10_000


class TestIsId:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (ids.new_id(), True),
            ("0199C2F4-0000-7000-8000-000000000001", False),
            ("0199c2f4000070008000000000000001", False),
            ("1; DROP TABLE", False),
            ("", False),
            (None, False),
            (7, False),
        ],
    )
    def test_takes_only_the_usual_form(self, text: str, *, expected: bool) -> None:
        assert ids.is_id(text) is expected


class TestTrace:
    def test_goes_on_with_a_new_span(self) -> None:
        trace_id, traceparent = ids.continue_trace(PARENT)

        assert trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert ids.trace_id_of(traceparent) == trace_id
        assert traceparent != PARENT

    @pytest.mark.parametrize(
        "traceparent",
        [
            None,
            "",
            "garbage",
            PARENT + "-more",
            PARENT.replace("00-", "ff-", 1),
            PARENT.upper(),
            f"00-{'0' * 32}-b7ad6b7169203331-01",
            f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        ],
    )
    def test_begins_anew_without_a_valid_one(self, traceparent: str | None) -> None:
        trace_id, continued = ids.continue_trace(traceparent)

        assert ids.trace_id_of(traceparent) is None
        assert ids.trace_id_of(continued) == trace_id
