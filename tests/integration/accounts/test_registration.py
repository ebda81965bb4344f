"""Registration in three steps (手册 2)."""

from datetime import datetime, timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis.crypto import hash_token
from chassis.errors import DatabaseUnavailableError, DomainError
from chassis.tables import audit, outbox
from services.accounts import queries
from services.accounts.domain.passwords import PasswordProfile
from services.accounts.models import FlowStep
from services.accounts.usecases import housekeeping, protection, registration
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.one_time_codes import CodeTooSoonError, CodeWrongError
from services.accounts.usecases.registration import (
    EnterpriseRegisteredError,
    InvalidFieldsError,
    RegistrationInvalidError,
    VerificationFailedError,
)
from tests.integration.accounts.conftest import (
    CODE,
    PASSWORD,
    START,
    World,
    id_number,
    organization,
)

PHONE = "19900000001"


def fields_of(error: DomainError) -> list[tuple[str, str]]:
    return [(entry.pointer, entry.code) for entry in error.fields]


class FakeRegistry:
    """Answer as the registry does."""

    def __init__(self, **answer: Any) -> None:
        self._answer = {"is_match": False, "organization": None, "errors": [], **answer}

    def verify(self, **fields: str) -> dict[str, Any]:
        assert set(fields) == {"code"}
        return self._answer


class TestVerification:
    @pytest.mark.proves("R-013", "R-034")
    def test_difference_names_the_field_and_the_place_to_look(self) -> None:
        """手册 FAQ 1, FAQ 14."""
        error = {
            "field": "address",
            "code": "registry.address_mismatch",
            "hint": "registry.address_province_missing",
            "hints": [
                {"code": "registry.address_province_missing", "params": {}},
                {"code": "registry.hint_space", "params": {"place": "7"}},
            ],
            "faq": 1,
        }
        general = {"field": "", "code": "registry.information_mismatch", "hint": "", "faq": 0}

        with pytest.raises(VerificationFailedError) as refused:
            registration.verify_organization(
                registry=FakeRegistry(errors=[error, general]),
                fields={"code": "1"},
                help_url="https://example.com/",
            )

        assert refused.value.params == {"help_url": "https://example.com/"}
        assert fields_of(refused.value) == [
            ("/address", "registry.address_mismatch"),
            ("/address", "registry.address_province_missing"),
            ("/address", "registry.hint_space"),
            ("", "registry.information_mismatch"),
        ]
        assert [entry.params for entry in refused.value.fields] == [
            {"faq": "1"},
            {"explains": "registry.address_mismatch"},
            {"explains": "registry.address_mismatch", "place": "7"},
            {},
        ]

    @pytest.mark.proves("R-025")
    def test_who_is_not_synced_may_wait(self) -> None:
        """手册 FAQ 14."""
        error = {"field": "code", "code": "registry.not_synced", "hints": [], "faq": 14}

        with pytest.raises(VerificationFailedError) as refused:
            registration.verify_organization(
                registry=FakeRegistry(errors=[error], can_wait=True),
                fields={"code": "1"},
                help_url="https://example.com/",
            )

        assert refused.value.params["can_wait"] == "true"

    def test_match_gives_the_organization(self) -> None:
        registry = FakeRegistry(is_match=True, organization={"id": "1"})

        found = registration.verify_organization(
            registry=registry, fields={"code": "1"}, help_url=""
        )

        assert found == {"id": "1"}

    @pytest.mark.proves("R-010")
    def test_registered_enterprise_is_sent_to_the_login(self, world: World) -> None:
        """手册 2.1: 注册成功的企业则无需再次注册."""
        world.register(1)

        with pytest.raises(EnterpriseRegisteredError):
            world.verify(1)
        assert world.verify(2)

    @pytest.mark.proves("R-010", "F6")
    @pytest.mark.parametrize("code", ["QBEX0001-3", " 91370321qbex00013l", "ＱＢＥＸ０００１３"])
    def test_registered_enterprise_is_refused_before_its_record_is_compared(
        self, world: World, code: str
    ) -> None:
        """手册 2.1 and FAQ 6."""
        world.register(1)

        with pytest.raises(EnterpriseRegisteredError):
            registration.refuse_registered(database=world.database, code=code)
        registration.refuse_registered(database=world.database, code="QBEX00021")

    def test_legal_representatives_number_is_stored_unreadable(self, world: World) -> None:
        world.verify(1)

        with world.database.read() as session:
            row = str(session.execute(sa.text("SELECT * FROM registration_flow")).one())
        assert id_number(5001) not in row


