"""POST to addresses that strangers have given: public ones only, and no way around it (F22).

Before each connection the name is resolved once, every address it stands for is looked at, and the
connection goes to one of these very addresses; the certificate and ``Host`` stay those of the name.
A name that means something else a moment later leads nowhere. Redirects are answers, proxies of the
environment are not used, and a whole exchange takes at most ten seconds.
"""

import json
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from chassis import green, ids
from services.notify.domain.addresses import is_public
from services.notify.domain.webhooks import MAX_PARALLEL, Attempt, Outcome, Reason

TOTAL_SECONDS: Final = 10.0
CONNECT_SECONDS: Final = 3.0
MAX_ANSWER: Final = 1_024
MAX_RETRY_AFTER: Final = 86_400
_AGENT: Final = "Qibiao-Webhooks/1"
_CONTENT: Final = "application/cloudevents+json; charset=utf-8"
_GONE: Final = 410
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503

Resolve = Callable[[str, int], Sequence[str]]


class AddressRefusedError(NewConnectionError):
    """Say that a name leads to an address that is not public."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that a name stands for.

    Raises:
        socket.gaierror: none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Poster:
    """Post to webhooks; ``test_hosts`` may lie anywhere, ``resolve`` and ``ca`` are for tests."""

    def __init__(
        self,
        test_hosts: Sequence[str] = (),
        *,
        resolve: Resolve = resolve,
        ca: str | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        self._adapter = partial(_Adapter, resolve, frozenset(test_hosts))
        self._ca = ca
        self._total_seconds = total_seconds

    def line(self) -> "Line":
        """Return something to post with, on connections that are kept while it is open."""
        session = _Session()
        session.trust_env = False
        session.verify = self._ca or True
        session.mount("https://", self._adapter())
        session.mount("http://", self._adapter())
        return Line(session, self._total_seconds)


class Line:
    """Post to one webhook again and again."""

    def __init__(self, session: requests.Session, total_seconds: float) -> None:
        self._session = session
        self._total_seconds = total_seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._session.close()

    def post(
        self, url: str, body: str, headers: Mapping[str, str], *, challenge: str | None = None
    ) -> Attempt:
        """Post once; with a ``challenge`` only an answer that repeats it counts."""
        begun = time.monotonic()
        attempt = partial(_attempt, begun)
        try:
            with green.within(self._total_seconds):
                status, answer, retry_after = self._exchange(url, body, headers)
        except green.TooLongError:
            return attempt(reason=Reason.TIMEOUT)
        except (requests.RequestException, OSError, ValueError) as error:
            return attempt(reason=_reason_of(error))
        if challenge is not None and _is_success(status) and not _repeats(answer, challenge):
            return attempt(status=status, reason=Reason.CHALLENGE, answer=answer)
        return attempt(
            status=status, reason=_judge(status, retry_after), answer=answer, pause=retry_after
        )

    def _exchange(
        self, url: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, str, timedelta | None]:
        sent = {
            "Content-Type": _CONTENT,
            "User-Agent": _AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **headers,
        }
        with self._session.post(
            url,
            data=body.encode(),
            headers=sent,
            timeout=(CONNECT_SECONDS, self._total_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            content = response.raw.read(MAX_ANSWER, decode_content=False)
            return response.status_code, _text(content), _retry_after(response.headers)


def _attempt(
    begun: float,
    *,
    status: int | None = None,
    reason: Reason | None = None,
    answer: str = "",
    pause: timedelta | None = None,
) -> Attempt:
    return Attempt(
        id=ids.new_id(),
        outcome=Outcome.DELIVERED if reason is None else Outcome.FAILED,
        milliseconds=round((time.monotonic() - begun) * 1000),
        status=status,
        reason=reason,
        # What a receiver says of a success is of no use to anybody.
        answer="" if reason is None else answer,
        retry_after=pause,
    )


def _is_success(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004 - the answers that say "taken"


def _judge(status: int, retry_after: timedelta | None) -> Reason | None:
    if _is_success(status):
        return None
    known = {_GONE: Reason.GONE, _TOO_MANY: Reason.BUSY}
    if status in known:
        return known[status]
    if status == _UNAVAILABLE and retry_after is not None:
        return Reason.BUSY
    if status < 400:  # noqa: PLR2004
        return Reason.REDIRECT
    return Reason.REFUSED if status < 500 else Reason.SERVER_ERROR  # noqa: PLR2004


def _reason_of(error: BaseException) -> Reason:
    """Return what kind of failure an error is, however deep it is wrapped."""
    kinds: tuple[tuple[type[BaseException], Reason], ...] = (
        (AddressRefusedError, Reason.ADDRESS_REFUSED),
        (NameResolutionError, Reason.NOT_FOUND),
        (socket.gaierror, Reason.NOT_FOUND),
        (requests.exceptions.SSLError, Reason.TLS),
        (requests.exceptions.ConnectTimeout, Reason.CONNECTION),
        (NewConnectionError, Reason.CONNECTION),
        (requests.exceptions.Timeout, Reason.TIMEOUT),
    )
    chain = _chain(error)
    for kind, reason in kinds:
        if any(isinstance(one, kind) for one in chain):
            return reason
    return Reason.BROKEN


def _chain(error: BaseException) -> list[BaseException]:
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or current in seen:
            continue
        seen.append(current)
        waiting += [getattr(current, "reason", None), current.__cause__, current.__context__]
        waiting += current.args
    return seen


def _repeats(answer: str, challenge: str) -> bool:
    try:
        found = json.loads(answer)
    except ValueError:
        return False
    return isinstance(found, dict) and found.get("challenge") == challenge


def _text(content: bytes) -> str:
    """Return the beginning of an answer as text that any database and screen can take."""
    text = content.decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    seconds = headers.get("Retry-After", "").strip()
    if not (seconds.isascii() and seconds.isdigit()):
        return None
    return timedelta(seconds=min(int(seconds[:9]), MAX_RETRY_AFTER))


class _Session(requests.Session):
    """See no redirect: to prepare the next request, the whole answer would be read and unpacked."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return that an answer leads nowhere."""


