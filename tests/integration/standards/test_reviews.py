"""The question of every two years: asked, asked again, answered (手册 FAQ 36)."""

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis import tables
from services.standards import queries
from services.standards.domain.kinds import StandardKind
from services.standards.domain.reviews import DEFAULT_REVIEW_RULES
from services.standards.domain.rules import LifeRules
from services.standards.models import NotPublishedError, ReviewNotDueError, WithdrawnError
from services.standards.queries import reviews
from services.standards.usecases import reviewing

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

RULES = DEFAULT_REVIEW_RULES
DAY = timedelta(days=1)
YEARS = RULES.interval
SLACK = timedelta(minutes=5)


def number(body: str) -> dict[str, str]:
    return {"body": body, "year": "2014"}


def ask(database: "Database") -> int:
    """Run the job until there is nobody left; return how many enterprises were asked."""
    count = 0
    while True:
        with database.transaction() as tx:
            if not reviewing.ask_next(tx=tx, rules=RULES):
                return count
        count += 1


def answer(office: "Office", published: dict[str, Any]) -> dict[str, Any]:
    with office.database.transaction() as tx:
        return reviewing.answer_review(
            tx=tx,
            enterprise_id=office.enterprise_id,
            rules=RULES,
            declaration_id=published["declaration_id"],
        )


def sent(database: "Database", name: str) -> list[dict[str, Any]]:
    """Return the data of events or commands of one name, oldest first."""
    with database.read() as session:
        rows = session.execute(
            sa.select(tables.outbox.c.name, tables.outbox.c.body).order_by(tables.outbox.c.id)
        )
        return [json.loads(body) for found, body in rows if found == name]


def due(office: "Office", **changes: Any) -> dict[str, Any]:
    with office.database.read() as session:
        facts = {"page": 1, "page_size": 15, "life": office.life, **changes}
        return reviews.list_due(
            session,
            enterprise_id=office.enterprise_id,
            now=office.database.clock.now(),
            rules=RULES,
            **facts,
        )


def public(database: "Database", published: dict[str, Any]) -> dict[str, Any]:
    with database.read() as session:
        return queries.find_public(session, record_number=published["record_number"])


def kinds(database: "Database", published: dict[str, Any]) -> list[str]:
    return [mark["kind"] for mark in public(database, published)["marks"]]


