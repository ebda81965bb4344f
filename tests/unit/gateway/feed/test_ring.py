"""What the feed keeps in memory: without a gap, bounded, and never what may be far behind."""

from typing import Any

import pytest

from gateway.feed.ring import Ring
from tests.fakes.services import public_event


def page(after: int, last: int, newest: int) -> dict[str, Any]:
    items = [public_event(position) for position in range(after + 1, last + 1)]
    return {"items": items, "next_after": last, "newest": newest}


def positions(ring: Ring, after: int, limit: int = 100) -> list[int] | None:
    found = ring.after(after, limit)
    return None if found is None else [event.position for event in found]


@pytest.fixture
def ring() -> Ring:
    ring = Ring(max_events=10)
    ring.offer(5, page(5, 8, 8))
    return ring


class TestRing:
    def test_knows_nothing_at_first(self) -> None:
        assert Ring().after(0, 10) is None

    def test_gives_what_follows_a_position(self, ring: Ring) -> None:
        assert positions(ring, 5) == [6, 7, 8]
        assert positions(ring, 7) == [8]
        assert positions(ring, 5, limit=2) == [6, 7]
        assert positions(ring, 8) == []

    def test_learns_of_the_very_next_event_only(self, ring: Ring) -> None:
        heard = [ring.extend(position, public_event(position)) for position in (10, 8, 9, 9, 10)]

        assert heard == [False, False, True, False, True]
        assert positions(ring, 5) == [6, 7, 8, 9, 10]

    def test_that_knows_nothing_learns_nothing_by_hearsay(self) -> None:
        ring = Ring()

        assert not ring.extend(1, public_event(1))
        assert ring.after(0, 10) is None

    @pytest.mark.parametrize("after", [0, 4, 9, 10**15])
    def test_cannot_tell_what_lies_outside(self, ring: Ring, after: int) -> None:
        assert positions(ring, after) is None

    def test_does_not_begin_with_a_page_that_has_more_behind_it(self) -> None:
        ring = Ring()
        ring.offer(0, page(0, 3, 900))

        assert positions(ring, 0) is None

    def test_goes_on_with_a_page_that_overlaps(self, ring: Ring) -> None:
        ring.offer(6, page(6, 10, 900))

        assert positions(ring, 5) == [6, 7, 8, 9, 10]

    def test_learns_nothing_from_an_old_page(self, ring: Ring) -> None:
        ring.offer(0, page(0, 7, 8))

        assert positions(ring, 5) == [6, 7, 8]

    def test_begins_anew_behind_a_gap(self, ring: Ring) -> None:
        ring.offer(20, page(20, 22, 22))

        assert positions(ring, 8) is None
        assert positions(ring, 20) == [21, 22]

    def test_keeps_no_more_than_it_may(self, ring: Ring) -> None:
        ring.offer(8, page(8, 30, 30))

        assert (ring.start, ring.head) == (20, 30)
        assert positions(ring, 19) is None
        assert positions(ring, 20) == list(range(21, 31))

    def test_keeps_no_more_bytes_than_it_may(self) -> None:
        ring = Ring(max_bytes=2_000)
        ring.offer(0, page(0, 50, 50))

        kept = positions(ring, ring.start or 0) or []
        assert 1 <= len(kept) <= 5
        assert kept[-1] == 50