class _Adapter(HTTPAdapter):
    def __init__(self, resolve: Resolve, test_hosts: frozenset[str]) -> None:
        self._pools = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, resolve, test_hosts),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, resolve, test_hosts),
        }
        super().__init__(max_retries=0, pool_connections=1, pool_maxsize=MAX_PARALLEL)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - theirs
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _pool(
    pool: Any,  # noqa: ANN401 - classes of urllib3
    connection: Any,  # noqa: ANN401
    resolve: Resolve,
    test_hosts: frozenset[str],
) -> Any:  # noqa: ANN401
    class Checked(connection):  # type: ignore[misc] # a class given as a value
        def _new_conn(self) -> socket.socket:
            """Connect to an address that was looked at; the name is not resolved again."""
            name = self._dns_host.strip("[]")
            try:
                addresses = resolve(name, self.port)
            except (socket.gaierror, UnicodeError) as error:
                cause = error if isinstance(error, socket.gaierror) else socket.gaierror()
                raise NameResolutionError(self.host, self, cause) from error
            is_free = name.rstrip(".") in test_hosts
            if not is_free and not (addresses and all(map(is_public, addresses))):
                raise AddressRefusedError(self, "an address that is not public")
            return self._connect(addresses)

        def _connect(self, addresses: Sequence[str]) -> socket.socket:
            last: OSError | None = None
            for address in addresses:
                try:
                    return create_connection(
                        (address, self.port), self.timeout, socket_options=self.socket_options
                    )
                except OSError as error:
                    last = error
            raise NewConnectionError(self, f"nobody answers: {last}") from last

    class Pool(pool):  # type: ignore[misc] # a class given as a value
        ConnectionCls = Checked

    return Pool
