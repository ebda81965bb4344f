"""Request heads: one reading only, or none."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import DomainError
from gateway.server.heads import HeadTooLargeError, MalformedRequestError, parse_head

HOST = b"Host: a\r\n"


def head(*lines: bytes, request: bytes = b"GET / HTTP/1.1") -> bytes:
    return b"\r\n".join([request, b"Host: a", *lines]) + b"\r\n\r\n"


class TestParseHead:
    def test_reads_method_target_and_headers(self) -> None:
        parsed = parse_head(
            head(b"X-A:  b \t", b"Content-Length: 5", request=b"POST /a?b=%20 HTTP/1.1")
        )

        assert (parsed.method, parsed.target, parsed.version) == ("POST", "/a?b=%20", "HTTP/1.1")
        assert parsed.get("x-a") == "b"
        assert parsed.content_length == 5
        assert not parsed.is_chunked

    def test_reads_chunked(self) -> None:
        assert parse_head(head(b"Transfer-Encoding: Chunked")).is_chunked

    def test_takes_the_absolute_form_of_the_same_host(self) -> None:
        assert parse_head(head(request=b"GET http://a/x HTTP/1.1")).target == "/x"
        assert parse_head(head(request=b"GET http://a HTTP/1.1")).target == "/"

    @pytest.mark.proves("B9")
    @pytest.mark.parametrize(
        "raw",
        [
            b"GET / HTTP/1.1\nHost: a\n\n",
            b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
            head(b" folded"),
            head(b"X: y", b"\tfolded"),
            head(b"X : y"),
            head(b"X"),
            head(b": y"),
            head(b"X: a\x00b"),
            head(b"X: a\x7fb"),
            head(b"Host: b"),
            b"GET / HTTP/1.1\r\n\r\n",
            head(b"Content-Length: 5", b"Content-Length: 5"),
            head(b"Content-Length: 5, 5"),
            head(b"Content-Length: +5"),
            head(b"Content-Length: -5"),
            head(b"Content-Length: 5 "[:-1] + b"\x0b"),
            head(b"Content-Length: 0x5"),
            head(b"Content-Length: "),
            head(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
            head(b"Transfer-Encoding: gzip, chunked"),
            head(b"Transfer-Encoding: chunked, chunked"),
            head(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"),
            head(b"Transfer-Encoding: xchunked"),
            head(b"Transfer-Encoding:\x0bchunked"),
            head(b"Transfer-Encoding: chunked", request=b"POST / HTTP/1.0"),
            head(request=b"GET  / HTTP/1.1"),
            head(request=b"GET / HTTP/1.1 "),
            head(request=b"GET / HTTP/2.0"),
            head(request=b"GET / http/1.1"),
            head(request=b"GET /"),
            head(request=b"G(T / HTTP/1.1"),
            head(request=b"GET /\x80 HTTP/1.1"),
            head(request=b"GET http://b/ HTTP/1.1"),
            head(request=b"CONNECT a:443 HTTP/1.1"),
        ],
    )
    def test_refuses_what_could_be_read_in_two_ways(self, raw: bytes) -> None:
        with pytest.raises(MalformedRequestError):
            parse_head(raw)

    def test_refuses_too_many_headers_and_too_long_a_target(self) -> None:
        with pytest.raises(HeadTooLargeError):
            parse_head(head(*[b"X: y"] * 100))
        with pytest.raises(HeadTooLargeError):
            parse_head(head(request=b"GET /" + b"a" * 9_000 + b" HTTP/1.1"))

    @given(st.binary(max_size=300))
    def test_never_fails_in_another_way(self, noise: bytes) -> None:
        with contextlib.suppress(DomainError):
            parse_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + noise + b"\r\n\r\n")
