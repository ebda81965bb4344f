"""What closed accounts hold is erased in time."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.accounts.usecases import closing, housekeeping, teams
from tests.integration.accounts.conftest import World
from tests.integration.accounts.test_teams import OWNER, enterprise_of, invite, join


def erase(world: World) -> int:
    with world.database.transaction() as tx:
        return closing.erase(tx=tx)


def rows(world: World, statement: str) -> list[Any]:
    with world.database.read() as session:
        return list(session.execute(sa.text(statement)))


class TestErasing:
    def test_data_after_thirty_days_and_indexes_after_half_a_year(self, world: World) -> None:
        world.register(1)
        member = join(world)
        with world.database.transaction() as tx:
            teams.remove_member(tx=tx, enterprise_id=enterprise_of(world, OWNER), account_id=member)
        world.clock.advance(timedelta(days=29))
        assert erase(world) == 0
        world.clock.advance(timedelta(days=2))

        assert erase(world) == 1
        assert erase(world) == 0

        data = "SELECT name, id_number_encrypted, phone_encrypted, id_number_index FROM account"
        assert ("已注销", None, None, None) in [tuple(row) for row in rows(world, data)]
        indexes = "SELECT id_number_index, phone_index FROM account_closure"
        assert all(rows(world, indexes)[0])
        world.clock.advance(timedelta(days=150))
        assert erase(world) == 1
        assert tuple(rows(world, indexes)[0]) == (None, None)
        assert erase(world) == 0

    def test_invitations_a_month_after_they_expired(self, world: World) -> None:
        world.register(1)
        invite(world)
        world.clock.advance(timedelta(days=30))
        with world.database.transaction() as tx:
            housekeeping.purge(tx=tx)
        assert world.count("invitation") == 1
        world.clock.advance(timedelta(days=8))

        with world.database.transaction() as tx:
            housekeeping.purge(tx=tx)

        assert world.count("invitation") == 0
