"""Files of the code database: real rows go in, broken ones are named, interruptions do no harm."""

import csv
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stdnum.iso7064 import mod_11_2

from chassis.crypto import Keyring
from chassis.tables import outbox
from chassis.uow import Database
from services.registry import importing, queries
from services.registry.domain.rows import Fault
from services.registry.importing import UnreadableFileError, import_file
from services.registry.usecases import importing as importing_usecases
from services.registry.usecases import preparing
from services.registry.usecases.importing import ImportInterruptedError, ImportProgress
from services.registry.usecases.verification import Limits, Submission, verify_organization

COLUMNS = (
    "name", "credit_code", "org_code", "legal_rep", "province", "city", "registered_address",
    "reg_admin_code", "legal_representative_id_number",
)  # fmt: skip
GOOD = {
    "name": "甲示范有限公司",
    "credit_code": "91370321QBEX00013L",
    "org_code": "QBEX00013",
    "legal_rep": "甲",
    "province": "山东",
    "city": "淄博",
    "registered_address": "山东省淄博市桓台县1号",
    "reg_admin_code": "370321",
    "legal_representative_id_number": "99000119700102001X",
}


def id_number(seed: str) -> str:
    """Return a right identity number that belongs to nobody: its area code does not exist."""
    digits = str(int(hashlib.sha256(seed.encode()).hexdigest(), 16))
    body = f"99{digits[:4]}19{60 + int(digits[4:6]) % 40}0{1 + int(digits[6]) % 9}1{digits[7:11]}"
    return body + str(mod_11_2.calc_check_digit(body))


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


def outcome(progress: ImportProgress) -> tuple[int, int, int, int]:
    return progress.created, progress.updated, progress.unchanged, progress.rejected


def run(database: Database, ring: Keyring, path: Path, **options: Any) -> ImportProgress:
    return import_file(database=database, ring=ring, path=path, pause_seconds=0, **options)


class TestRealCompanies:
    """All 15,849 rows of companies.csv, with synthetic identity numbers."""

    @pytest.fixture
    def companies(self, shared_data: Path, tmp_path: Path) -> Path:
        with (shared_data / "companies.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["legal_representative_id_number"] = id_number(row["credit_code"])
        return write_csv(tmp_path / "companies.csv", rows, rows[0].keys())

    @pytest.mark.timeout(300)
    @pytest.mark.proves("R-012", "R-032")
    def test_all_go_in_although_interrupted_and_verify(
        self, database: Database, ring: Keyring, companies: Path, tmp_path: Path
    ) -> None:
        class InterruptError(Exception):
            pass

        seen: list[int] = []

        def interrupt(progress: ImportProgress) -> None:
            seen.append(progress.position)
            if len(seen) == 3:
                raise InterruptError

        report = tmp_path / "report.csv"
        with pytest.raises(InterruptError):
            run(database, ring, companies, report_path=report, on_progress=interrupt)
        progress = run(
            database, ring, companies, report_path=report,
            on_progress=lambda state: seen.append(state.position),
        )  # fmt: skip

        assert outcome(progress) == (15_849, 0, 0, 0)
        assert progress.is_finished
        assert seen == sorted(set(seen))
        assert read_report(report) == {}
        with database.read() as session:
            assert queries.count_organizations(session) == 15_849
        self.check_every_hundredth(database, ring, companies)

    def check_every_hundredth(self, database: Database, ring: Keyring, companies: Path) -> None:
        """Verify as an applicant would: full-width brackets, no hyphen, 15 digits."""
        with database.transaction() as tx:
            from services.registry.usecases import regions  # noqa: PLC0415 - only here

            regions.set_region_open(tx=tx, region="000000", is_open=True)
        with companies.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))[::100]
        for row in rows:
            number = row["legal_representative_id_number"]
            typed = Submission(
                code=row["org_code"],
                name=row["name"].replace("(", "（").replace(")", "）"),
                legal_representative=row["legal_rep"],
                id_number=number[:6] + number[8:17],
                address=row["registered_address"],
            )
            answer = verify_organization(
                database=database, ring=ring, limits=Limits(), submission=typed, client_address=""
            )
            assert answer["is_match"], (row["name"], answer["errors"])


