"""Texts: in from the socket, out in pieces, never run by a browser."""

import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

import eventlet
import pytest

from chassis.blobs import open_store
from tests.component.gateway.conftest import Browser, Site
from tests.fakes.services import RECORD_NUMBER

UPLOADS = "/api/v1/uploads?file_name=a.pdf"
PDF = {"Content-Type": "application/pdf"}


def stored(site: Site) -> list[str]:
    folder = Path(site.system.data_dir) / "blobs"
    return [path.name for path in folder.rglob("*") if path.is_file()]


def put_text(site: Site, content: bytes, file_name: str = "保温杯.pdf") -> str:
    store = open_store(f"file://{site.system.data_dir}/blobs")
    with store.open_writer("uploads/text-1") as writer:
        writer.write(content)
        writer.commit()
    site.state.texts[RECORD_NUMBER] = {
        "key": "uploads/text-1",
        "file_name": file_name,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return f"/s/{RECORD_NUMBER}/text"


class TestUpload:
    @pytest.mark.proves("R-096")
    def test_stores_the_body_and_reports_its_hash(self, site: Site) -> None:
        content = b"%PDF-1.7\n" + os.urandom(300_000)
        owner = site.browser(roles=("OWNER",))

        answer = owner.request("POST", UPLOADS, body=content, headers=PDF)

        assert answer.status == 202
        assert answer.json["state"] == "INSPECTING"
        assert answer.json["poll_url"] == f"/api/v1/uploads/{answer.json['upload_id']}"
        sent = site.state.arguments("finish_upload")
        assert sent["sha256"] == hashlib.sha256(content).hexdigest()
        assert sent["size"] == len(content)
        assert stored(site) == [answer.json["upload_id"]]
        polled = owner.request("GET", answer.json["poll_url"])
        assert polled.json["state"] == "INSPECTING"

    @pytest.mark.proves("R-096")
    def test_takes_chunks(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        lines = [
            f"POST {UPLOADS} HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/pdf",
            f"Cookie: __Host-sid={owner.cookie}",
            f"X-CSRF-Token: {owner.csrf}",
            "Transfer-Encoding: chunked",
            "Connection: close",
            "",
            "9\r\n%PDF-1.7\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ]

        with socket.create_connection(site.address) as connection:
            connection.sendall("\r\n".join(lines).encode())
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))

        assert answer.startswith(b"HTTP/1.1 202 ")
        assert site.state.arguments("finish_upload")["size"] == 12

    @pytest.mark.parametrize("content", [b"", b"%PD", b"<html>%PDF-1.7", b"PK\x03\x04" * 100])
    def test_refuses_what_is_no_pdf_at_once(self, site: Site, content: bytes) -> None:
        owner = site.browser(roles=("OWNER",))

        answer = owner.request("POST", UPLOADS, body=content, headers=PDF)

        assert (answer.status, answer.json["code"]) == (415, "gateway.not_a_pdf")
        assert stored(site) == []

    def test_a_client_that_leaves_leaves_nothing_behind(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        head = (
            f"POST {UPLOADS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
            f"Cookie: __Host-sid={owner.cookie}\r\nX-CSRF-Token: {owner.csrf}\r\n"
            "Content-Length: 5000000\r\n\r\n"
        )

        connection = socket.create_connection(site.address)
        connection.sendall(head.encode() + b"%PDF-1.7\n" + b"x" * 400_000)
        site.system.wait_until(lambda: len(stored(site)) == 1)
        connection.close()

        site.system.wait_until(lambda: stored(site) == [])
        assert site.state.count("finish_upload") == 0

    def test_a_full_disk_is_told_and_leaves_nothing(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_descriptor: int, _body: bytes) -> int:
            raise OSError(28, "No space left on device")

        owner = site.browser(roles=("OWNER",))
        monkeypatch.setattr("chassis.blobs._write_all", full)

        answer = owner.request("POST", UPLOADS, body=b"%PDF-1.7\n" + b"x" * 400_000, headers=PDF)

        assert (answer.status, answer.json["code"]) == (503, "bus.storage_unavailable")
        assert "Retry-After" in answer.headers
        assert stored(site) == []

    def test_only_so_many_come_in_at_once(self, open_site: Callable[..., Site]) -> None:
        site = open_site(max_uploads=1)
        owner = site.browser(roles=("OWNER",))
        head = (
            f"POST {UPLOADS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/pdf\r\n"
            f"Cookie: __Host-sid={owner.cookie}\r\nX-CSRF-Token: {owner.csrf}\r\n"
            "Content-Length: 5000000\r\n\r\n"
        )

        with socket.create_connection(site.address) as slow:
            slow.sendall(head.encode())
            site.system.wait_until(lambda: site.state.count("open_upload") == 1)
            second = owner.request("POST", UPLOADS, body=b"%PDF-1.7\n", headers=PDF)
        site.system.wait_until(lambda: site.server.connections == 0)
        third = owner.request("POST", UPLOADS, body=b"%PDF-1.7\n", headers=PDF)

        assert (second.status, second.json["code"]) == (503, "gateway.overloaded")
        assert third.status == 202

    def test_needs_a_session_before_anything_is_read(self, site: Site) -> None:
        answer = Browser(site.address).request("POST", UPLOADS, body=b"%PDF-1.7", headers=PDF)

        assert answer.status == 401


class TestDownload:
    @pytest.mark.proves("F12", "R-211")
    def test_is_an_attachment_that_no_browser_runs(self, site: Site) -> None:
        path = put_text(site, b"%PDF-1.7 text")

        answer = site.browser().get(path)

        assert (answer.status, answer.body) == (200, b"%PDF-1.7 text")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="standard.pdf"; '
            "filename*=UTF-8''%E4%BF%9D%E6%B8%A9%E6%9D%AF.pdf"
        )
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'

    @pytest.mark.proves("F12")
    @pytest.mark.parametrize(
        "name", ["x\r\nSet-Cookie: a=b.pdf", "../../x.pdf", "\u202efdp.exe", "长" * 300 + ".pdf"]
    )
    def test_harmless_under_any_name(self, site: Site, name: str) -> None:
        path = put_text(site, b"%PDF-1.7", file_name=name)

        answer = site.browser().get(path)

        assert answer.status == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert ".." not in answer.headers["Content-Disposition"]

    @pytest.mark.parametrize(
        ("wanted", "status", "content", "content_range"),
        [
            ("bytes=0-3", 206, b"%PDF", "bytes 0-3/14"),
            ("bytes=10-", 206, b"DEFG", "bytes 10-13/14"),
            ("bytes=-4", 206, b"DEFG", "bytes 10-13/14"),
            ("bytes=5-99", 206, b"1.ABCDEFG", "bytes 5-13/14"),
            ("bytes=0-1,3-4", 200, b"%PDF-1.ABCDEFG", None),
            ("pages=1-2", 200, b"%PDF-1.ABCDEFG", None),
            ("bytes=99-", 416, None, "bytes */14"),
        ],
    )
    def test_gives_parts(
        self, site: Site, wanted: str, status: int, content: bytes | None, content_range: str | None
    ) -> None:
        path = put_text(site, b"%PDF-1.ABCDEFG")

        answer = site.browser().get(path, Range=wanted)

        assert answer.status == status
        assert answer.headers.get("Content-Range") == content_range
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        assert content is None or answer.body == content

    def test_knows_who_has_it_already(self, site: Site) -> None:
        path = put_text(site, b"%PDF-1.7 text")
        browser = site.browser()
        etag = browser.get(path).headers["ETag"]

        same = browser.get(path, If_None_Match=etag)
        part = browser.get(path, Range="bytes=0-3", If_Range=etag)
        whole = browser.get(path, Range="bytes=0-3", If_Range='"other"')

        assert (same.status, same.body) == (304, b"")
        assert (part.status, whole.status) == (206, 200)

    def test_refuses_in_words_what_is_not_as_wanted(self, site: Site) -> None:
        answer = site.browser().get("/", If_Match='"other"')

        assert answer.status == 412
        assert answer.headers["X-Trace-Id"] in answer.text

    def test_head_tells_the_size(self, site: Site) -> None:
        path = put_text(site, b"%PDF-1.7 text")

        answer = site.browser().request("HEAD", path)

        assert (answer.status, answer.headers["Content-Length"], answer.body) == (200, "13", b"")

    def test_a_text_that_the_store_lost_is_not_there_now(self, site: Site) -> None:
        path = put_text(site, b"%PDF-1.7")
        site.state.texts[RECORD_NUMBER]["key"] = "uploads/gone"

        answer = site.browser().get(path)

        assert answer.status == 503
        assert "标准文本暂时不可用" in answer.text

    def test_a_reader_that_leaves_does_no_harm(self, site: Site) -> None:
        path = put_text(site, b"%PDF-1.7" + b"x" * 20_000_000)
        connection = socket.create_connection(site.address)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        connection.recv(1000)

        connection.close()
        eventlet.sleep(0.1)

        assert site.browser().get("/accessibility").status == 200
        site.system.wait_until(lambda: site.server.connections == 0)
