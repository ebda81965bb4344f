"""The 24 hours of 修改: from the first publication, by the clock of the database and no other."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.clock import SystemClock, VirtualClock
from chassis.errors import StaleError
from chassis.uow import Database
from services.standards import models
from services.standards.domain.kinds import DeclarationState
from tests.integration.standards.conftest import START, Office, new_enterprise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import PostgresServer

DAY = timedelta(hours=24)
TENTH = timedelta(seconds=0.1)
# In real seconds around the edge: five at a time, the first well before it, the last well after.
BURSTS = (-1.5, -0.03, 0.0, 0.5)


class SkewedClock(VirtualClock):
    """Be the clock of a service whose machine is wrong by ``skew``; the database's is right."""

    def __init__(self, start: datetime, skew: timedelta) -> None:
        super().__init__(start)
        self._skew = skew

    @property
    def offset(self) -> timedelta:
        """Return what moves the database's clock: nothing of the skew."""
        return super().now() - datetime.now(UTC)

    def now(self) -> datetime:
        """Return the moment that this machine believes in."""
        return super().now() + self._skew


class MovedClock(SystemClock):
    """Run on like the machine's clock, but from another moment."""

    def move(self, moment: datetime) -> None:
        """Let it be that moment now."""
        self._offset += moment - self.now()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def go_to(clock: VirtualClock, published: dict[str, Any], after: timedelta) -> None:
    """Let it be so long after the publication, as the database told its time."""
    clock.jump(moment(published["published_at"]) + after - VirtualClock.now(clock))


def changes(office: Office, published: dict[str, Any]) -> list[str]:
    with office.database.read() as session:
        return list(
            session.scalars(
                sa.select(models.Version.change)
                .where(models.Version.declaration_id == published["declaration_id"])
                .order_by(models.Version.number)
            )
        )


def actions(office: Office) -> list[str]:
    (row,) = office.table()["items"]
    return list(row["allowed_actions"])


@pytest.mark.proves("C4", "R-163", "R-167")
class TestTheLastMoment:
    def test_is_still_within(self, office: Office, clock: VirtualClock) -> None:
        """手册 5.4.3: 发布 24 小时内都允许修改."""
        first = office.publish_new()
        go_to(clock, first, DAY - TENTH)

        assert "CORRECT" in actions(office)
        second = office.correct(first, title="焖烧罐")

        assert second["published_at"] == first["published_at"]
        assert changes(office, first) == ["PUBLISHED", "CORRECTED"]

    def test_is_over_a_moment_later(self, office: Office, clock: VirtualClock) -> None:
        first = office.publish_new()
        go_to(clock, first, DAY + TENTH)

        assert "CORRECT" not in actions(office)
        with pytest.raises(models.CorrectionOverError):
            office.correct(first, title="焖烧罐")

        assert changes(office, first) == ["PUBLISHED"]

    @pytest.mark.parametrize("hours", [1, 23])
    def test_is_not_put_off_by_a_correction(
        self, office: Office, clock: VirtualClock, hours: int
    ) -> None:
        first = office.publish_new()
        go_to(clock, first, timedelta(hours=hours))
        second = office.correct(first, title="焖烧罐")
        go_to(clock, first, DAY - TENTH)
        third = office.correct(second, title="保温壶")
        go_to(clock, first, DAY + TENTH)

        with pytest.raises(models.CorrectionOverError):
            office.correct(third, title="保温杯")

        assert second["correctable_until"] == third["correctable_until"]
        assert changes(office, first) == ["PUBLISHED", "CORRECTED", "CORRECTED"]
        assert office.show(first["declaration_id"])["title"] == "保温壶"

    def test_is_not_put_off_by_more_products(self, office: Office, clock: VirtualClock) -> None:
        first = office.publish_new()
        go_to(clock, first, timedelta(hours=23))
        second = office.add_products(first)
        go_to(clock, first, DAY + TENTH)

        with pytest.raises(models.CorrectionOverError):
            office.correct(second)

    def test_counts_when_its_turn_comes(self, office: Office, clock: VirtualClock) -> None:
        """Who waits for another change is judged by the time after the wait."""
        first = office.publish_new()
        go_to(clock, first, DAY - TENTH)

        def correct() -> str:
            try:
                office.correct(first, title="焖烧罐")
            except models.CorrectionOverError:
                return "over"
            return "corrected"

        with ThreadPoolExecutor(1) as pool:
            with office.database.transaction() as tx:
                tx.session.execute(sa.select(models.Declaration.id).with_for_update())
                waiting = pool.submit(correct)
                time.sleep(0.2)
                go_to(clock, first, DAY + TENTH)

            assert waiting.result(timeout=30) == "over"
        assert changes(office, first) == ["PUBLISHED"]


