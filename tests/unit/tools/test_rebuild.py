"""tools.rebuild and files that mean harm: nothing lands elsewhere, and the exit code is right."""

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from tools.rebuild import __main__ as rebuild
from tools.rebuild.mirror import canonical

NAME: Final = "full-20261128T031500-0"
LINES: Final = "declarations-0001.jsonl.gz"


def record(**changes: Any) -> dict[str, Any]:
    """Return a line of a snapshot."""
    document = {"title": "不锈钢杯"}
    return {
        "declaration_id": "0192",
        "record_number": "Q-1",
        "version": 1,
        "sequence": 1,
        "state": "PUBLISHED",
        "published_at": "2026-11-28T00:00:00Z",
        "corrected_at": None,
        "withdrawn_at": None,
        "withdrawal_reason": None,
        "marks": [],
        "document": document,
        "document_sha256": hashlib.sha256(canonical(document).encode()).hexdigest(),
        "text_sha256": None,
        "extracted_text_sha256": None,
        "leaf_index": None,
        **changes,
    }


def manifest(body: bytes, **changes: Any) -> dict[str, Any]:
    """Return the manifest of a snapshot with one file."""
    file = {
        "name": LINES,
        "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "rows": 1,
    }
    return {
        "form": "qibiao.snapshot.1",
        "snapshot_id": NAME,
        "kind": "FULL",
        "position": 0,
        "base": None,
        "created_at": "2026-11-28T00:00:00Z",
        "pending": 0,
        "checksum": "0" * 64,
        **changes,
        "files": [{**file, **changes.get("file", {})}],
    }


def pack(*lines: Any) -> bytes:
    return gzip.compress("".join(canonical(line) + "\n" for line in lines).encode())


class Hostile(BaseHTTPRequestHandler):
    """Answer with what is told."""

    answers: dict[str, bytes]

    def do_GET(self) -> None:
        """Answer a request."""
        body = self.answers.get(self.path.partition("?")[0].removeprefix("/api/v1/snapshots"))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[Any]:
    handler = type("Handler", (Hostile,), {"answers": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        server.answers = handler.answers  # type: ignore[attr-defined]
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def from_folder(folder: Path, body: bytes, said: Any) -> int:
    """Rebuild from files; return the exit code."""
    snapshot = folder / "files" / NAME
    snapshot.mkdir(parents=True)
    (snapshot / LINES).write_bytes(body)
    text = said if isinstance(said, str) else json.dumps(said)
    (snapshot / "manifest.json").write_text(text, encoding="utf-8")
    return rebuild.main(["--from", str(folder / "files"), "--into", str(folder / "mirror.db")])


def from_site(site: Any, folder: Path) -> int:
    """Rebuild over HTTP; return the exit code."""
    url = f"http://127.0.0.1:{site.server_address[1]}"
    inside = folder / "inside"
    inside.mkdir()
    return rebuild.main(["--from", url, "--into", str(inside / "mirror.db"), "--no-feed"])


class TestFiles:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (pack({"a": 1}), "a line without declaration_id"),
            (pack([]), "a line without declaration_id"),
            (gzip.compress(b"{\n"), "a line is not JSON"),
            (gzip.compress(b'"\xff"\n'), "is damaged"),
            (b"nothing packed", "is damaged"),
            (pack(record())[:-9], "is damaged"),
            (pack(record(), record()), "does not hold its lines"),
            (pack(), "does not hold its lines"),
            (gzip.compress(b"x" * (65 << 20)), "does not hold its lines"),
            (pack(record(document={"title": "塑料杯"})), "does not have its document_sha256"),
        ],
    )
    def test_that_are_not_lines_are_different(
        self, body: bytes, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert from_folder(tmp_path, body, manifest(body)) == 1
        assert said in capsys.readouterr().err

    @pytest.mark.parametrize(
        "said", ["{", "[]", "{}", json.dumps({"snapshot_id": NAME, "files": [{"name": "a"}]})]
    )
    def test_without_a_manifest_cannot_be_had(self, said: str, tmp_path: Path) -> None:
        assert from_folder(tmp_path, pack(), said) == 2

    def test_that_no_database_can_be_made_beside_are_no_difference(self, tmp_path: Path) -> None:
        body = pack(record())
        (tmp_path / "mirror.db").write_bytes(b"not a database" * 100)

        assert from_folder(tmp_path, body, manifest(body)) == 2


class TestSite:
    @pytest.mark.parametrize(
        "name", ["../evil", "../../evil", "/evil", "a/b", "", "..", "a\\..\\b"]
    )
    def test_cannot_have_files_written_elsewhere(
        self, name: str, site: Any, tmp_path: Path
    ) -> None:
        body = pack(record())
        said = manifest(body, file={"name": name and "declarations-/../" + name})
        site.answers[""] = json.dumps({"items": [said]}).encode()
        site.answers[f"/{NAME}/manifest"] = json.dumps(said).encode()

        assert from_site(site, tmp_path) == 2
        assert [path.name for path in tmp_path.iterdir()] == ["inside"]

    def test_cannot_name_a_folder_elsewhere(self, site: Any, tmp_path: Path) -> None:
        said = manifest(pack(record()), snapshot_id="../outside")
        site.answers[""] = json.dumps({"items": [said]}).encode()
        for path in ("/../outside/manifest", "/outside/manifest", "/../../outside/manifest"):
            site.answers[path] = json.dumps(said).encode()

        assert from_site(site, tmp_path) == 2
        assert [path.name for path in tmp_path.iterdir()] == ["inside"]

    def test_cannot_send_more_than_it_said(self, site: Any, tmp_path: Path) -> None:
        body = pack(record())
        said = manifest(body)
        site.answers[""] = json.dumps({"items": [said]}).encode()
        site.answers[f"/{NAME}/manifest"] = json.dumps(said).encode()
        site.answers[f"/{NAME}/files/{LINES}"] = body + bytes(8 << 20)

        # What comes beyond is not taken; what was said is there, and only its checksum is wrong.
        assert from_site(site, tmp_path) == 1
        (path,) = tmp_path.rglob(LINES)
        assert path.read_bytes() == body

    @pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'{"items": 1}', b'{"items": [1]}'])
    def test_that_says_something_else_cannot_be_used(
        self, answer: bytes, site: Any, tmp_path: Path
    ) -> None:
        site.answers[""] = answer

        assert from_site(site, tmp_path) == 2
