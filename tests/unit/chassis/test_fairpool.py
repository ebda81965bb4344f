"""Connections for those who have waited longest."""

from typing import Any

import eventlet
import pytest
from sqlalchemy import exc

from chassis.fairpool import FairPool


class FakeConnection:
    """Do nothing, as a connection of a driver."""

    def rollback(self) -> None:
        """Roll nothing back."""

    def close(self) -> None:
        """Close nothing."""


def new_pool(size: int = 1, *, overflow: int = 0, creator: Any = FakeConnection) -> FairPool:
    return FairPool(creator, pool_size=size, max_overflow=overflow, timeout=0.5)


class TestFairPool:
    def test_serves_in_the_order_of_arrival(self) -> None:
        """Whoever does one thing after another waits behind those who came meanwhile."""
        pool, order = new_pool(), []

        def work(name: str, times: int) -> None:
            for _ in range(times):
                connection = pool.connect()
                order.append(name)
                eventlet.sleep(0.001)
                connection.close()

        threads = [eventlet.spawn(work, name, 3) for name in "abc"]
        for thread in threads:
            thread.wait()

        assert "".join(order) == "abcabcabc"

    def test_gives_up_in_time_and_stays_whole(self) -> None:
        pool = new_pool()
        connection = pool.connect()

        with pytest.raises(exc.TimeoutError):
            pool.connect()
        connection.close()

        pool.connect().close()
        assert pool.checkedout() == 0

    def test_one_who_is_interrupted_takes_no_place(self) -> None:
        pool = new_pool()
        connection = pool.connect()
        impatient = eventlet.spawn(pool.connect)
        eventlet.sleep(0)
        impatient.kill()
        connection.close()

        pool.connect().close()

    def test_failed_connects_take_no_place(self) -> None:
        def refuse() -> None:
            raise OSError

        pool = new_pool(creator=refuse)
        for _ in range(3):
            with pytest.raises(OSError):  # noqa: PT011 - it has no text
                pool.connect()

    @pytest.mark.parametrize("end", ["close", "detach", "invalidate"])
    def test_however_a_connection_ends_its_place_is_free(self, end: str) -> None:
        pool = new_pool(overflow=1)
        for _ in range(5):
            connection = pool.connect()
            getattr(connection, end)()
            connection.close()

        together = [pool.connect(), pool.connect()]

        assert pool.checkedout() == 2
        for connection in together:
            connection.close()

    def test_is_recreated_whole(self) -> None:
        pool = new_pool(2).recreate()

        together = [pool.connect(), pool.connect()]

        assert isinstance(pool, FairPool)
        with pytest.raises(exc.TimeoutError):
            pool.connect()
        for connection in together:
            connection.close()