class TestDirtyCompanies:
    """All 341 rows of companies_dirty.csv: each gets the verdict it deserves."""

    RAW_COLUMNS = (
        "name", "credit_code", "registration_date", "kind", "legal_rep", "capital", "scope",
        "province", "city", "registered_address", "legal_representative_id_number",
    )  # fmt: skip

    @pytest.fixture
    def dirty(self, shared_data: Path) -> list[dict[str, str]]:
        with (shared_data / "companies_dirty.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def cells(self, record: str) -> list[str]:
        return [*record.split("\t"), id_number(record)]

    def test_each_row_gets_its_verdict(
        self, database: Database, ring: Keyring, dirty: list[dict[str, str]], tmp_path: Path
    ) -> None:
        kinds = [row for row in dirty if row["problem"] != "same_code_two_records"]
        path, report = tmp_path / "dirty.csv", tmp_path / "report.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [self.RAW_COLUMNS, *(self.cells(row["raw_record"]) for row in kinds)]
            )

        progress = run(database, ring, path, report_path=report)

        faults = read_report(report)
        assert len(kinds) == 341 - 78
        assert outcome(progress) == (5, 0, 0, len(kinds) - 5)
        verdicts = Counter(
            (row["problem"], self.verdict(faults[number]) if number in faults else "taken")
            for number, row in enumerate(kinds, start=2)
        )
        assert verdicts == {
            ("bad_credit_code", Fault.BAD_CODE): 114,
            # Only small letters were wrong with these; both their check characters are right.
            ("bad_credit_code", "taken"): 5,
            ("mojibake_in_source", Fault.MOJIBAKE): 98,
            # Decoding broke the tabs too: the row has lost columns.
            ("mojibake_in_source", Fault.COLUMN_COUNT): 19,
            ("wrong_column_count", Fault.COLUMN_COUNT): 20,
            ("unknown_province", Fault.UNKNOWN_PROVINCE): 7,
        }

    @staticmethod
    def verdict(faults: list[tuple[str, str]]) -> Fault:
        """Return the fault that explains the others."""
        reasons = {reason for _, reason in faults}
        order = (
            Fault.COLUMN_COUNT, Fault.MOJIBAKE, Fault.UNKNOWN_PROVINCE, Fault.BAD_CODE,
        )  # fmt: skip
        return next(fault for fault in order if importing.REASONS[fault] in reasons)

    def test_second_record_of_a_code_is_not_taken(
        self, database: Database, ring: Keyring, dirty: list[dict[str, str]], tmp_path: Path
    ) -> None:
        pairs = [row["raw_record"] for row in dirty if row["problem"] == "same_code_two_records"]
        rows = []
        for record in pairs:
            first, second = record.split("\t|\t")
            code, name, address = first.split("\t")
            shared = {"credit_code": code, "legal_rep": "甲", "reg_admin_code": code[2:8]}
            shared["legal_representative_id_number"] = id_number(code)
            for each_name, each_address in ((name, address), tuple(second.split("\t"))):
                rows.append(shared | {"name": each_name, "registered_address": each_address})
        report = tmp_path / "report.csv"

        progress = run(database, ring, write_csv(tmp_path / "pairs.csv", rows), report_path=report)

        assert outcome(progress) == (78, 0, 0, 78)
        reason = importing.REASONS[Fault.REPEATED_CODE]
        assert read_report(report) == {
            number: [("credit_code", reason)] for number in range(3, 2 + 2 * 78, 2)
        }


