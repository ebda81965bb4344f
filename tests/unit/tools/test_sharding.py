"""tools.sharding: each test runs in exactly one part."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import sharding


class TestParse:
    def test_reads_part_and_whole(self) -> None:
        assert sharding.parse("2/3") == (2, 3)

    @pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/2/3"])
    def test_refuses_anything_else(self, text: str) -> None:
        with pytest.raises(ValueError, match="not like 1/2"):
            sharding.parse(text)


class TestDeal:
    @given(st.dictionaries(st.text(min_size=1), st.integers(1, 500)), st.integers(1, 5))
    def test_gives_each_module_to_one_part(self, counts: dict[str, int], parts: int) -> None:
        dealt = sharding.deal(counts, parts)

        assert set(dealt) == set(counts)
        assert all(1 <= part <= parts for part in dealt.values())

    @given(st.dictionaries(st.text(min_size=1), st.integers(1, 500), min_size=1))
    def test_the_difference_is_at_most_one_module(self, counts: dict[str, int]) -> None:
        dealt = sharding.deal(counts, 2)

        loads = [
            sum(count for module, count in counts.items() if dealt[module] == part)
            for part in (1, 2)
        ]
        assert abs(loads[0] - loads[1]) <= max(counts.values())


class TestPlugin:
    def test_the_parts_together_are_the_whole(self, tmp_path: Path) -> None:
        for name in ("a", "b", "c"):
            (tmp_path / f"test_{name}.py").write_text(
                f"import pytest\ndef test_{name}1(): ...\ndef test_{name}2(): ...\n"
            )

        def collect(*options: str) -> list[str]:
            done = subprocess.run(
                [
                    *(
                        sys.executable,
                        "-m",
                        "pytest",
                        "-q",
                        "--collect-only",
                        "-p",
                        "tools.sharding",
                    ),
                    *("--rootdir", tmp_path, *options, tmp_path),
                ],
                env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
                capture_output=True,
                text=True,
                check=False,
            )
            return [line for line in done.stdout.splitlines() if "::" in line]

        whole = collect()
        parts = [collect("--shard", f"{number}/2") for number in (1, 2)]

        assert len(whole) == 6
        assert sorted(parts[0] + parts[1]) == sorted(whole)
        assert sorted(map(len, parts)) == [2, 4]
