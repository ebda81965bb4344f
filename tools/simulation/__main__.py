"""Run the simulator: ``python -m tools.simulation --seeds 20000``."""

import sys

from tools.simulation.runs import main

if __name__ == "__main__":
    sys.exit(main())
