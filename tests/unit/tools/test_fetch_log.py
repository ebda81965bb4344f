"""tools.fetch_log: the log page by page, again from where it ended."""

from pathlib import Path
from typing import Any

from tools import fetch_log


def read_of(size: int, asked: list[tuple[int, int]]) -> Any:
    """Be a site with so many entries."""

    def read(path: str, *, start: int, end: int) -> dict[str, Any]:
        assert path == "entries"
        asked.append((start, end))
        return {"items": [{"leaf_index": index} for index in range(start, min(end, size))]}

    return read


class TestEntries:
    def test_go_on_after_half_a_line(self, tmp_path: Path) -> None:
        path = tmp_path / "log.jsonl"
        asked: list[tuple[int, int]] = []
        first = fetch_log._add_entries(path, 2100, read_of(2100, asked))
        path.write_bytes(path.read_bytes() + b'{"leaf_in')
        second = fetch_log._add_entries(path, 2103, read_of(2103, asked))
        third = fetch_log._add_entries(path, 2103, read_of(2103, asked))

        assert (first, second, third) == (2100, 3, 0)
        assert asked == [(0, 1000), (1000, 2000), (2000, 2100), (2100, 2103)]
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines == [f'{{"leaf_index": {index}}}' for index in range(2103)]