class TestAsking:
    @pytest.mark.proves("R-205", "R-209")
    def test_asks_after_two_years_by_message_and_sms(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 FAQ 36: 会有 2 年时间提醒."""
        first = office.publish_new()
        clock.advance(YEARS - SLACK)
        early = ask(database), due(office)["total"]

        clock.advance(2 * SLACK)
        count = ask(database)

        assert early == (0, 0)
        assert count == 1
        (message,) = sent(database, "post_message.v1")
        assert message["data"]["recipient"] == f"enterprise:{office.enterprise_id}"
        assert message["data"]["template"] == "REVIEW_DUE"
        assert message["data"]["values"] == {
            "number": "Q/3333-2014",
            "title": "不锈钢保温杯",
            "count": "1",
        }
        (text,) = sent(database, "text_owners.v1")
        assert text["data"]["enterprise_id"] == office.enterprise_id
        assert text["data"]["values"] == {"count": "1"}
        (row,) = due(office)["items"]
        assert (row["record_number"], row["times_asked"]) == (first["record_number"], 1)
        assert row["answers"] == ["CONTINUE", "WITHDRAW"]
        assert kinds(database, first) == []

    def test_asks_everybody_once_for_all_that_is_due(
        self,
        office: "Office",
        other_office: "Office",
        database: "Database",
        clock: "VirtualClock",
    ) -> None:
        for body in ("1", "2", "3"):
            office.publish_new(number=number(body))
        other_office.publish_new()
        clock.advance(timedelta(hours=1))
        office.publish_new(number=number("4"))
        clock.advance(YEARS - timedelta(minutes=30))

        counts = [ask(database)]
        clock.advance(timedelta(hours=1))
        counts.append(ask(database))
        clock.advance(DAY)
        counts.append(ask(database))

        assert counts == [2, 0, 1]
        told = Counter(
            (text["data"]["enterprise_id"], text["data"]["values"]["count"])
            for text in sent(database, "text_owners.v1")
        )
        assert told == {
            (office.enterprise_id, "3"): 1,
            (office.enterprise_id, "1"): 1,
            (other_office.enterprise_id, "1"): 1,
        }

    @pytest.mark.proves("R-206")
    def test_repeats_until_answered_and_then_tells_the_public(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        clock.advance(YEARS + SLACK)
        asked, shown = [], []

        for _ in range(6):
            asked.append(ask(database))
            shown.append(kinds(database, first))
            clock.advance(RULES.pause + SLACK)

        assert asked == [1] * 6
        assert shown == [[]] * 3 + [["REVIEW_UNANSWERED"]] * 3
        (event,) = sent(database, "declaration.marked.v1")
        (mark,) = event["data"]["marks"]
        assert mark["kind"] == "REVIEW_UNANSWERED"
        assert event["sequence"] == 2
        (row,) = due(office)["items"]
        assert row["is_overdue"] is True
        assert row["times_asked"] == 6
        assert mark["detail"] == {"due_at": row["due_at"]}

    def test_does_not_ask_about_what_was_withdrawn(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.5.2."""
        office.withdraw(office.publish_new())
        clock.advance(YEARS + SLACK)

        assert ask(database) == 0
        assert due(office)["total"] == 0

    def test_is_not_moved_by_corrections_and_products(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        clock.advance(timedelta(hours=23))
        corrected = office.correct(first, title="不锈钢真空杯")
        office.add_products(corrected)
        clock.advance(YEARS - timedelta(hours=23) + SLACK)

        assert ask(database) == 1


class TestAnswering:
    @pytest.mark.proves("R-205", "R-206")
    def test_continues_for_two_more_years_in_public(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 FAQ 36: 是否继续使用标准."""
        first = office.publish_new()
        clock.advance(YEARS + SLACK)
        ask(database)

        answered = answer(office, first)

        (mark,) = public(database, first)["marks"]
        assert mark == {
            "kind": "IN_USE_CONFIRMED",
            "since": answered["confirmed_at"],
            "detail": {"confirmed": [answered["confirmed_at"]]},
        }
        assert answered["answer"] == "CONTINUE"
        assert due(office)["total"] == 0
        clock.advance(YEARS - SLACK)
        assert ask(database) == 0
        clock.advance(2 * SLACK)
        assert ask(database) == 1
        again = answer(office, first)
        (mark,) = public(database, first)["marks"]
        assert mark["detail"]["confirmed"] == [answered["confirmed_at"], again["confirmed_at"]]
        events = sent(database, "declaration.marked.v1")
        assert [event["sequence"] for event in events] == [2, 3]

    def test_takes_the_reproach_away(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        clock.advance(YEARS + SLACK)
        for _ in range(4):
            ask(database)
            clock.advance(RULES.pause + SLACK)
        before = kinds(database, first)

        answer(office, first)

        assert before == ["REVIEW_UNANSWERED"]
        assert kinds(database, first) == ["IN_USE_CONFIRMED"]
        assert len(sent(database, "declaration.marked.v1")) == 2

    def test_withdrawing_is_the_other_answer(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        """手册 5.5, FAQ 36: 继续使用还是废止."""
        first = office.publish_new()
        clock.advance(YEARS + SLACK)
        for _ in range(4):
            ask(database)
            clock.advance(RULES.pause + SLACK)

        office.withdraw(first)

        assert public(database, first)["state"] == "WITHDRAWN"
        assert kinds(database, first) == []
        assert ask(database) == 0
        names = [event["sequence"] for event in sent(database, "declaration.marked.v1")]
        assert names == [2, 4]
        with pytest.raises(WithdrawnError):
            answer(office, first)

    @pytest.mark.proves("R-205")
    def test_offers_only_to_continue_where_nothing_is_withdrawn(
        self, office: "Office", clock: "VirtualClock"
    ) -> None:
        """手册 5.5.2: R-178."""
        office.publish_new()
        clock.advance(YEARS + SLACK)

        (row,) = due(office, life=LifeRules(frozenset({StandardKind.GROUP})))["items"]

        assert row["answers"] == ["CONTINUE"]

    def test_refuses_before_anybody_asks(
        self, office: "Office", database: "Database", clock: "VirtualClock"
    ) -> None:
        first, draft = office.publish_new(), office.save(number=number("5"))
        clock.advance(YEARS - SLACK)

        with pytest.raises(ReviewNotDueError):
            answer(office, first)
        with pytest.raises(NotPublishedError):
            answer(office, draft)

        assert kinds(database, first) == []

    def test_is_nobody_else_s(
        self, office: "Office", other_office: "Office", clock: "VirtualClock"
    ) -> None:
        first = office.publish_new()
        clock.advance(YEARS + SLACK)

        with pytest.raises(queries.NotFoundError):
            answer(other_office, first)
        assert due(other_office)["total"] == 0

    def test_pages(self, office: "Office", clock: "VirtualClock") -> None:
        published = [office.publish_new(number=number(body)) for body in ("1", "2", "3")]
        clock.advance(YEARS + SLACK)

        pages = [due(office, page=page, page_size=2) for page in (1, 2)]

        assert [page["total"] for page in pages] == [3, 3]
        found = [row["declaration_id"] for page in pages for row in page["items"]]
        assert sorted(found) == sorted(entry["declaration_id"] for entry in published)
