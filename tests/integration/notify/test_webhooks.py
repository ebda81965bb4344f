"""Webhooks: in order per record, none lost, none in the way of another (docs/api/webhooks.md)."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import green, rotation
from chassis.clock import VirtualClock
from chassis.crypto import Keyring
from chassis.errors import StaleError, UnavailableError
from chassis.keyrings import data_ring
from chassis.uow import Database
from services.notify.config import Settings
from services.notify.domain import webhooks as domain
from services.notify.models import Webhook, WebhookAttempt
from services.notify.queries import webhooks as queries
from services.notify.queries.texts import NotFoundError
from services.notify.usecases import delivering, webhooks
from services.notify.usecases.rotation import COLUMNS
from services.notify.usecases.webhooks import (
    Owner,
    WebhookLimitError,
    WebhookPositionError,
    WebhookStateError,
)
from tests.fakes.webhook_receivers import VALIDATION, Posted, Receiver
from tests.integration.notify.webhook_office import OWNER, WebhookOffice

STRANGER = Owner("enterprise:e-2", "e-2", "user:u-2")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def office(
    new_database_url: Callable[[str | None], str], clock: VirtualClock
) -> Iterator[WebhookOffice]:
    database = Database(new_database_url("notify"), service="notify", clock=clock)
    yield WebhookOffice(database, clock)
    database.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def active(office: WebhookOffice, receiver: Receiver) -> str:
    """Return a subscription from the log's beginning whose receiver has proved itself."""
    webhook_id = office.subscribe(receiver)
    office.run()
    receiver.posted.clear()
    receiver.taken.clear()
    return webhook_id


def refuse(*subjects: str, status: int = 500) -> Callable[[Posted], int | None]:
    """Return a behaviour that refuses the events of some records."""
    return lambda posted: status if posted.event["subject"] in subjects else None


def by_record(receiver: Receiver) -> dict[str, list[int]]:
    """Return the positions that were taken, record by record, in the order they came."""
    found: dict[str, list[int]] = {}
    for posted in receiver.taken:
        if "position" in posted.event:
            found.setdefault(posted.event["subject"], []).append(posted.event["position"])
    return found


