"""A snapshot ships what proves it: the entries of the Merkle log, and the head over them."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards.adapters import snapshot_writing
from services.standards.usecases import appending
from tests.integration.standards.conftest import Office
from tests.integration.standards.test_log import KEYS, append
from tests.integration.standards.test_snapshots import Platform, number
from tools.verify import __main__ as verify

PROOFS = {"log.jsonl.gz", "head.json"}


@pytest.fixture
def platform(database: Database, tmp_path: Path) -> Platform:
    return Platform(database, tmp_path / "blobs")


@pytest.fixture
def check(tmp_path: Path, platform: Platform) -> Callable[..., int]:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEYS.public_view()), encoding="utf-8")
    return lambda *names: verify.main(
        ["--key", str(keys), *(str(platform.folder / name) for name in names)]
    )


def alter(line: str) -> str:
    """Return a line whose document says something else."""
    item = json.loads(line)
    item["document"]["title"] += "（改）"
    return json.dumps(item, ensure_ascii=False)


class TestProofs:
    @pytest.mark.proves("C8")
    def test_prove_every_document(
        self, platform: Platform, office: Office, check: Callable[[str], int]
    ) -> None:
        first, second = (office.publish_new(number=number(count)) for count in (1, 2))
        office.correct(first, title="改正后的名称")
        office.withdraw(second)
        platform.announce()
        append(platform.database)

        (facts,) = platform.snapshot()

        text = platform.read(facts.snapshot_id, "log.jsonl.gz")
        entries = [json.loads(line) for line in text.splitlines()]
        rows = {file.name: file.rows for file in facts.files}
        assert rows["log.jsonl.gz"] == len(entries) == 4
        assert all(
            set(entry) == {"leaf_index", "leaf_hash", "record_number", "version", "kind"}
            for entry in entries
        )
        assert check(facts.snapshot_id) == 0

    @pytest.mark.proves("C8")
    def test_of_a_delta_go_on_from_its_base(
        self,
        platform: Platform,
        office: Office,
        check: Callable[..., int],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        old, withdrawn = (office.publish_new(number=number(count)) for count in (1, 2))
        platform.announce()
        append(platform.database)
        (base,) = platform.snapshot()
        new = office.publish_new(number=number(3))
        office.correct(old, title="改正后的名称")
        office.withdraw(withdrawn)
        platform.announce()
        append(platform.database)

        full, delta = platform.snapshot()

        rows = {file.name: file.rows for file in delta.files}
        assert (delta.base, rows["log.jsonl.gz"]) == (base.snapshot_id, 3)
        assert check(base.snapshot_id, delta.snapshot_id) == 0
        # Two lines of the base, three of the delta: also the one that was withdrawn, whose document
        # is in the base's part of the log.
        assert "OK: 5 records, 2 heads, 5 entries" in capsys.readouterr().out
        assert check(full.snapshot_id) == 0
        assert check(delta.snapshot_id) == 2
        assert "check a delta together with the full snapshot" in capsys.readouterr().err
        assert check(base.snapshot_id, full.snapshot_id) == 2

        lines = platform.folder / delta.snapshot_id / "changed.jsonl.gz"
        text = gzip.decompress(lines.read_bytes()).decode()
        mine = f'"record_number":"{new["record_number"]}"'
        (line,) = (each for each in text.splitlines() if mine in each)
        lines.write_bytes(gzip.compress(text.replace(line, alter(line)).encode()))
        assert check(base.snapshot_id, delta.snapshot_id) == 1
        assert f"record {new['record_number']} version 1 was altered" in capsys.readouterr().out

    def test_of_a_delta_without_news_are_an_empty_part(
        self, platform: Platform, office: Office, check: Callable[..., int], clock: VirtualClock
    ) -> None:
        office.publish_new(number=number(1))
        platform.announce()
        append(platform.database)
        (base,) = platform.snapshot()
        clock.advance(timedelta(days=1))

        _, delta = platform.snapshot()

        assert {file.name: file.rows for file in delta.files}["log.jsonl.gz"] == 0
        assert check(base.snapshot_id, delta.snapshot_id) == 0

    def test_are_waited_for(
        self,
        platform: Platform,
        office: Office,
        check: Callable[[str], int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What was published a moment ago is in the log a moment later."""
        office.publish_new(number=number(1))
        platform.announce()
        append(platform.database)
        office.publish_new(number=number(2))
        platform.announce()
        pauses: list[float] = []

        def sleep(seconds: float) -> None:
            pauses.append(seconds)
            append(platform.database)

        monkeypatch.setattr(snapshot_writing.time, "sleep", sleep)
        (facts,) = platform.snapshot()

        assert len(pauses) == 1
        assert check(facts.snapshot_id) == 0

    def test_are_not_waited_for_in_vain(
        self,
        platform: Platform,
        office: Office,
        check: Callable[[str], int],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """A log that stands still holds up no snapshot; what is not in it is said to be so."""
        office.publish_new(number=number(1))
        platform.announce()
        append(platform.database)
        late = office.publish_new(number=number(2))
        platform.announce()
        monkeypatch.setattr(snapshot_writing.time, "sleep", lambda _: None)

        (facts,) = platform.snapshot()

        assert check(facts.snapshot_id) == 1
        shown = capsys.readouterr().out
        assert f"record {late['record_number']} version 1 carries no proof" in shown
        assert "FAILED: 0 wrong, 1 without proof" in shown

    def test_are_not_there_before_the_first_head(self, platform: Platform, office: Office) -> None:
        office.publish_new(number=number(1))
        platform.announce()

        (facts,) = platform.snapshot()

        assert not PROOFS & {file.name for file in facts.files}

    def test_are_there_where_nothing_was_published(
        self, platform: Platform, check: Callable[[str], int]
    ) -> None:
        with platform.database.transaction() as tx:
            appending.sign_hourly(tx=tx, signer=KEYS)

        (facts,) = platform.snapshot()

        assert {file.name for file in facts.files} >= PROOFS
        assert check(facts.snapshot_id) == 0
