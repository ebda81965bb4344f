"""Full imports, workbooks, history, and what the operators see of an import."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter
from stdnum.cn import uscc

from chassis.crypto import Keyring
from chassis.fault_reports import HEADER, to_csv
from chassis.tables import outbox
from chassis.uow import Database
from services.registry import queries
from services.registry.adapters.reports import REASONS
from services.registry.domain import codes
from services.registry.importing import UnreadableFileError, import_file, main
from services.registry.models import OrganizationChange
from services.registry.usecases.importing import ImportKind, ImportProgress
from tests.integration.registry.test_importing import COLUMNS, GOOD, id_number, write_csv

ROOT = Path(__file__).resolve().parents[3]


def organization(number: int, **changes: str) -> dict[str, str]:
    """Return the row of an invented organisation."""
    body = f"QBEY{number:04}"
    code = body + codes.organization_check_digit(body)
    base = "91370321" + code
    return GOOD | {
        "name": f"示范第{number}有限公司",
        "credit_code": base + uscc.calc_check_digit(base),
        "org_code": code,
        "legal_representative_id_number": id_number(body),
        "registered_address": f"山东省淄博市桓台县{number}号",
    } | changes  # fmt: skip


def write_workbook(path: Path, lines: Sequence[Sequence[Any]]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return path


@pytest.fixture
def run(database: Database, ring: Keyring, tmp_path: Path) -> Callable[..., ImportProgress]:
    count = iter(range(1000))

    def run(*rows: dict[str, str], **options: Any) -> ImportProgress:
        path = write_csv(tmp_path / f"file-{next(count)}.csv", rows)
        return import_file(database=database, ring=ring, path=path, pause_seconds=0, **options)

    return run


def statuses(database: Database) -> dict[str, str]:
    with database.read() as session:
        rows = session.execute(sa.text("SELECT organization_code, status FROM organization"))
        return {str(code): str(status) for code, status in rows}


class TestFull:
    ROWS = tuple(organization(number) for number in range(40))

    @pytest.mark.proves("R-032")
    def test_marks_who_is_not_there_any_more(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        run(*self.ROWS)

        progress = run(*self.ROWS[1:], kind=ImportKind.FULL)

        gone = self.ROWS[0]["org_code"]
        assert progress.deregistered == 1
        assert [code for code, status in statuses(database).items() if status != "ACTIVE"] == [gone]
        with database.read() as session:
            names = session.scalars(sa.select(outbox.c.name).order_by(outbox.c.id)).all()
        assert names == ["organization.updated.v1", "organization.deregistered.v1"]

    def test_marks_nobody_when_too_many_are_missing(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        run(*self.ROWS)

        progress = run(*self.ROWS[3:], kind=ImportKind.FULL)

        assert progress.deregistered == 0
        assert "40 个现存机构中的 3 个" in progress.note
        assert set(statuses(database).values()) == {"ACTIVE"}

    def test_row_with_a_fault_shows_that_the_body_exists(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        run(*self.ROWS)
        broken = self.ROWS[0] | {"legal_rep": ""}

        progress = run(broken, *self.ROWS[1:], kind=ImportKind.FULL)

        assert (progress.rejected, progress.deregistered) == (1, 0)
        assert set(statuses(database).values()) == {"ACTIVE"}

    def test_who_comes_back_is_active_again(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        run(*self.ROWS)
        run(*self.ROWS[1:], kind=ImportKind.FULL)

        progress = run(self.ROWS[0])

        assert progress.updated == 1
        assert set(statuses(database).values()) == {"ACTIVE"}

    def test_delta_marks_nobody(self, run: Callable[..., ImportProgress]) -> None:
        run(*self.ROWS)

        assert run(self.ROWS[0], kind=ImportKind.DELTA).deregistered == 0


class TestHistory:
    @pytest.mark.proves("R-032", "F17")
    def test_keeps_what_was_and_of_numbers_only_that_they_changed(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        old = organization(1)
        run(old)
        new = old | {"name": "新名称", "legal_representative_id_number": id_number("new")}

        progress = run(new)

        with database.read() as session:
            changes = session.scalars(sa.select(OrganizationChange)).all()
            former = queries.find_former_values(session, changes[0].organization_id)
        assert [(change.field, change.old_value) for change in changes] == [
            ("legal_representative_id_number", None),
            ("name", old["name"]),
        ]
        assert {change.import_id for change in changes} == {progress.run_id}
        assert list(former.values()) == [[old["name"]]]


class TestWorkbooks:
    def test_are_read_as_files_are(self, database: Database, ring: Keyring, tmp_path: Path) -> None:
        row = organization(7) | {"postcode": "", "registered_on": ""}
        columns = [*COLUMNS, "postcode", "registered_on"]
        line = [row[column] for column in columns]
        line[columns.index("reg_admin_code")] = 370321
        line[columns.index("postcode")] = 256400.0
        number = organization(8)
        approximated = [number[column] for column in COLUMNS] + ["", ""]
        approximated[columns.index("legal_representative_id_number")] = 990001197001020010
        blank = [""] * len(columns)
        path = write_workbook(tmp_path / "a.xlsx", [columns, line, blank, approximated])
        report = tmp_path / "report.csv"

        progress = import_file(
            database=database, ring=ring, path=path, report_path=report, pause_seconds=0
        )

        assert (progress.created, progress.rejected, progress.position) == (1, 1, 4)
        assert "法人证件号" not in report.read_text("utf-8-sig")
        assert "4,legal_representative_id_number," in report.read_text("utf-8-sig")
        with database.read() as session:
            found = queries.find_organization(session, row["org_code"])
        assert found is not None
        assert (found.region, found.postcode) == ("370321", "256400")

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04nothing", b"<html>"])
    def test_broken_ones_are_refused(
        self, database: Database, ring: Keyring, tmp_path: Path, content: bytes
    ) -> None:
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)

        with pytest.raises(UnreadableFileError):
            import_file(database=database, ring=ring, path=path)


class TestOperators:
    def test_see_progress_and_the_rows_that_were_not_taken(
        self, database: Database, run: Callable[..., ImportProgress]
    ) -> None:
        progress = run(organization(1), organization(1), organization(2, legal_rep=""))

        with database.read() as session:
            listed = queries.list_imports(session, page=1)
            faults = queries.list_faults(session, progress.run_id)
        [shown] = listed["imports"]
        assert listed["total"] == 1
        assert (shown["created"], shown["rejected"], shown["position"]) == (1, 2, 4)
        assert shown["finished_at"] is not None
        lines = list(csv.reader(to_csv(faults, REASONS).removeprefix("\ufeff").splitlines()))
        assert lines == [
            list(HEADER),
            ["3", "credit_code", "同一文件中该代码已出现过，本行未采用"],
            ["4", "legal_rep", "必填项为空"],
        ]


class TestKilled:
    """The command line, killed in the middle and called again."""

    @pytest.mark.timeout(180)
    def test_goes_on_where_it_was(
        self, new_database_url: Callable[[str | None], str], tmp_path: Path
    ) -> None:
        url = new_database_url("registry")
        path = write_csv(
            tmp_path / "a.csv",
            [organization(number, phone="19900000001") for number in range(9000)],
            [*COLUMNS, "phone"],
        )
        environment = {**os.environ, "REGISTRY_DATABASE_URL": url}
        command = [sys.executable, "-m", "services.registry.importing", str(path)]

        killed = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        assert killed.stdout is not None
        killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        time.sleep(0.5)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stderr
        assert "新增 9000，更新 0，未变 0，退回 0" in done.stdout.splitlines()[-1]
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT count(*), count(DISTINCT import_row) FROM organization")
            ).one()
        engine.dispose()
        assert tuple(rows) == (9000, 9000)

    def test_database_that_is_away_is_said_plainly(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [organization(1)])
        url = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"

        assert main([str(path)], {"REGISTRY_DATABASE_URL": url}) == 1
        assert "再次运行" in capsys.readouterr().err
