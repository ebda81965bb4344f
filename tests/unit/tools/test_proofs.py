"""tools.proofs: from markers to tables."""

from pathlib import Path

import pytest

from tools import proofs

MARKED = """
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.proves("C1")]

@pytest.mark.proves("R-001", "A1")
class TestGate:
    @pytest.mark.proves("R-001")
    @pytest.mark.parametrize("x", [pytest.param(1, marks=pytest.mark.proves("A2"))])
    def test_opens(self, x): ...

    def test_plain(self): ...

@pytest.mark.proves("A2")
def test_alone(): ...
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    data = tmp_path / "docs" / "data"
    data.mkdir(parents=True)
    (data / "requirements.csv").write_text('id,statement\nR-001,"a | b, c"\nR-002,none\n')
    (data / "reliability.csv").write_text("id,statement\nA1,one\nA2,two\nC1,three\n")
    (data / "security.csv").write_text("id,statement\nF1,four\n")
    (data / "figures.json").write_text('{"A1": "p99 12 ms"}')
    (tmp_path / "tests" / "e2e").mkdir(parents=True)
    (tmp_path / "tests" / "e2e" / "test_gate.py").write_text(MARKED)
    return tmp_path


class TestFindProofs:
    def test_reads_functions_classes_parameters_and_modules(self, root: Path) -> None:
        found = proofs.find_proofs(root)

        gate = "tests/e2e/test_gate.py"
        assert found == {
            "C1": [gate],
            "R-001": [f"{gate}::TestGate", f"{gate}::TestGate::test_opens"],
            "A1": [f"{gate}::TestGate"],
            "A2": [f"{gate}::TestGate::test_opens", f"{gate}::test_alone"],
        }

    def test_refuses_what_cannot_be_read_off(self, root: Path) -> None:
        (root / "tests" / "test_x.py").write_text("@mark.proves(NAME)\ndef test_y(): ...\n")

        with pytest.raises(proofs.UnreadableMarkerError, match="test_x"):
            proofs.find_proofs(root)


class TestRender:
    def test_one_row_for_each_id(self, root: Path) -> None:
        proofs.main([], root)

        text = (root / "docs" / "requirements.md").read_text()
        gate = "tests/e2e/test_gate.py"
        row = f"| R-001 | a \\| b, c | {gate}::TestGate {gate}::TestGate::test_opens |"
        assert row in text.splitlines()
        assert "| R-002 | none | — |" in text.splitlines()
        assert "1 of 2 have a test." in text

    def test_reliability_has_figures(self, root: Path) -> None:
        proofs.main([], root)

        lines = (root / "docs" / "reliability.md").read_text().splitlines()
        assert "| A1 | one | tests/e2e/test_gate.py::TestGate | p99 12 ms |" in lines


class TestCheck:
    def test_fresh_pages_pass(self, root: Path) -> None:
        assert proofs.main([], root) == 0
        assert proofs.main(["--check"], root) == 0

    def test_a_new_marker_makes_them_stale(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        proofs.main([], root)
        (root / "tests" / "test_new.py").write_text("@mark.proves('F1')\ndef test_y(): ...\n")

        assert proofs.main(["--check"], root) == 1
        assert "docs/security.md is stale" in capsys.readouterr().err

    def test_an_unknown_id_fails(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (root / "tests" / "test_new.py").write_text("@mark.proves('Z9')\ndef test_y(): ...\n")

        assert proofs.main([], root) == 1
        assert "Z9 is in no table: tests/test_new.py::test_y" in capsys.readouterr().err
