"""Captcha, login, sessions (手册 3.1)."""

import json
import statistics
import time
from datetime import timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa
from eventlet.event import Event

from chassis.actors import ActorSigner, ActorVerifier
from chassis.errors import DomainError
from chassis.tables import audit, outbox
from services.accounts import queries
from services.accounts.adapters.passwords import Argon2Hasher
from services.accounts.models import Account, AccountState
from services.accounts.usecases import captchas, housekeeping, profiles, sessions, signing_in
from services.accounts.usecases.captchas import CaptchaNotFoundError, CaptchaWrongError
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.sessions import SessionExpiredError
from services.accounts.usecases.signing_in import (
    LoginFailedError,
    LoginRules,
    UsernameWrongError,
)
from tests.integration.accounts.conftest import HASHER, PASSWORD, World, id_number

USERNAME = "filer_0001"
IDLE = timedelta(minutes=30)


def log_in(
    world: World,
    username: str = USERNAME,
    password: str = PASSWORD,
    *,
    client: str = "",
    rules: LoginRules = LoginRules(),  # noqa: B008 - frozen
) -> dict[str, Any]:
    return signing_in.log_in(
        database=world.database,
        ring=world.ring,
        hasher=world.hasher,
        rules=rules,
        username=username,
        password=password,
        user_agent="Mozilla/5.0",
        client_address=client,
    )


def actor_of(world: World, token: str) -> dict[str, Any]:
    return sessions.get_actor_token(
        database=world.database,
        signer=ActorSigner("accounts", clock=world.clock),
        idle=IDLE,
        session_token=token,
    )


def change_account(world: World, **values: Any) -> None:
    with world.database.transaction() as tx:
        tx.session.execute(sa.update(Account).values(**values))


@pytest.fixture
def registered(world: World) -> World:
    world.register(1)
    return world


class TestCaptcha:
    def create(self, world: World, *, keeps_answer: bool = False) -> str:
        with world.database.transaction() as tx:
            return captchas.create_captcha(
                tx=tx,
                ring=world.ring,
                answer="AC3X",
                life=timedelta(minutes=2),
                keeps_answer=keeps_answer,
            )["captcha_id"]

    def use(self, world: World, captcha_id: str, answer: str = "ac3x") -> None:
        captchas.use_captcha(
            database=world.database, ring=world.ring, captcha_id=captcha_id, answer=answer
        )

    @pytest.mark.proves("R-057", "R-063", "F5")
    def test_right_answer_once(self, world: World) -> None:
        captcha_id = self.create(world)

        self.use(world, captcha_id)

        with pytest.raises(CaptchaWrongError):
            self.use(world, captcha_id)

    @pytest.mark.proves("R-063", "F5")
    def test_wrong_answer_uses_it_up(self, world: World) -> None:
        captcha_id = self.create(world)

        with pytest.raises(CaptchaWrongError):
            self.use(world, captcha_id, "9999")
        with pytest.raises(CaptchaWrongError):
            self.use(world, captcha_id)

    @pytest.mark.proves("R-063", "F5")
    def test_dies_after_two_minutes(self, world: World) -> None:
        captcha_id = self.create(world)
        world.clock.advance(timedelta(minutes=2, seconds=1))

        with pytest.raises(CaptchaWrongError):
            self.use(world, captcha_id)

    @pytest.mark.proves("F5")
    def test_many_at_once_pass_once(self, world: World) -> None:
        captcha_id = self.create(world)
        pool, passed = eventlet.GreenPool(), []

        def attempt() -> None:
            try:
                self.use(world, captcha_id)
                passed.append(True)
            except CaptchaWrongError:
                passed.append(False)

        for _ in range(20):
            pool.spawn_n(attempt)
        pool.waitall()

        assert sorted(passed) == [False] * 19 + [True]

    def test_answer_of_one_does_not_fit_another(self, world: World) -> None:
        self.create(world)

        with pytest.raises(CaptchaWrongError):
            self.use(world, "00000000-0000-0000-0000-000000000000")

    def test_answer_is_not_stored_but_in_development(self, world: World) -> None:
        hidden, kept = self.create(world), self.create(world, keeps_answer=True)

        assert captchas.peek_captcha(database=world.database, captcha_id=kept) == "AC3X"
        with pytest.raises(CaptchaNotFoundError):
            captchas.peek_captcha(database=world.database, captcha_id=hidden)

    def test_expired_ones_are_deleted(self, world: World) -> None:
        self.create(world)
        world.clock.advance(timedelta(minutes=3))

        with world.database.transaction() as tx:
            assert housekeeping.purge(tx=tx) == 1