class TestValidation:
    def test_comes_first_and_is_answered_with_the_challenge(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        office.log.add("a")
        webhook_id = office.subscribe(receiver)

        office.run()

        shown = office.show(webhook_id)
        types = [posted.event["type"] for posted in receiver.posted]
        assert shown["state"] == "ACTIVE"
        assert types == [VALIDATION, "cn.qibiao.declaration.published.v1"]
        assert all(posted.is_signed_by(office.secret(webhook_id)) for posted in receiver.posted)

    def test_nothing_is_delivered_to_who_does_not_give_it_back(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        office.log.add("a")
        receiver.behave = lambda _: (200, {}, b'{"challenge": "another"}')
        webhook_id = office.subscribe(receiver)

        for _ in range(10):
            office.run(after=DAY)

        shown = office.show(webhook_id)
        assert (shown["state"], shown["reason"]) == ("PENDING", "CHALLENGE")
        assert len(receiver.posted) == domain.VALIDATION_ATTEMPTS
        assert shown["next_try_at"] is None
        receiver.behave = lambda _: None
        office.do(webhooks.validate_webhook, webhook_id)
        office.run()
        assert office.show(webhook_id)["state"] == "ACTIVE"
        assert receiver.positions == [1]

    def test_another_address_proves_itself_first(self, office: WebhookOffice, active: str) -> None:
        with Receiver() as other:
            changed = office.do(
                webhooks.change_webhook,
                active,
                expected_version=office.show(active)["version"],
                changes={"url": other.url},
            )
            office.log.add("a")
            office.run()

            assert changed["state"] == "PENDING"
            assert other.posted[0].event["type"] == VALIDATION
            assert other.positions == [1]


class TestOrder:
    def test_all_come_once_in_the_order_of_the_log(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        for number in range(130):
            office.log.add(f"record-{number % 7}")

        office.run()

        assert receiver.positions == list(range(1, 131))
        assert office.show(active)["position"] == 130
        headers = receiver.posted[0].headers
        assert headers["content-type"] == "application/cloudevents+json; charset=utf-8"
        assert headers["webhook-id"] == office.log.events[0]["id"]

    def test_a_refused_record_waits_and_the_others_go_on(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        for subject in ("bad", "good", "bad", "good", "bad"):
            office.log.add(subject)
        receiver.behave = refuse("bad")

        office.run()

        shown = office.show(active)
        assert by_record(receiver) == {"good": [2, 4]}
        assert [posted.event["position"] for posted in receiver.posted] == [1, 2, 4]
        assert (shown["state"], shown["held_records"], shown["held_events"]) == ("ACTIVE", 1, 3)
        receiver.behave = lambda _: None
        office.log.add("bad")
        office.run(after=timedelta(seconds=6))
        office.run()
        assert by_record(receiver) == {"good": [2, 4], "bad": [1, 3, 5, 6]}
        assert office.show(active)["held_events"] == 0

    def test_a_record_is_tried_ever_more_seldom(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        office.log.add("bad")
        receiver.behave = refuse("bad", status=400)

        counts = []
        for after in (timedelta(seconds=1), timedelta(seconds=6), timedelta(minutes=1), HOUR):
            office.run(after=after)
            counts.append(len(receiver.posted))

        assert counts == [1, 2, 2, 3]
        assert [attempt["attempt"] for attempt in office.attempts(active)[1:]] == [1, 2, 3]

    def test_several_records_at_once_keep_their_order(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        webhook_id = office.subscribe(receiver, parallel=8)
        for number in range(200):
            office.log.add(f"record-{number % 13}")
        receiver.behave = refuse("record-3")

        office.run()
        receiver.behave = lambda _: None
        office.run(after=timedelta(seconds=6))
        office.run()

        taken = by_record(receiver)
        assert all(positions == sorted(positions) for positions in taken.values())
        assert sorted(receiver.positions) == list(range(1, 201))
        assert office.show(webhook_id)["held_events"] == 0

    @pytest.mark.parametrize("crash", [ConnectionResetError, ConnectionAbortedError])
    def test_an_event_that_breaks_the_receiver_does_not_stop_the_others(
        self,
        office: WebhookOffice,
        receiver: Receiver,
        active: str,
        crash: type[ConnectionError],
    ) -> None:
        def behave(posted: Posted) -> None:
            if posted.event["subject"] == "bad":
                raise crash

        receiver.behave = behave
        for subject in ("bad", "good", "better"):
            office.log.add(subject)

        for _ in range(3):
            office.run(after=timedelta(seconds=6))

        assert receiver.positions == [2, 3]
        assert office.show(active)["held_events"] == 1


class TestParking:
    def test_who_is_down_for_an_hour_gets_all_in_order_once_back(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        receiver.behave = lambda _: 502
        for number in range(60):
            office.log.add(f"record-{number % 30}")
            office.run(after=timedelta(minutes=1))
        down = office.show(active)

        receiver.behave = lambda _: None
        for _ in range(10):
            office.run(after=HOUR)

        assert down["state"] == "PARKED"
        assert down["failing_since"] is not None
        taken = by_record(receiver)
        assert all(positions == sorted(positions) for positions in taken.values())
        assert sorted(receiver.positions) == list(range(1, 61))
        assert office.show(active)["state"] == "ACTIVE"
        assert office.show(active)["failing_since"] is None

    def test_who_cannot_be_reached_is_asked_once_and_left_alone(
        self, office: WebhookOffice, active: str
    ) -> None:
        with Receiver() as gone:
            url = gone.url
        with office.database.transaction() as tx:
            tx.session.execute(sa.update(Webhook).values(url=url))
        for number in range(20):
            office.log.add(f"record-{number}")

        office.run()
        office.run()

        shown = office.show(active)
        assert (shown["state"], shown["reason"]) == ("PARKED", "CONNECTION")
        assert (shown["position"], shown["held_events"]) == (0, 0)
        assert len(office.attempts(active)) == 2  # the validation, and one event

    def test_who_is_busy_is_asked_when_he_wants(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        receiver.behave = lambda _: (429, {"Retry-After": "3600"}, b"later")
        office.log.add("a")

        office.run()
        office.run(after=timedelta(minutes=59))
        before = len(receiver.posted)
        receiver.behave = lambda _: None
        office.run(after=timedelta(minutes=2))

        assert before == 1
        assert receiver.positions == [1]
        assert office.attempts(active)[1]["answer"] == "later"

    def test_too_many_waiting_records_park_the_whole(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        count = domain.MAX_HELD_RECORDS + 30
        for number in range(count):
            office.log.add(f"bad-{number}")
            office.log.add(f"good-{number}")
        receiver.behave = lambda posted: 422 if "bad" in posted.event["subject"] else None

        office.run()

        shown = office.show(active)
        assert (shown["state"], shown["reason"]) == ("PARKED", "TOO_MANY_HELD")
        assert domain.MAX_HELD_RECORDS <= shown["held_records"] < count
        receiver.behave = lambda _: None
        for _ in range(5):
            office.run(after=timedelta(minutes=10))
        assert sorted(receiver.positions) == list(range(1, 2 * count + 1))
        assert office.show(active)["state"] == "ACTIVE"

    def test_the_owner_wakes_it_up(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        receiver.behave = lambda _: 500
        for number in range(10):
            office.log.add(f"record-{number}")
        for _ in range(4):
            office.run(after=HOUR)
        receiver.behave = lambda _: None

        office.do(webhooks.enable_webhook, active)
        office.run()
        office.run()

        assert sorted(receiver.positions) == list(range(1, 11))

    def test_nobody_wakes_up_what_was_never_proved(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        webhook_id = office.subscribe(receiver)

        for step in (webhooks.enable_webhook, webhooks.send_webhook_test):
            with pytest.raises(WebhookStateError):
                office.do(step, webhook_id)


class TestDisabling:
    def test_who_never_answers_is_disabled_with_notice_and_goes_on_later(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        receiver.behave = lambda _: 500
        office.log.add("a")
        office.log.add("b")
        for _ in range(8):
            office.run(after=DAY)

        shown = office.show(active)
        told = [message["template"] for message in office.messages()]
        tries = len(receiver.posted)
        assert (shown["state"], shown["reason"]) == ("DISABLED", "SERVER_ERROR")
        assert told == ["WEBHOOK_DISABLED", "WEBHOOK_FAILING"]
        assert "数据中心" in office.messages()[0]["body"]
        office.run(after=DAY)
        assert len(receiver.posted) == tries
        receiver.behave = lambda _: None
        office.do(webhooks.enable_webhook, active)
        office.run()
        assert receiver.positions == [1, 2]

    def test_gone_is_meant(self, office: WebhookOffice, receiver: Receiver, active: str) -> None:
        receiver.behave = lambda _: 410
        office.log.add("a")
        office.log.add("b")

        office.run()

        assert office.show(active)["state"] == "DISABLED"
        assert office.show(active)["reason"] == "GONE"
        assert len(receiver.posted) == 1
        assert [message["template"] for message in office.messages()] == ["WEBHOOK_DISABLED"]

    def test_a_position_that_was_purged_is_told(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        office.log.purged = 50
        office.log.add("a")

        office.run()

        assert office.show(active)["reason"] == "POSITION_TOO_OLD"
        assert receiver.posted == []

    def test_a_log_that_was_restored_is_told(self, office: WebhookOffice, active: str) -> None:
        office.log.add("a")
        office.run()
        office.log.events.clear()

        office.run()

        assert office.show(active)["reason"] == "POSITION_AHEAD"

    def test_its_owner_stops_it(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        office.do(webhooks.disable_webhook, active)
        office.log.add("a")
        office.run()

        assert receiver.posted == []
        with pytest.raises(WebhookStateError):
            office.do(webhooks.disable_webhook, active)


class TestReplay:
    def test_begins_again_behind_a_position(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        for number in range(10):
            office.log.add(f"record-{number % 3}")
        office.run()

        office.do(webhooks.replay_webhook, active, after=6)
        office.run()

        assert receiver.positions == [*range(1, 11), 7, 8, 9, 10]
        first = {posted.event["position"]: posted.id for posted in receiver.posted[:10]}
        assert [posted.id for posted in receiver.posted[10:]] == [
            first[position] for position in (7, 8, 9, 10)
        ]
        with pytest.raises(WebhookPositionError):
            office.do(webhooks.replay_webhook, active, after=11)

    def test_what_waits_is_not_doubled(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        for subject in ("bad", "good", "bad"):
            office.log.add(subject)
        receiver.behave = refuse("bad")
        office.run()
        receiver.behave = lambda _: None

        office.do(webhooks.replay_webhook, active, after=1)
        office.run(after=timedelta(seconds=6))
        office.run()

        assert by_record(receiver) == {"good": [2, 2], "bad": [1, 3]}


class TestSecrets:
    def test_two_are_good_for_a_day(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        old = office.secret(active)
        office.do(webhooks.rotate_webhook_secret, active, new_secret=office.secrets.new)
        new = office.secret(active)

        office.log.add("a")
        office.run()
        office.log.add("b")
        office.run(after=DAY)

        both, one = receiver.posted
        assert old != new
        assert both.is_signed_by(old)
        assert both.is_signed_by(new)
        assert one.is_signed_by(new)
        assert not one.is_signed_by(old)

    def test_are_nowhere_readable_and_follow_the_keys(
        self, office: WebhookOffice, active: str
    ) -> None:
        secret = office.secret(active)
        office.do(webhooks.rotate_webhook_secret, active, new_secret=office.secrets.new)
        old_ring = data_ring(Settings.from_env({}))
        with office.database.read() as session:
            rows = session.execute(
                sa.select(Webhook.secret_encrypted, Webhook.old_secret_encrypted)
            ).one()
        assert all(secret not in value for value in rows)
        key = "k2:" + "A" * 43
        new_ring = _joined(key)

        rotated = rotation.rotate(office.database, new_ring, COLUMNS)

        assert rotated == 2
        assert old_ring.prefix != new_ring.prefix


def _joined(new: str) -> Keyring:
    """Return a ring with a new key before the one of development."""
    digest = hashlib.sha256(b"qibiao development data key").digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return Keyring.parse(f"{new},dev:{text}")


class TestFilters:
    def test_only_what_is_wanted_comes(self, office: WebhookOffice, receiver: Receiver) -> None:
        office.log.add("a")
        office.log.add("b", kind="NATIONAL")
        office.log.add("c", "withdrawn")
        office.subscribe(
            receiver,
            filters={"kinds": ["ENTERPRISE"], "types": ["cn.qibiao.declaration.published.v1"]},
        )

        office.run()

        assert receiver.positions == [1]

    def test_what_an_event_does_not_say_is_asked(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        here = {"enterprise": {"region": "330783"}, "products": [{"class_code": "2106"}]}
        there = {"enterprise": {"region": "110000"}, "products": [{"class_code": "2106"}]}
        office.log.documents = {"here": here, "there": there}
        for subject in ("here", "there", "nobody"):
            office.log.add(subject, "marked")
        office.subscribe(receiver, filters={"regions": ["33"], "classes": ["21"]})

        office.run()

        # Of one that nobody knows anything of, it is better to tell.
        assert receiver.positions == [1, 3]


class TestReplicas:
    def test_share_the_subscriptions(self, office: WebhookOffice, receiver: Receiver) -> None:
        for _ in range(4):
            office.subscribe(receiver)
        for number in range(60):
            office.log.add(f"record-{number % 5}")
        couriers = [office.courier() for _ in range(3)]

        green.side_by_side([lambda one=one: office.run(courier=one) for one in couriers])
        office.run()

        events = [posted for posted in receiver.taken if "position" in posted.event]
        assert len(events) == 4 * 60

    def test_one_that_hangs_loses_its_claim_and_its_result(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        office.log.add("a")
        hangs, goes_on = threading.Event(), threading.Event()

        def behave(_: Posted) -> None:
            if not hangs.is_set():
                hangs.set()
                goes_on.wait(30)

        receiver.behave = behave
        slow = threading.Thread(target=lambda: office.run(courier=office.courier()))
        slow.start()
        assert hangs.wait(30)
        office.clock.advance(delivering.CLAIM)

        office.run()
        office.log.add("a")
        office.run()
        goes_on.set()
        slow.join()

        assert sorted(set(receiver.positions)) == [1, 2]
        assert office.show(active)["position"] == 2

    @pytest.mark.parametrize("parallel", [1, 4])
    def test_one_that_stops_ends_behind_the_event_at_hand_and_leaves_the_rest(
        self, office: WebhookOffice, receiver: Receiver, parallel: int
    ) -> None:
        webhook_id = office.subscribe(receiver, parallel=parallel)
        office.run()
        for number in range(40):
            office.log.add(f"d-{number % 10}")
        courier = office.courier()
        courier.is_stopping = lambda: len(receiver.positions) >= 3

        office.run(courier=courier)

        assert 3 <= len(receiver.positions) < 3 + parallel
        assert office.show(webhook_id)["position"] <= len(receiver.positions)
        office.run()
        assert sorted(set(receiver.positions)) == list(range(1, 41))
        assert office.show(webhook_id)["held_events"] == 0

    @pytest.mark.parametrize("is_validated", [True, False])
    def test_one_that_cannot_be_served_backs_off_and_holds_nobody_up(
        self, office: WebhookOffice, receiver: Receiver, caplog: Any, *, is_validated: bool
    ) -> None:
        broken = office.subscribe(receiver)
        if is_validated:
            office.run()
            office.do(webhooks.send_webhook_test, broken)
        others = [office.subscribe(receiver, after=0) for _ in range(2)]
        secret = self.spoil(office, broken, "spoiled")
        office.log.add("a")

        office.run()
        office.run()

        # Each had its turn though the broken one comes first in every order.
        assert [office.show(each)["position"] for each in others] == [1, 1]
        shown = office.show(broken)
        assert shown["state"] == ("PARKED" if is_validated else "PENDING")
        assert (shown["reason"], shown["attempts"]) == ("INTERNAL", 1)
        tries = []
        for _ in range(20):
            office.run(after=timedelta(minutes=3))
            tries.append(office.show(broken)["attempts"])
        assert 3 <= tries[-1] <= 5
        assert len([each for each in caplog.records if each.exc_info]) == tries[-1]

        self.spoil(office, broken, secret)
        office.run(after=DAY)
        office.run()
        shown = office.show(broken)
        assert (shown["state"], shown["reason"], shown["position"]) == ("ACTIVE", None, 1)

    @staticmethod
    def spoil(office: WebhookOffice, webhook_id: str, instead: str) -> str:
        """Put something else in the place of a secret; return what was there."""
        with office.database.transaction() as tx:
            webhook = tx.session.get_one(Webhook, webhook_id)
            before, webhook.secret_encrypted = webhook.secret_encrypted, instead
        return before

    @pytest.mark.usefixtures("active")
    def test_nothing_is_lost_while_standards_is_away(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        office.log.add("a")
        office.log.failure = UnavailableError()

        with pytest.raises(UnavailableError):
            office.run()
        office.log.failure = None
        office.run()

        assert receiver.positions == [1]


class TestOwners:
    def test_see_and_change_their_own_only(self, office: WebhookOffice, active: str) -> None:
        for step, more in (
            (webhooks.delete_webhook, {}),
            (webhooks.enable_webhook, {}),
            (webhooks.validate_webhook, {}),
            (webhooks.replay_webhook, {"after": 0}),
            (webhooks.send_webhook_test, {}),
            (webhooks.rotate_webhook_secret, {"new_secret": office.secrets.new}),
            (webhooks.change_webhook, {"expected_version": 1, "changes": {}}),
        ):
            with pytest.raises(NotFoundError):
                office.do(step, active, owner=STRANGER, **more)

    def test_have_only_so_many(self, office: WebhookOffice, receiver: Receiver) -> None:
        for _ in range(10):
            office.subscribe(receiver)

        with pytest.raises(WebhookLimitError):
            office.subscribe(receiver)
        office.subscribe(receiver, owner=STRANGER)

    def test_have_no_more_when_they_ask_at_once(
        self, office: WebhookOffice, receiver: Receiver
    ) -> None:
        for _ in range(9):
            office.subscribe(receiver)
        refused: list[WebhookLimitError] = []

        def add() -> None:
            try:
                office.subscribe(receiver)
            except WebhookLimitError as error:
                refused.append(error)

        others = [threading.Thread(target=add) for _ in range(3)]
        new_secret = office.secrets.new

        def interrupted(webhook_id: str) -> str:
            """Let the others ask while this one has counted and not yet written."""
            office.secrets.new = new_secret  # type: ignore[method-assign] # as it was
            for other in others:
                other.start()
            others[0].join(timeout=1)
            return new_secret(webhook_id)

        office.secrets.new = interrupted  # type: ignore[method-assign] # the place between
        add()
        for other in others:
            other.join()

        with office.database.read() as session:
            assert queries.count_own(session, owner=OWNER.name) == 10
        assert len(refused) == 3

    def test_change_what_they_have_seen(self, office: WebhookOffice, active: str) -> None:
        with pytest.raises(StaleError):
            office.do(
                webhooks.change_webhook, active, expected_version=99, changes={"name": "别的"}
            )

    def test_send_a_test_and_read_what_came_of_it(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        sent = office.do(webhooks.send_webhook_test, active)
        office.run()

        assert receiver.taken[-1].event["type"] == "cn.qibiao.webhook.test.v1"
        assert receiver.taken[-1].id == sent["event_id"]
        assert office.attempts(active)[-1]["event_id"] == sent["event_id"]


class TestLog:
    def test_keeps_a_kilobyte_of_an_answer_for_30_days(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        receiver.behave = lambda _: (500, {}, b"\x00" + b"x" * 5_000)
        office.log.add("a")
        office.run()

        attempt = office.attempts(active)[-1]
        office.clock.advance(domain.LOG_KEPT + timedelta(seconds=1))
        with office.database.transaction() as tx:
            delivering.purge(tx=tx)

        assert (attempt["status"], attempt["reason"]) == (500, "SERVER_ERROR")
        assert len(attempt["answer"]) == 1_024
        assert office.attempts(active) == []

    def test_goes_with_its_subscription(
        self, office: WebhookOffice, receiver: Receiver, active: str
    ) -> None:
        office.log.add("a")
        office.run()
        office.do(webhooks.delete_webhook, active)
        office.log.add("b")
        office.run()

        with pytest.raises(NotFoundError):
            office.show(active)
        with office.database.transaction() as tx:
            while delivering.purge(tx=tx):
                pass
        with office.database.read() as session:
            left: list[Any] = [
                session.scalar(sa.select(sa.func.count()).select_from(table))
                for table in (Webhook, WebhookAttempt)
            ]
        assert left == [0, 0]
        assert receiver.positions == [1]
        assert OWNER.name != STRANGER.name
