"""A running gateway in front of fake services, and a browser to use it with."""

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Embedded
from gateway.service import GatewayService
from tests.fakes.services import State, fake_services


@dataclass
class Answer:
    """Hold one HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the JSON of the body."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()


@dataclass
class Browser:
    """Speak HTTP to the gateway, with a session or without."""

    address: tuple[str, int]
    cookie: str | None = None
    csrf: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request on a connection of its own."""
        sent = {"Host": "localhost", **self.headers}
        if self.cookie:
            sent["Cookie"] = f"__Host-sid={self.cookie}"
        if self.csrf and method not in {"GET", "HEAD"}:
            sent["X-CSRF-Token"] = self.csrf
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            content = response.read()
            return Answer(response.status, dict(response.getheaders()), content)
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Read a page as a browser asks for it."""
        accept = {"Accept": "text/html", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.request("GET", path, headers=accept)


@dataclass
class Site:
    """Hold a running gateway and what stands behind it."""

    system: Embedded
    state: State

    @property
    def address(self) -> tuple[str, int]:
        """Return where it listens."""
        return self.server.address

    @property
    def server(self) -> Any:
        """Return the gateway's HTTP server."""
        return next(
            entry
            for entry in self.system.container("gateway").subextensions
            if type(entry).__name__ == "HttpServer"
        )

    def browser(self, *, roles: tuple[str, ...] | None = None) -> Browser:
        """Return a visitor, or somebody logged in with roles."""
        if roles is None:
            return Browser(self.address)
        token = self.state.log_in(roles=roles)
        return Browser(self.address, cookie=token, csrf=self.state.csrf(token))


@pytest.fixture
def open_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return a function that starts a gateway with settings of one's choice."""
    with ExitStack() as stack:

        def start(**overrides: Any) -> Site:
            state = State()
            system = Embedded(
                *fake_services(state),
                GatewayService,
                data_dir=tmp_path,
                overrides={"port": 0, "burst_rate": 0.0, **overrides},
            )
            return Site(stack.enter_context(system), state)

        yield start


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a gateway for tests that ask one question of every route and leave nothing behind."""
    state = State()
    folder = tmp_path_factory.mktemp("shared")
    overrides = {"port": 0, "burst_rate": 0.0}
    with Embedded(
        *fake_services(state), GatewayService, data_dir=folder, overrides=overrides
    ) as system:
        yield Site(system, state)


@pytest.fixture
def site(open_site: Callable[..., Site]) -> Site:
    """Return a gateway with the settings of development."""
    return open_site()
