"""Files of the catalogue: real rows go in, broken ones are named, interruptions do no harm."""

import csv
import os
import signal
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from chassis.clock import VirtualClock
from chassis.fault_reports import HEADER, to_csv
from chassis.tables import outbox
from chassis.uow import Database
from services.standards import models
from services.standards.adapters.catalogue_files import UnreadableFileError
from services.standards.catalogue import REASONS, ImportKind, import_file, main
from services.standards.domain.catalogue_rows import Fault
from services.standards.queries import catalogue_imports as queries
from services.standards.seeds.catalogue import CATALOGUE, load_catalogue
from services.standards.usecases import cataloguing
from services.standards.usecases.cataloguing import ImportInterruptedError, ImportProgress

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = ("std_no", "name_zh", "kind", "status", "issue_date", "implement_date", "replaced_by")


def standard(number: int, **changes: str) -> dict[str, str]:
    return {
        "std_no": f"GB/T {number}-2014",
        "name_zh": f"示例产品 {number}",
        "kind": "国家标准",
        "status": "现行",
        "issue_date": "2014-05-01",
        "implement_date": "2014-11-01",
        "replaced_by": "",
        **changes,
    }


def write_csv(
    path: Path, rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS
) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_report(path: Path) -> dict[int, list[tuple[str, str]]]:
    faults: dict[int, list[tuple[str, str]]] = defaultdict(list)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, field, reason in list(csv.reader(file))[1:]:
            faults[int(number)].append((field, reason))
    return faults


def outcome(progress: ImportProgress) -> tuple[int, int, int, int, int]:
    return (
        progress.created,
        progress.updated,
        progress.unchanged,
        progress.rejected,
        progress.withdrawn,
    )


def run(database: Database, path: Path, **options: Any) -> ImportProgress:
    return import_file(database=database, path=path, pause_seconds=0, **options)


def states(database: Database) -> dict[str, str]:
    entry = models.CatalogueStandard
    with database.read() as session:
        return {
            row[0]: row[1] for row in session.execute(sa.select(entry.number_text, entry.state))
        }


def changed(database: Database, progress: ImportProgress) -> list[queries.ChangedEntry]:
    with database.read() as session:
        return queries.changed_entries(session, progress.import_id)


class TestRealCatalogue:
    """All 3,937 rows of standards_catalogue.csv, as a full file."""

    @pytest.mark.timeout(300)
    def test_goes_in_although_interrupted(
        self, database: Database, shared_data: Path, tmp_path: Path
    ) -> None:
        class InterruptError(Exception):
            pass

        seen: list[int] = []

        def interrupt(progress: ImportProgress) -> None:
            seen.append(progress.position)
            if len(seen) == 3:
                raise InterruptError

        path, report = shared_data / "standards_catalogue.csv", tmp_path / "report.csv"
        with pytest.raises(InterruptError):
            run(database, path, kind=ImportKind.FULL, report_path=report, on_progress=interrupt)
        progress = run(database, path, kind=ImportKind.FULL, report_path=report)

        assert outcome(progress) == (3_826, 0, 0, 111, 0)
        assert progress.is_finished
        assert progress.position == 3_938
        reasons = Counter(reason for found in read_report(report).values() for _, reason in found)
        assert reasons == {
            REASONS[Fault.NO_YEAR]: 107,
            REASONS[Fault.BAD_NUMBER]: 1,
            REASONS[Fault.MISSING]: 2,
            REASONS[Fault.REPEATED_NUMBER]: 1,
            REASONS[Fault.REPLACEMENT_IGNORED]: 43,
        }
        kinds = Counter(self.kinds(database))
        assert kinds == {"NATIONAL": 1_136, "INDUSTRY": 1_706, "LOCAL": 550, "GROUP": 434}
        found = states(database)
        assert found["GB 19272-2011"] == "SUPERSEDED"
        assert found["GB 17284-1998"] == "WITHDRAWN"
        assert changed(database, progress) == []

    @staticmethod
    def kinds(database: Database) -> list[str]:
        with database.read() as session:
            return list(session.scalars(sa.select(models.CatalogueStandard.kind)))

    @pytest.mark.timeout(300)
    def test_is_not_spoilt_by_a_list_of_numbers_and_titles(
        self, database: Database, shared_data: Path, tmp_path: Path
    ) -> None:
        run(database, shared_data / "standards_catalogue.csv")
        before = states(database)
        report = tmp_path / "report.csv"

        progress = run(database, shared_data / "standard_numbers_raw.csv", report_path=report)

        after = states(database)
        assert {number: after[number] for number in before} == before
        assert changed(database, progress) == []
        rows = list(read_report(report).values())
        assert {reason for found in rows for _, reason in found} == {
            REASONS[Fault.REPEATED_NUMBER],
            REASONS[Fault.NO_YEAR],
        }
        with (shared_data / "standard_numbers_raw.csv").open(encoding="utf-8") as file:
            whole = {row["normalised_number"] for row in csv.DictReader(file)}
        dated = {number for number in whole if number[-5:-4] == "-"}
        assert len(dated - set(after)) <= len(dated) // 100


