"""Run the service: ``python -m services.accounts``."""

from chassis import green

green.patch()

import sys  # noqa: E402 - only after the standard library is patched

from chassis import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main("accounts"))
