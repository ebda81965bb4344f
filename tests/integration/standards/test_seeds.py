"""The demonstration data."""

import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from chassis.blobs import FileBlobStore
from services.standards import models, seeds
from services.standards.adapters.pdf import inspect_pdf
from services.standards.config import Settings

if TYPE_CHECKING:
    from chassis.clock import VirtualClock
    from chassis.uow import Database

PROFILES = [
    {
        "enterprise_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"qibiao:enterprise:{code}")),
        "name": f"示范企业 {code}",
        "credit_code": code,
        "region": code[2:8],
    }
    for code in sorted({row["credit_code"] for row in seeds._rows()})
]


def load(database: "Database", clock: "VirtualClock", folder: Path) -> int:
    blobs = FileBlobStore(folder / "blobs")
    return seeds.load(database, Settings.from_env({}), blobs, PROFILES, clock.now())


class TestLoad:
    def test_is_quick_and_changes_nothing_the_second_time(
        self, database: "Database", clock: "VirtualClock", tmp_path: Path
    ) -> None:
        started = time.monotonic()

        made = [load(database, clock, tmp_path) for _ in range(2)]

        assert time.monotonic() - started < 10
        assert made == [len(seeds._rows()), 0]
        with database.read() as session:
            states = session.execute(
                sa.select(models.Declaration.state, sa.func.count()).group_by(
                    models.Declaration.state
                )
            )
            counts = dict(states.all())
        assert counts["PUBLISHED"] >= 12
        assert counts["DRAFT"] >= 3

    def test_has_a_file_for_every_declaration(
        self, database: "Database", clock: "VirtualClock", tmp_path: Path
    ) -> None:
        load(database, clock, tmp_path)
        blobs = FileBlobStore(tmp_path / "blobs")

        with database.read() as session:
            uploads = session.scalars(sa.select(models.Upload)).all()

        assert len(uploads) == sum("clauses" in row for row in seeds._rows())
        assert all(blobs.exists(upload.key) for upload in uploads)
        assert all(blobs.size(upload.extracted_key) for upload in uploads)

    def test_shows_every_way_of_life(
        self, database: "Database", clock: "VirtualClock", tmp_path: Path
    ) -> None:
        load(database, clock, tmp_path)

        with database.read() as session:
            rows = session.scalars(sa.select(models.Declaration)).all()
            assert {row.kind for row in rows} >= {"NATIONAL", "LOCAL", "ENTERPRISE"}
            assert {row.state for row in rows} == {"DRAFT", "PUBLISHED", "WITHDRAWN"}
            assert {row.disclosure_mode for row in rows} == {"NONE", "FULL_TEXT", "INDICATORS"}
            (revision,) = [row for row in rows if row.supersedes_id is not None]
            assert revision.published_at > revision.predecessor.published_at

    def test_does_nothing_for_strangers(
        self, database: "Database", clock: "VirtualClock", tmp_path: Path
    ) -> None:
        blobs = FileBlobStore(tmp_path / "blobs")

        assert seeds.load(database, Settings.from_env({}), blobs, [], clock.now()) == 0


@pytest.mark.timeout(60)
def test_the_files_pass_the_inspection(tmp_path: Path) -> None:
    path = tmp_path / "demo.pdf"
    path.write_bytes(seeds.demo_text())

    verdict = inspect_pdf(path, text_path=tmp_path / "text")

    assert verdict.is_accepted, verdict
    assert verdict.text_quality == "good"
    assert "不锈钢真空保温杯" in (tmp_path / "text").read_text(encoding="utf-8")
