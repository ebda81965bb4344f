"""Everything public in files: made, downloaded, rebuilt elsewhere, and proved equal."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ROOT
from tests.e2e.test_catalogue import signed_in
from tests.e2e.test_declarations import entry
from tests.factories.commands import run_verify
from tools.visitor import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]


def publish(visitor: Any, body: str, title: str) -> dict[str, Any]:
    number = {"body": f"QBSNAP {body}", "year": "2026"}
    return dict(visitor.publish(visitor.save_draft(entry("", title=title, number=number))))


def position(visitor: Any) -> int:
    """Return where the public log ends."""
    after = 0
    while items := visitor.api("GET", f"/events?after={after}&limit=500")["items"]:
        after = int(items[-1]["position"])
    return after


def wait_for_position(visitor: Any, published: Mapping[str, Any], version: int = 1) -> None:
    """Wait until what was published is in the public log."""

    def is_there() -> bool | None:
        after = max(0, position(visitor) - 400)
        items = visitor.api("GET", f"/events?after={after}&limit=500")["items"]
        told = [each for each in items if each["subject"] == published["declaration_id"]]
        return True if len(told) >= version else None

    wait_for(is_there, seconds=30, what="事件")


def rebuild(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tools.rebuild", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def alter(folder: Path, record: str) -> None:
    """Change one word of a record, and let the manifest say that it should be so."""
    path = folder / "declarations-0001.jsonl.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    (place,) = (n for n, line in enumerate(lines) if json.loads(line)["record_number"] == record)
    lines[place] = lines[place].replace("可以证明的标准", "可以伪造的标准")
    path.write_bytes(gzip.compress("".join(lines).encode()))
    manifest = folder / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    facts = next(each for each in content["files"] if each["name"] == path.name)
    facts["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    facts["bytes"] = path.stat().st_size
    manifest.write_text(json.dumps(content), encoding="utf-8")


class TestProof:
    @pytest.mark.proves("C8")
    def test_a_downloaded_snapshot_is_proved_offline(self, system: Any, tmp_path: Path) -> None:
        owner, anyone = signed_in(system, "OWNER"), system.visitor()
        published = publish(owner, "011", "可以证明的标准")
        wait_for_position(anyone, published)
        keys = tmp_path / "keys.json"
        keys.write_text(json.dumps(anyone.api("GET", "/log/keys")), encoding="utf-8")
        system.run("services.standards.snapshots")

        done = rebuild("--from", system.url, "--into", tmp_path / "mirror.db", "--no-feed")
        (folder,) = (tmp_path / "mirror.db.files").glob("full-*")
        whole = run_verify("--key", keys, folder)
        alter(folder, published["record_number"])
        altered = run_verify("--key", keys, folder)
        head = folder / "head.json"
        signed = json.loads(head.read_text(encoding="utf-8"))
        head.write_text(json.dumps({**signed, "size": signed["size"] - 1}), encoding="utf-8")
        forged = run_verify("--key", keys, folder)

        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        rows = {each["name"]: each["rows"] for each in manifest["files"]}
        assert done.returncode == 0, done.stdout + done.stderr
        assert {path.name for path in folder.iterdir()} == {
            "manifest.json", "declarations-0001.jsonl.gz", "log.jsonl.gz", "head.json",
        }  # fmt: skip
        assert rows["log.jsonl.gz"] == signed["size"]
        assert whole[0] == 0, whole[1]
        assert f"OK: {manifest['declarations']} records, 1 heads, {signed['size']}" in whole[1]
        assert altered[0] == 1
        assert "FAILED: 1 wrong" in altered[1]
        assert f"record {published['record_number']} version 1 was altered" in altered[1]
        assert f"记录 {published['record_number']} 第 1 版 与存证不符" in altered[1]
        assert (forged[0], "bad signature of a tree head" in forged[1]) == (1, True)


class TestSnapshot:
    @pytest.mark.proves("C8")
    def test_and_what_follows_rebuild_the_public_side(self, system: Any, tmp_path: Path) -> None:
        owner, operator = signed_in(system, "OWNER"), signed_in(system, "OPERATOR")
        anyone = system.visitor()
        first = publish(owner, "001", "快照之前公开的标准")
        wait_for_position(anyone, first)
        before = {each["snapshot_id"] for each in anyone.api("GET", "/snapshots")["items"]}
        operator.api("POST", "/operator/snapshots")

        def made() -> dict[str, Any] | None:
            items = anyone.api("GET", "/snapshots?limit=200")["items"]
            new = [
                each
                for each in items
                if each["kind"] == "FULL" and each["snapshot_id"] not in before
            ]
            return dict(new[0]) if new else None

        base = wait_for(made, seconds=60, what="快照")
        self._look_at(anyone, base, first)

        # Changes, a snapshot with a delta, more changes, and one to prove the last events by.
        second = publish(owner, "002", "两次快照之间公开的标准")
        wait_for_position(anyone, second)
        system.run("services.standards.snapshots")
        middle = anyone.api("GET", "/snapshots/latest")
        third = publish(owner, "003", "最后公开的标准")
        wait_for_position(anyone, third)
        printed = system.run("services.standards.snapshots")
        last = anyone.api("GET", "/snapshots/latest")
        assert last["checksum"] in printed

        target = tmp_path / "mirror.db"
        done = rebuild(
            "--from", system.url, "--into", target,
            "--base", base["snapshot_id"], "--deltas-to", middle["snapshot_id"],
        )  # fmt: skip

        assert done.returncode == 0, done.stdout + done.stderr
        assert last["checksum"] in done.stdout
        served = anyone.api("GET", f"/snapshots/checksum?position={last['position']}")
        assert served["checksum"] == last["checksum"]
        self._alter(system, target, tmp_path)

    @staticmethod
    def _look_at(anyone: Any, snapshot: dict[str, Any], published: dict[str, Any]) -> None:
        """Look at the files as any program would."""
        folder = f"/api/v1/snapshots/{snapshot['snapshot_id']}"
        manifest = anyone.request("GET", f"{folder}/manifest")
        files = {each["name"]: each for each in manifest.json()["files"]}
        path = f"{folder}/files/declarations-0001.jsonl.gz"
        whole = anyone.request("GET", path)
        part = anyone.request("GET", path, headers={"Range": "bytes=10-19"})
        same = anyone.request("GET", path, headers={"If-None-Match": whole.headers["ETag"]})
        missing = anyone.request("GET", f"{folder}/files/declarations-9999.jsonl.gz")

        facts = files["declarations-0001.jsonl.gz"]
        assert manifest.headers["Content-Type"] == "application/json"
        assert whole.headers["Content-Type"] == "application/gzip"
        assert whole.headers["ETag"] == f'"{facts["sha256"]}"'
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert whole.headers.get("Content-Encoding") is None
        assert len(whole.content) == facts["bytes"]
        assert (part.status_code, part.content) == (206, whole.content[10:20])
        assert same.status_code == 304
        assert missing.json()["code"] == "standards.snapshot_not_found"
        lines = gzip.decompress(whole.content).decode().splitlines()
        numbers = {json.loads(line)["record_number"] for line in lines}
        assert published["record_number"] in numbers
        assert len(lines) == facts["rows"] == snapshot["declarations"]

    @staticmethod
    def _alter(system: Any, target: Path, tmp_path: Path) -> None:
        """A file that was not fully there is completed; one that was altered is named."""
        work = target.with_name(target.name + ".files")
        path = next(work.glob("full-*/declarations-0001.jsonl.gz"))
        whole = path.read_bytes()
        path.write_bytes(whole[:100])
        name = path.parent.name

        completed = rebuild(
            "--from", system.url, "--into", tmp_path / "again.db",
            "--work", work, "--base", name, "--no-feed",
        )  # fmt: skip
        assert completed.returncode == 0, completed.stdout + completed.stderr
        assert path.read_bytes() == whole

        path.write_bytes(whole[:100] + b"x" + whole[101:])
        altered = rebuild("--from", work, "--into", tmp_path / "altered.db", "--base", name)
        assert altered.returncode == 1
        assert f"{name}/declarations-0001.jsonl.gz" in altered.stderr
