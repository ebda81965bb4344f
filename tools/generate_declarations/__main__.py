"""Generate declarations: ``python -m tools.generate_declarations --url … --declarations 100000``.

The database has to be migrated; it is that of ``standards``.
"""

import argparse
import sys
import time
from datetime import UTC, datetime

from tools.generate_declarations.histories import Plan, midnight
from tools.generate_declarations.loading import NotEmptyError, load_declarations


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when everything was written."""
    parser = argparse.ArgumentParser(prog="python -m tools.generate_declarations")
    parser.add_argument("--url", required=True, help="SQLAlchemy address of the database")
    parser.add_argument("--declarations", type=int, default=100_000, help="%(default)s")
    parser.add_argument("--enterprises", type=int, default=472, help="%(default)s")
    parser.add_argument(
        "--first-owns", type=int, help="declarations of the first demonstration enterprise"
    )
    parser.add_argument("--seed", type=int, default=1, help="%(default)s")
    parser.add_argument(
        "--until",
        type=lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
        default=midnight(datetime.now(UTC)),
        help="day that the database is of, such as 2026-11-01; today",
    )
    parser.add_argument("--replace", action="store_true", help="delete all declarations first")
    options = parser.parse_args(arguments)
    plan = Plan(
        declarations=options.declarations,
        until=options.until,
        enterprises=options.enterprises,
        first_owns=options.first_owns,
        seed=options.seed,
    )
    begun = time.monotonic()
    try:
        rows = load_declarations(options.url, plan, replaces=options.replace)
    except NotEmptyError as error:
        print(f"{error}; --replace deletes them", file=sys.stderr)
        return 1
    seconds = time.monotonic() - begun
    print(f"{plan.declarations} declarations, {rows} rows in {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
