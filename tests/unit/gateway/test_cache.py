"""The cache for outages: an hour, and no more memory than allowed."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.cache import OutageCache


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


class TestOutageCache:
    @pytest.mark.proves("B6")
    def test_keeps_an_answer_for_an_hour(self) -> None:
        clock = Clock()
        cache = OutageCache(clock)
        cache.keep("/", {"a": 1})

        clock.moment += timedelta(minutes=60)
        kept = cache.find("/")
        clock.moment += timedelta(seconds=1)

        assert kept is not None
        assert kept.answer == {"a": 1}
        assert cache.find("/") is None

    def test_drops_the_oldest_when_full(self) -> None:
        cache = OutageCache(Clock(), max_entries=2)

        for key in "abc":
            cache.keep(key, key)

        assert [cache.find(key) is not None for key in "abc"] == [False, True, True]

    def test_counts_bytes(self) -> None:
        cache = OutageCache(Clock(), max_bytes=100_000)

        cache.keep("huge", {"x": "y" * 50_000})
        for number in range(40):
            cache.keep(str(number), {"x": ["y" * 5_000]})

        kept = [number for number in range(40) if cache.find(str(number))]
        assert cache.find("huge") is None
        assert kept == list(range(40))[-len(kept) :]
        assert 10 < len(kept) < 20
