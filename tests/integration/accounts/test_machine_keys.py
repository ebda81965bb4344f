"""Machine keys: made, used, limited, replaced, ended."""

from datetime import timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from chassis import ids
from chassis.actors import ActorSigner, ActorVerifier
from services.accounts.usecases import machine_keys
from services.accounts.usecases.machine_keys import (
    KeyEndedError,
    KeyInvalidError,
    KeyNotFoundError,
    KeyQuotaError,
    KeyRules,
    TooManyKeysError,
)
from services.accounts.usecases.registration import InvalidFieldsError
from tests.integration.accounts.conftest import World
from tests.integration.accounts.staff import account_id
from tests.integration.accounts.test_teams import enterprise_of

OWNER = "filer_0001"


@pytest.fixture
def led(world: World) -> World:
    world.register(1)
    return world


def make(world: World, **changes: Any) -> dict[str, Any]:
    given = {"name": "ERP", "scopes": ["events:read", "declarations:read"], "days": 90} | changes
    with world.database.transaction() as tx:
        return machine_keys.make_key(
            tx=tx,
            enterprise_id=enterprise_of(world, OWNER),
            account_id=account_id(world, OWNER),
            **given,
        )


def use(world: World, key: str, rules: KeyRules = KeyRules()) -> dict[str, Any]:  # noqa: B008 - frozen
    return machine_keys.get_key_token(
        database=world.database,
        signer=ActorSigner("accounts", clock=world.clock),
        rules=rules,
        machine_key=key,
    )


def rotate(world: World, key_id: str) -> dict[str, Any]:
    with world.database.transaction() as tx:
        return machine_keys.rotate_key(
            tx=tx,
            enterprise_id=enterprise_of(world, OWNER),
            account_id=account_id(world, OWNER),
            key_id=key_id,
        )


def end(world: World, key_id: str, *, owner: str = OWNER) -> None:
    with world.database.transaction() as tx:
        machine_keys.end_key(tx=tx, enterprise_id=enterprise_of(world, owner), key_id=key_id)


def list_keys(world: World) -> list[dict[str, Any]]:
    answer = machine_keys.list_keys(
        database=world.database, enterprise_id=enterprise_of(world, OWNER), rules=KeyRules()
    )
    items: list[dict[str, Any]] = answer["items"]
    return items


class TestKeys:
    def test_stand_for_their_enterprise_with_their_scopes(self, led: World) -> None:
        made = make(led)

        known = use(led, made["key"])

        actor = ActorVerifier(clock=led.clock).verify(known["actor_token"])
        assert actor.subject == f"key:{made['key_id']}"
        assert actor.enterprise_id == enterprise_of(led, OWNER)
        assert actor.scopes == {"events:read", "declarations:read"}
        assert actor.roles == frozenset()

    @pytest.mark.proves("F15")
    def test_are_shown_once_and_kept_as_a_hash(self, led: World) -> None:
        made = make(led)

        with led.database.read() as session:
            rows = session.execute(sa.text("SELECT * FROM machine_key")).all()
        assert made["key"] not in str(rows)
        assert made["key"] not in str(list_keys(led))
        assert made["key"].startswith(made["start"])

    def test_unknown_ones_open_nothing(self, led: World) -> None:
        for text in ("", "qbk_x", "session-token", machine_keys.machine_keys.new_key()):
            with pytest.raises(KeyInvalidError):
                use(led, text)

    def test_open_nothing_after_their_time(self, led: World) -> None:
        key = make(led, days=1)["key"]
        led.clock.advance(timedelta(days=1))

        with pytest.raises(KeyInvalidError):
            use(led, key)

    def test_open_nothing_once_ended(self, led: World) -> None:
        made = make(led)
        end(led, made["key_id"])
        end(led, made["key_id"])

        with pytest.raises(KeyInvalidError):
            use(led, made["key"])
        assert [key["is_active"] for key in list_keys(led)] == [False]

    @pytest.mark.proves("F9")
    def test_of_others_are_not_found(self, led: World) -> None:
        made = make(led)
        led.register(2)

        with pytest.raises(KeyNotFoundError):
            end(led, made["key_id"], owner="filer_0002")
        assert use(led, made["key"])

    def test_last_use_is_noted_once_a_minute(self, led: World) -> None:
        key = make(led)["key"]
        assert list_keys(led)[0]["last_used_at"] is None
        use(led, key)
        first = list_keys(led)[0]["last_used_at"]
        led.clock.advance(timedelta(seconds=59))
        use(led, key)
        assert list_keys(led)[0]["last_used_at"] == first
        led.clock.advance(timedelta(seconds=2))
        use(led, key)

        assert list_keys(led)[0]["last_used_at"] > first

    def test_are_not_too_many(self, led: World) -> None:
        for _ in range(machine_keys.LIMIT):
            made = make(led)
        with pytest.raises(TooManyKeysError):
            make(led)

        end(led, made["key_id"])
        assert make(led)


class TestRotation:
    def test_leaves_the_old_one_a_day(self, led: World) -> None:
        old = make(led)
        led.clock.advance(timedelta(days=10))

        new = rotate(led, old["key_id"])

        assert use(led, old["key"])
        assert use(led, new["key"])
        assert new["scopes"] == old["scopes"]
        led.clock.advance(timedelta(hours=24, seconds=1))
        with pytest.raises(KeyInvalidError):
            use(led, old["key"])
        assert use(led, new["key"])

    def test_happens_once(self, led: World) -> None:
        old = make(led)
        rotate(led, old["key_id"])

        with pytest.raises(KeyEndedError):
            rotate(led, old["key_id"])


