"""What a line says, what sums up a register, when a snapshot is due and how long it is kept."""

import hashlib
import json
from datetime import UTC, datetime, time, timedelta

import pytest

from services.standards.domain import snapshots
from services.standards.domain.snapshots import PublicRecord, RegisterChecksum, SnapshotKind

FIRST = "0192f000-0000-7000-8000-000000000001"
SECOND = "0192f000-0000-7000-8000-000000000002"
AT = datetime(2026, 11, 28, 19, 15, tzinfo=UTC)
DOCUMENT = '{"title":"保温杯 \\"甲\\"","version":1}'


def record() -> PublicRecord:
    return PublicRecord(
        declaration_id=FIRST,
        record_number="Q-91370321MA3C00000X-202611231200-0001",
        version=1,
        sequence=2,
        state="PUBLISHED",
        published_at="2026-11-23T04:00:00Z",
        corrected_at=None,
        withdrawn_at=None,
        withdrawal_reason=None,
        marks=[{"kind": "IN_USE_CONFIRMED", "detail": {"confirmed": ["2026"]}, "since": "2026"}],
        document=DOCUMENT,
        document_sha256=hashlib.sha256(DOCUMENT.encode()).hexdigest(),
        text_sha256=None,
        extracted_text_sha256=None,
        leaf_index=0,
    )


class TestLine:
    def test_is_canonical_as_a_whole(self) -> None:
        line = record().line

        again = json.dumps(
            json.loads(line), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        assert line == again + "\n"

    def test_holds_the_document_byte_for_byte(self) -> None:
        assert f'"document":{DOCUMENT},"document_sha256"' in record().line


class TestChecksum:
    def summed(self, *ids: str, **changes: object) -> RegisterChecksum:
        checksum = RegisterChecksum()
        for declaration_id in ids:
            facts = {
                "version": 1,
                "sequence": 1,
                "state": "PUBLISHED",
                "marks": [],
                "document_sha256": "00",
                **changes,
            }
            checksum.add(declaration_id=declaration_id, **facts)  # type: ignore[arg-type] # in a test
        return checksum

    def test_is_as_written_down(self) -> None:
        """docs/events.md tells others how to compute it."""
        text = f'["{FIRST}",1,1,"PUBLISHED",[],"00"]\n["{SECOND}",1,1,"PUBLISHED",[],"00"]\n'

        assert self.summed(FIRST, SECOND).hexdigest == hashlib.sha256(text.encode()).hexdigest()

    @pytest.mark.parametrize(
        "change",
        [
            {"version": 2},
            {"sequence": 2},
            {"state": "WITHDRAWN"},
            {"marks": [{"kind": "A"}]},
            {"document_sha256": "01"},
        ],
    )
    def test_tells_every_difference(self, change: dict[str, object]) -> None:
        assert self.summed(FIRST, **change).hexdigest != self.summed(FIRST).hexdigest

    @pytest.mark.parametrize("second", [FIRST, "0192f000-0000-7000-8000-000000000000"])
    def test_takes_ids_only_in_their_order(self, second: str) -> None:
        with pytest.raises(ValueError, match="comes after"):
            self.summed(FIRST, second)


class TestNames:
    def test_tell_kind_beijing_time_and_positions(self) -> None:
        full = snapshots.snapshot_id(SnapshotKind.FULL, AT, 120)
        delta = snapshots.snapshot_id(SnapshotKind.DELTA, AT, 120, 100)

        assert full == "full-20261129T031500-120"
        assert delta == "delta-20261129T031500-100-120"


class TestDue:
    @pytest.mark.parametrize(
        ("now", "due"),
        [
            (AT, AT),
            (AT - timedelta(microseconds=1), AT - timedelta(days=1)),
            (AT + timedelta(hours=23, minutes=59), AT),
        ],
    )
    def test_once_a_day_in_beijing(self, now: datetime, due: datetime) -> None:
        assert snapshots.last_due(now, time(3, 15)) == due


class TestOutdated:
    FULL, DELTA = SnapshotKind.FULL, SnapshotKind.DELTA

    def rows(self) -> list[tuple[str, SnapshotKind, str | None, datetime]]:
        days = [AT - timedelta(days=day) for day in range(4)]
        rows: list[tuple[str, SnapshotKind, str | None, datetime]] = []
        for place, day in enumerate(days):
            rows.append((f"f{place}", self.FULL, None, day))
            if place < len(days) - 1:
                rows.append((f"d{place}", self.DELTA, f"f{place + 1}", day))
        return rows

    def test_keeps_what_is_young(self) -> None:
        assert snapshots.outdated(self.rows(), before=AT - timedelta(days=3)) == []

    def test_takes_a_delta_with_its_base(self) -> None:
        before = AT - timedelta(days=2)

        assert snapshots.outdated(self.rows(), before=before) == ["d2", "f3"]

    def test_keeps_the_newest_two_whatever_their_age(self) -> None:
        before = AT + timedelta(days=900)

        assert snapshots.outdated(self.rows(), before=before) == ["d1", "f2", "d2", "f3"]


class TestCsv:
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "＝1"])
    def test_holds_no_formula(self, text: str) -> None:
        assert snapshots.csv_line([text, 7, None]).startswith(("'" + text, "\"'" + text))

    def test_quotes_what_has_to_be(self) -> None:
        assert snapshots.csv_line(["a,b", 'c"d', "e\nf"]) == '"a,b","c""d","e\nf"\r\n'
