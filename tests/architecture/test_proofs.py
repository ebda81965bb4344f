"""The tables of proof say what the markers on the tests say."""

from pathlib import Path

from tools import proofs

ROOT = Path(__file__).resolve().parents[2]
# The parts of the manual that are finished: none of their rules may be without a test.
FINISHED = (
    *(f"R-{number:03d}" for number in range(10, 219)),
    *(f"FAQ-{number}" for number in range(1, 38)),
    *(f"F{number}" for number in (*range(1, 20), 22, *range(24, 28))),
    *(f"A{number}" for number in range(15, 18)),
    *(f"C{number}" for number in range(1, 10)),
    "B3",
    "E7",
)


class TestProofs:
    def test_every_marker_names_a_statement(self) -> None:
        assert proofs.unknown_identifiers(ROOT) == {}

    def test_what_is_finished_is_shown_by_tests(self) -> None:
        proven = proofs.find_proofs(ROOT)

        assert [identifier for identifier in FINISHED if identifier not in proven] == []

    def test_the_pages_are_fresh(self) -> None:
        stale = proofs.stale_pages(ROOT)

        assert list(stale) == [], "make docs"

    def test_every_table_is_there(self) -> None:
        counts = {page.name: len(proofs.read_statements(ROOT, page)) for page in proofs.PAGES}

        assert counts == {"requirements": 255, "reliability": 45, "security": 27}