class TestLogIn:
    @pytest.mark.proves("R-054", "R-057", "R-058")
    def test_right_password_opens_a_session(self, registered: World) -> None:
        """手册 3.1: 登录后的默认页面是企业标准录入."""
        answer = log_in(registered)

        assert answer["landing"] == "企业标准录入"
        assert len(answer["session_token"]) >= 43
        assert actor_of(registered, answer["session_token"])["csrf_token"] == answer["csrf_token"]

    @pytest.mark.proves("R-041")
    def test_case_of_the_username_does_not_matter(self, registered: World) -> None:
        assert log_in(registered, " FILER_0001 ")

    @pytest.mark.proves("R-061")
    @pytest.mark.parametrize("username", ["桓台示范1号食品有限公司", "a b c d", "abc", ""])
    def test_what_cannot_be_a_username(self, registered: World, username: str) -> None:
        """手册 FAQ 11: 提示用户名错误."""
        with pytest.raises(UsernameWrongError):
            log_in(registered, username)

    @pytest.mark.proves("F1", "F2")
    def test_unknown_name_and_wrong_password_look_the_same(self, registered: World) -> None:
        refusals = []
        for username, password in ((USERNAME, "wrong"), ("nobody_here", PASSWORD)):
            with pytest.raises(LoginFailedError) as refused:
                log_in(registered, username, password)
            refusals.append((refused.value.code, refused.value.params, refused.value.fields))

        assert refusals[0] == refusals[1]

    @pytest.mark.proves("F2")
    def test_unknown_name_takes_as_long_as_a_wrong_password(self, registered: World) -> None:
        registered.hasher = Argon2Hasher(memory_kib=4096, passes=1)
        change_account(registered, password_hash=registered.hasher.hash(PASSWORD))
        times: dict[str, list[float]] = {USERNAME: [], "nobody_here": []}
        # In turns: a machine that is busy for a while is so for both.
        for _ in range(200):
            for username, taken in times.items():
                begun = time.perf_counter()
                with pytest.raises(LoginFailedError):
                    log_in(registered, username, "wrong", rules=LoginRules(failures=1000))
                taken.append(time.perf_counter() - begun)
        medians = [statistics.median(taken) for taken in times.values()]

        print(f"figure F2: known {medians[0]:.4f} s, unknown {medians[1]:.4f} s")  # noqa: T201
        assert max(medians) < 3 * min(medians)

    @pytest.mark.proves("R-062", "F1")
    def test_fifth_failure_locks_for_a_quarter_of_an_hour(self, registered: World) -> None:
        for _ in range(5):
            with pytest.raises(LoginFailedError):
                log_in(registered, password="wrong")

        with pytest.raises(LoginFailedError):
            log_in(registered)
        registered.clock.advance(timedelta(minutes=14))
        with pytest.raises(LoginFailedError):
            log_in(registered)
        registered.clock.advance(timedelta(minutes=2))
        assert log_in(registered)

    @pytest.mark.proves("R-062")
    def test_failures_and_the_lock_are_audited(self, registered: World) -> None:
        for _ in range(5):
            with pytest.raises(LoginFailedError):
                log_in(registered, password="wrong", client="203.0.113.9")

        with registered.database.read() as session:
            rows = session.execute(
                sa.select(audit.c.action, audit.c.details).order_by(audit.c.id.desc()).limit(5)
            ).all()
        assert [row.action for row in rows] == ["account.locked"] + ["account.login_failed"] * 4
        assert json.loads(rows[0].details) == {"network": "203.0.113.0/24"}

    @pytest.mark.proves("F1")
    def test_success_forgets_earlier_failures(self, registered: World) -> None:
        for _ in range(3):
            for _ in range(4):
                with pytest.raises(LoginFailedError):
                    log_in(registered, password="wrong")
            log_in(registered)

        assert log_in(registered)

    @pytest.mark.proves("F1")
    def test_tries_beside_five_undecided_ones_are_refused(self, registered: World) -> None:
        """Five wrong tries are being looked at and not yet written down: no sixth comes through."""
        undecided, answers, decide = [], [], Event()

        class Undecided(Argon2Hasher):
            def verify(self, password_hash: str | None, password: str) -> bool:
                if password != PASSWORD:
                    undecided.append(password)
                    decide.wait()
                return super().verify(password_hash, password)

        registered.hasher = Undecided(memory_kib=64, passes=1)
        pool = eventlet.GreenPool()

        def attempt(password: str) -> None:
            with pytest.raises(LoginFailedError):
                log_in(registered, password=password)
            answers.append(password)

        for number in range(5):
            pool.spawn_n(attempt, f"wrong {number}")
        with eventlet.Timeout(20):
            while len(undecided) < 5:
                eventlet.sleep(0.01)
        for _ in range(35):
            pool.spawn_n(attempt, PASSWORD)
        with eventlet.Timeout(20):
            while len(answers) < 35:
                eventlet.sleep(0.01)
        decide.send()
        pool.waitall()

        assert answers.count(PASSWORD) == 35
        assert len(answers) == 40
        with registered.database.read() as session:
            account = queries.find_account(session, USERNAME)
        assert account is not None
        assert account.locked_until is not None

    @pytest.mark.proves("F1")
    def test_network_is_slowed_down(self, registered: World) -> None:
        for number in range(60):
            with pytest.raises(LoginFailedError):
                log_in(registered, f"nobody_{number:04d}", "wrong", client="203.0.113.9")

        with pytest.raises(TooManyAttemptsError):
            log_in(registered, client="203.0.113.10")
        assert log_in(registered, client="203.0.114.10")

    def test_closed_account(self, registered: World) -> None:
        change_account(registered, state=AccountState.CLOSED)

        with pytest.raises(LoginFailedError):
            log_in(registered)

    def test_password_changed_while_it_was_looked_at(self, registered: World) -> None:
        class Slow(Argon2Hasher):
            def verify(self, password_hash: str | None, password: str) -> bool:
                is_right = super().verify(password_hash, password)
                change_account(registered, password_hash=HASHER.hash("another"))
                return is_right

        registered.hasher = Slow(memory_kib=64, passes=1)

        with pytest.raises(LoginFailedError):
            log_in(registered)

    def test_hash_of_other_settings_is_renewed(self, registered: World) -> None:
        with registered.database.read() as session:
            before = session.scalar(sa.select(Account.password_hash))
        registered.hasher = Argon2Hasher(memory_kib=128, passes=1)

        log_in(registered)

        with registered.database.read() as session:
            after = session.scalar(sa.select(Account.password_hash))
        assert after != before
        assert log_in(registered)

    def test_password_typed_on_another_keyboard(self, world: World) -> None:
        world.register(1, password="ﾊﾟｽﾜｰﾄﾞ漢字①号門")

        assert log_in(world, password="パスワード漢字1号門")


