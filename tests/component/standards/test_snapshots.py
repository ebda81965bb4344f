"""An operator asks for a snapshot; a child process makes it, and it is offered to everybody."""

import gzip
import hashlib
import json
from typing import Any

import pytest

from chassis.blobs import open_store
from chassis.errors import ForbiddenError, RemoteDomainError
from chassis.testing import Embedded
from contracts.rpc import snapshots as contract
from tests.component.standards.conftest import Clerk
from tests.component.standards.test_contract import fields, promised

pytestmark = pytest.mark.timeout(120)


def offered(system: Embedded) -> list[dict[str, Any]]:
    return list(system.client("standards", as_service=None).list_snapshots()["items"])


def ask(system: Embedded, *roles: str) -> dict[str, Any]:
    token = system.token("user:0192f000-0000-7000-8000-000000000009", roles=roles)
    proxy = system.client("standards", as_service=None)
    return dict(proxy.call("request_snapshot", {}, actor_token=token, idempotency_key="k-1"))


class TestRequestSnapshot:
    def test_makes_one_soon(self, system: Embedded, clerk: Clerk) -> None:
        upload = clerk.upload()
        published = clerk.publish(clerk.save(upload_id=upload["upload_id"]))
        system.wait_idle()
        asked = ask(system, "OPERATOR")

        system.wait_until(lambda: offered(system), seconds=60)

        (snapshot,) = offered(system)
        anyone = system.client("standards", as_service=None)
        latest = anyone.get_latest_snapshot()
        name = "declarations-0001.jsonl.gz"
        where = {"snapshot_id": snapshot["snapshot_id"], "name": name}
        found = anyone.get_snapshot_file(**where)
        checksum = anyone.get_register_checksum(position=snapshot["position"])
        store = open_store(system.settings["standards"].storage_url)
        body = b"".join(store.open_reader(found["key"]))
        assert hashlib.sha256(body).hexdigest() == found["sha256"]
        line = json.loads(gzip.decompress(body))
        assert line["record_number"] == published["record_number"]
        assert line["text_sha256"] == upload["sha256"]
        assert checksum["checksum"] == snapshot["checksum"] == latest["checksum"]
        for answer, kind in (
            (asked, contract.RequestedSnapshot),
            (snapshot, contract.Snapshot),
            (latest, contract.LatestSnapshot),
            (latest["files"][0], contract.SnapshotFileFacts),
            (found, contract.SnapshotFile),
            (checksum, contract.RegisterChecksum),
        ):
            assert fields(answer) == promised(kind)

    @pytest.mark.parametrize("role", ["OWNER", "BUREAU", "SYSTEM_ADMIN"])
    def test_is_for_operators(self, system: Embedded, role: str) -> None:
        with pytest.raises(ForbiddenError):
            ask(system, role)

    def test_offers_nothing_that_is_not_there(self, system: Embedded) -> None:
        anyone = system.client("standards", as_service=None)
        for method, arguments in (
            ("get_latest_snapshot", {}),
            ("get_register_checksum", {"position": 7}),
            ("get_snapshot_file", {"snapshot_id": "full-1", "name": "../standards.db"}),
        ):
            with pytest.raises(RemoteDomainError) as refused:
                anyone.call(method, arguments)
            assert refused.value.wire_code == "standards.snapshot_not_found"
