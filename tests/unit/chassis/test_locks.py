"""The fair semaphore serves in turn and loses no slot."""

import threading
from typing import Any

import eventlet
import pytest
from eventlet import patcher

from chassis.locks import FairSemaphore


class TestFairSemaphore:
    def test_gives_out_no_more_than_it_has(self) -> None:
        semaphore = FairSemaphore(2)

        taken = [semaphore.acquire(0) for _ in range(3)]
        semaphore.release()

        assert taken == [True, True, False]
        assert semaphore.free == 1
        assert semaphore.acquire(0)

    def test_serves_in_the_order_of_asking(self) -> None:
        semaphore = FairSemaphore()
        semaphore.acquire()
        served: list[int] = []

        def use(number: int) -> None:
            with semaphore.hold():
                served.append(number)
                eventlet.sleep(0)

        threads = [eventlet.spawn(use, number) for number in range(5)]
        eventlet.sleep(0)
        semaphore.release()
        for thread in threads:
            thread.wait()

        assert served == [0, 1, 2, 3, 4]
        assert semaphore.free == 1

    def test_lets_no_newcomer_in_before_those_who_wait(self) -> None:
        semaphore = FairSemaphore()
        semaphore.acquire()
        waiter = eventlet.spawn(semaphore.acquire)
        eventlet.sleep(0)

        semaphore.release()
        newcomer = semaphore.acquire(0)

        assert waiter.wait()
        assert not newcomer

    def test_gives_up_after_a_while(self) -> None:
        semaphore = FairSemaphore()
        semaphore.acquire()

        with semaphore.hold(0.01) as is_mine:
            assert not is_mine

        semaphore.release()
        assert (semaphore.free, semaphore.waiting) == (1, 0)

    @pytest.mark.parametrize("released_first", [True, False])
    def test_loses_nothing_when_a_waiter_is_killed(self, *, released_first: bool) -> None:
        semaphore = FairSemaphore()
        semaphore.acquire()
        victim = eventlet.spawn(semaphore.acquire)
        heir = eventlet.spawn(semaphore.acquire)
        eventlet.sleep(0)

        if released_first:
            # The slot is the victim's already, but it has not run since.
            semaphore.release()
            victim.kill()
        else:
            victim.kill()
            semaphore.release()

        assert heir.wait()
        semaphore.release()
        assert (semaphore.free, semaphore.waiting) == (1, 0)

    def test_loses_nothing_when_a_waiter_runs_out_of_time(self) -> None:
        semaphore = FairSemaphore()
        semaphore.acquire()

        for _ in range(20):
            with pytest.raises(eventlet.Timeout), eventlet.Timeout(0.001):
                semaphore.acquire()

        semaphore.release()
        assert (semaphore.free, semaphore.waiting) == (1, 0)

    def test_needs_a_slot(self) -> None:
        with pytest.raises(ValueError, match="slot"):
            FairSemaphore(0)

    def test_works_for_native_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        native: Any = patcher.original("threading")
        monkeypatch.setattr(threading, "Event", native.Event)
        monkeypatch.setattr(threading, "Lock", native.Lock)
        semaphore = FairSemaphore(2)
        inside, most = [0], [0]
        guard = native.Lock()

        def use() -> None:
            for _ in range(200):
                with semaphore.hold():
                    with guard:
                        inside[0] += 1
                        most[0] = max(most[0], inside[0])
                    with guard:
                        inside[0] -= 1

        threads = [native.Thread(target=use) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert most[0] <= 2
        assert semaphore.free == 2
