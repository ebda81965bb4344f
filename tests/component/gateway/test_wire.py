"""What arrives on the socket: limits, slow clients, smuggling."""

import contextlib
import os
import resource
import socket
import time
from collections.abc import Callable
from pathlib import Path

import eventlet
import pytest

from tests.component.gateway.conftest import Browser, Site

LOGIN = {
    "username": "demo",
    "password": "right-password",
    "captcha_id": "c",
    "captcha_answer": "abcd",
}
MIB = 1024 * 1024


def talk(site: Site, *pieces: bytes, seconds: float = 3) -> bytes:
    """Send pieces and return everything that comes back until the other side closes."""
    with socket.create_connection(site.address) as connection:
        connection.settimeout(seconds)
        received = b""
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
                eventlet.sleep(0.02)
        with contextlib.suppress(OSError):
            while data := connection.recv(65_536):
                received += data
        return received


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def post(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: localhost", *headers, "", ""]).encode()


class TestLimits:
    @pytest.mark.proves("B5")
    def test_a_json_body_over_a_mebibyte_is_refused_before_it_is_read(self, site: Site) -> None:
        head = post(
            "/api/v1/sessions", "Content-Type: application/json", f"Content-Length: {300 * MIB}"
        )
        before, begun = rss(), time.monotonic()

        answer = talk(site, head, *[b"x" * MIB] * 20)

        assert status(answer) == 413
        assert "上限" in answer.decode()
        assert time.monotonic() - begun < 15
        assert rss() - before < 20 * MIB
        assert site.state.count("log_in") == 0

    @pytest.mark.proves("B5")
    def test_a_chunked_body_is_counted_while_it_comes(self, site: Site) -> None:
        head = post(
            "/api/v1/sessions", "Content-Type: application/json", "Transfer-Encoding: chunked"
        )
        chunk = b"%x\r\n%b\r\n" % (65_536, b"x" * 65_536)

        answer = talk(site, head, *[chunk] * 40)

        assert status(answer) == 413

    @pytest.mark.proves("B5")
    @pytest.mark.parametrize("is_chunked", [False, True])
    def test_a_text_over_the_limit_is_refused_and_not_kept(
        self, open_site: Callable[..., Site], *, is_chunked: bool
    ) -> None:
        site = open_site(upload_max_bytes=MIB)
        owner = site.browser(roles=("OWNER",))
        length = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {51 * MIB}"
        head = post(
            "/api/v1/uploads?file_name=a.pdf",
            "Content-Type: application/pdf",
            f"Cookie: __Host-sid={owner.cookie}",
            f"X-CSRF-Token: {owner.csrf}",
            length,
        )
        piece = b"%PDF-1.7\n" + b"x" * (256 * 1024)
        if is_chunked:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)

        answer = talk(site, head, *[piece] * 8)

        assert status(answer) == 413
        assert "1 MB" in answer.decode()
        assert not any(path.is_file() for path in (site.system.data_dir / "blobs").rglob("*"))

    @pytest.mark.proves("B5")
    def test_a_form_of_many_parts_is_no_body_we_take(self, site: Site) -> None:
        part = "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n"
        form = (part * 10_000 + "--b--\r\n").encode()
        head = post(
            "/api/v1/sessions",
            "Content-Type: multipart/form-data; boundary=b",
            f"Content-Length: {len(form)}",
        )

        answer = talk(site, head, form)

        assert status(answer) == 415

    @pytest.mark.proves("B5")
    @pytest.mark.parametrize(
        "head",
        [
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            b"x" * 100_000,
        ],
    )
    def test_heads_are_limited(self, site: Site, head: bytes) -> None:
        answer = talk(site, head)

        assert status(answer) == 431
        assert b"application/problem+json" in answer
        assert site.browser().get("/accessibility").status == 200

    def test_only_our_own_names_are_served(self, open_site: Callable[..., Site]) -> None:
        site = open_site(allowed_hosts=("qb.example",))
        visitor = site.browser()

        ours = visitor.request("GET", "/accessibility", headers={"Host": "QB.example:8000"})
        other = visitor.request("GET", "/accessibility", headers={"Host": "evil.example"})

        assert (ours.status, other.status) == (200, 400)
        assert other.json["code"] == "gateway.host_not_allowed"

    def test_bursts_are_slowed_down(self, open_site: Callable[..., Site]) -> None:
        site = open_site(burst_rate=1.0, burst_size=5)
        visitor = site.browser()

        answers = [visitor.request("GET", "/accessibility") for _ in range(8)]

        assert [answer.status for answer in answers] == [200] * 5 + [429] * 3
        assert answers[-1].headers["Retry-After"] == "1"

    def test_the_proxy_says_whose_burst_it_is(self, open_site: Callable[..., Site]) -> None:
        site = open_site(burst_rate=1.0, burst_size=1, trusted_proxies=("127.0.0.1",))
        visitor = site.browser()

        def get(forwarded: str) -> int:
            return visitor.request(
                "GET", "/accessibility", headers={"X-Forwarded-For": forwarded}
            ).status

        assert [get("9.9.9.9, 1.2.3.4"), get("8.8.8.8, 1.2.3.4"), get("1.2.3.5")] == [200, 429, 200]


