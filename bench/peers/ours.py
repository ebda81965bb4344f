"""Our RPC: an echo service, and a service that calls it, each in its own process."""

import chassis.green

chassis.green.patch()

import os  # noqa: E402 - the standard library is patched first
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

import eventlet  # noqa: E402

from bench import measure  # noqa: E402
from chassis.bus.opening import open_bus  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.config import CommonSettings  # noqa: E402
from chassis.process import Runner  # noqa: E402
from chassis.rpc import RpcClient, RpcProxy, rpc  # noqa: E402
from chassis.service import BareService  # noqa: E402


class EchoService(BareService):
    """Answer with the argument."""

    name = "bench_echo"

    @rpc(public=True)
    def echo(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return what came."""
        return payload


class CallerService(BareService):
    """Call the echo service from several green threads at once."""

    name = "bench_caller"
    echo: RpcProxy = RpcClient("bench_echo", as_service=False)

    @rpc(public=True)
    def idle(self) -> dict[str, Any]:
        """Do nothing: a service has at least one method."""
        return {}


def drive(proxy: RpcProxy, callers: int, calls: int, payload: dict[str, Any]) -> float:
    """Make ``calls`` calls from ``callers`` green threads and return the seconds it took."""

    def work(_: int) -> None:
        for _number in range(calls // callers):
            proxy.echo(payload=payload)

    begun = time.perf_counter()
    for _ in eventlet.GreenPool(callers).imap(work, range(callers)):
        pass
    return time.perf_counter() - begun


def main() -> None:
    """Run ``server`` or ``caller`` against the broker named on the command line."""
    role, url = sys.argv[1:3]
    service = EchoService if role == "server" else CallerService
    settings = CommonSettings.from_env({**os.environ, "BUS_URL": url})
    runner = Runner(
        [service], bus=open_bus(url), clock=SystemClock(), settings={service.name: settings}
    )
    runner.start()
    container = runner.containers[0]

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        proxy = RpcProxy(container.bus, service.name, "bench_echo")
        return {"seconds": drive(proxy, **command)}

    measure.serve_commands(answer)
    runner.stop(5)


if __name__ == "__main__":
    main()
