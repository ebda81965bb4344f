"""Each PDF of the corpora and each made attack gets its right verdict, within the limits.

``tests/data/pdf_verdicts.csv`` holds the verdicts, each reviewed with what is inside the file.
"""

import csv
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import eventlet
import pytest

from chassis.jobs import JobLimits, JobPool, JobResult, JobStarvedError, JobStatus
from services.standards.adapters import pdf, pdf_actions
from services.standards.adapters.pdf import PdfVerdict, inspect_pdf
from services.standards.domain.pdf_reasons import REASONS
from tests.factories import pdfs

ROOT = Path(__file__).resolve().parents[3]
CORPUS = ROOT.parent / "shared" / "data"
TABLE = ROOT / "tests" / "data" / "pdf_verdicts.csv"
CPU_SECONDS = 2 * 3  # the promise is 2 s; times 3 for a busy machine
MEMORY = 512 * pdfs.MIB

with TABLE.open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table))
MADE = [*pdfs.ATTACKS, *pdfs.HARMLESS]

pytestmark = pytest.mark.timeout(300)  # the first test waits for all children

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: Path(row["file"]).stem)
each_made = pytest.mark.parametrize("build", MADE, ids=lambda build: build.__name__)


def inspect_all(paths: Mapping[str, Path], texts: Path) -> dict[str, PdfVerdict]:
    pool = JobPool(max_parallel=2)

    def inspect(name: str, path: Path) -> tuple[str, PdfVerdict]:
        text_path = texts / f"{hashlib.sha256(name.encode()).hexdigest()[:12]}.txt"
        return name, inspect_pdf(path, text_path=text_path, pool=pool)

    threads = [eventlet.spawn(inspect, name, path) for name, path in paths.items()]
    return dict(thread.wait() for thread in threads)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PdfVerdict]:
    """Return the verdict on each file of the table."""
    paths = {row["file"]: CORPUS / row["file"] for row in ROWS}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        pytest.fail(f"{len(missing)} PDF files of the shared data are missing, first {missing[0]}")
    return inspect_all(paths, tmp_path_factory.mktemp("texts"))


@pytest.fixture(scope="module")
def made_verdicts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[Callable[[], bytes], PdfVerdict]]:
    """Return the verdict on each made file."""
    folder = tmp_path_factory.mktemp("made")
    paths = {build.__name__: folder / f"{build.__name__}.pdf" for build in MADE}
    for build in MADE:
        paths[build.__name__].write_bytes(build())
    found = inspect_all(paths, folder)
    yield {build: found[build.__name__] for build in MADE}
    for path in paths.values():
        path.unlink()


def assert_within_limits(verdict: PdfVerdict) -> None:
    assert verdict.cpu_seconds <= CPU_SECONDS
    assert verdict.wall_seconds <= pdf.LIMITS.wall_seconds + 2
    assert (verdict.peak_memory_bytes or 0) <= MEMORY


@pytest.mark.proves("F11")
class TestCorpus:
    @each_row
    def test_gets_its_verdict(self, row: dict[str, str], verdicts: dict[str, PdfVerdict]) -> None:
        verdict = verdicts[row["file"]]

        assert ("accepted" if verdict.is_accepted else "refused") == row["verdict"], verdict.detail
        assert (verdict.reason or "") == row["reason"], verdict.detail
        assert_within_limits(verdict)

    @each_row
    def test_is_the_file_reviewed(self, row: dict[str, str]) -> None:
        path = CORPUS / row["file"]
        assert path.is_file(), f"the shared data lack {row['file']}"

        assert hashlib.sha256(path.read_bytes()).hexdigest() == row["sha256"]

    def test_tells_what_an_accepted_file_is(self, verdicts: dict[str, PdfVerdict]) -> None:
        accepted = [row for row in ROWS if row["verdict"] == "accepted"]

        kinds = {
            row["file"]: "scanned" if verdict.is_scanned else verdict.text_quality
            for row in accepted
            if (verdict := verdicts[row["file"]])
        }

        assert kinds == {row["file"]: row["text"] for row in accepted}
        for row in accepted:
            verdict = verdicts[row["file"]]
            assert verdict.sha256 == row["sha256"]
            assert verdict.pages >= 1
            assert (verdict.text_path is not None) == (verdict.text_quality == "good")

    def test_no_official_text_is_refused(self, verdicts: dict[str, PdfVerdict]) -> None:
        official = {name: verdict for name, verdict in verdicts.items() if "pdf_real" in name}

        assert len(official) == 24
        assert [name for name, verdict in official.items() if not verdict.is_accepted] == []

    def test_text_can_be_searched(self, verdicts: dict[str, PdfVerdict]) -> None:
        verdict = verdicts["pdf_real/gdssthjwfxwxzcffkjeclb.pdf"]

        assert verdict.text_path is not None
        pages = verdict.text_path.read_text(encoding="utf-8").split("\f")
        assert len(pages) == verdict.pages == 234
        assert "行政处罚罚款金额裁量表" in pages[0]
        assert verdict.text_path.stat().st_mode & 0o777 == 0o600

    def test_garbled_text_is_not_passed_on(self, verdicts: dict[str, PdfVerdict]) -> None:
        verdict = verdicts["pdf_real/GB362462018.pdf"]

        assert verdict.text_quality == "garbled"
        assert verdict.text_path is None

    def test_the_table_covers_the_corpora(self) -> None:
        listed = {row["file"] for row in ROWS}
        present = {
            path.relative_to(CORPUS).as_posix()
            for folder in ("pdf_real", "pdf_hostile")
            for path in (CORPUS / folder).glob("*.pdf")
        }

        assert present, f"no PDF files below {CORPUS.name}"
        assert present == listed


