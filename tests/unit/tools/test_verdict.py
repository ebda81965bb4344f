"""tools.verdict: how a run of ./test.sh ended."""

from pathlib import Path

import pytest

from tools import verdict

PASSED = '<testcase classname="a" name="one"/>'
FAILED = '<testcase classname="a" name="two"><failure message="no"/></testcase>'
SKIPPED = '<testcase classname="a" name="three"><skipped message="no broker"/></testcase>'
EXPECTED = '<testcase classname="a" name="four"><skipped type="pytest.xfail"/></testcase>'


def report(directory: Path, name: str, *cases: str, seconds: float = 1.5) -> None:
    (directory / f"{name}.xml").write_text(
        f'<testsuites><testsuite time="{seconds}">{"".join(cases)}</testsuite></testsuites>'
    )


class TestMain:
    def test_adds_up_all_stages(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report(tmp_path, "fast", PASSED, PASSED, EXPECTED)
        report(tmp_path, "e2e", PASSED, seconds=120)

        status = verdict.main([str(tmp_path)], {})

        assert status == 0
        last = capsys.readouterr().out.splitlines()[-1]
        assert last.strip("=") == " 3 passed, 1 xfailed in 121.50s (0:02:01) "
        assert last.startswith("==")

    def test_a_failed_test_fails(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report(tmp_path, "fast", PASSED, FAILED)

        assert verdict.main([str(tmp_path)], {}) == 1
        printed = capsys.readouterr().out
        assert "FAILED a::two" in printed
        assert "1 failed, 1 passed in 1.50s" in printed

    def test_a_failed_check_fails(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        report(tmp_path, "fast", PASSED)

        assert verdict.main([str(tmp_path), "lint"], {}) == 1
        assert "FAILED stage: lint" in capsys.readouterr().out

    def test_a_skip_fails_unless_allowed(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        report(tmp_path, "backends", PASSED, SKIPPED)

        assert verdict.main([str(tmp_path)], {}) == 1
        assert verdict.main([str(tmp_path)], {"ALLOW_SKIPS": "0"}) == 1
        assert verdict.main([str(tmp_path)], {"ALLOW_SKIPS": "1"}) == 0
        printed = capsys.readouterr().out
        assert "1 × no broker" in printed
        assert "a::three" in printed

    def test_a_skip_of_the_fast_stage_is_told_only(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        report(tmp_path, "fast", PASSED, SKIPPED)

        assert verdict.main([str(tmp_path)], {}) == 0
        assert "1 × no broker" in capsys.readouterr().out

    def test_no_tests_fail(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert verdict.main([str(tmp_path)], {}) == 1
        assert "no tests ran" in capsys.readouterr().out

    def test_a_report_cut_short_fails(self, tmp_path: Path) -> None:
        report(tmp_path, "fast", PASSED)
        (tmp_path / "chaos.xml").write_text("<testsuites><test")

        assert verdict.main([str(tmp_path)], {}) == 1
