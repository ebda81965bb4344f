"""Complaints: numbers, codes, words, and which step follows which."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from services.standards.domain import complaints
from services.standards.domain.complaints import ComplaintAction, ComplaintState


class TestNumber:
    def test_carries_the_day_in_beijing_and_the_count(self) -> None:
        evening = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)

        assert complaints.day_of(evening) == "20261128"
        assert complaints.date_of(evening) == "2026-11-28"
        assert complaints.compose_number("20261128", 7) == "TS-20261128-000007"

    @pytest.mark.parametrize(
        "typed", ["TS-20261128-000007", " ts-20261128-000007 ", "ＴＳ-20261128-000007"]
    )
    def test_is_read_however_it_was_typed(self, typed: str) -> None:
        assert complaints.fold_number(typed) == "TS-20261128-000007"

    @pytest.mark.parametrize("typed", ["", "TS-2026-1", "TS-20261128-000007'", "Q-20261128-000007"])
    def test_is_not_made_of_anything_else(self, typed: str) -> None:
        assert complaints.fold_number(typed) is None


class TestCode:
    def test_is_long_random_and_easy_to_read(self) -> None:
        codes = {complaints.new_code() for _ in range(500)}

        assert len(codes) == 500
        letters = set("".join(codes)) - {"-"}
        assert letters == set(complaints.CODE_ALPHABET)
        assert not letters & set("01ILOUV")
        assert {len(complaints.fold_code(code)) for code in codes} == {12}

    @pytest.mark.parametrize("typed", ["7KQM-2XHD-9PWA", "7kqm2xhd9pwa", " 7KQM 2XHD-9PWA "])
    def test_is_read_however_it_was_typed(self, typed: str) -> None:
        assert complaints.fold_code(typed) == "7KQM2XHD9PWA"


class TestWords:
    def test_keep_their_lines_and_lose_what_is_unseen(self) -> None:
        assert complaints.clean_story("  一\r\n二\u202e\u200b三\x00\r四 ") == "一\n二三\n四"

    @pytest.mark.parametrize("typed", ["13912345678", "+86 139 1234 5678", "１３９-1234-5678"])
    def test_a_mobile_is_read_however_it_was_typed(self, typed: str) -> None:
        assert complaints.to_mobile(typed) == "13912345678"

    @pytest.mark.parametrize("typed", ["1391234567", "010-12345678", "电话", "23912345678"])
    def test_nothing_else_is_a_mobile(self, typed: str) -> None:
        assert complaints.to_mobile(typed) is None

    @pytest.mark.parametrize("text", ["感谢 张 三 的投诉", "致电139 1234 5678", "１３９12345678"])
    def test_that_name_the_reporter_are_found(self, text: str) -> None:
        assert complaints.identifies(text, name="张三", phone="13912345678")

    def test_that_do_not_are_let_through(self) -> None:
        assert not complaints.identifies("经核查属实", name="张三", phone="13912345678")
        assert not complaints.identifies("经核查属实", name="", phone="")


class TestSteps:
    def test_lead_from_received_to_the_end(self) -> None:
        way = [ComplaintState.RECEIVED, ComplaintState.ACCEPTED, ComplaintState.RESOLVED]
        steps = [ComplaintAction.ACCEPT, ComplaintAction.RESOLVE]

        for (before, after), action in zip(pairwise(way), steps, strict=True):
            assert complaints.next_state(before, action) is after

    @pytest.mark.parametrize("state", [ComplaintState.REFUSED, ComplaintState.RESOLVED])
    def test_end_there(self, state: ComplaintState) -> None:
        assert complaints.allowed_actions(state) == [ComplaintAction.NOTE]

    def test_cannot_be_left_out_or_taken_back(self) -> None:
        assert complaints.next_state(ComplaintState.RECEIVED, ComplaintAction.RESOLVE) is None
        assert complaints.next_state(ComplaintState.ACCEPTED, ComplaintAction.REFUSE) is None
        assert complaints.next_state(ComplaintState.ACCEPTED, ComplaintAction.ACCEPT) is None
