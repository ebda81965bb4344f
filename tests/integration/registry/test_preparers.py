"""Imports whose rows other processes prepare: the same outcome, and nothing lost when one dies."""

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import bulk, workers
from chassis.clock import SystemClock
from chassis.crypto import Keyring
from chassis.tables import outbox
from chassis.uow import Database
from services.registry import models, queries
from services.registry.adapters import files, preparers
from services.registry.adapters.files import Share
from services.registry.importing import import_file
from services.registry.models import ImportFault, Organization, OrganizationChange
from services.registry.usecases import importing, preparing
from services.registry.usecases.importing import ImportKind
from services.registry.usecases.preparing import NumberedRow
from tests.integration.registry.apart import Fault, Options
from tests.integration.registry.test_full_imports import organization
from tests.integration.registry.test_importing import COLUMNS, write_csv

ROOT = Path(__file__).resolve().parents[3]
ALL_COLUMNS = (*COLUMNS, "phone", "status", "legal_representative_email")
FIRST = (
    *(organization(number, phone=f"1990000{number:04}") for number in range(20)),
    organization(3),  # a second record of one body, in another batch
    organization(20, credit_code=""),
    organization(21, legal_rep=""),
    organization(22, registered_address="山东省\t淄博市 桓台县 22号\\N"),
    organization(22, name="同一批中的另一个"),
    organization(23, legal_representative_id_number="HX0000123"),
    organization(24, name="乱\ufffd码"),
    organization(25, status="注销"),
)
SECOND = (
    *(organization(number, phone=f"1990000{number:04}") for number in range(5)),
    organization(5, name="改名后的公司", phone="19911112222"),
    organization(6, credit_code="", phone="19900000006"),  # known with a code, else unchanged
    organization(7, credit_code="", name="只有机构代码"),
    organization(20),  # has a credit code now
    organization(8, legal_representative_id_number="1"),  # a fault: but it is there
    organization(9, status="注销", phone="19900000009"),
    organization(5),
    organization(26),
    *(organization(number, phone=f"1990000{number:04}") for number in range(10, 19)),
    organization(22, registered_address="山东省淄博市桓台县22号"),
    organization(23, legal_representative_id_number="HX0000123"),
    organization(25, status="注销"),
)


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


