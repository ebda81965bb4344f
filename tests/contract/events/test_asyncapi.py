"""The contract of the events for other systems: valid, fresh, and complete."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.events import EVENTS, EventType
from gateway import asyncapi
from gateway.routes import all_routes

ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "contracts" / "asyncapi.yaml"
OFFICIAL = json.loads((ROOT / "tests" / "data" / "asyncapi" / "3.0.0.json").read_text("utf-8"))
DOCUMENT = asyncapi.build()
ALL = sorted(EVENTS.values(), key=lambda event: event.type)
PUBLIC = [event for event in ALL if event.is_public]
TOGETHER = ("stream", "feed", "server_sent_events", "webhooks")


def faults(document: dict[str, Any]) -> list[str]:
    found = jsonschema.Draft7Validator(OFFICIAL).iter_errors(document)
    return [f"{list(error.absolute_path)}: {error.message[:200]}" for error in found]


def messages_of(channel: str) -> set[str]:
    return set(DOCUMENT["channels"][channel]["messages"])


def resolve(reference: str) -> Any:
    part: Any = DOCUMENT
    for name in reference.removeprefix("#/").split("/"):
        part = part[name]
    return part


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [found for value in part.values() for found in references(value)]
    if isinstance(part, list):
        return [found for value in part for found in references(value)]
    return []


class TestDocument:
    def test_keeps_to_the_official_schema(self) -> None:
        assert faults(DOCUMENT) == []

    def test_the_official_schema_would_notice(self) -> None:
        wrong = json.loads(json.dumps(DOCUMENT))
        next(iter(wrong["operations"].values()))["action"] = "publish"

        assert faults(wrong) != []

    def test_the_contract_on_disk_is_fresh(self) -> None:
        stream = io.StringIO()
        asyncapi.write(stream)

        assert CONTRACT.read_text("utf-8") == stream.getvalue()

    def test_every_reference_leads_somewhere(self) -> None:
        for reference in references(DOCUMENT):
            assert resolve(reference), reference

    def test_the_feed_is_where_it_says(self) -> None:
        served = {route.path for route in all_routes() if route.method == "GET"}

        for name in ("feed", "server_sent_events"):
            assert DOCUMENT["channels"][name]["address"] in served


class TestEvents:
    @pytest.mark.parametrize("event", ALL, ids=lambda event: event.name)
    def test_each_has_its_message_and_its_channel_on_the_bus(self, event: EventType) -> None:
        key = asyncapi._key(event)
        channel = DOCUMENT["channels"][key]

        assert DOCUMENT["components"]["messages"][key]["name"] == event.type
        assert channel["address"] == event.name
        assert channel["bindings"]["amqp"]["exchange"]["name"] == f"{event.source}.events"
        assert channel["bindings"]["amqp"]["bindingVersion"] == "0.3.0"
        assert messages_of(key) == {key}
        assert DOCUMENT["operations"][f"announce_{key}"]["action"] == "send"

    @pytest.mark.parametrize("channel", TOGETHER)
    def test_public_ones_and_only_those_go_out(self, channel: str) -> None:
        assert messages_of(channel) == {asyncapi._key(event) for event in PUBLIC}

    @pytest.mark.parametrize("event", ALL, ids=lambda event: event.name)
    def test_each_shows_both_examples_that_keep_to_the_payload(self, event: EventType) -> None:
        message = DOCUMENT["components"]["messages"][asyncapi._key(event)]
        schema = {**message["payload"], "components": DOCUMENT["components"]}

        assert [example["name"] for example in message["examples"]] == ["full", "minimal"]
        for example in message["examples"]:
            jsonschema.Draft7Validator(
                schema, format_checker=jsonschema.Draft7Validator.FORMAT_CHECKER
            ).validate(example["payload"])

    @pytest.mark.parametrize("event", ALL, ids=lambda event: event.name)
    def test_no_schema_uses_words_that_the_two_dialects_read_differently(
        self, event: EventType
    ) -> None:
        words = {"prefixItems", "dependentSchemas", "unevaluatedProperties", "$dynamicRef", "$defs"}

        assert words.isdisjoint(_words(asyncapi.data_schema(event)))


def _words(schema: Any) -> set[str]:
    if isinstance(schema, dict):
        return set(schema).union(*map(_words, schema.values()))
    if isinstance(schema, list):
        return set().union(*map(_words, schema))
    return set()