class TestSession:
    @pytest.mark.proves("F7")
    def test_token_is_new_each_time_and_stored_hashed(self, registered: World) -> None:
        tokens = {log_in(registered)["session_token"] for _ in range(3)}

        assert len(tokens) == 3
        with registered.database.read() as session:
            stored = str(session.execute(sa.text("SELECT * FROM login_session")).all())
        assert [token for token in tokens if token in stored] == []

    def test_actor_token_says_who_asks(self, registered: World) -> None:
        answer = actor_of(registered, log_in(registered)["session_token"])

        actor = ActorVerifier(clock=registered.clock).verify(answer["actor_token"])
        user = answer["user"]
        assert actor.subject == f"user:{user['user_id']}"
        assert actor.enterprise_id == user["enterprise_id"]
        assert actor.roles == {"OWNER"}
        assert user["enterprise_name"] == "桓台示范1号食品有限公司"
        assert user["roles"] == ["OWNER"]
        assert id_number(1) not in str(answer)

    @pytest.mark.proves("R-060", "F7")
    def test_long_idleness_ends_it(self, registered: World) -> None:
        """手册 4.1(2): 看您是否已长时间未操作，退出系统."""
        token = log_in(registered)["session_token"]
        for _ in range(4):
            registered.clock.advance(timedelta(minutes=20))
            actor_of(registered, token)

        registered.clock.advance(timedelta(minutes=31))

        with pytest.raises(SessionExpiredError):
            actor_of(registered, token)

    @pytest.mark.proves("F7")
    def test_use_is_written_down_once_a_minute(self, registered: World) -> None:
        token = log_in(registered)["session_token"]
        seen = []
        for seconds in (30, 29, 5, 30):
            registered.clock.advance(timedelta(seconds=seconds))
            actor_of(registered, token)
            with registered.database.read() as session:
                seen.append(session.scalar(sa.text("SELECT last_seen_at FROM login_session")))

        assert seen[0] == seen[1] != seen[2] == seen[3]

    @pytest.mark.proves("F7")
    def test_ends_after_half_a_day_however_busy(self, registered: World) -> None:
        token = log_in(registered)["session_token"]
        for _ in range(35):
            registered.clock.advance(timedelta(minutes=20))
            actor_of(registered, token)

        registered.clock.advance(timedelta(minutes=20, seconds=2))

        with pytest.raises(SessionExpiredError):
            actor_of(registered, token)

    @pytest.mark.proves("F7")
    def test_logging_out_ends_it_and_tells_everybody(self, registered: World) -> None:
        opened = log_in(registered)
        for _ in range(2):
            with registered.database.transaction() as tx:
                sessions.log_out(tx=tx, session_token=opened["session_token"])

        with pytest.raises(SessionExpiredError):
            actor_of(registered, opened["session_token"])
        with registered.database.read() as session:
            events = session.scalars(
                sa.select(outbox.c.body).where(outbox.c.name == "session.ended.v1")
            ).all()
        assert len(events) == 1
        assert json.loads(events[0])["data"]["session_id"] == opened["session_id"]
        assert opened["session_token"] not in events[0]

    def test_other_sessions_stay(self, registered: World) -> None:
        one, two = log_in(registered), log_in(registered)
        with registered.database.transaction() as tx:
            sessions.log_out(tx=tx, session_token=one["session_token"])

        assert actor_of(registered, two["session_token"])

    def test_unknown_token(self, registered: World) -> None:
        with pytest.raises(SessionExpiredError):
            actor_of(registered, "no such token")

    def test_closed_account_has_no_sessions(self, registered: World) -> None:
        token = log_in(registered)["session_token"]
        change_account(registered, state=AccountState.CLOSED)

        with pytest.raises(SessionExpiredError):
            actor_of(registered, token)

    @pytest.mark.proves("F1")
    def test_lock_does_not_end_a_session(self, registered: World) -> None:
        token = log_in(registered)["session_token"]
        for _ in range(5):
            with pytest.raises(LoginFailedError):
                log_in(registered, password="wrong")

        assert actor_of(registered, token)

    def test_old_ones_are_deleted(self, registered: World) -> None:
        log_in(registered)
        registered.clock.advance(timedelta(hours=37))

        with registered.database.transaction() as tx:
            housekeeping.purge(tx=tx)

        assert registered.count("login_session") == 0