@pytest.mark.proves("F11")
class TestMadeFiles:
    @each_made
    def test_gets_its_verdict(
        self,
        build: Callable[[], bytes],
        made_verdicts: dict[Callable[[], bytes], PdfVerdict],
    ) -> None:
        verdict = made_verdicts[build]

        assert verdict.reason == pdfs.ATTACKS.get(build), verdict.detail
        assert verdict.is_accepted == (build in pdfs.HARMLESS)
        assert_within_limits(verdict)

    @pytest.mark.parametrize("size", [2_000, 3_333, 50 * pdfs.MIB])
    def test_a_padded_file_is_accepted(self, tmp_path: Path, size: int) -> None:
        path = tmp_path / "padded.pdf"
        path.write_bytes(pdfs.minimal_pdf("Q/ABC 001-2026", pages=2, size_bytes=size))

        verdict = inspect_pdf(path, text_path=tmp_path / "text")

        assert path.stat().st_size == size
        assert (verdict.is_accepted, verdict.pages) == (True, 2), verdict.detail
        assert "Q/ABC 001-2026" in (tmp_path / "text").read_text(encoding="utf-8")
        assert_within_limits(verdict)

    def test_a_file_over_the_limit_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "big.pdf"
        path.write_bytes(pdfs.minimal_pdf(size_bytes=5_000))

        assert inspect_pdf(path, max_bytes=4_999).reason == "too_large"
        assert inspect_pdf(path, max_bytes=5_000).is_accepted

    def test_text_is_written_only_where_asked(self, tmp_path: Path) -> None:
        path = tmp_path / "a.pdf"
        path.write_bytes(pdfs.minimal_pdf())

        verdict = inspect_pdf(path)

        assert verdict.is_accepted
        assert verdict.text_path is None
        assert os.listdir(tmp_path) == ["a.pdf"]  # noqa: PTH208


class TestLimits:
    @pytest.mark.proves("F11", "E4")
    def test_the_service_goes_on_meanwhile(self, tmp_path: Path) -> None:
        """10 uploads of a heavy file; a ticker of 5 ms is never late by much."""
        path = tmp_path / "heavy.pdf"
        path.write_bytes(pdfs.minimal_pdf(pages=500))
        pool, worst, going = JobPool(2), 0.0, True

        def tick() -> None:
            nonlocal worst
            while going:
                before = time.monotonic()
                eventlet.sleep(0.005)
                worst = max(worst, time.monotonic() - before - 0.005)

        ticker = eventlet.spawn(tick)
        threads = [eventlet.spawn(inspect_pdf, path, pool=pool) for _ in range(10)]
        verdicts = [thread.wait() for thread in threads]
        going = False
        ticker.wait()

        assert all(verdict.is_accepted for verdict in verdicts)
        assert worst < 0.3

    def test_a_machine_without_time_is_not_the_file_s_fault(self, tmp_path: Path) -> None:
        path = tmp_path / "a.pdf"
        path.write_bytes(pdfs.minimal_pdf())

        with pytest.raises(JobStarvedError):
            inspect_pdf(path, limits=JobLimits(wall_seconds=0.02))

    @pytest.mark.parametrize(
        ("result", "reason"),
        [
            (JobResult(JobStatus.TIMED_OUT, cpu_seconds=9), "timed_out"),
            (JobResult(JobStatus.OUT_OF_MEMORY), "too_complex"),
            (JobResult(JobStatus.CRASHED, signal_name="SIGABRT"), "too_complex"),
            (JobResult(JobStatus.CRASHED), "damaged"),
            (JobResult(JobStatus.REFUSED, code="encrypted"), "encrypted"),
        ],
    )
    def test_what_befalls_the_child_befalls_the_file(
        self, result: JobResult, reason: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def run_limited(*_args: Any, **_options: Any) -> JobResult:
            return result

        monkeypatch.setattr(pdf.jobs, "run_limited", run_limited)

        verdict = inspect_pdf(Path("a.pdf"))

        assert (verdict.is_accepted, verdict.reason) == (False, reason)


class TestReasons:
    def test_each_has_a_text_that_says_what_to_do(self) -> None:
        used = {row["reason"] for row in ROWS} | set(pdfs.ATTACKS.values())
        used |= set(pdf_actions.NAMES.values()) | set(pdf._REASON_OF_FAILURE.values())

        assert used - {""} <= set(REASONS)
        assert all(text.endswith("。") and "请" in text for text in REASONS.values())
