"""The demonstration's accounts."""

from collections import Counter
from dataclasses import replace

import pytest
import sqlalchemy as sa

from services.accounts import queries, seeds
from services.accounts.config import Settings
from services.accounts.domain import identity, phones, usernames
from services.accounts.models import Account, AccountRole
from services.accounts.usecases import profiles, signing_in, staffing
from services.accounts.usecases.staffing import NewAccount, RoleUnknownError
from services.registry import seeds as registry_seeds
from services.registry.models import organization_id
from tests.integration.accounts.conftest import HASHER, START, World

CHEAP = Settings(argon2_memory_kib=64, argon2_passes=1)


class TestSeeds:
    def test_everybody_can_log_in(self, world: World) -> None:
        seeds.load(world.database, CHEAP, START)

        for username in seeds.demo_usernames().values():
            assert signing_in.log_in(
                database=world.database,
                ring=world.ring,
                hasher=HASHER,
                rules=signing_in.LoginRules(),
                username=username,
                password=seeds.PASSWORD,
                user_agent="",
                client_address="",
            )

    def test_each_role_is_there(self, world: World) -> None:
        seeds.load(world.database, CHEAP, START)

        with world.database.read() as session:
            roles = Counter(session.scalars(sa.select(AccountRole.role_code)))
            known = [role.code for role in queries.list_roles(session)]
        assert sorted(roles) == known == [
            "AUDITOR", "BUREAU", "FILER", "OPERATOR", "OWNER", "SECURITY_ADMIN", "SYSTEM_ADMIN",
            "VIEWER",
        ]  # fmt: skip

    def test_change_nothing_when_loaded_twice(self, world: World) -> None:
        seeds.load(world.database, CHEAP, START)
        before = world.count("account"), world.count("enterprise"), world.count("audit")

        seeds.load(world.database, CHEAP, START)

        assert (world.count("account"), world.count("enterprise"), world.count("audit")) == before

    def test_load_nothing_in_production(self, world: World) -> None:
        seeds.load(world.database, replace(CHEAP, environment="production"), START)

        assert world.count("account") == 0

    def test_enterprises_are_those_of_the_registry(self, world: World) -> None:
        rows = {row["credit_code"]: row for row in registry_seeds.demo_organizations()}
        seeds.load(world.database, CHEAP, START)

        for profile in seeds.demo_enterprises():
            row = rows[profile["credit_code"]]
            assert profile["name"] == row["name"]
            assert profile["address"] == row["registered_address"]
            assert row["org_code"] not in registry_seeds.APPLICANTS
            known = profiles.get_enterprise(
                database=world.database, enterprise_id=profile["enterprise_id"]
            )
            assert known == profile
            with world.database.read() as session:
                enterprise = queries.get_enterprise(session, profile["enterprise_id"])
            assert enterprise is not None
            assert enterprise.organization_id == organization_id(row["org_code"])

    def test_people_have_right_numbers_of_nobody(self, world: World) -> None:
        seeds.load(world.database, CHEAP, START)

        with world.database.read() as session:
            accounts = session.scalars(sa.select(Account)).all()
        for account in accounts:
            assert usernames.is_username(account.username)
            profile = profiles.get_profile(
                database=world.database, ring=world.ring, account_id=account.id
            )
            assert profile["user"]["id_number_masked"][:2] in {"", "99"}
        for row in registry_seeds.demo_organizations():
            number = row["legal_representative_id_number"]
            if row["legal_representative_id_type"] == "RESIDENT_ID":
                assert identity.to_long_form(number) == number
            assert phones.to_mobile(row["phone"]) == row["phone"]

    def test_role_must_exist(self, world: World) -> None:
        with pytest.raises(RoleUnknownError), world.database.transaction() as tx:
            staffing.add_account(
                tx=tx,
                ring=world.ring,
                account=NewAccount(username="somebody", name="某人", role="KING"),
                password_hash="",
            )