class TestUser:
    @pytest.mark.proves("R-013", "R-047")
    def test_needs_the_token_of_the_first_step(self, world: World) -> None:
        with pytest.raises(RegistrationInvalidError):
            world.submit("no such token", world.user())

    def test_token_expires(self, world: World) -> None:
        token = world.verify(life=timedelta(minutes=10))
        world.clock.advance(timedelta(minutes=10))

        with pytest.raises(RegistrationInvalidError):
            world.submit(token, world.user())

    @pytest.mark.proves("R-036", "R-038", "R-039", "R-043", "R-046")
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"username": ""}, ("/username", "accounts.username_malformed")),
            ({"username": "张三张三张三"}, ("/username", "accounts.username_malformed")),
            ({"username": "short"}, ("/username", "accounts.username_malformed")),
            ({"name": "  "}, ("/name", "accounts.name_malformed")),
            ({"name": "王" * 61}, ("/name", "accounts.name_malformed")),
            ({"id_number": ""}, ("/id_number", "accounts.id_number_malformed")),
            (
                {"id_number": "110101199003070119"},
                ("/id_number", "accounts.id_number_malformed"),
            ),
            ({"password": "short"}, ("/password", "accounts.password_length")),
            ({"password": "filer_0001"}, ("/password", "accounts.password_predictable")),
            ({"password": "password1"}, ("/password", "accounts.password_common")),
            (
                {"password_confirmation": PASSWORD + "x"},
                ("/password_confirmation", "accounts.password_mismatch"),
            ),
            ({"bureau_code": ""}, ("/bureau_code", "accounts.bureau_required")),
        ],
    )
    def test_bad_field(self, world: World, changes: dict[str, str], field: tuple[str, str]) -> None:
        """手册 2.2 and FAQ 7."""
        token = world.verify()

        with pytest.raises(InvalidFieldsError) as refused:
            world.submit(token, world.user(**changes))

        assert fields_of(refused.value) == [field]
        with world.database.read() as session:
            flow = session.execute(sa.text("SELECT step, username FROM registration_flow")).one()
        assert tuple(flow) == (FlowStep.VERIFIED, None)

    def test_every_bad_field_is_named(self, world: World) -> None:
        token = world.verify()
        user = world.user(username="x", name="", id_number="1", password="1", bureau_code="")

        with pytest.raises(InvalidFieldsError) as refused:
            world.submit(token, user)

        assert [pointer for pointer, _ in fields_of(refused.value)] == [
            "/username", "/name", "/id_number", "/password", "/bureau_code",
        ]  # fmt: skip

    @pytest.mark.proves("R-037")
    def test_bureau_must_exist_and_may_be_optional(self, world: World) -> None:
        """手册 2.1, figure: 所属质检局 is not in the list of mandatory fields of 2.2."""
        token = world.verify()

        with pytest.raises(InvalidFieldsError) as refused:
            world.submit(token, world.user(bureau_code="999999"), is_bureau_known=False)
        answer = world.submit(token, world.user(bureau_code=""), is_bureau_required=False)

        assert fields_of(refused.value) == [("/bureau_code", "accounts.bureau_unknown")]
        assert answer["token"] == token

    @pytest.mark.proves("R-042")
    def test_password_by_the_letter_of_the_manual(self, world: World) -> None:
        """手册 2.2: 密码由 6~30 位数字或者字母或者下划线组成."""
        world.profile = PasswordProfile.MANUAL
        token = world.verify()

        with pytest.raises(InvalidFieldsError) as refused:
            world.submit(token, world.user(password="abc-123"))
        world.submit(token, world.user(password="abc123"))

        assert fields_of(refused.value) == [("/password", "accounts.password_alphabet")]

    @pytest.mark.proves("R-041")
    def test_username_is_unique_whatever_its_case(self, world: World) -> None:
        """手册 7.1: the user name identifies the account."""
        world.register(1)
        token = world.verify(2)

        with pytest.raises(InvalidFieldsError) as refused:
            world.submit(token, world.user(2, username="FILER_0001"))

        assert fields_of(refused.value) == [("/username", "accounts.username_taken")]

    @pytest.mark.proves("R-045", "C3")
    def test_id_number_is_unique_in_every_form(self, world: World) -> None:
        """手册 2.2: 注册人身份证…不允许重复使用."""
        world.register(1)
        token, number = world.verify(2), id_number(1)

        for typed in (number, number.lower(), number[:6] + number[8:17]):
            with pytest.raises(InvalidFieldsError) as refused:
                world.submit(token, world.user(2, id_number=typed))
            assert fields_of(refused.value) == [("/id_number", "accounts.id_number_taken")]

    @pytest.mark.proves("R-044")
    def test_contact_need_not_be_the_legal_representative(self, world: World) -> None:
        """手册 FAQ 9."""
        assert world.register(1, id_number=id_number(77))
        assert world.register(2, id_number=id_number(5002))

    def test_may_be_corrected(self, world: World) -> None:
        token = world.identified()

        world.submit(token, world.user(username="another_name"))

        world.send(token, PHONE)
        assert world.complete(token, PHONE)["username"] == "another_name"

    def test_cannot_be_used_to_probe_user_names(self, world: World) -> None:
        token = world.verify()
        for number in range(20):
            with pytest.raises(InvalidFieldsError):
                world.submit(token, world.user(number, id_number="1"))

        with pytest.raises(TooManyAttemptsError):
            world.submit(token, world.user())