def run_apart(database: Database, path: Path, **options: Any) -> tuple[list[Any], Any, str]:
    """Import in a process with helpers; return what it wrote, the outcome and its errors."""
    told = Options(url=url_of(database), path=str(path), report=str(report_of(path)), **options)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.integration.registry.apart"],
        cwd=ROOT,
        input=json.dumps(dataclasses.asdict(told)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines, done.stderr
    return lines[:-1], lines[-1], done.stderr


def report_of(path: Path) -> Path:
    return path.with_suffix(".report.csv")


def contents(database: Database, ring: Keyring) -> dict[str, Any]:
    """Return everything that an import leaves, without times, ids of runs and random bytes."""
    left_out = {"id_number_encrypted", "phone_encrypted", "import_id", "last_synced_at"}
    table = models.table_of(Organization)
    columns = [column.name for column in table.columns if column.name not in left_out]
    with database.read() as session:
        organizations = [
            (
                *(getattr(each, name) for name in columns),
                ring.decrypt(each.id_number_encrypted, f"registry.id_number:{each.id}"),
                each.phone_encrypted
                and ring.decrypt(each.phone_encrypted, f"registry.phone:{each.id}"),
                each.import_id is not None,
            )
            for each in session.scalars(
                sa.select(Organization).order_by(Organization.organization_code)
            )
        ]
        events = [
            (row.name, json.loads(row.body)["subject"], json.loads(row.body)["data"])
            for row in session.execute(sa.select(outbox.c.name, outbox.c.body))
        ]
        faults = session.execute(
            sa.select(ImportFault.row, ImportFault.field, ImportFault.fault)
            .order_by(ImportFault.row, ImportFault.field)
        ).all()  # fmt: skip
        changes = session.execute(
            sa.select(
                OrganizationChange.organization_id, OrganizationChange.field,
                OrganizationChange.old_value,
            )
        ).all()  # fmt: skip
    for _, _, data in events:
        del data["synced_at"]
    return {
        "organizations": organizations,
        "events": sorted(events, key=str),
        "faults": [tuple(each) for each in faults],
        "changes": sorted((tuple(each) for each in changes), key=str),
    }


def count(database: Database) -> int:
    with database.read() as session:
        return queries.count_organizations(session)


def is_running(process: int) -> bool:
    """Tell whether a process is there and no mere entry that waits for its parent."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2]
    except OSError:
        return False
    return state.split()[0] != "Z"


def wait_for_the_end_of(processes: Sequence[int]) -> None:
    deadline = time.monotonic() + 20
    while any(map(is_running, processes)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestHelpers:
    @pytest.mark.timeout(180)
    @pytest.mark.parametrize("batch_size", [4, 7, 100])
    def test_change_nothing_of_the_outcome(
        self,
        database: Database,
        ring: Keyring,
        tmp_path: Path,
        new_database_url: Callable[[str | None], str],
        batch_size: int,
    ) -> None:
        first = write_csv(tmp_path / "first.csv", FIRST, ALL_COLUMNS)
        second = write_csv(tmp_path / "second.csv", SECOND, ALL_COLUMNS)
        kinds = {first: ImportKind.DELTA, second: ImportKind.FULL}
        expected, reports = [], []
        alone = Database(new_database_url("registry"), service="registry", clock=SystemClock(None))

        with closing(alone):
            for path, kind in kinds.items():
                progress = import_file(
                    database=alone, ring=ring, path=path, kind=kind, pause_seconds=0,
                    report_path=report_of(path), batch_size=batch_size,
                )  # fmt: skip
                expected.append(dataclasses.asdict(progress) | {"run_id": ""})
                reports.append(report_of(path).read_bytes())
            found = []
            for number, (path, kind) in enumerate(kinds.items()):
                batches, outcome, errors = run_apart(
                    database, path, kind=kind, batch_size=batch_size
                )
                assert errors == ""
                assert outcome.pop("left") == 0
                assert all(len(helpers) == 2 for _, helpers in batches)
                assert report_of(path).read_bytes() == reports[number]
                found.append(outcome | {"run_id": ""})

            assert found == expected
            assert contents(database, ring) == contents(alone, ring)
        assert expected[0]["created"] == 24
        assert expected[0]["rejected"] == 4
        assert (expected[1]["created"], expected[1]["rejected"]) == (1, 2)
        assert expected[1]["updated"] >= 4

    def test_do_not_repeat_what_was_done(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        path = write_csv(tmp_path / "a.csv", FIRST, ALL_COLUMNS)
        run_apart(database, path)
        before = contents(database, ring)

        batches, outcome, _ = run_apart(database, path)

        assert batches == []
        assert outcome["created"] == 24
        assert contents(database, ring) == before

    def test_say_what_is_wrong_with_the_file(self, database: Database, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "a.csv", FIRST, ["name", "credit_code"])

        _, outcome, _ = run_apart(database, path)

        assert outcome["error"] == "UnreadableFileError"
        assert "legal_rep" in outcome["text"]
        assert outcome["left"] == 0
        assert count(database) == 0


class TestInterruptions:
    ROWS = tuple(organization(number) for number in range(30))

    @pytest.mark.timeout(180)
    def test_killed_in_the_middle_goes_on_where_it_was(
        self, database: Database, tmp_path: Path
    ) -> None:
        path = write_csv(tmp_path / "a.csv", [*self.ROWS, self.ROWS[0]])

        shown, last, _ = run_apart(database, path, killed_after=3)
        helpers = last[1]
        wait_for_the_end_of(helpers)
        stored = count(database)
        batches, outcome, _ = run_apart(database, path)

        assert len(helpers) == 2
        assert [position for position, _ in [*shown, last]] == [5, 9, 13]
        assert stored == 12
        assert batches[0][0] == 17
        assert (outcome["created"], outcome["rejected"], outcome["position"]) == (30, 1, 32)
        assert outcome["is_finished"]
        assert count(database) == 30
        assert len(report_of(path).read_text("utf-8-sig").splitlines()) == 2

    @pytest.mark.timeout(180)
    @pytest.mark.parametrize(
        ("fault", "code", "said"), [(Fault.KILL, "-9", ""), (Fault.RAISE, "1", "no such batch")]
    )
    def test_helper_that_dies_ends_the_import_and_nothing_is_lost(
        self, database: Database, tmp_path: Path, fault: Fault, code: str, said: str
    ) -> None:
        path = write_csv(tmp_path / "a.csv", self.ROWS)

        batches, outcome, errors = run_apart(database, path, helper_fault=fault)
        stored = count(database)
        _, again, _ = run_apart(database, path)

        assert outcome["error"] == "WorkerDiedError"
        assert outcome["text"] == f"a worker ended with code {code}"
        assert outcome["left"] == 0
        assert said in errors
        assert stored == 4 * len(batches)
        assert 0 < stored < 30
        assert (again["created"], again["rejected"], again["is_finished"]) == (30, 0, True)
        assert count(database) == 30


class TestCommandLine:
    """A file large enough for helpers, given to the command line."""

    @pytest.mark.timeout(180)
    @pytest.mark.skipif(workers.count_cores() == 1, reason="helpers need a second processor")
    def test_says_that_a_helper_died_and_goes_on_when_called_again(
        self, database: Database, tmp_path: Path
    ) -> None:
        rows = [organization(number) for number in range(9_000)]
        path = write_csv(tmp_path / "a.csv", rows)
        command = [sys.executable, "-W", "ignore", "-m", "services.registry.importing", str(path)]
        environment = {**os.environ, "REGISTRY_DATABASE_URL": url_of(database)}

        killed: list[int] = []
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        ) as process:  # fmt: skip
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while not killed and process.poll() is None:
                killed = [int(pid) for pid in children.read_text("ascii").split()]
                time.sleep(0.01)
            for pid in killed[:1]:
                os.kill(pid, 9)
            errors = process.communicate(timeout=60)[1]
        wait_for_the_end_of(killed)
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

        assert path.stat().st_size >= preparers.MIN_BYTES
        if database.is_postgres:
            assert process.returncode == 1
            assert "退出码 -9" in errors
            assert "再次运行" in errors
        else:
            assert (process.returncode, killed) == (0, [])
        assert done.returncode == 0, done.stderr
        assert "新增 9000，更新 0，未变 0，退回 0" in done.stdout.splitlines()[-1]
        assert count(database) == 9_000


class TestBegin:
    @pytest.fixture(autouse=True)
    def _machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Be a process that could be forked, without doing so."""
        monkeypatch.setattr(workers, "can_start", lambda: True)
        monkeypatch.setattr(workers, "count_cores", lambda: 8)
        monkeypatch.setattr(preparers, "MIN_BYTES", 1000)
        monkeypatch.setattr(preparers, "Preparers", self.Recorded)
        self.Recorded.begun = []
        self.Recorded.closed = 0

    class Recorded:
        begun: list[int]
        closed = 0

        def __init__(self, _: Keyring, processes: int) -> None:
            self.begun.append(processes)

        def close(self) -> None:
            type(self).closed += 1

    @pytest.fixture
    def large(self, tmp_path: Path) -> Path:
        return write_csv(tmp_path / "large.csv", FIRST)

    def begin(self, ring: Keyring, path: Path, database: Database) -> int:
        with preparers.begin(ring, path, database) as helpers:
            assert (helpers is not None) == bool(self.Recorded.begun)
        assert self.Recorded.closed == len(self.Recorded.begun)
        return sum(self.Recorded.begun)

    def test_large_file_has_two_on_postgresql(
        self, database: Database, ring: Keyring, large: Path
    ) -> None:
        assert self.begin(ring, large, database) == (2 if database.is_postgres else 0)

    def test_small_file_workbook_and_missing_file_have_none(
        self, database: Database, ring: Keyring, tmp_path: Path
    ) -> None:
        small = write_csv(tmp_path / "a.csv", FIRST[:2])
        workbook = tmp_path / "a.xlsx"
        workbook.write_bytes(bytes(2000))

        for path in (small, workbook, tmp_path / "none.csv"):
            assert self.begin(ring, path, database) == 0

    @pytest.mark.parametrize("hindrance", [("can_start", False), ("count_cores", 1)])
    def test_without_processors_or_forks_there_are_none(
        self,
        database: Database,
        ring: Keyring,
        large: Path,
        monkeypatch: pytest.MonkeyPatch,
        hindrance: tuple[str, int],
    ) -> None:
        name, value = hindrance
        monkeypatch.setattr(workers, name, lambda: value)

        assert self.begin(ring, large, database) == 0


class TestShares:
    @pytest.mark.parametrize("after", [0, 1, 5, 6, 100])
    def test_are_together_the_whole(self, tmp_path: Path, after: int) -> None:
        rows = [GOOD_LINE for _ in range(11)]
        path = tmp_path / "a.csv"
        path.write_text("\n".join([",".join(COLUMNS), *rows[:4], "", *rows[4:], "1,2"]))

        def numbers(share: Share) -> list[list[int]]:
            found = files.batches(path, after=after, size=3, share=share)
            return [[row.number for row in batch] for batch in found]

        whole = numbers(Share(0, 1))
        shares = [numbers(Share(number, 2)) for number in range(2)]
        assert whole[::2] == shares[0]
        assert whole[1::2] == shares[1]
        expected = [number for number in (*range(2, 6), *range(7, 15)) if number > after]
        assert [number for batch in whole for number in batch] == expected


GOOD_LINE = ",".join(organization(1)[column] for column in COLUMNS)


class TestPacked:
    def rows(self) -> list[NumberedRow]:
        return [NumberedRow(number, dict(row)) for number, row in enumerate(FIRST, start=2)]

    def test_holds_the_same(self, ring: Keyring) -> None:
        read = preparing.read_batch(ring, self.rows())

        packed = preparing.pack_batch(ring, self.rows(), run_id="r", with_texts=False)

        count = range(len(read.numbers))
        assert packed.texts is None
        assert [packed.records[n] for n in count] == [read.records[n] for n in count]
        assert dataclasses.replace(packed, records=read.records) == read

    def test_texts_of_new_rows_are_copied_with_the_end_of_the_line(
        self, database: Database, ring: Keyring, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copied: list[Any] = []
        # The rest of the import runs on green threads here, where there is no COPY.
        monkeypatch.setattr(
            importing,
            "bulk",
            SimpleNamespace(
                can_copy=lambda _: True,
                copy_texts=lambda *told: copied.append(told),
                insert_rows=bulk.insert_rows,
                update_rows=bulk.update_rows,
            ),
        )
        with database.transaction() as tx:
            run_id = importing.start_import(tx=tx, file_sha256="a", file_name="a.csv").run_id
        batch = preparing.pack_batch(ring, self.rows(), run_id=run_id, with_texts=True)

        with database.transaction() as tx:
            progress, rejected = importing.import_batch(
                tx=tx, ring=ring, run_id=run_id, position=0, batch=batch
            )

        assert progress.created == 24
        assert [row.number for row in rejected] == [22, 24, 26, 28]
        [(_, table, columns, texts, (_, version))] = copied
        assert (table.name, version) == ("organization", 1)
        lines = [text.decode().split("\t") for text in texts]
        assert {len(line) for line in lines} == {len(columns) - 2}
        numbers = [int(line[-1]) for line in lines]
        assert numbers == [n for n in range(2, 30) if n not in {22, 24, 26, 28}]
        assert {line[-2] for line in lines} == {run_id}
