"""Run a gateway in front of fake services as a process of its own, to be measured and stopped.

``python -m tests.fakes.gateway_process '{"data_dir": …, "settings": {…}, "delays": {…}}'`` prints
the port it listens on, and serves until SIGTERM.
"""

from chassis import green

green.patch()

# ruff: noqa: E402
import json
import sys
from pathlib import Path

from chassis.bus.inproc import InprocBus
from chassis.clock import SystemClock
from chassis.process import Runner, termination
from chassis.testing import temporary_settings
from gateway.service import GatewayService
from tests.fakes.services import State, fake_services


def main() -> int:
    """Serve until told to stop."""
    options = json.loads(sys.argv[1])
    state = State(delays=options.get("delays", {}))
    if "session" in options:
        state.sessions[options["session"]] = {
            "session_id": "s",
            "user_id": "u",
            "roles": ["OWNER"],
            "enterprise_id": "e-1",
            "csrf_token": options["session"],
        }
    services = (*fake_services(state), GatewayService)
    folder = Path(options["data_dir"])
    settings = {
        service.name: temporary_settings(
            service, folder, port=0, burst_rate=0.0, **options.get("settings", {})
        )
        for service in services
    }
    runner = Runner(services, bus=InprocBus(), clock=SystemClock(), settings=settings)
    stop_seconds = settings["gateway"].stop_seconds
    with termination(runner.ended, stop_seconds):
        runner.start()
        server = next(
            entry
            for entry in runner.containers[-1].subextensions
            if type(entry).__name__ == "HttpServer"
        )
        sys.stdout.write(f"{server.address[1]}\n")
        sys.stdout.flush()
        code = int(runner.ended.wait())
        runner.stop(stop_seconds)
    return code


if __name__ == "__main__":
    sys.exit(main())