class TestCode:
    @pytest.mark.proves("R-048")
    def test_is_sent_to_the_phone_sealed(self, world: World) -> None:
        """手册 2.1: 手机会收到 6 位验证码."""
        token = world.identified()

        answer = world.send(token, "+86 199 0000 0001")

        assert answer == {"retry_after": 60, "expires_in": 300, "tries": 5, "sends_left": 4}
        [message] = world.messages()
        assert message["phone"] == PHONE
        assert message["values"] == {"code": CODE, "minutes": "5"}
        life = datetime.fromisoformat(message["expires"]) - START
        assert abs(life - timedelta(minutes=5)) < timedelta(seconds=2)
        with world.database.read() as session:
            body = session.scalar(sa.select(outbox.c.body).where(outbox.c.kind == "COMMAND"))
        assert body is not None
        assert PHONE not in body
        assert CODE not in body

    @pytest.mark.proves("R-047")
    def test_needs_the_second_step(self, world: World) -> None:
        token = world.verify()

        with pytest.raises(RegistrationInvalidError):
            world.send(token, PHONE)
        assert world.messages() == []

    def test_phone_must_be_one(self, world: World) -> None:
        token = world.identified()

        with pytest.raises(InvalidFieldsError) as refused:
            world.send(token, "010-12345678")

        assert fields_of(refused.value) == [("/phone", "accounts.phone_malformed")]

    @pytest.mark.proves("R-050")
    def test_used_phone_is_refused_before_anything_is_sent(self, world: World) -> None:
        """手册 2.2: 手机号必须在平台中未注册."""
        world.register(1, phone=PHONE)
        sent = len(world.messages())
        token = world.identified(2)

        with pytest.raises(InvalidFieldsError) as refused:
            world.send(token, PHONE)

        assert fields_of(refused.value) == [("/phone", "accounts.phone_taken")]
        assert len(world.messages()) == sent

    @pytest.mark.proves("R-055", "F4")
    def test_next_one_only_after_a_minute(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)

        with pytest.raises(CodeTooSoonError) as refused:
            world.send(token, PHONE)
        world.clock.advance(timedelta(seconds=61))
        world.send(token, PHONE)

        assert 50 < int(refused.value.params["retry_after"]) <= 61
        assert len(world.messages()) == 2

    @pytest.mark.proves("F4")
    def test_many_at_once_send_one(self, world: World) -> None:
        tokens = [world.identified(number) for number in range(1, 4)]
        pool = eventlet.GreenPool()
        outcomes: list[str] = []

        def send(token: str) -> None:
            try:
                world.send(token, PHONE)
                outcomes.append("sent")
            except CodeTooSoonError:
                outcomes.append("too soon")

        for number in range(9):
            pool.spawn_n(send, tokens[number % 3])
        pool.waitall()

        assert sorted(outcomes) == ["sent", *["too soon"] * 8]
        assert len(world.messages()) == 1

    @pytest.mark.proves("F4")
    def test_five_an_hour_to_one_phone(self, world: World) -> None:
        token = world.identified()
        for _ in range(5):
            world.send(token, PHONE)
            world.clock.advance(timedelta(seconds=61))

        with pytest.raises(TooManyAttemptsError):
            world.send(token, PHONE)

    @pytest.mark.proves("F4")
    def test_ten_a_day_for_one_organization(self, world: World) -> None:
        token = world.identified()
        for number in range(10):
            world.send(token, f"1990001{number:04d}")

        with pytest.raises(TooManyAttemptsError):
            world.send(token, "19900029999")

    @pytest.mark.proves("F4")
    def test_twenty_an_hour_from_one_network(self, world: World) -> None:
        tokens = [world.identified(number) for number in range(1, 4)]
        for number in range(20):
            world.send(tokens[number // 9], f"1990001{number:04d}", client="203.0.113.7")

        with pytest.raises(TooManyAttemptsError):
            world.send(tokens[2], "19900029999", client="203.0.113.200")
        world.send(tokens[2], "19900029999", client="203.0.114.1")


class TestCompletion:
    @pytest.mark.proves("R-049", "R-054")
    def test_right_code_opens_the_account(self, world: World) -> None:
        """手册 2.1: 注册成功, 自动跳转到登录页面."""
        token = world.identified()
        world.send(token, PHONE)

        answer = world.complete(token, PHONE, code=f" {CODE} ")

        assert answer == {
            "username": "filer_0001", "message": "注册成功", "redirect": "/login",
        }  # fmt: skip
        with world.database.read() as session:
            account = queries.find_account(session, "filer_0001")
            event = session.scalar(sa.select(outbox.c.body).where(outbox.c.kind == "EVENT"))
            actions = session.scalars(sa.select(audit.c.action)).all()
        assert account is not None
        assert account.enterprise is not None
        assert account.role_codes == {"OWNER"}
        assert account.enterprise.bureau_code == "370321"
        assert event is not None
        assert organization(1)["name"] in event
        assert actions[-1] == "enterprise.registered"

    @pytest.mark.proves("F15", "F17")
    def test_personal_numbers_are_nowhere_readable(self, world: World) -> None:
        world.register(1, phone=PHONE)

        secrets = (PHONE, id_number(1), id_number(5001), PASSWORD, CODE)
        with world.database.read() as session:
            tables = sa.inspect(session.connection()).get_table_names()
            content = "".join(
                str(session.execute(sa.text(f"SELECT * FROM {table}")).all())  # noqa: S608 - a table's name
                for table in tables
            )
        assert "filer_0001" in content
        assert [secret for secret in secrets if secret in content] == []

    def test_numbers_open_only_in_their_own_row(self, world: World) -> None:
        world.register(1, phone=PHONE)

        with world.database.read() as session:
            account = queries.find_account(session, "filer_0001")
        assert account is not None
        token, place = (
            account.id_number_encrypted,
            protection.place("accounts.id_number", account.id),
        )
        assert token is not None
        assert world.ring.decrypt(token, place) == id_number(1)

    @pytest.mark.proves("R-051")
    def test_terms_must_be_accepted_and_are_remembered(self, world: World) -> None:
        """手册 2.1: 我已阅读并同意."""
        token = world.identified()
        world.send(token, PHONE)

        with pytest.raises(InvalidFieldsError) as refused:
            world.complete(token, PHONE, has_accepted_terms=False)
        world.complete(token, PHONE)

        assert fields_of(refused.value) == [("/has_accepted_terms", "accounts.terms_not_accepted")]
        with world.database.read() as session:
            account = queries.find_account(session, "filer_0001")
        assert account is not None
        assert account.terms_version == "2026-01"
        assert account.terms_accepted_at is not None

    @pytest.mark.proves("R-049", "F3")
    def test_wrong_code(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)

        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE, code="042138")
        assert world.complete(token, PHONE)["message"] == "注册成功"

    @pytest.mark.proves("R-049", "F3")
    def test_expired_code(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)
        world.clock.advance(timedelta(minutes=5, seconds=1))

        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE)

    @pytest.mark.proves("R-049", "F3")
    def test_replaced_code(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE, code="111111")
        world.clock.advance(timedelta(seconds=61))
        world.send(token, PHONE, code="222222")

        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE, code="111111")
        assert world.complete(token, PHONE, code="222222")

    @pytest.mark.proves("R-049", "F3")
    def test_used_code(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)
        world.complete(token, PHONE)

        with pytest.raises(RegistrationInvalidError):
            world.complete(token, PHONE)

    @pytest.mark.proves("F3")
    def test_code_of_another_phone_or_registration(self, world: World) -> None:
        one, two = world.identified(1), world.identified(2)
        world.send(one, PHONE)
        world.send(two, "19900000002", code="222222")

        with pytest.raises(CodeWrongError):
            world.complete(one, "19900000009")
        with pytest.raises(CodeWrongError):
            world.complete(two, PHONE)

    def test_without_any_code(self, world: World) -> None:
        token = world.identified()

        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE)
        with pytest.raises(RegistrationInvalidError):
            world.complete("no such token", PHONE)

    @pytest.mark.proves("R-055", "F3")
    def test_fifth_wrong_try_voids_it(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)
        for number in range(5):
            with pytest.raises(CodeWrongError):
                world.complete(token, PHONE, code=f"11111{number}")

        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE)
        assert world.count("account") == 0

    @pytest.mark.proves("F3")
    def test_hundred_tries_at_once_look_at_five(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE, code="000050")
        pool, answers = eventlet.GreenPool(), []

        def attempt(number: int) -> None:
            try:
                answers.append(world.complete(token, PHONE, code=f"{number:06d}"))
            except DomainError as error:
                answers.append({"error": error.code})

        for number in range(100, 140):
            pool.spawn_n(attempt, number)
        pool.waitall()

        # So many at once may also find no free connection; nobody is let in either way.
        assert {answer["error"] for answer in answers} <= {
            "accounts.code_wrong", "bus.database_unavailable",
        }  # fmt: skip
        with pytest.raises(CodeWrongError):
            world.complete(token, PHONE, code="000050")

    def test_same_request_again_gets_the_same_answer(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)

        first = world.complete(token, PHONE, key="key-0001")
        again = world.complete(token, PHONE, key="key-0001")

        assert again == first
        assert world.count("account") == 1

    @pytest.mark.proves("R-056")
    def test_abandoned_registration_keeps_nothing(self, world: World) -> None:
        """手册 2.1: the three steps are one."""
        token = world.identified(1)
        world.send(token, PHONE)

        assert world.count("account") == 0
        assert world.count("enterprise") == 0
        world.clock.advance(timedelta(minutes=2))
        assert world.register(1, phone=PHONE) == "filer_0001"

    @pytest.mark.proves("R-056")
    def test_expired_registration_is_deleted(self, world: World) -> None:
        token = world.identified(1)
        world.send(token, PHONE)

        world.clock.advance(timedelta(hours=1, seconds=1))
        with world.database.transaction() as tx:
            first = housekeeping.purge(tx=tx)
        world.clock.advance(timedelta(days=1))
        with world.database.transaction() as tx:
            second = housekeeping.purge(tx=tx)

        assert (first, second) == (1, 1)
        assert world.count("registration_flow") == world.count("one_time_code") == 0

    def test_completed_registration_is_deleted(self, world: World) -> None:
        world.register(1)

        assert world.count("registration_flow") == world.count("one_time_code") == 0

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"username": "filer_0001"}, ("/username", "accounts.username_taken")),
            ({"id_number": id_number(1)}, ("/id_number", "accounts.id_number_taken")),
            ({"phone": "19900000001"}, ("/phone", "accounts.phone_taken")),
        ],
    )
    def test_what_was_taken_meanwhile(
        self, world: World, changes: dict[str, str], field: tuple[str, str]
    ) -> None:
        user = {name: value for name, value in changes.items() if name != "phone"}
        phone = changes.get("phone", "19900000002")
        token = world.identified(2, **user)
        world.send(token, phone)
        world.clock.advance(timedelta(seconds=61))
        first = world.identified(1)
        world.send(first, PHONE)
        world.complete(first, PHONE)

        with pytest.raises((InvalidFieldsError, CodeWrongError)) as refused:
            world.complete(token, phone)

        assert fields_of(refused.value) == [field]
        assert world.count("enterprise") == 1

    def test_other_trouble_is_not_hidden(self, world: World) -> None:
        token = world.identified()
        world.send(token, PHONE)
        with world.database.transaction() as tx:
            flow = queries.find_flow(tx.session, hash_token(token))
            assert flow is not None
            flow.organization = {**flow.organization, "name": None}

        with pytest.raises(IntegrityError):
            world.complete(token, PHONE)

    @pytest.mark.proves("C3")
    def test_one_organization_registers_once(self, world: World) -> None:
        one, two = world.identified(1), world.verify(1)
        world.submit(two, world.user(2))
        world.send(one, PHONE)
        world.send(two, "19900000002")
        world.complete(one, PHONE)

        with pytest.raises(EnterpriseRegisteredError):
            world.complete(two, "19900000002")

    @pytest.mark.proves("C3")
    def test_fifty_at_once_with_one_identity_make_one_account(self, world: World) -> None:
        number = id_number(1)
        forms = (number, number.lower(), number[:6] + number[8:17])
        tokens = []
        for each in range(50):
            token = world.verify(100 + each)
            world.submit(token, world.user(each, id_number=forms[each % 3]))
            world.send(token, f"1990000{each:04d}")
            tokens.append(token)
        pool, answers = eventlet.GreenPool(), []

        def attempt(each: int) -> None:
            try:
                answers.append(world.complete(tokens[each], f"1990000{each:04d}")["message"])
            except InvalidFieldsError as error:
                answers.append(error.fields[0].code)
            except DatabaseUnavailableError:
                answers.append("accounts.id_number_taken")  # no free connection: not let in either

        for each in range(50):
            pool.spawn_n(attempt, each)
        pool.waitall()

        assert sorted(answers) == ["accounts.id_number_taken"] * 49 + ["注册成功"]
        assert world.count("account") == world.count("enterprise") == 1