class TestRepeated:
    def test_the_same_file_again_changes_nothing(self, database: Database, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "a.csv", [standard(number) for number in range(1, 8)])
        first = run(database, path, batch_size=3)

        again = run(database, path, batch_size=3)

        assert again == first
        assert outcome(first) == (7, 0, 0, 0, 0)

    def test_the_same_rows_in_another_file_are_unchanged(
        self, database: Database, tmp_path: Path
    ) -> None:
        run(database, write_csv(tmp_path / "a.csv", [standard(1), standard(2)]))
        path = write_csv(tmp_path / "b.csv", [standard(2), standard(1), standard(3)])

        assert outcome(run(database, path)) == (1, 0, 2, 0, 0)

    def test_a_number_is_taken_once_per_file(self, database: Database, tmp_path: Path) -> None:
        rows = [standard(1), standard(1, std_no="gbt1-2014"), standard(2), standard(1)]
        report = tmp_path / "report.csv"

        progress = run(
            database, write_csv(tmp_path / "a.csv", rows), batch_size=2, report_path=report
        )

        assert outcome(progress) == (2, 0, 0, 2, 0)
        assert set(read_report(report)) == {3, 5}

    def test_two_processes_do_not_import_the_same_file(
        self, database: Database, tmp_path: Path
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [standard(1), standard(2)])

        def overtake(progress: ImportProgress) -> None:
            if progress.position == 2:
                with database.transaction() as tx:
                    cataloguing.import_batch(
                        tx=tx, import_id=progress.import_id, position=2, batch=[]
                    )
                    run_ = tx.session.get_one(models.CatalogueImport, progress.import_id)
                    run_.position = 3

        with pytest.raises(ImportInterruptedError):
            run(database, path, batch_size=1, on_progress=overtake)


class TestChanged:
    def test_names_entries_whose_state_or_replacement_changed(
        self, database: Database, tmp_path: Path
    ) -> None:
        run(database, write_csv(tmp_path / "a.csv", [standard(number) for number in range(1, 6)]))
        rows = [
            standard(1, status="废止"),
            standard(2, name_zh="新的名称"),
            standard(3, status="废止", replaced_by="GB/T 9-2024"),
            standard(4),
            standard(5, replaced_by="GB/T 9-2024"),
            standard(6, status="废止"),
        ]

        progress = run(database, write_csv(tmp_path / "b.csv", rows))

        assert outcome(progress) == (1, 4, 1, 0, 0)
        assert changed(database, progress) == [
            queries.ChangedEntry(
                cataloguing.catalogue_id("GB/T1-2014"), "CURRENT", "WITHDRAWN", None, None
            ),
            queries.ChangedEntry(
                cataloguing.catalogue_id("GB/T3-2014"),
                "CURRENT",
                "SUPERSEDED",
                None,
                "GB/T 9-2024",
            ),
            queries.ChangedEntry(
                cataloguing.catalogue_id("GB/T5-2014"), "CURRENT", "CURRENT", None, "GB/T 9-2024"
            ),
        ]

    def test_the_batch_returns_their_ids(self, database: Database, tmp_path: Path) -> None:
        run(database, write_csv(tmp_path / "a.csv", [standard(1)]))
        row = cataloguing.NumberedRow(2, standard(1, status="废止"))
        with database.transaction() as tx:
            begun = cataloguing.start_import(
                tx=tx, file_sha256="b" * 64, file_name="b.csv", kind=ImportKind.DELTA
            )

        with database.transaction() as tx:
            done = cataloguing.import_batch(
                tx=tx, import_id=begun.import_id, position=0, batch=[row]
            )

        assert done.changed == [cataloguing.catalogue_id("GB/T1-2014")]
        with database.read() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(outbox)) == 0


