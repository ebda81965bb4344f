"""Posting to strangers: only public addresses, whatever names lead to (F22)."""

import gc
import gzip
import ssl
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notify.adapters.posting import MAX_ANSWER, Poster
from services.notify.domain.webhooks import Attempt, Reason
from tests.factories.certificates import make_certificate
from tests.fakes.webhook_receivers import Posted, Receiver

HOST = "hooks.example.cn"
PUBLIC = "93.184.216.34"
HEADERS = {"webhook-id": "e-1", "webhook-timestamp": "1", "webhook-signature": "v1,x"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def post(poster: Poster, url: str, challenge: str | None = None) -> Attempt:
    """Post once, on a line of its own."""
    with poster.line() as line:
        return line.post(url, '{"type": "x"}', HEADERS, challenge=challenge)


@pytest.mark.proves("F22")
class TestAddresses:
    @pytest.mark.parametrize(
        "addresses",
        [
            ["127.0.0.1"],
            ["10.0.0.1"],
            ["169.254.169.254"],
            ["100.64.0.1"],
            ["fd00::1"],
            ["::ffff:127.0.0.1"],
            ["224.0.0.1"],
            ["0.0.0.0"],  # noqa: S104 - led to, not bound
            [PUBLIC, "127.0.0.1"],
            [],
        ],
    )
    def test_a_name_that_leads_inside_is_not_followed(
        self, receiver: Receiver, addresses: list[str]
    ) -> None:
        poster = Poster(resolve=lambda _host, _port: addresses)

        attempt = post(poster, f"https://{HOST}:{receiver.port}/")

        assert attempt.reason is Reason.ADDRESS_REFUSED
        assert receiver.posted == []

    def test_the_name_is_resolved_once_and_that_very_address_is_asked(
        self, receiver: Receiver
    ) -> None:
        answers = [[PUBLIC], ["127.0.0.1"]]
        asked = []

        def rebind(host: str, port: int) -> list[str]:
            asked.append((host, port))
            return answers.pop(0)

        # The tests refuse to reach other machines, and say which one was wanted.
        with pytest.raises(AssertionError, match=PUBLIC):
            post(Poster(resolve=rebind), f"https://{HOST}:{receiver.port}/")

        assert asked == [(HOST, receiver.port)]
        assert receiver.posted == []

    def test_each_new_connection_is_looked_at(self, receiver: Receiver) -> None:
        answers = [["127.0.0.1"], ["10.0.0.1"]]
        poster = Poster(resolve=lambda _host, _port: answers.pop(0))

        reasons = [post(poster, f"http://{HOST}:{receiver.port}/").reason for _ in range(2)]

        assert reasons == [Reason.ADDRESS_REFUSED] * 2

    def test_a_redirect_is_an_answer(self, receiver: Receiver) -> None:
        receiver.behave = lambda _: (307, {"Location": receiver.url + "/other"}, b"")

        attempt = post(Poster(["127.0.0.1"]), receiver.url)

        assert (attempt.status, attempt.reason) == (307, Reason.REDIRECT)
        assert len(receiver.posted) == 1

    def test_a_redirect_is_not_read_to_its_end(self, receiver: Receiver) -> None:
        bomb = gzip.compress(bytes(64 * 1024 * 1024))
        headers = {"Location": receiver.url, "Content-Encoding": "gzip"}
        receiver.behave = lambda _: (302, headers, bomb)
        line = Poster(["127.0.0.1"]).line()
        tracemalloc.start()

        try:
            with line:
                attempt = line.post(receiver.url, '{"type": "x"}', HEADERS)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert attempt.reason is Reason.REDIRECT
        assert most < 8 * 1024 * 1024

    def test_proxies_of_the_environment_are_not_used(
        self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://10.0.0.1:3128")

        assert post(Poster(["127.0.0.1"]), receiver.url).is_delivered

    def test_a_host_for_tests_is_no_other_host(self, receiver: Receiver) -> None:
        poster = Poster(["127.0.0.1"], resolve=lambda _host, _port: ["127.0.0.1"])

        assert post(poster, receiver.url).is_delivered
        assert post(poster, f"http://{HOST}:{receiver.port}/").reason is Reason.ADDRESS_REFUSED


class TestAnswers:
    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (200, None),
            (202, None),
            (204, None),
            (301, Reason.REDIRECT),
            (400, Reason.REFUSED),
            (404, Reason.REFUSED),
            (410, Reason.GONE),
            (429, Reason.BUSY),
            (500, Reason.SERVER_ERROR),
            (503, Reason.SERVER_ERROR),
            ((503, {"Retry-After": "60"}, b""), Reason.BUSY),
            ((503, {"Retry-After": "soon"}, b""), Reason.SERVER_ERROR),
        ],
    )
    def test_are_understood(
        self,
        receiver: Receiver,
        answer: int | tuple[int, dict[str, str], bytes],
        reason: Reason | None,
    ) -> None:
        receiver.behave = lambda _: answer

        assert post(Poster(["127.0.0.1"]), receiver.url).reason is reason

    def test_are_kept_in_part_and_only_when_they_refuse(self, receiver: Receiver) -> None:
        receiver.behave = lambda _: (400, {}, b"no\x00\xff\r\n" + b"x" * 1_000_000)
        refused = post(Poster(["127.0.0.1"]), receiver.url)
        receiver.behave = lambda _: (200, {}, b"thank you")
        taken = post(Poster(["127.0.0.1"]), receiver.url)

        assert refused.answer.startswith("no ")
        assert len(refused.answer) == MAX_ANSWER
        assert refused.answer.isprintable()
        assert taken.answer == ""

    def test_a_challenge_is_given_back_as_json(self, receiver: Receiver) -> None:
        found = []
        for body in (b'{"challenge": "c"}', b'{"challenge": "d"}', b'["c"]', b"c", b""):
            receiver.behave = lambda _, body=body: (200, {}, body)
            found.append(post(Poster(["127.0.0.1"]), receiver.url, challenge="c").reason)

        assert found == [None, *[Reason.CHALLENGE] * 4]

    def test_a_slow_one_costs_no_more_than_the_whole_time(self, receiver: Receiver) -> None:
        released = []

        def dawdle(_: Posted) -> None:
            while not released:
                time.sleep(0.01)

        receiver.behave = dawdle
        attempt = post(Poster(["127.0.0.1"], total_seconds=0.3), receiver.url)
        released.append(True)

        assert attempt.reason is Reason.TIMEOUT

    def test_nobody_there(self) -> None:
        with Receiver() as gone:
            url = gone.url

        assert post(Poster(["127.0.0.1"]), url).reason is Reason.CONNECTION


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return key and certificate of the host, which is its own authority."""
    path = tmp_path_factory.mktemp("tls") / "host.pem"
    path.write_bytes(b"".join(make_certificate(HOST)))
    return path


# A refused handshake leaves a socket of eventlet's to the garbage collector, which warns.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.proves("F22")
class TestEncryption:
    @pytest.fixture(autouse=True)
    def _leave_nothing_behind(self) -> Iterator[None]:
        yield
        gc.collect()

    def test_certificate_and_host_are_those_of_the_name(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        named: list[str | None] = []
        context.set_servername_callback(lambda _socket, name, _context: named.append(name))
        with Receiver(context=context) as receiver:
            poster = Poster(
                [HOST, "other.example.cn"],
                resolve=lambda _host, _port: ["127.0.0.1"],
                ca=str(certificate),
            )
            right = post(poster, f"https://{HOST}:{receiver.port}/x")
            wrong = post(poster, f"https://other.example.cn:{receiver.port}/x")

        assert right.is_delivered, right
        assert receiver.posted[0].headers["host"] == f"{HOST}:{receiver.port}"
        assert named[0] == HOST
        assert wrong.reason is Reason.TLS
        assert len(receiver.posted) == 1

    def test_an_unknown_authority_is_not_trusted(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with Receiver(context=context) as receiver:
            poster = Poster([HOST], resolve=lambda _host, _port: ["127.0.0.1"])
            attempt = post(poster, f"https://{HOST}:{receiver.port}/x")

        assert attempt.reason is Reason.TLS
        assert receiver.posted == []
