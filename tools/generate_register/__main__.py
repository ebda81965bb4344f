"""Print a register as JSON Lines: ``python -m tools.generate_register --declarations 1000``.

A line is what ``standards.get_current_version`` would answer.
"""

import argparse
import json
import sys
from pathlib import Path

from tools.generate_register import NATIONAL_DECLARATIONS, Plan, Register, own_words, read_words


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when everything was printed."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate_register", description=__doc__)
    parser.add_argument(
        "--declarations", type=int, default=NATIONAL_DECLARATIONS, help="%(default)s"
    )
    parser.add_argument("--seed", type=int, default=1, help="%(default)s")
    parser.add_argument("--start", type=int, default=0, help="position of the first (%(default)s)")
    parser.add_argument("--stop", type=int, help="position after the last; the end")
    parser.add_argument("--words", type=Path, help="folder of real files to take words from")
    options = parser.parse_args(arguments)
    register = Register(
        Plan(declarations=options.declarations, seed=options.seed),
        words=own_words() if options.words is None else read_words(options.words),
    )
    for publication in register.publications(options.start, options.stop):
        line = json.dumps(publication.as_current_version(), ensure_ascii=False)
        sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
