"""Generated declarations in a database: the use cases go on from where they end."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards import queries
from services.standards.domain import drafts, entries
from services.standards.domain.kinds import StandardKind
from services.standards.domain.rules import DEFAULT_LIFE_RULES, DEFAULT_RULES
from services.standards.models import CatalogueStandard, Declaration, RecordCounter
from tests.integration.standards.conftest import START, Office
from tools.generate_declarations import Plan, load_declarations
from tools.generate_declarations.__main__ import main
from tools.generate_declarations.enterprises import make_enterprises
from tools.generate_declarations.loading import NotEmptyError

PLAN = Plan(declarations=120, until=START - timedelta(hours=1), enterprises=3)


@pytest.fixture
def url(new_database_url: Callable[[str | None], str]) -> str:
    return new_database_url("standards")


@pytest.fixture
def filled(url: str, clock: VirtualClock) -> Iterator[Database]:
    load_declarations(url, PLAN)
    database = Database(url, service="standards", clock=clock)
    yield database
    database.close()


class TestLoadDeclarations:
    def test_writes_what_could_have_been_published(self, filled: Database) -> None:
        with filled.read() as session:
            declarations = session.scalars(sa.select(Declaration)).all()

            assert len(declarations) == PLAN.declarations
            for declaration in declarations:
                content = declaration.content
                missing = drafts.find_missing(
                    content,
                    has_text=declaration.upload is not None,
                    is_committed=True,
                    rules=DEFAULT_RULES,
                )
                assert missing == []
                view = queries.own_view(declaration, now=START, rules=DEFAULT_LIFE_RULES)
                faults: list[drafts.Fault] = []
                read = entries.read_number(StandardKind(view["kind"]), view["number"], faults)
                assert (read, faults) == (content.number, [])

    def test_the_next_publication_counts_on(self, filled: Database) -> None:
        office = Office(filled, make_enterprises(1)[0])
        with filled.read() as session:
            counter = session.get_one(RecordCounter, office.enterprise.code)
            last = counter.last

        published = office.publish_new(number={"body": "9999", "year": "2024"})

        assert published["record_number"].endswith(f"-{last + 1:04d}")

    def test_replaces_only_when_told_to(self, filled: Database, url: str) -> None:
        with pytest.raises(NotEmptyError):
            load_declarations(url, PLAN)

        code = main(["--url", url, "--declarations", "7", "--enterprises", "2", "--replace"])

        assert code == 0
        with filled.read() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Declaration)) == 7
            picks = session.scalar(sa.select(sa.func.count()).select_from(CatalogueStandard))
            assert picks == 2_000

    @pytest.mark.usefixtures("filled")
    def test_command_line_says_that_there_are_some(
        self, url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--url", url, "--declarations", "1"]) == 1
        assert "--replace" in capsys.readouterr().err
