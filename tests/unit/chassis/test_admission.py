"""Calls wait in line, and nobody waits for ever."""

import eventlet
import pytest

from chassis.admission import Admission


class Recorder:
    """Note what became of each call."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self.started: list[int] = []
        self.refused: list[int] = []

    def enter(self, number: int, patience: float = 1.0) -> None:
        self._admission.enter(
            lambda: self.started.append(number), lambda: self.refused.append(number), patience
        )


@pytest.fixture
def admission() -> Admission:
    return Admission(2, places=3)


@pytest.fixture
def calls(admission: Admission) -> Recorder:
    return Recorder(admission)


class TestAdmission:
    def test_free_slots_are_taken_at_once(self, calls: Recorder, admission: Admission) -> None:
        calls.enter(1)
        calls.enter(2)

        assert calls.started == [1, 2]
        assert admission.running == 2

    def test_others_wait_and_start_in_order(self, calls: Recorder, admission: Admission) -> None:
        for number in range(5):
            calls.enter(number)

        admission.leave()
        admission.leave()

        assert calls.started == [0, 1, 2, 3]
        assert admission.waiting == 1

    def test_a_newcomer_does_not_overtake(self, calls: Recorder, admission: Admission) -> None:
        for number in range(3):
            calls.enter(number)
        admission.leave()

        calls.enter(3)

        assert calls.started == [0, 1, 2]

    def test_patience_ends(self, calls: Recorder, admission: Admission) -> None:
        calls.enter(1)
        calls.enter(2)
        calls.enter(3, patience=0.02)

        eventlet.sleep(0.05)
        admission.leave()

        assert calls.refused == [3]
        assert calls.started == [1, 2]
        assert admission.waiting == 0

    def test_without_patience_nobody_waits(self, calls: Recorder) -> None:
        for number in range(3):
            calls.enter(number, patience=0)

        assert calls.refused == [2]

    def test_when_all_places_are_taken_the_next_is_refused(self, calls: Recorder) -> None:
        for number in range(6):
            calls.enter(number)

        assert calls.refused == [5]

    def test_a_slot_given_back_is_free(self, calls: Recorder, admission: Admission) -> None:
        calls.enter(1)

        admission.leave()

        assert admission.running == 0