class TestFull:
    def test_withdraws_what_the_file_does_not_have(
        self, database: Database, tmp_path: Path
    ) -> None:
        rows = [standard(number) for number in range(1, 31)]
        group = standard(1, std_no="T/ABC 1-2014", kind="团体标准")
        run(database, write_csv(tmp_path / "a.csv", [*rows, group]))

        progress = run(
            database, write_csv(tmp_path / "b.csv", rows[1:]), kind=ImportKind.FULL, batch_size=10
        )

        assert outcome(progress) == (0, 0, 29, 0, 1)
        found = states(database)
        assert found["GB/T 1-2014"] == "WITHDRAWN"
        # Lists come kind by kind: this one says nothing about group standards.
        assert found["T/ABC 1-2014"] == "CURRENT"
        [change] = changed(database, progress)
        assert (change.old_state, change.new_state) == ("CURRENT", "WITHDRAWN")

    def test_lists_again_what_it_had_dropped(self, database: Database, tmp_path: Path) -> None:
        rows = [standard(number, status="") for number in range(1, 31)]
        for name, some in (("a", rows), ("b", rows[1:])):
            path = write_csv(tmp_path / f"{name}.csv", some)
            run(database, path, kind=ImportKind.FULL)

        path = write_csv(tmp_path / "c.csv", [*rows, standard(31)])
        progress = run(database, path, kind=ImportKind.FULL)

        assert outcome(progress) == (1, 1, 29, 0, 0)
        assert states(database)["GB/T 1-2014"] == "CURRENT"

    def test_is_taken_for_incomplete_when_too_much_is_missing(
        self, database: Database, tmp_path: Path
    ) -> None:
        rows = [standard(number) for number in range(1, 31)]
        run(database, write_csv(tmp_path / "a.csv", rows))

        progress = run(database, write_csv(tmp_path / "b.csv", rows[:10]), kind=ImportKind.FULL)

        assert outcome(progress) == (0, 0, 10, 0, 0)
        assert "30 项有效标准中的 20 项" in progress.note
        assert set(states(database).values()) == {"CURRENT"}

    @pytest.mark.parametrize(
        ("is_named_again", "batch_size", "unchanged"),
        [(False, 50, 29), (True, 50, 30), (True, 10, 30)],
    )
    def test_a_row_with_a_fault_shows_that_the_standard_is_there(
        self,
        database: Database,
        tmp_path: Path,
        is_named_again: bool,  # noqa: FBT001 - a parameter
        batch_size: int,
        unchanged: int,
    ) -> None:
        rows = [standard(number) for number in range(1, 31)]
        run(database, write_csv(tmp_path / "a.csv", rows))
        broken = [standard(1, name_zh=""), *rows[1:], *(rows[:1] if is_named_again else [])]

        path = write_csv(tmp_path / "b.csv", broken)
        progress = run(database, path, kind=ImportKind.FULL, batch_size=batch_size)

        assert outcome(progress) == (0, 0, unchanged, 1, 0)
        assert states(database)["GB/T 1-2014"] == "CURRENT"

    def test_leaves_what_was_added_by_hand_meanwhile(
        self, database: Database, clock: VirtualClock, tmp_path: Path
    ) -> None:
        rows = [standard(number) for number in range(1, 31)]
        run(database, write_csv(tmp_path / "a.csv", rows))

        def add(progress: ImportProgress) -> None:
            record = cataloguing.catalogue_rows.read_row(standard(99)).record
            assert record is not None
            if progress.position == 31:
                clock.jump(timedelta(seconds=1))
                with database.transaction() as tx:
                    cataloguing.ensure_entry(tx=tx, record=record)

        path = write_csv(tmp_path / "b.csv", [*rows[1:], standard(40)])
        progress = run(database, path, kind=ImportKind.FULL, on_progress=add)

        assert progress.withdrawn == 1
        assert states(database)["GB/T 99-2014"] == "CURRENT"


