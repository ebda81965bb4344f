"""Run many seeds, in this process or in several: ``python -m tools.simulation``."""

from chassis import green

if green.is_patched():  # it also keeps eventlet's warning quiet, whoever imports it later
    raise SystemExit("the simulator steps everything itself: green threads must be off")

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tools.simulation.mutations import MUTATIONS, mutated
from tools.simulation.seeds import OPERATIONS, Result, Simulator
from tools.simulation.world import CONSEQUENCES, FAULTS

# Over so many seeds each fault must have happened at least once.
ENOUGH: Final = 200
_SHOWN: Final = 60


class Runner:
    """Run seeds in this process or in several, and say what came of them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.results: list[Result] = []
        self._begun = time.monotonic()

    def run(self) -> int:
        """Run all seeds, or up to the first bad one; return the exit code."""
        first, count = self._options.first, self._options.seeds
        for result in self._outcomes(range(first, first + count)):
            self.results.append(result)
            if not result.is_good:
                _say(_describe(result, is_whole=self._options.trace))
                if self._options.stop:
                    break
            elif self._options.verbose:
                _say(f"seed {result.seed} {result.hash[:16]} {result.seconds:.2f} s")
        return self._conclude()

    def _outcomes(self, seeds: Sequence[int]) -> Iterator[Result]:
        work = [(seed, self._options.operations, self._options.trace) for seed in seeds]
        if self._options.processes == 1:
            _begin(self._options.mutation)
            try:
                yield from map(_run, work)
            finally:
                _end()
            return
        context = multiprocessing.get_context("spawn")
        with context.Pool(
            self._options.processes, initializer=_begin, initargs=(self._options.mutation,)
        ) as pool:
            yield from pool.imap_unordered(_run, work, chunksize=4)

    def _conclude(self) -> int:
        operations, outcomes, faults = Counter[str](), Counter[str](), Counter[str]()
        for result in self.results:
            operations += result.operations
            outcomes += result.outcomes
            faults += result.faults
        bad = sorted(result.seed for result in self.results if not result.is_good)
        expected = [name for name in (*FAULTS, *CONSEQUENCES) if not faults[name]]
        never = expected if len(self.results) >= ENOUGH else []
        seconds = sum(result.seconds for result in self.results) / max(1, len(self.results))
        _say(f"operations: {_counts(operations)}")
        _say(f"commands: {_counts(outcomes)}")
        _say(f"faults: {_counts(faults)}")
        if never:
            _say(f"never happened: {', '.join(never)}")
        _say(
            f"{len(self.results)} seeds, {len(bad)} bad {bad[:10]}, {seconds:.2f} s of CPU each,"
            f" {time.monotonic() - self._begun:.0f} s in all"
        )
        if self._options.report:
            self._write_report(operations, outcomes, faults)
        return 1 if bad or never else 0

    def _write_report(self, *counts: Counter[str]) -> None:
        operations, outcomes, faults = map(dict, counts)
        report = {
            "seeds": {
                str(result.seed): {"hash": result.hash, "problems": list(result.problems)}
                for result in self.results
            },
            "operations": operations,
            "outcomes": outcomes,
            "faults": faults,
            "cpu_seconds": sum(result.seconds for result in self.results),
        }
        self._options.report.write_text(json.dumps(report), encoding="utf-8")


_process: dict[str, Any] = {}


def _begin(mutation: str | None) -> None:
    _process["mutation"] = mutated(mutation)
    _process["simulator"] = Simulator()
    _process["mutation"].__enter__()


def _end() -> None:
    _process["mutation"].__exit__(None, None, None)
    _process["simulator"].close()


def _run(work: tuple[int, int, bool]) -> Result:
    seed, operations, keeps_trace = work
    result: Result = _process["simulator"].run(seed, operations=operations, keeps_trace=keeps_trace)
    return result


def _describe(result: Result, *, is_whole: bool) -> str:
    lines = result.lines if is_whole else result.lines[-_SHOWN:]
    return "\n".join(
        (
            *(f"  {line[:300]}" for line in lines),
            *result.problems,
            (
                f"seed {result.seed} is bad, trace hash {result.hash}; again with"
                f" python -m tools.simulation --from {result.seed} --seeds 1 --trace"
            ),
        )
    )


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=ENOUGH, help="how many (%(default)s)")
    parser.add_argument("--from", type=int, default=1, dest="first", help="first seed (1)")
    parser.add_argument(
        "--operations", type=int, default=OPERATIONS, help="of the clients (%(default)s)"
    )
    parser.add_argument("--processes", type=int, default=2, help="side by side (%(default)s)")
    parser.add_argument("--stop", action="store_true", help="end at the first bad seed")
    parser.add_argument("--trace", action="store_true", help="show whole traces of bad seeds")
    parser.add_argument("--verbose", action="store_true", help="show good seeds as well")
    parser.add_argument("--mutation", choices=sorted(MUTATIONS), help="make a mistake on purpose")
    parser.add_argument("--report", type=Path, help="write what came of it into this file (JSON)")
    return Runner(parser.parse_args(arguments)).run()
