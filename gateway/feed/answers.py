"""What ``GET /events`` answers: a page as JSON, or a stream, as the client's ``Accept`` says."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

from chassis.errors import FieldError
from gateway.answers import Answer, Rendering, strong_etag, to_json
from gateway.errors import InvalidFieldsError
from gateway.feed.events import STREAM, Traits, Wanted
from gateway.feed.hub import Feed
from gateway.feed.streams import PAGE, Opening, Stream
from gateway.machines import Quota
from gateway.remote import Reply
from gateway.routing import Exchange
from gateway.server.line import KEY as LINE

JSON: Final = "application/json"
_POSITION: Final = re.compile(r"[0-9]{1,15}")
# What follows a position is the same for ever once there is more behind it.
_FOR_EVER: Final = "max-age=86400, immutable"


def answer(exchange: Exchange) -> Answer:
    """Return a page of the public log, or open a stream of it.

    Raises:
        FeedRateError: the address asks too often without a key.
        InvalidFieldsError: ``Last-Event-ID`` is no position.
        DomainError: the log does not reach back to the position, or has not come to it (416).
    """
    if exchange.machine_key is None:
        left = exchange.feed_guard.take(exchange.address)
        exchange.quota = Quota(left.limit, left.remaining, left.reset) if left else None
    query = exchange.query
    wanted = Wanted(**{name: query.get(name) for name in ("type", "kind", "region", "enterprise")})
    standards = exchange.services.standards
    if not wants_stream(exchange.headers):
        page = standards.list_events(query["after"], query["limit"])
        return EventsPage(page=page, wanted=wanted, is_shared=exchange.machine_key is None)
    position = _last_event_id(exchange.headers)
    position = query["after"] if position is None else position
    return EventStream(
        feed=exchange.feed,
        position=position,
        page=standards.list_events(position, PAGE),
        wanted=wanted,
        address=exchange.address,
        key_id=exchange.key_id,
        check=exchange.key_check,
    )


def wants_stream(headers: Mapping[str, str]) -> bool:
    """Say whether a client prefers the stream: it must name it; everything else is given JSON."""
    accepted = parse_accept_header(headers.get("Accept", ""), MIMEAccept)
    return accepted.best_match([JSON, STREAM], JSON) == STREAM


@dataclass(frozen=True, kw_only=True)
class EventsPage:
    """Answer with a page; one that is not the last never changes and may be kept."""

    page: Reply
    wanted: Wanted
    is_shared: bool

    def response(self, rendering: Rendering) -> Response:
        """Return the response."""
        items = [
            envelope for envelope in self.page["items"] if self.wanted.has(Traits.of(envelope))
        ]
        text = to_json({"items": items, "next_after": self.page["next_after"]})
        response = Response(text, content_type=JSON)
        is_last = self.page["next_after"] >= self.page["newest"]
        visibility = "public" if self.is_shared else "private"
        response.headers["Cache-Control"] = "no-cache" if is_last else f"{visibility}, {_FOR_EVER}"
        response.headers["Vary"] = "Accept, Authorization"
        response.set_etag(strong_etag(response.get_data()))
        response.make_conditional(dict(rendering.environ))
        return response


@dataclass(frozen=True, kw_only=True)
class EventStream:
    """Answer with events as they come, until one side has had enough."""

    feed: Feed
    position: int
    page: Reply
    wanted: Wanted
    address: str
    key_id: str | None
    check: Callable[[], Any] | None

    def response(self, rendering: Rendering) -> Response:
        """Return the response.

        Raises:
            TooManyStreamsError, OverloadedError: no place is left for it.
        """
        response = Response(content_type=STREAM)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept, Authorization"
        # Proxies (nginx) would hold back what they could send.
        response.headers["X-Accel-Buffering"] = "no"
        if rendering.environ.get("REQUEST_METHOD") == "HEAD":
            return response
        opening = Opening(
            position=self.position,
            wanted=self.wanted,
            heartbeat=rendering.settings.stream_heartbeat,
            check=self.check,
            leave=self.feed.places.take(address=self.address, key=self.key_id),
        )
        stream = Stream(self.feed, rendering.environ[LINE], opening, self.page)
        response.call_on_close(stream.close)
        response.response = stream.pieces()
        return response


def _last_event_id(headers: Mapping[str, str]) -> int | None:
    """Return the position that a stream broke off at, if the client says one.

    Raises:
        InvalidFieldsError: it is no position.
    """
    text = headers.get("Last-Event-Id", "").strip()
    if not text:
        return None
    if not _POSITION.fullmatch(text):
        raise InvalidFieldsError(fields=[FieldError("/Last-Event-ID", "gateway.field_format")])
    return int(text)