class TestSlowClients:
    @pytest.mark.proves("B4")
    def test_two_hundred_of_them_do_not_keep_others_waiting(self, site: Site) -> None:
        heads = {
            "head": b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nX: ",
            "body": post(
                "/api/v1/sessions", "Content-Type: application/json", "Content-Length: 1000"
            ),
        }
        slow = [socket.create_connection(site.address) for _ in range(200)]
        for number, connection in enumerate(slow):
            connection.sendall(heads["head" if number % 2 else "body"])
        is_over = False

        def drip() -> None:
            while not is_over:
                for connection in slow:
                    with contextlib.suppress(OSError):
                        connection.sendall(b"x")
                eventlet.sleep(1)

        dripping = eventlet.spawn(drip)
        visitor = site.browser()
        took = []
        for _ in range(100):
            begun = time.monotonic()
            answer = visitor.request("POST", "/api/v1/sessions", json_body=LOGIN)
            took.append(time.monotonic() - begun)
            assert answer.status == 201
        is_over = True
        dripping.kill()
        for connection in slow:
            connection.close()

        assert site.server.connections >= 0
        assert sorted(took)[98] <= 3 * 0.5

    @pytest.mark.proves("B4")
    def test_an_idle_connection_is_closed(self, open_site: Callable[..., Site]) -> None:
        site = open_site(idle_seconds=0.2)

        with socket.create_connection(site.address) as connection:
            connection.settimeout(10)
            begun = time.monotonic()
            end = connection.recv(10)

        assert end == b""
        assert time.monotonic() - begun < 9

    def test_keeps_a_connection_for_the_next_request(self, site: Site) -> None:
        request = b"GET /accessibility HTTP/1.1\r\nHost: localhost\r\n\r\n"

        with socket.create_connection(site.address) as connection:
            for _ in range(3):
                connection.sendall(request)
                assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")

    def test_tells_to_go_on_only_when_the_body_is_wanted(self, site: Site) -> None:
        wanted = post(
            "/api/v1/sessions",
            "Content-Type: application/json",
            "Content-Length: 2",
            "Expect: 100-continue",
            "Connection: close",
        )
        unwanted = post(
            "/api/v1/uploads?file_name=a.pdf",
            "Content-Type: application/pdf",
            "Content-Length: 2000000",
            "Expect: 100-continue",
        )

        assert talk(site, wanted, b"{}").startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422 ")
        assert talk(site, unwanted).startswith(b"HTTP/1.1 401 ")


class TestSmuggling:
    SECOND = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @pytest.mark.proves("B9")
    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            (("Content-Length: 6", "Transfer-Encoding: chunked"), b"0\r\n\r\nG"),
            (("Transfer-Encoding: chunked", "Content-Length: 4"), b"5c\r\nGPOST"),
            (("Transfer-Encoding: chunked", "Transfer-Encoding: identity"), b"0\r\n\r\n"),
            (("Transfer-Encoding: identity, chunked",), b"0\r\n\r\n"),
            (("Transfer-Encoding: xchunked",), b"0\r\n\r\n"),
            (("Transfer-Encoding : chunked",), b"0\r\n\r\n"),
            (("Transfer-Encoding:\tchunked", "Content-Length: 3"), b"0\r\n\r\n"),
            (("X: y\nTransfer-Encoding: chunked",), b"0\r\n\r\n"),
            (("Content-Length: 2", "Content-Length: 40"), b"{}"),
            (("Content-Length: 2", " folded: x"), b"{}"),
            (("Transfer-Encoding: chunked",), b"2\r\n{}\r\n0\r\nContent-Length: 40\r\n\r\n"),
            (("Transfer-Encoding: chunked",), b"2\n{}\r\n0\r\n\r\n"),
            (("Transfer-Encoding: chunked",), b"2;\n{}\r\n0\r\n\r\n"),
        ],
    )
    def test_is_answered_400_once_and_closed(
        self, site: Site, headers: tuple[str, ...], body: bytes
    ) -> None:
        head = post("/api/v1/sessions", "Content-Type: application/json", *headers)

        answer = talk(site, head + body + self.SECOND)

        assert status(answer) == 400
        assert answer.count(b"HTTP/1.1 ") == 1
        assert b"Connection: close" in answer

    @pytest.mark.proves("B9")
    def test_the_parts_of_a_refused_body_are_not_the_next_request(self, site: Site) -> None:
        body = self.SECOND * 10
        head = post("/api/v1/sessions", "Content-Type: text/plain", f"Content-Length: {len(body)}")

        answer = talk(site, head + body)

        assert status(answer) == 415
        assert answer.count(b"HTTP/1.1 ") == 1


class TestNoise:
    @pytest.mark.proves("B7")
    def test_garbage_leaves_the_gateway_as_it_was(self, site: Site) -> None:
        pieces = [os.urandom(200) for _ in range(20)] + [b"\r\n" * 100, b"\x16\x03\x01", b"GET"]

        for piece in pieces:
            talk(site, piece, seconds=0.05)

        assert Browser(site.address).get("/accessibility").status == 200
