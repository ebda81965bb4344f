"""The list of moments that can be restored to."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FILE: Final = "points.jsonl"


@dataclass(frozen=True)
class Point:
    """Name one moment; ``wal_file`` is the last segment that restoring to it needs."""

    name: str
    at: str
    wal_file: str
    objects: int


def add_point(backup: Path, point: Point) -> None:
    """Append a point, durably; a line that a crash cut off before it is ended first."""
    path = backup / FILE
    is_cut = path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size > 0
    with path.open("a", encoding="utf-8") as file:
        file.write("\n" * is_cut + json.dumps(asdict(point)) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read_points(backup: Path) -> list[Point]:
    """Return the points, oldest first; a line that a crash cut off is passed over."""
    path = backup / FILE
    if not path.exists():
        return []
    points = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            points.append(Point(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return points
