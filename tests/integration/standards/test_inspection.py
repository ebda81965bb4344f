"""Files and rows stay together: inspection, crashes in the middle of it, and sweeping."""

import hashlib
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from chassis.blobs import FileBlobStore
from chassis.jobs import JobStartError
from services.standards import models, queries, seeds
from services.standards.adapters.inspection import ORPHAN_AGE, Inspector
from services.standards.adapters.pdf import PdfVerdict

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database
    from tests.integration.standards.conftest import Office

CONTENT = seeds.demo_text()
DIGEST = hashlib.sha256(CONTENT).hexdigest()
WORDS = "保温效能"


def accept(_path: Path, text_path: Path) -> PdfVerdict:
    text_path.write_text(WORDS, encoding="utf-8")
    return PdfVerdict(is_accepted=True, sha256=DIGEST, pages=1, text_path=text_path)


def accept_scan(_path: Path, _text_path: Path) -> PdfVerdict:
    return PdfVerdict(is_accepted=True, sha256=DIGEST, pages=1, is_scanned=True)


def refuse(_path: Path, _text_path: Path) -> PdfVerdict:
    return PdfVerdict(is_accepted=False, reason="encrypted")


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[FileBlobStore]:
    return FileBlobStore(tmp_path / "blobs")


def put(blobs: FileBlobStore, key: str, body: bytes = CONTENT) -> None:
    with blobs.open_writer(key) as writer:
        writer.write(body)
        writer.commit()


def arrive(office: "Office", blobs: FileBlobStore, body: bytes = CONTENT) -> str:
    upload_id = office.open()
    put(blobs, f"uploads/{upload_id}", body)
    office.finish(upload_id, sha256=DIGEST, size=len(body), max_bytes=10**6)
    return upload_id


def find(office: "Office", upload_id: str) -> models.Upload:
    with office.database.read() as session:
        return queries.find_own_upload(
            session, upload_id=upload_id, enterprise_id=office.enterprise_id
        )


class TestRunDue:
    def test_keeps_the_words_beside_the_file(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock"
    ) -> None:
        upload_id = arrive(office, blobs)
        clock.advance(timedelta(seconds=1))

        count = Inspector(blobs, accept).run_due(office.database)

        upload = find(office, upload_id)
        words = b"".join(blobs.open_reader(upload.extracted_key))
        assert count == 1
        assert upload.state == "ACCEPTED"
        assert words.decode() == WORDS
        assert upload.extracted_sha256 == hashlib.sha256(words).hexdigest()

    def test_accepts_a_scan_without_words(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock"
    ) -> None:
        upload_id = arrive(office, blobs)
        clock.advance(timedelta(seconds=1))

        Inspector(blobs, accept_scan).run_due(office.database)

        upload = find(office, upload_id)
        assert (upload.state, upload.extracted_sha256) == ("ACCEPTED", None)

    @pytest.mark.parametrize("fault", ["refused", "missing", "changed"])
    def test_refuses(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock", fault: str
    ) -> None:
        upload_id = arrive(office, blobs)
        clock.advance(timedelta(seconds=1))
        if fault == "missing":
            blobs.delete(f"uploads/{upload_id}")

        def inspect(path: Path, text_path: Path) -> PdfVerdict:
            verdict = refuse(path, text_path) if fault == "refused" else accept(path, text_path)
            return PdfVerdict(**{**verdict.__dict__, "sha256": "f" * 64})

        Inspector(blobs, inspect).run_due(office.database)

        upload = find(office, upload_id)
        reason = "encrypted" if fault == "refused" else "damaged"
        assert (upload.state, upload.reason) == ("REFUSED", reason)
        assert not blobs.exists(upload.extracted_key)

    def test_is_done_again_after_a_crash(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock"
    ) -> None:
        upload_id = arrive(office, blobs)
        clock.advance(timedelta(seconds=1))

        def crash(_path: Path, _text_path: Path) -> PdfVerdict:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Inspector(blobs, crash).run_due(office.database)
        states = [find(office, upload_id).state]
        clock.advance(models.INSPECTION_PATIENCE + timedelta(seconds=1))
        Inspector(blobs, accept).run_due(office.database)
        states.append(find(office, upload_id).state)

        assert states == ["INSPECTING", "ACCEPTED"]

    def test_waits_when_no_child_can_be_started(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock"
    ) -> None:
        upload_id = arrive(office, blobs)
        clock.advance(timedelta(seconds=1))

        def fail(_path: Path, _text_path: Path) -> PdfVerdict:
            raise JobStartError("no memory")

        Inspector(blobs, fail).run_due(office.database)

        assert find(office, upload_id).state == "INSPECTING"

    def test_shares_files_between_replicas(
        self, office: "Office", blobs: FileBlobStore, clock: "VirtualClock"
    ) -> None:
        for _ in range(5):
            arrive(office, blobs)
        clock.advance(timedelta(seconds=1))

        count = Inspector(blobs, accept, parallel=2).run_due(office.database)

        assert count == 5


class TestSweep:
    def test_takes_files_and_rows_of_expired_uploads(
        self,
        office: "Office",
        database: "Database",
        blobs: FileBlobStore,
        clock: "VirtualClock",
    ) -> None:
        expired, kept = arrive(office, blobs), arrive(office, blobs)
        clock.advance(timedelta(seconds=1))
        Inspector(blobs, accept).run_due(database)
        office.save(upload_id=kept)
        clock.advance(timedelta(hours=25))

        count = Inspector(blobs, accept).sweep(database)

        assert count == 1
        assert {info.key for info in blobs.keys("uploads/")} == {
            f"uploads/{kept}",
            f"uploads/{kept}.txt",
        }
        with pytest.raises(queries.UploadNotFoundError):
            find(office, expired)

    def test_takes_files_without_rows(
        self,
        office: "Office",
        database: "Database",
        blobs: FileBlobStore,
        clock: "VirtualClock",
        tmp_path: Path,
    ) -> None:
        known = arrive(office, blobs)
        for key in ("uploads/orphan", "uploads/orphan.txt", "uploads/fresh"):
            put(blobs, key)
        old = time.time() - ORPHAN_AGE.total_seconds() - 60
        for name in ("orphan", "orphan.txt", known):
            os.utime(tmp_path / "blobs" / "uploads" / name, (old, old))
        clock.jump(-(clock.offset))

        count = Inspector(blobs, accept).sweep_orphans(database, now=clock.now())

        assert count == 2
        assert {info.key for info in blobs.keys("uploads/")} == {
            f"uploads/{known}",
            "uploads/fresh",
        }
