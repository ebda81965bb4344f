"""Run the service: ``python -m services.notify``."""

from chassis import green

green.patch()

from chassis import runner  # noqa: E402 - only after the standard library is patched

if __name__ == "__main__":
    runner.main("notify")
