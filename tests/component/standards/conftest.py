"""The real service on the in-process bus; accounts is a fake."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chassis import ids
from chassis.blobs import open_store
from chassis.config import CommonSettings
from chassis.handlers import Delivery, on_command
from chassis.rpc import RpcProxy, rpc
from chassis.service import Service
from chassis.testing import Embedded
from contracts.events import NOTE_AUDIT_HEAD
from services.accounts.config import Settings as AccountsSettings
from services.search.service import SearchService
from services.standards import seeds
from services.standards.service import StandardsService

PRODUCT = {"name": "保温杯", "model": "SL-500", "class_code": "2106", "barcode": "6901234567892"}
NAME = "浙江示例器皿有限公司"


class FakeAccounts(Service):
    """Know every enterprise by the same name."""

    name = "accounts"
    settings_class: ClassVar[type[CommonSettings]] = AccountsSettings

    @on_command(NOTE_AUDIT_HEAD)
    def handle_note_audit_head(self, delivery: Delivery) -> None:
        """Take what every service sends by itself: what nobody takes never becomes idle."""

    @rpc(roles=("SERVICE",))
    def get_enterprise(self, *, enterprise_id: str) -> dict[str, Any]:
        """Return a profile."""
        code = enterprise_id.replace("-", "")[-10:].upper()
        return {
            "enterprise_id": enterprise_id,
            "name": NAME,
            "credit_code": f"91330000{code}",
            "organization_code": "740545604",
            "legal_representative": "王明",
            "address": "浙江省永康市示例路1号",
            "postcode": "321300",
            "region": "330784",
        }


@dataclass
class Clerk:
    """Ask standards as somebody of an enterprise."""

    system: Embedded
    enterprise_id: str
    roles: tuple[str, ...] = ("OWNER",)

    def ask(self, method: str, *, key: str | None = None, **arguments: Any) -> dict[str, Any]:
        """Call a method."""
        token = self.system.token(
            "user:0192f000-0000-7000-8000-000000000001",
            enterprise_id=self.enterprise_id,
            roles=self.roles,
        )
        proxy: RpcProxy = self.system.client("standards", as_service=None)
        return proxy.call(method, arguments, actor_token=token, idempotency_key=key)

    def upload(self, body: bytes | None = None, name: str = "标准.pdf") -> dict[str, Any]:
        """Bring a file all the way in; return what the page would poll last."""
        content = seeds.demo_text() if body is None else body
        opened = self.ask("open_upload", file_name=name, size=len(content))
        store = open_store(self.system.settings["standards"].storage_url)
        with store.open_writer(opened["key"]) as writer:
            writer.write(content)
            writer.commit()
        self.ask(
            "finish_upload",
            upload_id=opened["upload_id"],
            sha256=_sha256(content),
            size=len(content),
        )
        self.system.wait_until(
            lambda: self.state_of(opened["upload_id"])["state"] != "INSPECTING", seconds=30
        )
        return self.state_of(opened["upload_id"])

    def state_of(self, upload_id: str) -> dict[str, Any]:
        """Return where a file stands."""
        return self.ask("get_upload", upload_id=upload_id)

    def save(self, **changes: Any) -> dict[str, Any]:
        """Save a draft."""
        draft = {
            "kind": "ENTERPRISE",
            "number": {"body": "3333", "year": "2014"},
            "title": "不锈钢真空保温杯",
            "products": [PRODUCT],
            **changes,
        }
        return self.ask("save_draft", **draft)

    def publish(self, draft: dict[str, Any], key: str | None = None) -> dict[str, Any]:
        """Publish a draft."""
        return self.ask(
            "publish_declaration",
            key=key,
            declaration_id=draft["declaration_id"],
            is_committed=True,
            expected_version=draft["version"],
        )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(SearchService, FakeAccounts, StandardsService, data_dir=tmp_path) as running:
        yield running


@pytest.fixture
def clerk(system: Embedded) -> Clerk:
    return Clerk(system, ids.new_id())
