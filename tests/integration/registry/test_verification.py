"""基本信息验证: the manual's messages, the forms of writing it forgives, and its limits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.clock import VirtualClock
from chassis.crypto import Keyring
from chassis.tables import audit
from chassis.uow import Database
from services.registry import queries, seeds
from services.registry.usecases import regions, registrations, verification
from services.registry.usecases.verification import Limits, Submission, TooManyAttemptsError

Verify = Callable[..., dict[str, Any]]

ROWS = {row["org_code"]: row for row in seeds.demo_organizations()}
PLAIN, BRACKETS, PASSPORT, PERMIT = "QBEX00013", "QBEX00021", "QBEX00080", "QBEX00099"


def submission(row: dict[str, str], **changes: str) -> Submission:
    right = Submission(
        code=row["credit_code"],
        name=row["name"],
        legal_representative=row["legal_rep"],
        id_number=row["legal_representative_id_number"],
        address=row["registered_address"],
    )
    return replace(right, **changes)


def row_named(part: str) -> dict[str, str]:
    return next(row for row in ROWS.values() if part in row["name"])


@pytest.fixture
def verify(seeded: Database, ring: Keyring) -> Verify:
    def call(typed: Submission, *, client: str = "", limits: Limits = Limits()) -> dict[str, Any]:  # noqa: B008 - frozen
        return verification.verify_organization(
            database=seeded, ring=ring, limits=limits, submission=typed, client_address=client
        )

    return call


def codes_of(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in answer["errors"]]


class TestMatch:
    @pytest.mark.proves("R-012")
    def test_all_five_fields_right(self, verify: Verify) -> None:
        answer = verify(submission(ROWS[PLAIN]))

        assert answer["is_match"] is True
        assert answer["errors"] == []
        assert answer["organization"]["name"] == "桓台青禾示范食品有限公司"

    @pytest.mark.proves("R-014")
    def test_by_credit_code_and_by_organization_code(self, verify: Verify) -> None:
        """手册 2.1: 统一社会信用代码(组织机构代码)."""
        by_credit_code = verify(submission(ROWS[PLAIN]))
        by_organization_code = verify(submission(ROWS[PLAIN], code=PLAIN))

        assert by_organization_code["organization"] == by_credit_code["organization"]

    @pytest.mark.proves("R-015")
    @pytest.mark.parametrize("typed", ["QBEX0001-3", "qbex0001－3", " QBEX 00013 "])
    def test_code_with_hyphen_blanks_or_full_width(self, verify: Verify, typed: str) -> None:
        """手册 FAQ 6: 横杠“-”去掉."""
        assert verify(submission(ROWS[PLAIN], code=typed))["is_match"]

    @pytest.mark.proves("R-016")
    def test_name_with_full_width_brackets(self, verify: Verify) -> None:
        """手册 2.1, note 1."""
        row = row_named("(集团)")

        answer = verify(submission(row, name=row["name"].replace("(", "（").replace(")", "）")))

        assert answer["is_match"]
        assert "（" not in answer["organization"]["name"]

    @pytest.mark.proves("R-017", "R-019")
    def test_address_with_full_width_brackets_digits_letters_and_number_sign(
        self, verify: Verify
    ) -> None:
        """手册 2.1, note 2 and FAQ 1."""
        row = row_named("(集团)")

        answer = verify(submission(row, address="山东省 淄博市张店区示范大道（北段）＃８８号"))

        assert answer["is_match"]

    @pytest.mark.proves("R-028", "R-030")
    @pytest.mark.parametrize("code", [PLAIN, PASSPORT, PERMIT])
    def test_resident_id_passport_and_travel_permit(self, verify: Verify, code: str) -> None:
        """手册 FAQ 3, 4."""
        row = ROWS[code]

        assert verify(submission(row))["is_match"]
        assert not verify(submission(row, id_number="E00000001"))["is_match"]

    @pytest.mark.proves("R-029")
    def test_id_number_of_fifteen_digits(self, verify: Verify) -> None:
        """手册 FAQ 4: 15 位身份证号."""
        number = ROWS[PLAIN]["legal_representative_id_number"]

        answer = verify(submission(ROWS[PLAIN], id_number=number[:6] + number[8:17]))

        assert answer["is_match"]

    def test_id_number_with_small_x_and_blanks(self, verify: Verify) -> None:
        number = ROWS[PLAIN]["legal_representative_id_number"]

        assert number.endswith("X")
        assert verify(submission(ROWS[PLAIN], id_number=f" {number[:6]} {number[6:].lower()}"))[
            "is_match"
        ]


class TestMismatch:
    @pytest.mark.proves("R-011", "R-012", "R-020", "R-021", "R-022", "R-023")
    @pytest.mark.parametrize(
        ("field", "value", "error"),
        [
            ("name", "桓台青禾有限公司", ("name", "registry.name_mismatch")),
            (
                "legal_representative",
                "林知秋",
                ("legal_representative", "registry.legal_representative_mismatch"),
            ),
            (
                "id_number",
                "990001197001020028",
                ("legal_representative_id_number", "registry.id_number_mismatch"),
            ),
            ("address", "山东省淄博市桓台县青禾路1号", ("address", "registry.address_mismatch")),
        ],
    )
    def test_one_field_wrong(
        self, verify: Verify, field: str, value: str, error: tuple[str, str]
    ) -> None:
        """手册 FAQ 1, 2, 4, 5."""
        answer = verify(submission(ROWS[PLAIN], **{field: value}))

        assert answer["is_match"] is False
        assert answer["organization"] is None
        assert codes_of(answer) == [error]

    def test_every_field_wrong_in_the_order_of_the_form(self, verify: Verify) -> None:
        typed = submission(
            ROWS[PLAIN], name="甲", legal_representative="乙", id_number="1", address="丙"
        )

        assert [field for field, _ in codes_of(verify(typed))] == [
            "name", "legal_representative", "legal_representative_id_number", "address",
        ]  # fmt: skip

    def test_id_number_stands_before_the_address(self, verify: Verify) -> None:
        typed = submission(ROWS[PLAIN], id_number="1", address="丙")

        assert [field for field, _ in codes_of(verify(typed))] == [
            "legal_representative_id_number", "address",
        ]  # fmt: skip

    @pytest.mark.proves("R-018")
    def test_hint_says_that_the_province_is_missing(self, verify: Verify) -> None:
        """手册 2.1, note 3: 一般会缺少了省."""
        answer = verify(submission(ROWS[PLAIN], address="淄博市桓台县示范街道青禾路1号"))

        assert answer["errors"] == [
            {
                "field": "address",
                "code": "registry.address_mismatch",
                "hint": "registry.address_province_missing",
                "hints": [{"code": "registry.address_province_missing", "params": {}}],
                "faq": 1,
            }
        ]

    def test_hint_says_that_there_is_a_province_too_many(self, verify: Verify) -> None:
        row = row_named("澜舟")
        assert row["registered_address"].startswith("上海市")

        without = verify(submission(row, address=row["registered_address"][3:]))

        assert without["errors"][0]["hint"] == "registry.address_province_missing"

    @pytest.mark.proves("R-016", "R-017", "R-031")
    def test_hints_of_several_fields_tell_places_of_what_was_typed(self, verify: Verify) -> None:
        typed = submission(
            ROWS[PLAIN],
            name="桓台青禾（示范）公司",
            id_number="990001197001020010",
            address="山东省桓台县示范街道青禾路#1号",
        )

        hints = {
            error["field"]: [(hint["code"], hint["params"]) for hint in error["hints"]]
            for error in verify(typed)["errors"]
        }

        assert hints == {
            "name": [("registry.hint_full_width_bracket", {"place": "5"})],
            "legal_representative_id_number": [("registry.hint_id_check_character", {})],
            "address": [
                ("registry.hint_city_missing", {}),
                ("registry.hint_number_sign", {"place": "14"}),
            ],
        }

    @pytest.mark.proves("R-020", "R-021", "R-022", "R-023", "R-024", "R-025", "R-026")
    @pytest.mark.parametrize(
        ("changes", "faq"),
        [
            ({"address": "丙"}, 1),
            ({"name": "甲"}, 2),
            ({"id_number": "1"}, 4),
            ({"legal_representative": "乙"}, 5),
            ({"code": "QBEX0001-4"}, 6),
            ({"code": "740545604"}, 14),
        ],
    )
    def test_each_refusal_names_the_answer_that_explains_it(
        self, verify: Verify, changes: dict[str, str], faq: int
    ) -> None:
        """手册 FAQ 1, 2, 4, 5, 6, 14."""
        [error] = verify(submission(ROWS[PLAIN], **changes))["errors"]

        assert error["faq"] == faq

    @pytest.mark.proves("R-026")
    def test_closed_region_names_its_answer(self, verify: Verify) -> None:
        """手册 FAQ 8."""
        [error] = verify(submission(row_named("昆明")))["errors"]

        assert error["faq"] == 8

    @pytest.mark.proves("R-025")
    def test_only_who_is_not_synced_can_wait(self, verify: Verify) -> None:
        assert verify(submission(ROWS[PLAIN], code="740545604"))["can_wait"] is True
        assert verify(submission(ROWS[PLAIN], code="740545605"))["can_wait"] is False
        assert verify(submission(ROWS[PLAIN], name="甲"))["can_wait"] is False

    @pytest.mark.proves("R-024")
    @pytest.mark.parametrize("code", ["QBEX00014", "91370321QBEX00013X", "123", "９１３７"])
    def test_malformed_code(self, verify: Verify, code: str) -> None:
        """手册 FAQ 6."""
        answer = verify(submission(ROWS[PLAIN], code=code))

        assert codes_of(answer) == [("code", "registry.code_mismatch")]

    def test_code_whose_embedded_organization_code_is_wrong(self, verify: Verify) -> None:
        """The whole check character is right, the embedded one is not (GB 32100, GB 11714)."""
        from stdnum.cn import uscc  # noqa: PLC0415 - only here

        body = "91370321" + "QBEX00014"

        answer = verify(submission(ROWS[PLAIN], code=body + uscc.calc_check_digit(body)))

        assert codes_of(answer) == [("code", "registry.code_mismatch")]

    @pytest.mark.proves("R-025")
    @pytest.mark.parametrize("code", ["9144030071526726XG", "740545604"])
    def test_well_formed_code_that_is_not_there(self, verify: Verify, code: str) -> None:
        """手册 FAQ 14; the example of FAQ 6 is a code of that kind."""
        answer = verify(submission(ROWS[PLAIN], code=code))

        assert codes_of(answer) == [("code", "registry.not_synced")]

    def test_organization_that_is_deregistered(self, verify: Verify) -> None:
        answer = verify(submission(row_named("旧梦")))

        assert codes_of(answer) == [("code", "registry.deregistered")]

    def test_answer_never_holds_a_stored_value(self, verify: Verify) -> None:
        typed = submission(
            ROWS[PLAIN], name="甲", legal_representative="乙", id_number="1", address="丙"
        )

        text = str(verify(typed))

        for column in ("name", "legal_rep", "registered_address", "phone"):
            assert ROWS[PLAIN][column] not in text
        assert ROWS[PLAIN]["legal_representative_id_number"] not in text

    def test_answer_to_a_match_holds_no_personal_number(self, verify: Verify) -> None:
        answer = verify(submission(ROWS[PLAIN]))

        assert ROWS[PLAIN]["legal_representative_id_number"] not in str(answer)
        assert answer["organization"]["phone_masked"] == "199****0001"


class TestRegions:
    @pytest.mark.proves("R-026", "R-027")
    def test_region_opens_without_a_new_release(self, verify: Verify, seeded: Database) -> None:
        """手册 FAQ 8: 非试点区域不能注册."""
        typed = submission(row_named("昆明"))
        closed = verify(typed)

        with seeded.transaction() as tx:
            regions.set_region_open(tx=tx, region="530102", is_open=True)

        assert codes_of(closed) == [("code", "registry.region_not_open")]
        assert verify(typed)["is_match"]

    def test_longest_prefix_wins(self, verify: Verify, seeded: Database) -> None:
        for region, is_open in (("370000", False), ("370321", True)):
            with seeded.transaction() as tx:
                regions.set_region_open(tx=tx, region=region, is_open=is_open)

        assert verify(submission(ROWS[PLAIN]))["is_match"]
        assert codes_of(verify(submission(row_named("(集团)")))) == [
            ("code", "registry.region_not_open")
        ]

    def test_list_counts_who_has_registered(self, seeded: Database) -> None:
        with seeded.read() as session:
            organization = queries.find_organization(session, PLAIN)
        assert organization is not None
        moments = [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3)]
        with seeded.transaction() as tx:
            regions.set_region_open(tx=tx, region="370000", is_open=True)
        for moment in moments:
            with seeded.transaction() as tx:
                registrations.note_registration(tx=tx, organization_id=organization.id, at=moment)
        with seeded.transaction() as tx:
            registrations.note_registration(tx=tx, organization_id="unknown", at=moments[0])

        with seeded.read() as session:
            rows = queries.list_region_switches(session)
            known = queries.get_organization(session, organization.id)
        counts = {row["region"]: row["registered_count"] for row in rows}
        assert counts == {"000000": 1, "370000": 1, "530100": 0}
        assert known is not None
        assert known.registered_at == moments[0]

    def test_change_is_audited(self, seeded: Database) -> None:
        with seeded.transaction() as tx:
            regions.set_region_open(tx=tx, region="370000", is_open=False)

        with seeded.read() as session:
            actions = session.scalars(sa.select(audit.c.action).order_by(audit.c.id)).all()
        assert actions[-1] == "region.closed"

    def test_refuses_what_is_no_division_code(self, seeded: Database) -> None:
        with pytest.raises(regions.DivisionInvalidError), seeded.transaction() as tx:
            regions.set_region_open(tx=tx, region="37", is_open=True)


class TestLimits:
    """Promise F6: the check is no oracle for identity numbers."""

    WRONG = "99000119700102{:04d}"

    def guess(self, verify: Verify, number: int, **options: Any) -> dict[str, Any]:
        return verify(submission(ROWS[PLAIN], id_number=self.WRONG.format(number)), **options)

    @pytest.mark.proves("R-035", "F6")
    def test_identity_number_cannot_be_guessed_from_one_network(
        self, verify: Verify, clock: VirtualClock
    ) -> None:
        for number in range(5):
            self.guess(verify, number, client="203.0.113.9")
        self.guess(verify, 5, client="203.0.113.9")

        with pytest.raises(TooManyAttemptsError) as refused:
            self.guess(verify, 6, client="203.0.113.77")

        assert 3500 < int(refused.value.params["retry_after"]) <= 3601
        clock.advance(timedelta(hours=1, seconds=10))
        self.guess(verify, 7, client="203.0.113.9")
        with pytest.raises(TooManyAttemptsError):
            self.guess(verify, 8, client="203.0.113.9")

    @pytest.mark.proves("F6")
    def test_identity_number_cannot_be_guessed_from_many_networks(self, verify: Verify) -> None:
        for number in range(20):
            self.guess(verify, number, client=f"203.0.{number}.1")

        self.guess(verify, 20, client="203.0.0.1")
        with pytest.raises(TooManyAttemptsError):
            self.guess(verify, 21, client="203.0.0.1")

    @pytest.mark.proves("F6")
    def test_third_miss_names_no_field(self, verify: Verify) -> None:
        answers = [self.guess(verify, number) for number in range(3)]

        assert codes_of(answers[1]) == [
            ("legal_representative_id_number", "registry.id_number_mismatch")
        ]
        assert codes_of(answers[2]) == [("", "registry.information_mismatch")]
        assert answers[2]["errors"][0]["hints"] == []

    def test_misses_in_other_fields_are_not_counted(self, verify: Verify) -> None:
        for _ in range(25):
            answer = verify(submission(ROWS[PLAIN], name="甲"))

        assert codes_of(answer) == [("name", "registry.name_mismatch")]

    def test_right_number_starts_anew(self, verify: Verify) -> None:
        for number in range(4):
            self.guess(verify, number)
        verify(submission(ROWS[PLAIN]))

        answer = self.guess(verify, 4)

        assert codes_of(answer) == [
            ("legal_representative_id_number", "registry.id_number_mismatch")
        ]

    def test_network_may_ask_only_so_often(self, verify: Verify) -> None:
        for _ in range(20):
            verify(submission(ROWS[PLAIN]), client="2001:db8:1:2::1")

        with pytest.raises(TooManyAttemptsError):
            verify(submission(ROWS[PLAIN]), client="2001:db8:1:ffff::1")
        assert verify(submission(ROWS[PLAIN]), client="2001:db8:2::1")["is_match"]

    @pytest.mark.proves("R-035")
    def test_tries_are_audited_without_values(self, verify: Verify, seeded: Database) -> None:
        verify(submission(ROWS[PLAIN], name="甲"), client="203.0.113.9")

        with seeded.read() as session:
            row = session.execute(sa.select(audit).order_by(audit.c.id.desc())).first()
        assert row is not None
        assert row.action == "organization.verification_failed"
        assert "203.0.113.0/24" in row.details
        assert "甲" not in row.details