class TestProfile:
    @pytest.mark.proves("F16")
    def test_shows_personal_numbers_masked(self, registered: World) -> None:
        with registered.database.read() as session:
            account = queries.find_account(session, USERNAME)
        assert account is not None

        profile = profiles.get_profile(
            database=registered.database, ring=registered.ring, account_id=account.id
        )

        number = id_number(1)
        assert profile["user"]["id_number_masked"] == f"{number[:3]}{'*' * 11}{number[-4:]}"
        assert profile["user"]["phone_masked"] == "199****0001"
        assert profile["enterprise"]["legal_representative_id_number_masked"].startswith("995***")
        assert profile["terms"]["version"] == "2026-01"
        assert id_number(1) not in str(profile)
        assert id_number(5001) not in str(profile)

    @pytest.mark.proves("R-032")
    def test_tells_that_the_code_database_knows_something_newer(self, registered: World) -> None:
        """手册 6.1 and FAQ 12: 更新 would bring it."""
        with registered.database.read() as session:
            account = queries.find_account(session, USERNAME)
        assert account is not None
        assert account.enterprise is not None
        organization_id, seen = account.enterprise.organization_id, []

        def is_outdated() -> bool:
            profile = profiles.get_profile(
                database=registered.database, ring=registered.ring, account_id=account.id
            )
            return bool(profile["enterprise"]["is_outdated"])

        now = registered.clock.now()
        for sequence, days in ((0, 1), (3, 1), (2, -5)):
            with registered.database.transaction() as tx:
                profiles.note_change(
                    tx=tx,
                    organization_id=organization_id,
                    sequence=sequence,
                    at=now + timedelta(days=days),
                )
            seen.append(is_outdated())
        with registered.database.transaction() as tx:
            profiles.note_change(tx=tx, organization_id="another", sequence=9, at=now)

        assert seen == [False, True, True]

    def test_snapshot_for_publications_holds_nothing_personal(self, registered: World) -> None:
        with registered.database.read() as session:
            account = queries.find_account(session, USERNAME)
        assert account is not None

        snapshot = profiles.get_enterprise(
            database=registered.database, enterprise_id=account.enterprise_id or ""
        )

        assert set(snapshot) == {
            "enterprise_id", "name", "credit_code", "organization_code", "legal_representative",
            "address", "postcode", "region",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("ask", "error"),
        [
            (profiles.get_enterprise, profiles.EnterpriseNotFoundError),
            (profiles.get_profile, profiles.AccountNotFoundError),
        ],
    )
    def test_unknown_ones(self, world: World, ask: Any, error: type[DomainError]) -> None:
        arguments = (
            {"enterprise_id": "x"}
            if ask is profiles.get_enterprise
            else {"account_id": "x", "ring": world.ring}
        )

        with pytest.raises(error):
            ask(database=world.database, **arguments)
