"""The service as its callers meet it: events in, pages out; standards is a fake."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest

from chassis import ids, inbox
from chassis.blobs import open_store
from chassis.config import CommonSettings
from chassis.errors import DomainError, InvalidArgumentsError
from chassis.rpc import RpcProxy, rpc
from chassis.service import Service
from chassis.testing import Embedded
from contracts.events import DECLARATION_MARKED, DECLARATION_VERSIONED
from services.search.service import SearchService
from services.standards.config import Settings as StandardsSettings

AT = "2026-03-02T01:30:00.000Z"
EXAMPLE = (
    Path(__file__).resolve().parents[3]
    / "contracts/examples/standards/declaration.published.v1.full.json"
)


@dataclass
class Archive:
    """Hold what the fake standards has published."""

    versions: dict[str, dict[str, Any]] = field(default_factory=dict)


ARCHIVE = Archive()


class FakeStandards(Service):
    """Announce publications and give them out."""

    name = "standards"
    settings_class: ClassVar[type[CommonSettings]] = StandardsSettings
    public_log = True

    @rpc(roles=("SERVICE",), idempotent=True)
    def scan_versions(self, *, after: str = "", limit: int = 100) -> dict[str, Any]:
        """Return nothing: the index begins when nothing was published yet."""
        del after, limit
        return {"items": [], "next_after": None}

    @rpc(roles=("SERVICE",), idempotent=True)
    def scan_standings(self, *, after: str = "", limit: int = 100) -> dict[str, Any]:
        """Return nothing."""
        del after, limit
        return {"items": [], "next_after": None}

    @rpc(roles=("SERVICE",), idempotent=True)
    def get_current_version(self, *, declaration_id: str) -> dict[str, Any]:
        """Return the newest version."""
        return ARCHIVE.versions[declaration_id]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    ARCHIVE.versions.clear()
    with Embedded(SearchService, FakeStandards, data_dir=tmp_path) as running:
        yield running


def publish(system: Embedded, count: int = 1, **changes: Any) -> str:
    """Announce one publication, with all of it if it ``is_told``; return its record number."""
    data = json.loads(EXAMPLE.read_text(encoding="utf-8"))["data"]
    words = changes.pop("words", "")
    has_words = changes.pop("has_words", bool(words))
    is_told = changes.pop("is_told", False)
    declaration_id = ids.new_id()
    number = f"Q-91330000740545604A-202411151030-{count:04d}"
    document = {
        "record_number": number,
        "version": 1,
        "supersedes": None,
        "indicators": [],
        "kind": "ENTERPRISE",
        "number": {"text": f"Q/{count}-2024"},
        "title": changes.pop("title", "保温杯"),
        "text": {"size": 1},
        "products": data["products"],
        "enterprise": {**data["enterprise"], "legal_representative": "王明"},
        "published_at": f"2024-11-15T02:{count % 60:02d}:00Z",
    }
    text = json.dumps(document)
    key = f"uploads/{ids.new_id()}.txt"
    if words:
        store = open_store(system.settings["search"].storage_url)
        with store.open_writer(key) as writer:
            writer.write(words.encode())
            writer.commit()
    digest = changes.pop("words_sha256", sha256(words.encode()).hexdigest())
    extracted = {"key": key, "sha256": digest, "size": len(words)} if has_words else None
    ARCHIVE.versions[declaration_id] = {
        "document": text,
        "sha256": sha256(text.encode()).hexdigest(),
        "extracted_text": extracted,
        "sequence": 1,
        "state": "PUBLISHED",
        "withdrawn_at": None,
        "withdrawal_reason": None,
        "marks": [],
        "english_title": "",
        "class_names": {},
    }
    current = ARCHIVE.versions[declaration_id]
    event = {"record_number": number, "version": 1, "document_sha256": current["sha256"], **changes}
    if is_told:
        event["current"] = dict(current)
    with system.database("standards").transaction() as tx:
        tx.emit(DECLARATION_VERSIONED, subject=declaration_id, sequence=1, data=event)
    return number


@pytest.fixture
def anyone(system: Embedded) -> RpcProxy:
    return system.client("search", as_service=None)


def dead(system: Embedded) -> int:
    with system.database("search").read() as session:
        counts = inbox.counts(session)
        return sum(counts[entry] for entry in counts if entry[1] == inbox.DEAD)


class TestHandleDeclarationVersioned:
    @pytest.mark.parametrize("is_told", [True, False])
    @pytest.mark.proves("R-073")
    def test_finds_what_was_announced(
        self, system: Embedded, anyone: RpcProxy, *, is_told: bool
    ) -> None:
        number = publish(system, words="内胆应采用奥氏体型不锈钢", is_told=is_told)
        system.wait_idle()

        for query in ("保温杯", "奥氏体", "6901234567892"):
            page = anyone.search_declarations(query=query)
            assert [item["record_number"] for item in page["items"]] == [number]
        assert anyone.get_document(record_number=number)["document"]["title"] == "保温杯"

    def test_does_not_ask_for_what_it_is_told(self, system: Embedded, anyone: RpcProxy) -> None:
        publish(system, is_told=True)
        ARCHIVE.versions.clear()
        system.wait_idle()

        assert anyone.search_declarations(query="保温杯")["total"] == 1

    def test_an_event_that_comes_late_undoes_nothing(
        self, system: Embedded, anyone: RpcProxy
    ) -> None:
        number = publish(system)
        (declaration_id,) = ARCHIVE.versions
        told = dict(ARCHIVE.versions[declaration_id])
        ARCHIVE.versions[declaration_id] |= {"sequence": 2, "state": "WITHDRAWN"}
        system.wait_idle()
        marked = {"record_number": number, "marks": [], "page_url": f"/s/{number}"}
        late = {
            "record_number": number,
            "version": 1,
            "document_sha256": told["sha256"],
            "current": told,
        }

        for event_type, sequence, data in (
            (DECLARATION_MARKED, 2, marked),
            (DECLARATION_VERSIONED, 1, late),
        ):
            with system.database("standards").transaction() as tx:
                tx.emit(event_type, subject=declaration_id, sequence=sequence, data=data)
            system.wait_idle()

        assert anyone.get_document(record_number=number)["state"] == "WITHDRAWN"
        withdrawn = {"state": "WITHDRAWN"}
        assert anyone.search_declarations(query="保温杯", **withdrawn)["total"] == 1

    def test_finds_it_by_its_title_when_its_words_are_gone(
        self, system: Embedded, anyone: RpcProxy
    ) -> None:
        publish(system, has_words=True)
        system.wait_idle()

        assert anyone.search_declarations(query="保温杯")["total"] == 1

    def test_gives_up_a_document_that_is_not_the_announced_one(
        self, system: Embedded, anyone: RpcProxy
    ) -> None:
        publish(system, document_sha256="f" * 64)

        system.wait_until(lambda: dead(system) == 1)

        assert anyone.search_declarations()["total"] == 0

    def test_does_not_index_words_that_were_changed(
        self, system: Embedded, anyone: RpcProxy
    ) -> None:
        publish(system, words="奥氏体", words_sha256="f" * 64)
        publish(system, 2, title="对照")
        system.wait_until(lambda: anyone.search_declarations(query="对照")["total"] == 1)

        assert anyone.search_declarations(query="奥氏体")["total"] == 0


class TestHandleDeclarationMarked:
    def test_shows_the_marks_and_keeps_the_words(self, system: Embedded, anyone: RpcProxy) -> None:
        """FAQ 16, FAQ 31."""
        number = publish(system, words="奥氏体")
        system.wait_idle()
        (declaration_id,) = ARCHIVE.versions
        mark = {"kind": "ENTERPRISE_CHANGED", "since": AT, "detail": {"changed": ["name"]}}

        shown = []
        for sequence, marks in ((3, [mark]), (2, []), (4, [])):
            if sequence > ARCHIVE.versions[declaration_id]["sequence"]:
                ARCHIVE.versions[declaration_id] |= {"sequence": sequence, "marks": marks}
            data = {"record_number": number, "marks": marks, "page_url": f"/s/{number}"}
            with system.database("standards").transaction() as tx:
                tx.emit(DECLARATION_MARKED, subject=declaration_id, sequence=sequence, data=data)
            system.wait_idle()
            shown.append(anyone.get_document(record_number=number)["marks"])

        assert shown == [[mark], [mark], []]
        assert anyone.search_declarations(query="奥氏体")["total"] == 1

    def test_indexes_what_it_does_not_have_yet(self, system: Embedded, anyone: RpcProxy) -> None:
        number = publish(system)
        (declaration_id,) = ARCHIVE.versions
        mark = {"kind": "ENTERPRISE_DEREGISTERED", "since": AT, "detail": {}}
        ARCHIVE.versions[declaration_id] |= {"sequence": 2, "marks": [mark]}
        data = {"record_number": number, "marks": [mark], "page_url": f"/s/{number}"}
        with system.database("standards").transaction() as tx:
            tx.emit(DECLARATION_MARKED, subject=declaration_id, sequence=2, data=data)
        system.wait_idle()

        assert anyone.get_document(record_number=number)["marks"] == [mark]


class TestSearchDeclarations:
    @pytest.mark.proves("R-186", "R-218")
    def test_pages_by_fifteen(self, system: Embedded, anyone: RpcProxy) -> None:
        numbers = [publish(system, count) for count in range(1, 21)]
        system.wait_until(lambda: anyone.search_declarations()["total"] == 20, seconds=20)

        first = anyone.search_declarations(query="保温")
        second = anyone.search_declarations(query="保温", cursor=first["next_cursor"])

        found = [item["record_number"] for item in first["items"] + second["items"]]
        assert len(first["items"]) == 15
        assert sorted(found) == numbers
        assert found == sorted(found, reverse=True)
        assert (second["next_cursor"], first["total_text"]) == (None, "20")

    def test_refuses_a_cursor_of_another_query(self, system: Embedded, anyone: RpcProxy) -> None:
        for count in range(1, 4):
            publish(system, count)
        system.wait_until(lambda: anyone.search_declarations()["total"] == 3)
        cursor = anyone.search_declarations(query="保温", limit=2)["next_cursor"]

        for arguments in (
            {"query": "杯", "cursor": cursor},
            {"query": "保温", "cursor": cursor[:-2] + "AA"},
            {"query": "保温", "cursor": "x"},
        ):
            with pytest.raises(DomainError) as caught:
                anyone.search_declarations(**arguments)
            assert caught.value.wire_code == "search.invalid_cursor"

    @pytest.mark.parametrize(
        "arguments",
        [
            {"limit": 0},
            {"limit": 1_000},
            {"kind": "OTHER"},
            {"region": "浙江"},
            {"query": "标" * 20_000},
            {"colour": "red"},
        ],
    )
    def test_checks_its_arguments(self, anyone: RpcProxy, arguments: dict[str, Any]) -> None:
        with pytest.raises(InvalidArgumentsError):
            anyone.search_declarations(**arguments)


class TestGetDocument:
    def test_knows_only_what_was_published(self, anyone: RpcProxy) -> None:
        with pytest.raises(DomainError) as caught:
            anyone.get_document(record_number="Q-0")

        assert caught.value.wire_code == "search.not_found"


class TestShowing:
    def test_marks_what_was_found_and_quotes_the_text(
        self, system: Embedded, anyone: RpcProxy
    ) -> None:
        publish(system, words="本标准规定了要求。内胆应采用奥氏体型不锈钢。")
        system.wait_idle()

        (by_title,) = anyone.search_declarations(query="保溫")["items"]
        (by_text,) = anyone.search_declarations(query="奥氏体型")["items"]

        assert by_title["highlights"]["title"] == [[0, 2]]
        assert by_title["highlights"]["number"] == []
        assert by_title["snippet"] is None
        snippet = by_text["snippet"]
        ((start, end),) = snippet["ranges"]
        assert snippet["text"][start:end] == "奥氏体型"
        assert not snippet["is_cut_before"]

    def test_quotes_nothing_when_the_text_is_gone(self, system: Embedded, anyone: RpcProxy) -> None:
        publish(system, words="内胆应采用奥氏体型不锈钢")
        system.wait_idle()
        store = open_store(system.settings["search"].storage_url)
        (version,) = ARCHIVE.versions.values()
        store.delete(version["extracted_text"]["key"])

        (found,) = anyone.search_declarations(query="奥氏体型")["items"]

        assert found["snippet"] is None

    def test_names_the_number_that_was_meant(self, system: Embedded, anyone: RpcProxy) -> None:
        publish(system, count=12345)

        def guesses() -> list[str]:
            found: list[str] = anyone.search_declarations(query="Q/12354-2024")["did_you_mean"]
            return found

        system.wait_until(guesses, seconds=20)

        assert guesses() == ["Q/12345-2024"]
        assert anyone.search_declarations(query="Q/12345-2024")["did_you_mean"] == []
        assert anyone.search_declarations(query="保温杯")["did_you_mean"] == []


class TestSuggest:
    def test_goes_on_with_what_was_typed(self, system: Embedded, anyone: RpcProxy) -> None:
        publish(system)
        system.wait_until(lambda: anyone.suggest(typed="bwb")["items"], seconds=20)

        found = anyone.suggest(typed="bwb")["items"]

        assert {"kind": "TITLE", "text": "保温杯"}.items() <= found[0].items()
        assert anyone.suggest(typed="")["items"] == []
        with pytest.raises(InvalidArgumentsError):
            anyone.suggest(typed="杯" * 201)


class TestGetStatistics:
    @pytest.mark.proves("R-216")
    def test_counts_once_and_follows_withdrawals(self, system: Embedded, anyone: RpcProxy) -> None:
        publish(system)
        publish(system, count=2)
        system.wait_idle()
        before = anyone.get_statistics()

        (declaration_id, *_) = ARCHIVE.versions
        ARCHIVE.versions[declaration_id] |= {
            "sequence": 2,
            "state": "WITHDRAWN",
            "withdrawn_at": AT,
            "withdrawal_reason": "REPLACED",
        }
        number = "Q-91330000740545604A-202411151030-0001"
        data = {"record_number": number, "marks": [], "page_url": f"/s/{number}"}
        with system.database("standards").transaction() as tx:
            tx.emit(DECLARATION_MARKED, subject=declaration_id, sequence=2, data=data)
        system.wait_idle()
        after = anyone.get_statistics()

        assert before["total"] == {"declarations": 2, "products": 2, "enterprises": 1}
        assert after["total"] == before["total"]
        assert {entry["value"]: entry["declarations"] for entry in after["by_state"]} == {
            "PUBLISHED": 1,
            "WITHDRAWN": 1,
        }
        with pytest.raises(InvalidArgumentsError):
            anyone.get_statistics(region="3")