@pytest.mark.backends
@pytest.mark.proves("C4", "R-163", "R-167")
class TestTheDatabasesClock:
    @pytest.fixture
    def offices(self, postgres_server: "PostgresServer") -> "Iterator[Callable[[int], Office]]":
        """Return a function that gives the same clerk at a machine wrong by so many minutes."""
        url = postgres_server.new_database("standards")
        opened: list[Database] = []
        enterprise = None

        def at(minutes: int) -> Office:
            nonlocal enterprise
            clock = SkewedClock(START, timedelta(minutes=minutes))
            database = Database(url, service="standards", clock=clock)
            opened.append(database)
            office = Office(database, enterprise or new_enterprise())
            enterprise = office.enterprise
            return office

        yield at
        for database in opened:
            database.close()

    @pytest.mark.parametrize("minutes", [-10, 0, 10])
    def test_says_when_something_was_published(
        self, offices: "Callable[[int], Office]", minutes: int
    ) -> None:
        view = offices(minutes).publish_new()

        assert abs(moment(view["published_at"]) - START) < timedelta(seconds=30)

    @pytest.mark.parametrize("published_by", [-10, 10])
    @pytest.mark.parametrize("corrected_by", [-10, 0, 10])
    def test_alone_decides(
        self, offices: "Callable[[int], Office]", published_by: int, corrected_by: int
    ) -> None:
        first = offices(published_by).publish_new()
        office = offices(corrected_by)
        clock = office.database.clock
        assert isinstance(clock, SkewedClock)

        go_to(clock, first, DAY - TENTH)
        second = office.correct(first, title="焖烧罐")
        go_to(clock, first, DAY + TENTH)
        with pytest.raises(models.CorrectionOverError):
            office.correct(second, title="保温杯")

        assert changes(office, first) == ["PUBLISHED", "CORRECTED"]

    @pytest.mark.parametrize("minutes", [-10, 10])
    def test_decides_on_everything_else_that_ends(
        self, offices: "Callable[[int], Office]", minutes: int
    ) -> None:
        """A question asked by one machine is answered at another."""
        first = offices(0).publish_new()
        token = offices(0).ask_withdrawal(first)

        gone = offices(minutes).withdraw(first, confirmation_token=token)

        assert gone["state"] == DeclarationState.WITHDRAWN


@pytest.mark.proves("C4", "R-163", "R-167")
class TestARaceToTheEdge:
    @pytest.fixture
    def clock(self) -> MovedClock:
        """Return a clock that runs: whoever comes later is later."""
        return MovedClock()

    def test_is_won_before_it_or_lost(self, office: Office, clock: MovedClock) -> None:
        first = office.publish_new()
        edge = moment(first["published_at"]) + DAY
        clock.move(edge - timedelta(minutes=10))
        early = office.correct(first, title="保温杯")
        edge_at = time.monotonic() + 2
        clock.move(edge - timedelta(seconds=2))

        def correct(number: int) -> dict[str, Any] | None:
            time.sleep(max(0.0, edge_at + BURSTS[number // 5] - time.monotonic()))
            while True:
                try:
                    newest = office.show(first["declaration_id"])
                    return office.correct(newest, title=f"保温杯 {number}")
                except StaleError:
                    continue
                except models.CorrectionOverError:
                    return None

        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(correct, range(20)))

        # How many come in time is the machine's affair.
        done = [early, *(answer for answer in answers if answer is not None)]
        assert all(moment(answer["corrected_at"]) < edge for answer in done)
        assert not any(answers[15:])
        assert changes(office, first) == ["PUBLISHED", *["CORRECTED" for _ in done]]
        now = office.show(first["declaration_id"])
        assert now["published_at"] == first["published_at"]
        last = max(done, key=lambda answer: str(answer["corrected_at"]))
        assert (now["title"], now["corrected_at"]) == (last["title"], last["corrected_at"])
        assert len({answer["published_version"] for answer in done}) == len(done)
