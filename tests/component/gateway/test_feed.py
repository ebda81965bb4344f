"""The public feed: pages, streams, and what each of them may ask of the gateway."""

import contextlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest

from chassis.bus.api import Delivery
from chassis.errors import UnavailableError
from chassis.handlers import parse_event
from gateway.feed import hub, streams
from tests.component.gateway.conftest import Answer, Site
from tests.fakes.feed import Stream
from tests.fakes.services import refusal

FEED = "/api/v1/events"
OTHER = {
    "kind": "GROUP",
    "enterprise": {
        "enterprise_id": "e-2",
        "credit_code": "91330000740545604A",
        "organization_code": "740545604",
        "region": "330783",
    },
}


def get(site: Site, query: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.browser().request("GET", FEED + query, headers=named)


def announce(site: Site, count: int = 1, **data: Any) -> None:
    """Let events enter the log, and the gateway hear of them as from the bus."""
    before = len(site.state.log)
    site.state.announce(count, **data)
    handler = next(
        entry
        for entry in site.system.container("gateway").entrypoints
        if entry.method_name == "handle_public_event"
    )
    for envelope in site.state.log[before:]:
        event = parse_event(json.dumps(envelope))
        handler.run_delivery(Delivery(event, "gateway.handle_public_event"))


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it never came true"
        eventlet.sleep(0.01)


def open_streams(site: Site) -> int:
    return int(site.server.site.feed.places.taken)


@pytest.fixture
def quick(open_site: Callable[..., Site]) -> Site:
    """Return a gateway that gives signs of life ten times a second."""
    return open_site(stream_heartbeat=0.1)


class TestPage:
    def test_goes_on_where_the_last_one_ended(self, site: Site) -> None:
        site.state.announce(5)

        pages = [get(site, "?limit=2").json]
        while pages[-1]["items"]:
            pages.append(get(site, f"?limit=2&after={pages[-1]['next_after']}").json)

        found = [event["position"] for page in pages for event in page["items"]]
        assert found == [1, 2, 3, 4, 5]
        assert [page["next_after"] for page in pages] == [2, 4, 5, 5]

    @pytest.mark.parametrize(
        "query", ["?limit=0", "?limit=501", "?after=-1", "?after=x", "?kind=X"]
    )
    def test_refuses_what_cannot_be(self, site: Site, query: str) -> None:
        assert get(site, query).status == 422

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("kind=GROUP", [2, 4]),
            ("region=33", [2, 4]),
            ("region=330783", [2, 4]),
            ("region=37", [1, 3, 5]),
            ("enterprise=740545604", [2, 4]),
            ("enterprise=91330000740545604A", [2, 4]),
            ("type=declaration.published.v1", [1, 2, 3, 4, 5]),
            ("type=cn.qibiao.declaration.published.v1&kind=GROUP", [2, 4]),
            ("type=declaration.withdrawn.v1", []),
        ],
    )
    def test_leaves_out_what_is_not_wanted_and_goes_on_behind_it(
        self, site: Site, query: str, expected: list[int]
    ) -> None:
        for number in range(5):
            site.state.announce(1, **(OTHER if number % 2 else {}))

        page = get(site, f"?{query}").json

        assert [event["position"] for event in page["items"]] == expected
        assert page["next_after"] == 5

    def test_one_with_more_behind_it_may_be_kept(self, site: Site) -> None:
        site.state.announce(3)

        full, last = get(site, "?limit=2"), get(site, "?after=2")

        assert full.headers["Cache-Control"] == "public, max-age=86400, immutable"
        assert last.headers["Cache-Control"] == "no-cache"
        assert "Accept" in full.headers["Vary"]
        again = get(site, "?after=2", If_None_Match=last.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        site.state.announce()
        assert get(site, "?after=2", If_None_Match=last.headers["ETag"]).status == 200

    @pytest.mark.parametrize(("after", "code"), [(2, "position_too_old"), (9, "position_ahead")])
    def test_a_position_that_the_log_does_not_have_leads_to_the_snapshot(
        self, site: Site, after: int, code: str
    ) -> None:
        site.state.announce(5)
        site.state.purged = 3

        answers = [
            get(site, f"?after={after}"),
            get(site, f"?after={after}", Accept="text/event-stream"),
            get(site, Accept="text/event-stream", Last_Event_ID=str(after)),
        ]

        for answer in answers:
            assert answer.status == 416
            assert answer.json["code"] == f"standards.{code}"
            assert answer.json["snapshots"] == "/api/v1/snapshots"
            assert answer.headers["Link"] == '</api/v1/snapshots>; rel="snapshots"'
        assert get(site, "?after=3").status == 200


class TestNegotiation:
    @pytest.mark.parametrize(
        "accept", ["", "*/*", "application/json", "text/html", "text/event-stream;q=0.1, */*"]
    )
    def test_json_unless_the_stream_is_asked_for(self, site: Site, accept: str) -> None:
        answer = get(site, Accept=accept)

        assert answer.headers["Content-Type"] == "application/json"

    def test_a_look_at_the_head_opens_nothing(self, site: Site) -> None:
        answer = site.browser().request("HEAD", FEED, headers={"Accept": "text/event-stream"})

        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert open_streams(site) == 0

    def test_the_stream_says_what_it_is(self, site: Site) -> None:
        with Stream(site.address) as stream:
            assert stream.status == 200
            assert stream.headers["Content-Type"].startswith("text/event-stream")
            assert stream.headers["Cache-Control"] == "no-store"
            assert stream.headers["X-Accel-Buffering"] == "no"


class TestStream:
    def test_gives_what_was_then_what_comes(self, site: Site) -> None:
        site.state.announce(700)

        with Stream(site.address) as stream:
            assert stream.positions(700) == list(range(1, 701))
            announce(site, 2)
            assert stream.positions(2) == [701, 702]

    def test_tells_the_same_as_a_page(self, site: Site) -> None:
        site.state.announce(3)
        page = get(site).json["items"]

        with Stream(site.address, "?after=1") as stream:
            told = stream.told()
            events = [next(told), next(told)]

        assert [event.data for event in events] == page[1:]
        assert events[0].name == "cn.qibiao.declaration.published.v1"
        assert events[0].id == 2

    def test_goes_on_behind_the_last_event_id(self, site: Site) -> None:
        site.state.announce(5)

        with Stream(site.address, "?after=1", headers={"Last-Event-ID": "3"}) as stream:
            assert stream.positions(2) == [4, 5]

    def test_an_odd_last_event_id_is_refused(self, site: Site) -> None:
        answer = get(site, Accept="text/event-stream", Last_Event_ID="x")

        assert answer.status == 422
        assert answer.json["errors"][0]["pointer"] == "/Last-Event-ID"

    def test_lives_while_nothing_happens(self, quick: Site) -> None:
        with Stream(quick.address) as stream:
            signs = [told for told, _ in zip(stream.told(), range(3), strict=False)]
            announce(quick)
            found = stream.positions(1)

        assert [sign.name for sign in signs] == ["", "", ""]
        assert found == [1]

    def test_lives_longer_than_a_connection_may_be_idle(
        self, open_site: Callable[..., Site]
    ) -> None:
        site = open_site(idle_seconds=0.2, stream_heartbeat=5.0)

        with Stream(site.address) as stream:
            eventlet.sleep(1.0)
            announce(site)
            assert stream.positions(1) == [1]

    def test_leaves_out_what_is_not_wanted_and_says_how_far(self, quick: Site) -> None:
        with Stream(quick.address, "?kind=GROUP") as stream:
            announce(quick, 2)
            told = next(each for each in stream.told() if each.name)
            assert (told.name, told.data) == ("position", {"next_after": told.id})
            announce(quick, 1, **OTHER)
            assert stream.positions(1) == [3]

    def test_many_are_served_by_one_reader(self, open_site: Callable[..., Site]) -> None:
        site = open_site(streams_per_address=50)
        with contextlib.ExitStack() as stack:
            all_streams = [stack.enter_context(Stream(site.address)) for _ in range(40)]
            announce(site)
            assert [stream.positions(1) for stream in all_streams] == [[1]] * 40
            before = site.state.count("list_events")

            announce(site)
            assert [stream.positions(1) for stream in all_streams] == [[2]] * 40

            assert site.state.count("list_events") - before <= 3

    def test_what_is_announced_in_turn_is_not_read_again(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "_POLL", 600.0)
        site.state.announce(3)
        with Stream(site.address, "?after=1") as stream:
            assert stream.positions(2) == [2, 3]
            # The page that the stream began with, and the reader's first look.
            eventually(lambda: site.state.count("list_events") == 2)

            announce(site, 2)

            told = [next(stream.told()) for _ in range(2)]
            assert site.state.count("list_events") == 2
        page = get(site, "?after=3").json["items"]
        assert [(each.id, each.data) for each in told] == [(4, page[0]), (5, page[1])]

    def test_what_was_not_heard_is_read_before_what_was(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "_POLL", 600.0)
        site.state.announce(3)
        with Stream(site.address) as stream:
            assert stream.positions(3) == [1, 2, 3]

            site.state.announce(2)
            announce(site, 2)

            assert stream.positions(4) == [4, 5, 6, 7]

    def test_occupies_no_worker(self, open_site: Callable[..., Site]) -> None:
        site = open_site(max_workers=6, streams_per_address=50)
        with contextlib.ExitStack() as stack:
            all_streams = [stack.enter_context(Stream(site.address)) for _ in range(20)]

            assert get(site).status == 200
            announce(site)
            assert [stream.positions(1) for stream in all_streams] == [[1]] * 20

    def test_goes_on_when_the_bus_forgot_to_tell(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "_POLL", 0.2)
        with Stream(site.address) as stream:
            site.state.announce(2)

            assert stream.positions(2) == [1, 2]

    def test_outlives_an_outage_of_the_log(self, site: Site) -> None:
        with Stream(site.address) as stream:
            site.state.failures["list_events"] = UnavailableError()
            site.state.announce()  # and nobody hears of it
            announce(site)
            eventually(lambda: site.state.count("list_events") >= 3)
            del site.state.failures["list_events"]

            assert stream.positions(2) == [1, 2]

    def test_one_that_is_behind_and_cannot_read_ends(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(streams, "_RETRY_READ", 0.05)
        site.state.announce(2_000)
        with Stream(site.address, receive_buffer=4096) as stream:
            assert stream.positions(1) == [1]
            site.state.failures["list_events"] = UnavailableError()

            rest = [told.id for told in stream.told()]

        assert rest[-1] is not None
        assert rest[-1] % streams.PAGE == 0
        assert rest[-1] < 2_000
        assert stream.is_whole

    def test_a_purged_position_ends_it(self, site: Site) -> None:
        site.state.announce(2_000)
        with Stream(site.address, receive_buffer=4096) as stream:
            assert stream.positions(1) == [1]
            site.state.failures["list_events"] = refusal(
                "standards.position_too_old", oldest="1900"
            )

            assert list(stream.told())
            assert stream.is_whole

    def test_a_log_that_was_restored_from_an_older_copy_ends_it(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "_POLL", 0.2)
        site.state.announce(5)
        with Stream(site.address) as stream, Stream(site.address, "?kind=GROUP") as other:
            assert stream.positions(5) == [1, 2, 3, 4, 5]
            del site.state.log[3:]

            assert [told.name for told in stream.told() if told.name] == []
            assert [told.name for told in other.told() if told.name != "position"] == []
            assert stream.is_whole
            assert other.is_whole

        with Stream(site.address, "?after=3") as stream:
            announce(site)
            assert stream.positions(1) == [4]


class TestLimits:
    def test_streams_of_an_address(self, open_site: Callable[..., Site]) -> None:
        site = open_site(streams_per_address=2)
        with Stream(site.address), Stream(site.address):
            refused = get(site, Accept="text/event-stream")

        assert (refused.status, refused.json["code"]) == (429, "gateway.too_many_streams")
        assert refused.headers["Retry-After"] == "30"
        eventually(lambda: open_streams(site) == 0)
        with Stream(site.address) as stream:
            assert stream.status == 200

    def test_streams_of_a_process(self, open_site: Callable[..., Site]) -> None:
        site = open_site(max_streams=1)
        with Stream(site.address):
            refused = get(site, Accept="text/event-stream")

        assert (refused.status, refused.json["code"]) == (503, "gateway.overloaded")

    def test_streams_of_a_key(self, open_site: Callable[..., Site]) -> None:
        site = open_site(streams_per_address=1, streams_per_key=2)
        site.state.keys = {"qbk_a": ["events:read"], "qbk_b": ["events:read"]}
        a, b = ({"Authorization": f"Bearer qbk_{name}"} for name in "ab")
        with (
            Stream(site.address),
            Stream(site.address, headers=a),
            Stream(site.address, headers=a),
            Stream(site.address, headers=b),
        ):
            assert Stream(site.address, headers=a).status == 429
            assert Stream(site.address, headers=b).status == 200

    def test_a_key_without_the_scope_opens_nothing(self, site: Site) -> None:
        site.state.keys = {"qbk_a": ["public:read"]}

        assert Stream(site.address, headers={"Authorization": "Bearer qbk_a"}).status == 403

    def test_who_has_gone_gives_his_place_back_at_once(self, site: Site) -> None:
        for _ in range(12):
            with Stream(site.address) as stream:
                assert stream.status == 200
            eventually(lambda: open_streams(site) == 0)

    def test_reading_without_a_key(self, open_site: Callable[..., Site]) -> None:
        site = open_site(feed_per_minute=3)
        site.state.keys = {"qbk_a": ["events:read"]}

        answers = [get(site) for _ in range(4)]

        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert [answer.headers["RateLimit-Remaining"] for answer in answers] == list("2100")
        assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
        refused = answers[-1]
        assert refused.json["code"] == "gateway.feed_rate"
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert get(site, Authorization="Bearer qbk_a").headers["RateLimit-Limit"] == "600"

    def test_a_used_up_key_is_told_its_limits(self, site: Site) -> None:
        site.state.failures["get_key_token"] = refusal(
            "accounts.key_quota", retry_after="42", limit="600"
        )

        answer = get(site, Authorization="Bearer qbk_a")

        assert (answer.status, answer.headers["Retry-After"]) == (429, "42")
        assert [
            answer.headers[f"RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")
        ] == [
            "600",
            "0",
            "42",
        ]


class TestKey:
    @pytest.fixture(autouse=True)
    def _often(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(streams, "CHECK_SECONDS", 0.1)
        monkeypatch.setattr(streams, "_RETRY_CHECK", 0.1)

    @pytest.fixture
    def stream(self, site: Site) -> Iterator[Stream]:
        site.state.keys = {"qbk_a": ["events:read"]}
        with Stream(site.address, headers={"Authorization": "Bearer qbk_a"}) as stream:
            yield stream

    def test_that_ended_ends_its_stream(self, site: Site, stream: Stream) -> None:
        eventually(lambda: site.state.count("check_key") >= 2)
        announce(site)
        assert stream.positions(1) == [1]
        del site.state.keys["qbk_a"]

        assert list(stream.told()) == []
        assert stream.is_whole
        assert site.state.count("get_key_token") == 1

    def test_that_cannot_be_checked_is_trusted_for_a_while(
        self, site: Site, stream: Stream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site.state.failures["check_key"] = UnavailableError()
        before = site.state.count("check_key")
        eventually(lambda: site.state.count("check_key") >= before + 3)
        announce(site)
        assert stream.positions(1) == [1]

        monkeypatch.setattr(streams, "TRUST_SECONDS", 0.0)

        assert list(stream.told()) == []
        assert stream.is_whole


class TestSlowReader:
    def test_is_cut_off_and_not_buffered_for(self, open_site: Callable[..., Site]) -> None:
        site = open_site(stream_send_seconds=0.5)
        site.state.announce(500, text="x" * 20_000)

        with Stream(site.address, receive_buffer=4096) as stream:
            eventually(lambda: open_streams(site) == 0)
            with contextlib.suppress(OSError, ValueError):
                list(stream.told())
            assert not stream.is_whole

        assert get(site, "?limit=1").status == 200

    def test_keeps_nobody_else_waiting(self, open_site: Callable[..., Site]) -> None:
        site = open_site(stream_send_seconds=30.0)
        site.state.announce(500, text="x" * 20_000)

        with (
            Stream(site.address, receive_buffer=4096),
            Stream(site.address, "?after=500") as other,
        ):
            announce(site)
            assert other.positions(1) == [501]


class TestEnd:
    def test_is_clean_and_quick_and_nothing_is_lost(self, open_site: Callable[..., Site]) -> None:
        site = open_site(stream_heartbeat=30.0)
        site.state.announce(3)
        with Stream(site.address) as stream, socket.create_connection(site.address):
            assert stream.positions(3) == [1, 2, 3]

            begun = time.monotonic()
            site.server.close(10.0)

            assert list(stream.told()) == []
            assert stream.is_whole
            assert time.monotonic() - begun < 8
        assert open_streams(site) == 0

    def test_does_not_wait_for_who_does_not_read(self, open_site: Callable[..., Site]) -> None:
        site = open_site(stream_send_seconds=60.0)
        site.state.announce(500, text="x" * 20_000)
        with Stream(site.address, receive_buffer=4096):
            stream = next(iter(site.server.site.feed._streams))
            eventually(lambda: stream.writing_since is not None)

            begun = time.monotonic()
            site.server.close(20.0)

            assert time.monotonic() - begun < 15