class TestImport:
    def test_repeated_changes_nothing(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [GOOD])
        first = run(database, ring, path)

        again = run(database, ring, path)

        assert again == first
        assert outcome(again) == (1, 0, 0, 0)

    @pytest.mark.proves("R-032")
    def test_changed_record_is_announced_without_values(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD]))
        new_number = id_number("another")
        changed = GOOD | {
            "name": "乙示范有限公司", "legal_representative_id_number": new_number,
        }  # fmt: skip

        progress = run(database, ring, write_csv(tmp_path / "b.csv", [changed]))

        assert outcome(progress) == (0, 1, 0, 0)
        with database.read() as session:
            row = session.execute(sa.select(outbox)).one()
        assert row.name == "organization.updated.v1"
        assert '"changed":["legal_representative_id_number","name"]' in row.body
        assert '"sequence":2' in row.body
        assert new_number not in row.body

    @pytest.mark.proves("R-032", "R-033")
    def test_old_values_verify_until_the_change_arrives(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        """手册 FAQ 2, 5, 6, 15, 16."""
        from services.registry.usecases import regions  # noqa: PLC0415 - only here

        with database.transaction() as tx:
            regions.set_region_open(tx=tx, region="000000", is_open=True)
        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD]))
        new = GOOD | {"name": "乙示范有限公司"}

        before = [self.verify(database, ring, row)["is_match"] for row in (GOOD, new)]
        run(database, ring, write_csv(tmp_path / "b.csv", [new]))
        after = [self.verify(database, ring, row)["is_match"] for row in (GOOD, new)]

        assert before == [True, False]
        assert after == [False, True]

    @staticmethod
    def verify(database: Database, ring: Keyring, row: Mapping[str, str]) -> dict[str, Any]:
        return verify_organization(
            database=database,
            ring=ring,
            limits=Limits(),
            submission=Submission(
                code=row["credit_code"],
                name=row["name"],
                legal_representative=row["legal_rep"],
                id_number=row["legal_representative_id_number"],
                address=row["registered_address"],
            ),
            client_address="",
        )

    def test_unchanged_record_is_confirmed_silently(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD]))

        progress = run(database, ring, write_csv(tmp_path / "b.csv", [GOOD, GOOD | {
            "credit_code": "91370303QBEX00021D", "org_code": "",
        }]))  # fmt: skip

        assert outcome(progress) == (1, 0, 1, 0)
        with database.read() as session:
            organization = queries.find_organization(session, "QBEX00013")
            assert organization is not None
            assert organization.version == 1
            assert session.scalar(sa.select(sa.func.count()).select_from(outbox)) == 0

    def test_organization_code_alone_keeps_the_credit_code(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD]))

        progress = run(
            database,
            ring,
            write_csv(tmp_path / "b.csv", [GOOD | {"credit_code": "", "name": "丙"}]),
        )

        assert outcome(progress) == (0, 1, 0, 0)
        with database.read() as session:
            organization = queries.find_organization(session, GOOD["credit_code"])
        assert organization is not None
        assert organization.name == "丙"

    def test_body_without_credit_code_is_found_by_one(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD | {"credit_code": ""}]))

        with database.read() as session:
            organization = queries.find_organization(session, GOOD["credit_code"])

        assert organization is not None
        assert organization.credit_code is None

    def test_other_credit_code_of_the_same_body_is_refused(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        from stdnum.cn import uscc  # noqa: PLC0415 - only here

        run(database, ring, write_csv(tmp_path / "a.csv", [GOOD]))
        body = "91370303QBEX00013"
        other = GOOD | {"credit_code": body + uscc.calc_check_digit(body)}
        report = tmp_path / "report.csv"

        progress = run(database, ring, write_csv(tmp_path / "b.csv", [other]), report_path=report)

        assert outcome(progress) == (0, 0, 0, 1)
        assert read_report(report) == {2: [("credit_code", importing.REASONS[Fault.CODE_CONFLICT])]}

    def test_report_of_an_interrupted_import_is_continued(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        bad = [GOOD | {"credit_code": "1", "org_code": ""}] * 4
        path, report = write_csv(tmp_path / "a.csv", bad), tmp_path / "report.csv"

        def stop(_: ImportProgress) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(database, ring, path, report_path=report, batch_size=2, on_progress=stop)
        # What a crash before the commit leaves: a row of the next batch.
        with report.open("a", encoding="utf-8") as file:
            file.write("4,credit_code,旧\n")
        progress = run(database, ring, path, report_path=report, batch_size=2)

        assert outcome(progress) == (0, 0, 0, 4)
        assert sorted(read_report(report)) == [2, 3, 4, 5]
        assert all(len(faults) == 1 for faults in read_report(report).values())

    def test_two_at_once_do_not_disturb_each_other(self, database: Database, ring: Keyring) -> None:
        with database.transaction() as tx:
            progress = importing_usecases.start_import(tx=tx, file_sha256="a", file_name="a.csv")

        with pytest.raises(ImportInterruptedError), database.transaction() as tx:
            importing_usecases.import_batch(
                tx=tx, ring=ring, run_id=progress.run_id, position=7,
                batch=preparing.read_batch(ring, []),
            )  # fmt: skip

    def test_personal_numbers_are_not_readable_in_the_database(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        row = GOOD | {"phone": "19900001234"}
        run(database, ring, write_csv(tmp_path / "a.csv", [row], row.keys()))

        with database.read() as session:
            stored = str(session.execute(sa.text("SELECT * FROM organization")).one())
        assert GOOD["legal_representative_id_number"] not in stored
        assert "19900001234" not in stored


class TestFiles:
    def test_refuses_a_file_without_a_needed_column(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [GOOD], ["name", "credit_code"])

        with pytest.raises(UnreadableFileError, match="legal_rep"):
            run(database, ring, path)

    def test_refuses_a_file_that_is_not_there(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        with pytest.raises(UnreadableFileError):
            run(database, ring, tmp_path / "none.csv")

    def test_bytes_of_another_encoding_are_named(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        path, report = tmp_path / "gb.csv", tmp_path / "report.csv"
        text = ",".join(COLUMNS) + "\n\n" + ",".join(GOOD[column] for column in COLUMNS) + "\n"
        path.write_bytes(text.encode("gb18030"))

        run(database, ring, path, report_path=report)

        assert read_report(report) == {3: [("name", importing.REASONS[Fault.MOJIBAKE])]}


class TestCommandLine:
    def test_tells_how_it_goes(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [GOOD, GOOD])

        code = importing.main([str(path)], self.environ(database))

        assert code == 0
        written = capsys.readouterr().out
        assert "已处理到第 3 行：新增 1，更新 0，未变 0，退回 1" in written
        assert str(tmp_path / "a.errors.csv") in written
        assert read_report(tmp_path / "a.errors.csv").keys() == {3}

    def test_says_nothing_of_a_report_without_need(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [GOOD])

        importing.main(
            [str(path), "--error-report", str(tmp_path / "r.csv")], self.environ(database)
        )

        assert "r.csv" not in capsys.readouterr().out

    def test_names_the_reason_of_a_failure(
        self, database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        code = importing.main([str(tmp_path / "none.csv")], self.environ(database))

        assert code == 1
        assert "找不到文件" in capsys.readouterr().err

    @staticmethod
    def environ(database: Database) -> dict[str, str]:
        return {"REGISTRY_DATABASE_URL": database.url.render_as_string(hide_password=False)}
