"""Say how a run of ./test.sh ended: what was skipped, what failed, and pytest's closing line.

``python -m tools.verdict var/test-reports [failed stage …]`` adds up the reports of all stages. Its
last line has the form of pytest's own and counts every stage; its exit status is that of the run.
Skipped tests are listed. Where a stage exists to show that real servers work, a skip is a failure
unless ``ALLOW_SKIPS=1``: what was not run is not known to work.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

WIDTH = 80
# Needs nothing but Python: a skip there only means that some sample data is not at hand.
UNDEMANDING = "fast"
SHOWN = 5
MINUTE = 60


@dataclass
class Totals:
    """What all stages did."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    unproven: int = 0
    skipped: dict[str, list[str]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def add_case(self, case: ElementTree.Element, stage: str) -> None:
        """Count one test."""
        outcome, detail = _outcome(case)
        self.counts[outcome] += 1
        name = f"{case.get('classname', '')}::{case.get('name', '')}"
        if outcome == "skipped":
            self.unproven += not stage.startswith(UNDEMANDING)
            self.skipped.setdefault(detail, []).append(name)
        elif outcome in {"failed", "errors"}:
            self.failed.append(name)


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    for child in case:
        if child.tag == "failure":
            return "failed", ""
        if child.tag == "error":
            return "errors", ""
        if child.tag == "skipped":
            kind = "xfailed" if child.get("type") == "pytest.xfail" else "skipped"
            return kind, child.get("message", "")
    return "passed", ""


def read_reports(directory: Path) -> Totals:
    """Add up the JUnit files of a directory; one that was cut short counts as an error."""
    totals = Totals()
    for path in sorted(directory.glob("*.xml")):
        try:
            # Written a moment ago by our own pytest: no hostile XML.
            root = ElementTree.parse(path).getroot()  # noqa: S314
        except ElementTree.ParseError:
            totals.counts["errors"] += 1
            totals.failed.append(f"{path.name} is unreadable")
            continue
        for suite in root.iter("testsuite"):
            totals.seconds += float(suite.get("time", 0))
        for case in root.iter("testcase"):
            totals.add_case(case, path.stem)
    return totals


def closing_line(totals: Totals) -> str:
    """Return the last line, as pytest words it."""
    names = ("failed", "passed", "skipped", "xfailed", "errors")
    parts = [f"{totals.counts[name]} {name}" for name in names if totals.counts[name]]
    minutes, seconds = divmod(int(totals.seconds), MINUTE)
    hours, minutes = divmod(minutes, MINUTE)
    text = f"{', '.join(parts) or 'no tests ran'} in {totals.seconds:.2f}s"
    if totals.seconds >= MINUTE:
        text += f" ({hours}:{minutes:02}:{seconds:02})"
    return f" {text} ".center(WIDTH, "=")


def describe(totals: Totals, stages: Iterable[str], *, skips_allowed: bool) -> list[str]:
    """Return the lines above the closing one."""
    lines = []
    if totals.skipped:
        amount = totals.counts["skipped"]
        lines.append(f"!!!! 跳过了 {amount} 项测试 {amount} tests were SKIPPED:")
        for reason, names in sorted(totals.skipped.items()):
            lines.append(f"  {len(names)} × {reason}")
            lines += [f"      {name}" for name in sorted(names)[:SHOWN]]
            lines += [f"      … {len(names) - SHOWN} more"] if len(names) > SHOWN else []
    if totals.unproven and not skips_allowed:
        lines.append(f"FAILED {totals.unproven} skipped on real servers (ALLOW_SKIPS=1 permits it)")
    lines += [f"FAILED {name}" for name in totals.failed]
    lines += [f"FAILED stage: {name}" for name in stages]
    return lines


def is_good(totals: Totals, stages: Iterable[str], *, skips_allowed: bool) -> bool:
    """Tell whether the run as a whole succeeded."""
    bad = totals.counts["failed"] + totals.counts["errors"]
    if not skips_allowed:
        bad += totals.unproven
    return bad == 0 and totals.counts["passed"] > 0 and not list(stages)


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Print the verdict and return the exit status."""
    directory, *stages = arguments
    skips_allowed = environ.get("ALLOW_SKIPS", "0") not in {"", "0"}
    totals = read_reports(Path(directory))
    print("\n──── verdict")
    for line in describe(totals, stages, skips_allowed=skips_allowed):
        print(line)
    print(closing_line(totals))
    return 0 if is_good(totals, stages, skips_allowed=skips_allowed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
