"""The real service on the in-process bus, a service that asks it for things, and people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chassis import ids
from chassis.config import CommonSettings
from chassis.service import Service
from chassis.testing import Embedded
from contracts.events import POST_MESSAGE
from services.notify.service import NotifyService
from services.registry.config import Settings as RegistrySettings

OWNER = "user:0192f000-0000-7000-8000-000000000001"
FILER = "user:0192f000-0000-7000-8000-000000000002"
STRANGER = "user:0192f000-0000-7000-8000-000000000003"
ENTERPRISE = "0192f000-0000-7000-8000-00000000000e"


class Asker(Service):
    """Be any service that asks for messages; the registry's database lends it an outbox."""

    name = "registry"
    settings_class: ClassVar[type[CommonSettings]] = RegistrySettings


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(NotifyService, Asker, data_dir=tmp_path) as running:
        yield running


@dataclass
class Person:
    """Ask notify as somebody."""

    system: Embedded
    subject: str = OWNER
    roles: tuple[str, ...] = ("OWNER",)
    enterprise_id: str | None = ENTERPRISE

    def ask(self, method: str, *, key: str | None = None, **arguments: Any) -> dict[str, Any]:
        """Call a method."""
        token = self.system.token(self.subject, enterprise_id=self.enterprise_id, roles=self.roles)
        proxy = self.system.client("notify", as_service=None)
        return proxy.call(method, arguments, actor_token=token, idempotency_key=key)


@pytest.fixture
def owner(system: Embedded) -> Person:
    return Person(system)


@pytest.fixture
def operator(system: Embedded) -> Person:
    return Person(system, subject=STRANGER, roles=("OPERATOR",), enterprise_id=None)


def post(
    system: Embedded,
    recipient: str,
    template: str = "PASSWORD_CHANGED",
    values: Mapping[str, str] | None = None,
    request_id: str = "",
) -> str:
    """Have something put into an inbox and return the request's id."""
    request_id = request_id or ids.new_id()
    data = {
        "recipient": recipient,
        "template": template,
        "values": dict(values or {}),
        "link": "/account",
        "request_id": request_id,
    }
    with system.database("registry").transaction() as tx:
        tx.send(POST_MESSAGE, data, request_id=request_id)
    return request_id
