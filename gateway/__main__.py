"""``python -m gateway`` serves HTTP in front of services that run elsewhere."""

import sys

from chassis.runner import main

if __name__ == "__main__":
    sys.exit(main("gateway"))