class TestFiles:
    def test_a_workbook_is_as_good_as_text(self, database: Database, tmp_path: Path) -> None:
        path = tmp_path / "目录.xlsx"
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["标准编号", "标准名称", "状态", "实施日期", "备注"])
        sheet.write_row(1, 0, ["GB/T 1-2014", "甲", "现行", "2014-05-01", 12])
        sheet.write_row(3, 0, ["GB/T 2-2014", "乙", "废止"])
        sheet.write_row(4, 0, [13456, 0.5, "现行"])
        book.close()
        report = tmp_path / "report.csv"

        progress = run(database, path, report_path=report)

        assert outcome(progress) == (2, 0, 0, 1, 0)
        assert states(database) == {"GB/T 1-2014": "CURRENT", "GB/T 2-2014": "WITHDRAWN"}
        assert set(read_report(report)) == {5}

    def test_days_of_a_workbook_are_days(self, database: Database, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        book = xlsxwriter.Workbook(path)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["std_no", "name_zh", "issue_date"])
        sheet.write_row(1, 0, ["GB/T 1-2014", "甲"])
        sheet.write_number(1, 2, 41760, book.add_format({"num_format": "yyyy-mm-dd"}))
        book.close()

        run(database, path)

        with database.read() as session:
            entry = session.scalars(sa.select(models.CatalogueStandard)).one()
        assert str(entry.issued_on) == "2014-05-01"

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("a.csv", b"name_zh\n", "std_no"),
            ("a.csv", b"", "std_no、name_zh"),
            ("a.xlsx", b"PK no workbook", "XLSX"),
            ("a.csv", b"std_no,name_zh\n" + b"x" * 200_000, "CSV"),
        ],
    )
    def test_other_files_are_refused(
        self, database: Database, tmp_path: Path, name: str, content: bytes, reason: str
    ) -> None:
        path = tmp_path / name
        path.write_bytes(content)

        with pytest.raises(UnreadableFileError, match=reason):
            run(database, path)

    def test_a_missing_file_is_said(self, database: Database, tmp_path: Path) -> None:
        with pytest.raises(UnreadableFileError, match="找不到文件"):
            run(database, tmp_path / "nothing.csv")

    def test_a_workbook_that_is_too_large_is_refused(
        self, database: Database, tmp_path: Path
    ) -> None:
        path = tmp_path / "a.xlsx"
        with path.open("wb") as file:
            file.truncate(100_000_001)

        with pytest.raises(UnreadableFileError, match="过大"):
            run(database, path)

    def test_each_row_is_judged_alone(self, database: Database, tmp_path: Path) -> None:
        path, report = tmp_path / "a.csv", tmp_path / "reports" / "report.csv"
        lines = (
            b"std_no,name_zh,status\n",
            "GB/T 1-2014,甲,现行\n".encode(),
            b"GB/T 2-2014\n",
            "GB/T 3-2014,乙,现行\n".encode("gb18030"),
            "GB/T 4-2014,,试行\n".encode(),
        )
        path.write_bytes(b"".join(lines))

        progress = run(database, path, report_path=report)

        assert outcome(progress) == (1, 0, 0, 3, 0)
        assert read_report(report) == {
            3: [("", REASONS[Fault.COLUMN_COUNT])],
            4: [("", REASONS[Fault.MOJIBAKE])],
            5: [("name_zh", REASONS[Fault.MISSING]), ("status", REASONS[Fault.UNKNOWN_STATE])],
        }

    def test_operators_read_the_same_report(self, database: Database, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "a.csv", [standard(1), standard(2, name_zh="")])
        progress = run(database, path)

        with database.read() as session:
            listed = queries.list_imports(session, page=1, page_size=15)
            faults = queries.list_faults(session, progress.import_id)
            with pytest.raises(queries.CatalogueImportNotFoundError):
                queries.list_faults(session, "nothing")

        [shown] = listed["items"]
        assert (shown["created"], shown["rejected"], shown["position"]) == (1, 1, 3)
        assert shown["finished_at"] is not None
        lines = list(csv.reader(to_csv(faults, REASONS).lstrip("\ufeff").splitlines()))
        assert lines == [list(HEADER), ["3", "name_zh", "必填项为空"]]

    def test_every_fault_has_a_reason(self) -> None:
        assert set(REASONS) == set(Fault)


