"""A snapshot ships what proves it: the entries of the Merkle log, and the head over them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

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
def check(tmp_path: Path, platform: Platform) -> Callable[[str], int]:
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(KEYS.public_view()), encoding="utf-8")
    return lambda name: verify.main(["--key", str(keys), str(platform.folder / name)])


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