class TestQuota:
    def test_of_a_minute_comes_back(self, led: World) -> None:
        key, rules = make(led)["key"], KeyRules(per_minute=3)
        left = [use(led, key, rules)["quota"]["remaining"] for _ in range(3)]

        with pytest.raises(KeyQuotaError) as refused:
            use(led, key, rules)

        assert left == [2, 1, 0]
        assert int(refused.value.params["retry_after"]) <= 60
        led.clock.advance(timedelta(seconds=61))
        assert use(led, key, rules)

    def test_of_a_day_is_told_when_it_is_nearer(self, led: World) -> None:
        key, rules = make(led)["key"], KeyRules(per_minute=100, per_day=2)

        quota = use(led, key, rules)["quota"]
        use(led, key, rules)
        with pytest.raises(KeyQuotaError):
            use(led, key, rules)

        assert (quota["limit"], quota["remaining"]) == (2, 1)
        assert quota["reset"] > 3600

    def test_holds_for_many_at_once(self, led: World) -> None:
        key, rules = make(led)["key"], KeyRules(per_minute=5)

        def attempt() -> bool:
            try:
                use(led, key, rules)
            except KeyQuotaError:
                return False
            return True

        threads = [eventlet.spawn(attempt) for _ in range(20)]

        assert sum(thread.wait() for thread in threads) == 5

    def test_is_shown_to_the_owner(self, led: World) -> None:
        key = make(led)["key"]
        for _ in range(3):
            use(led, key)
        led.clock.advance(timedelta(seconds=61))
        use(led, key)

        shown = list_keys(led)[0]

        assert (shown["used_today"], shown["used_this_minute"]) == (4, 1)
        led.clock.advance(timedelta(days=1))
        shown = list_keys(led)[0]
        assert (shown["used_today"], shown["used_this_minute"]) == (0, 0)


class TestOwnQuota:
    def set(
        self, world: World, key_id: str, per_minute: int | None = None, per_day: int | None = None
    ) -> dict[str, Any]:
        with world.database.transaction() as tx:
            return machine_keys.set_key_quota(
                tx=tx, rules=KeyRules(), key_id=key_id, per_minute=per_minute, per_day=per_day
            )

    def test_goes_before_what_all_keys_have(self, led: World) -> None:
        made, other = make(led), make(led)
        use(led, made["key"])

        shown = self.set(led, made["key_id"], per_minute=2)

        assert (shown["per_minute"], shown["per_day"]) == (2, None)
        assert use(led, made["key"])["quota"]["remaining"] == 0
        with pytest.raises(KeyQuotaError) as refused:
            use(led, made["key"])
        assert refused.value.params["limit"] == "2"
        assert use(led, other["key"])["quota"]["limit"] == 600

    def test_lets_a_key_have_more(self, led: World) -> None:
        made, rules = make(led), KeyRules(per_minute=1, per_day=1)
        self.set(led, made["key_id"], per_minute=3, per_day=3)

        assert [use(led, made["key"], rules)["quota"]["remaining"] for _ in range(3)] == [2, 1, 0]
        with pytest.raises(KeyQuotaError):
            use(led, made["key"], rules)

    def test_goes_over_to_the_key_that_replaces_it_and_may_be_taken_back(self, led: World) -> None:
        made = make(led)
        self.set(led, made["key_id"], per_minute=7, per_day=70)

        new = rotate(led, made["key_id"])
        assert (new["per_minute"], new["per_day"]) == (7, 70)

        self.set(led, new["key_id"])
        assert use(led, new["key"])["quota"]["limit"] == 600

    @pytest.mark.parametrize("quota", [0, -1, 6_001])
    def test_stays_within_bounds(self, led: World, quota: int) -> None:
        made = make(led)

        with pytest.raises(InvalidFieldsError) as refused:
            self.set(led, made["key_id"], per_minute=quota, per_day=2_000_001)

        assert [(each.pointer, each.params["most"]) for each in refused.value.fields] == [
            ("/per_minute", "6000"),
            ("/per_day", "2000000"),
        ]
        assert use(led, made["key"])["quota"]["limit"] == 600

    def test_needs_a_key_that_lives(self, led: World) -> None:
        made = make(led)
        end(led, made["key_id"])

        with pytest.raises(KeyEndedError):
            self.set(led, made["key_id"], per_minute=5)
        with pytest.raises(KeyNotFoundError):
            self.set(led, ids.new_id(), per_minute=5)


class TestCheck:
    def check(self, world: World, key: str) -> dict[str, Any]:
        return machine_keys.check_key(database=world.database, machine_key=key)

    def test_is_no_use(self, led: World) -> None:
        made = make(led)

        checked = self.check(led, made["key"])

        assert checked["key_id"] == made["key_id"]
        assert checked["scopes"] == ["declarations:read", "events:read"]
        assert list_keys(led)[0]["used_today"] == 0
        assert list_keys(led)[0]["last_used_at"] is None

    def test_tells_a_key_that_has_ended(self, led: World) -> None:
        made = make(led)
        end(led, made["key_id"])

        for text in (made["key"], "qbk_x", machine_keys.machine_keys.new_key()):
            with pytest.raises(KeyInvalidError):
                self.check(led, text)