class TestSeeds:
    def test_hold_all_kinds_and_states(self, database: Database) -> None:
        for _ in range(2):
            load_catalogue(database)

        found = states(database)
        with CATALOGUE.open(encoding="utf-8") as file:
            assert len(found) == len(list(csv.DictReader(file)))
        assert set(found.values()) == {"UPCOMING", "CURRENT", "SUPERSEDED", "WITHDRAWN"}
        assert set(TestRealCatalogue.kinds(database)) == {"NATIONAL", "INDUSTRY", "LOCAL", "GROUP"}


class TestCommandLine:
    @pytest.mark.timeout(180)
    def test_goes_on_where_it_was_killed(
        self, new_database_url: Callable[[str | None], str], tmp_path: Path
    ) -> None:
        url = new_database_url("standards")
        path = write_csv(
            tmp_path / "a.csv", [*map(standard, range(1, 6_001)), standard(1, name_zh="")]
        )
        environment = {**os.environ, "STANDARDS_DATABASE_URL": url}
        command = [sys.executable, "-m", "services.standards.catalogue", str(path)]

        killed = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        assert killed.stdout is not None
        killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        killed.stdout.close()
        done = subprocess.run(
            [*command, "--kind", "delta", "--error-report", str(tmp_path / "report.csv")],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        last = done.stdout.splitlines()
        assert "新增 6000，更新 0，未变 0，退回 1，废止 0" in last[-2]
        assert last[-1].startswith("退回的行见 ")
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            rows = connection.execute(
                sa.text("SELECT count(*), count(DISTINCT import_row) FROM catalogue_standards")
            ).one()
        engine.dispose()
        assert tuple(rows) == (6_000, 6_000)

    def test_says_that_a_full_file_is_incomplete(
        self,
        new_database_url: Callable[[str | None], str],
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        environ = {"STANDARDS_DATABASE_URL": new_database_url("standards")}
        rows = [standard(number) for number in range(1, 31)]
        for name, some in (("a", rows), ("b", rows[:10])):
            path = write_csv(tmp_path / f"{name}.csv", some)
            assert main([str(path), "--kind", "full"], environ) == 0

        assert "注意：文件中没有 30 项有效标准中的 20 项" in capsys.readouterr().out

    def test_says_plainly_why_it_cannot(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [standard(1)])
        away = "postgresql+psycopg2://nobody@127.0.0.1:1/nothing"

        assert main([str(path)], {"STANDARDS_DATABASE_URL": away}) == 1
        assert main([str(tmp_path / "b.csv")], {}) == 1

        said = capsys.readouterr().err
        assert "再次运行" in said
        assert "找不到文件" in said
