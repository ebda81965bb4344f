"""Write docs/{requirements,reliability,security}.md: which test proves which statement.

A test says what it proves by a marker on its function or class::

    @pytest.mark.proves("R-064", "A1")

The statements are in docs/data/<table>.csv, the last measured figures of docs/reliability.md in
docs/data/figures.json (id → text). ``python -m tools.proofs`` rewrites the three pages,
``--check`` fails when they are stale or a marker names an id that does not exist.
"""

import argparse
import ast
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m tools.proofs"
NO_TEST = "—"


@dataclass(frozen=True)
class Page:
    """One generated page of docs/."""

    name: str
    title: str
    intro: str
    has_figures: bool = False


PAGES = (
    Page(
        "requirements",
        "Requirements and the tests that prove them",
        "Every rule and each of the 37 questions of the operating manual has a number. A test"
        " that proves it carries the number in its `proves` marker.",
    ),
    Page(
        "reliability",
        "Reliability: what is promised and the tests that prove it",
        "A bus and delivery · B gateway and RPC · C data and business rules · D simulation ·"
        " E operation. A figure is the last one measured; how to measure it again is in"
        " docs/performance.md.",
        has_figures=True,
    ),
    Page(
        "security",
        "Security: what is promised and the tests that prove it",
        "Numbers in brackets are those of OWASP ASVS 5.0.0, the OWASP API Security Top 10 2023"
        " (API) and GB/T 22239-2019 level 3 (GB).",
    ),
)


class UnreadableMarkerError(ValueError):
    """A `proves` marker holds something else than plain strings."""


def find_proofs(root: Path) -> dict[str, list[str]]:
    """Return id → the tests below `root`/tests whose markers name it, in order of path."""
    proofs: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("test_*.py")):
        place = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=place)
        for test, identifier in _marks(tree, place):
            tests = proofs.setdefault(identifier, [])
            if test not in tests:
                tests.append(test)
    return proofs


def _marks(node: ast.AST, place: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            test = f"{place}::{child.name}"
            for decorator in child.decorator_list:
                for identifier in _identifiers(decorator, test):
                    yield test, identifier
            if isinstance(child, ast.ClassDef):
                yield from _marks(child, test)
        elif isinstance(child, ast.Assign) and _is_pytestmark(child):
            for identifier in _identifiers(child.value, place):
                yield place, identifier


def _is_pytestmark(node: ast.Assign) -> bool:
    return any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _identifiers(expression: ast.expr, test: str) -> Iterator[str]:
    """Return the ids named by `…proves("…")` anywhere in a decorator (also in parameters)."""
    for call in ast.walk(expression):
        if not isinstance(call, ast.Call) or _called_name(call) != "proves":
            continue
        for argument in call.args:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                message = f"{test}: proves() takes plain strings"
                raise UnreadableMarkerError(message)
            yield argument.value


def _called_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def read_statements(root: Path, page: Page) -> dict[str, str]:
    """Return id → statement of a page, in its order."""
    with (root / "docs" / "data" / f"{page.name}.csv").open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row["statement"] for row in csv.DictReader(lines)}


def read_figures(root: Path) -> dict[str, str]:
    """Return id → the last measured figure."""
    path = root / "docs" / "data" / "figures.json"
    if not path.exists():
        return {}
    return {str(key): str(value) for key, value in json.loads(path.read_text("utf-8")).items()}


def unknown_identifiers(root: Path) -> dict[str, list[str]]:
    """Return the ids that markers and figures name and no table has, with where."""
    known = {identifier for page in PAGES for identifier in read_statements(root, page)}
    named = find_proofs(root)
    for identifier in read_figures(root):
        named.setdefault(identifier, ["docs/data/figures.json"])
    return {
        identifier: places
        for identifier, places in sorted(named.items())
        if identifier not in known
    }


def render(root: Path, page: Page, proofs: Mapping[str, list[str]]) -> str:
    """Return the whole text of a page, given what `find_proofs` found."""
    statements = read_statements(root, page)
    figures = read_figures(root)
    proven = sum(1 for identifier in statements if identifier in proofs)
    heads = ["id", "statement", "tests", *(["last figure"] if page.has_figures else [])]
    lines = [
        f"# {page.title}",
        "",
        f"<!-- Generated from the markers on the tests by `{COMMAND}`; do not edit. -->",
        "",
        page.intro,
        "",
        f"{proven} of {len(statements)} have a test.",
        "",
        _row(heads),
        _row(["---"] * len(heads)),
    ]
    for identifier, statement in statements.items():
        cells = [identifier, statement, " ".join(proofs.get(identifier, [])) or NO_TEST]
        if page.has_figures:
            cells.append(figures.get(identifier, NO_TEST))
        lines.append(_row(cells))
    return "\n".join(lines) + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def stale_pages(root: Path) -> dict[str, str]:
    """Return path → new text of the pages that differ from what the markers say now."""
    proofs = find_proofs(root)
    stale = {}
    for page in PAGES:
        path = root / "docs" / f"{page.name}.md"
        text = render(root, page, proofs)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale[path.relative_to(root).as_posix()] = text
    return stale


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail when stale")
    options = parser.parse_args(arguments)
    unknown = unknown_identifiers(root)
    for identifier, places in unknown.items():
        print(f"{identifier} is in no table: {', '.join(places)}", file=sys.stderr)
    stale = stale_pages(root)
    for path, text in stale.items():
        if options.check:
            print(f"{path} is stale: run {COMMAND}", file=sys.stderr)
        else:
            (root / path).write_text(text, encoding="utf-8")
            print(f"{path} rewritten")
    return 1 if unknown or (options.check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
