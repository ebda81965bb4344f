"""What nobody may do with a database, because it loses writes or stops every green thread."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    path
    for package in ("chassis", "services", "gateway", "tools")
    for path in sorted((ROOT / package).rglob("*.py"))
]


def offenders(pattern: str, *allowed: str) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if str(path.relative_to(ROOT)) not in allowed
        and re.search(pattern, path.read_text(encoding="utf-8"))
    ]


class TestIsolationLevel:
    def test_is_set_nowhere(self) -> None:
        """`AUTOCOMMIT` loses writes silently under our BEGIN; others break pooled connections."""
        assert offenders(r"isolation_level\s*=[^=]", "chassis/sqlite.py") == []
        assert offenders(r"AUTOCOMMIT") == []

    def test_of_sqlite_is_ours_from_the_start(self) -> None:
        text = (ROOT / "chassis" / "sqlite.py").read_text(encoding="utf-8")

        assert re.findall(r"isolation_level\s*=.*", text) == ["isolation_level = None"]


class TestEngines:
    def test_are_made_only_where_their_limits_are_set(self) -> None:
        assert offenders(r"create_engine\(", "chassis/sqlite.py", "chassis/postgres.py") == []

    def test_use_the_driver_that_waits_greenly(self) -> None:
        """psycopg 3, which `postgresql://` means to SQLAlchemy, blocks the hub."""
        assert offenders(r"import psycopg\b|from psycopg\b") == []
