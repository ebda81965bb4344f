"""The command that runs services: ``python -m chassis.runner all | <service> | gateway | prepare``.

``python -m services.<name>`` comes here too. Nothing but this module is imported before the
standard library is patched.
"""

import sys
from collections.abc import Sequence

from chassis import green


def main(target: str | None = None, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; a service gives its own name."""
    green.patch()
    from chassis import process  # noqa: PLC0415 - nothing may take hold of an unpatched module

    return process.main(target, arguments)


if __name__ == "__main__":
    sys.exit(main())
