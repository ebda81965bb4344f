"""What a fresh installation holds."""

from dataclasses import replace

import pytest

from chassis.uow import Database
from services.registry import queries, seeds
from services.registry.config import Settings
from services.registry.usecases import regions
from tests.integration.registry.conftest import START


class TestSeeds:
    @pytest.mark.proves("R-037")
    def test_hold_divisions_in_three_levels_and_organizations(
        self, database: Database, settings: Settings
    ) -> None:
        """手册 2.1, figure: 山东省 - 淄博市 - 桓台县."""
        seeds.load(database, settings, START)

        with database.read() as session:
            division = queries.get_division(session, "370321")
            cities = {row["name"]: row for row in queries.list_divisions(session, "370000")}
            provinces = queries.list_divisions(session, "")
            count = queries.count_organizations(session)
        assert division is not None
        assert division["path"] == "山东省/淄博市/桓台县"
        assert cities["淄博市"] == {"code": "370300", "name": "淄博市", "has_children": True}
        assert len(provinces) == 34
        assert count == len(seeds.demo_organizations())

    def test_change_nothing_when_loaded_twice(self, database: Database, settings: Settings) -> None:
        seeds.load(database, settings, START)
        with database.transaction() as tx:
            regions.set_region_open(tx=tx, region="530100", is_open=True)

        seeds.load(database, settings, START)

        with database.read() as session:
            assert queries.count_organizations(session) == len(seeds.demo_organizations())
            assert queries.is_region_open(session, "530102")
            assert [row["region"] for row in queries.list_region_switches(session)] == [
                "000000", "530100",
            ]  # fmt: skip

    def test_leave_the_organizations_out_in_production(
        self, database: Database, settings: Settings
    ) -> None:
        seeds.load(database, replace(settings, environment="production"), START)

        with database.read() as session:
            assert queries.count_organizations(session) == 0
            assert queries.get_division(session, "370321") is not None

    def test_divisions_follow_a_new_list(self, database: Database) -> None:
        with database.transaction() as tx:
            regions.load_divisions(
                tx=tx, rows=[("370000", "山东", ""), ("370300", "淄博", "370000")]
            )
        with database.transaction() as tx:
            regions.load_divisions(tx=tx, rows=[("370000", "山东省", "")])

        with database.read() as session:
            assert queries.get_division(session, "370300") is None
            division = queries.get_division(session, "370000")
        assert division is not None
        assert division["name"] == "山东省"

    def test_applicants_are_among_the_organizations(self) -> None:
        names = {row["name"] for row in seeds.demo_organizations()}

        applicants = [seeds.demo_applicant(number) for number in range(len(seeds.APPLICANTS))]

        assert {applicant["name"] for applicant in applicants} <= names
        assert len({applicant["code"] for applicant in applicants}) == 3
