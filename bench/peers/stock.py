"""Stock Nameko 2.14.1: an echo service, and a service that calls it, each in its own process."""

import sys
import time
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

eventlet.monkey_patch()

from typing import Any  # noqa: E402

from nameko.containers import ServiceContainer  # noqa: E402
from nameko.rpc import RpcProxy, rpc  # noqa: E402
from nameko.testing.services import entrypoint_hook  # noqa: E402

from bench import measure  # noqa: E402


class EchoService:
    """Answer with the argument."""

    name = "bench_stock_echo"

    @rpc  # type: ignore[untyped-decorator] # nameko ships no types
    def echo(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what came."""
        return payload


class CallerService:
    """Call the echo service from several green threads at once."""

    name = "bench_stock_caller"
    echo = RpcProxy("bench_stock_echo")

    @rpc  # type: ignore[untyped-decorator] # nameko ships no types
    def drive(self, callers: int, calls: int, payload: dict[str, Any]) -> float:
        """Make ``calls`` calls from ``callers`` green threads and return the seconds it took."""
        pool = eventlet.GreenPool(callers)

        def work(_: int) -> None:
            for _number in range(calls // callers):
                self.echo.echo(payload)

        begun = time.perf_counter()
        for _ in pool.imap(work, range(callers)):
            pass
        return time.perf_counter() - begun


def main() -> None:
    """Run ``server`` or ``caller`` against the broker named on the command line."""
    role, url = sys.argv[1:3]
    service = EchoService if role == "server" else CallerService
    container = ServiceContainer(service, config={"AMQP_URI": url, "max_workers": 50})
    container.start()

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        with entrypoint_hook(container, "drive") as drive:
            return {"seconds": drive(**command)}

    measure.serve_commands(answer)
    container.stop()


if __name__ == "__main__":
    main()
