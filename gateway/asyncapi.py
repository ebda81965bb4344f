"""Describe the events as AsyncAPI 3.0, from ``contracts`` and nothing else.

``python -m gateway.asyncapi > contracts/asyncapi.yaml`` writes the contract; a test compares.
Every event has its message and its channel on the message bus; the public ones are also in the
stream, in the feed over HTTP, in the server-sent events and in the calls to subscribers.
"""

import json
import sys
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from chassis.bus.topology import PUBLIC_STREAM
from contracts.events import EVENTS, EventType
from gateway.routing import API

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

CONTENT_TYPE: Final = "application/cloudevents+json"
AMQP: Final = "0.3.0"
HTTP: Final = "0.3.0"
FEED: Final = API + "/events"
# The same address: the client's `Accept` says which of the two it wants.
SSE: Final = FEED
_VHOST: Final = "/"
_EXAMPLES: Final = ("full", "minimal")
_DESCRIPTION: Final = """\
企业标准信息公共服务平台公开的事件。每个事件是一个 CloudEvents 1.0 结构化 JSON 消息。

* 至少送达一次：同一事件重复出现时 `id` 与 `position` 不变；同一声明的事件按 `sequence` 递增。
* 公开事件在消息总线、流、HTTP 接口、服务器推送、订阅推送五种渠道上内容相同，`position` 相同。
* 事件不含身份证号、手机号等个人信息。请忽略不认识的字段；变更规则见 docs/change-policy.md。
* 标有 `internal` 的消息只供平台各部分之间使用，外部系统收不到。
"""
_ENVELOPE: Final[dict[str, dict[str, Any]]] = {
    "specversion": {"type": "string", "const": "1.0"},
    "id": {
        "type": "string",
        "format": "uuid",
        "description": "The same on every repetition of the same event.",
    },
    "source": {"type": "string", "description": "The service that announces it."},
    "type": {"type": "string", "description": "What has happened, with the major version."},
    "subject": {"type": "string", "description": "Id of what it has happened to."},
    "time": {"type": "string", "format": "date-time", "description": "When it was accepted, UTC."},
    "datacontenttype": {"type": "string", "const": "application/json"},
    "dataschema": {"type": "string", "description": "Name of the JSON Schema of the data."},
    "traceparent": {"type": "string", "description": "W3C Trace Context."},
    "sequence": {
        "type": "integer",
        "minimum": 1,
        "description": "Counts the events of the subject; ignore one that is not higher.",
    },
    "position": {
        "type": "integer",
        "minimum": 1,
        "description": "Place in the public log: contiguous from 1, the same on every channel.",
    },
}
_REQUIRED: Final = ("specversion", "id", "source", "type", "subject", "time", "data")


def build() -> dict[str, Any]:
    """Return the whole document."""
    events = sorted(EVENTS.values(), key=lambda event: (not event.is_public, event.type))
    public = [event for event in events if event.is_public]
    channels = {_key(event): _exchange_channel(event) for event in events}
    operations = {f"announce_{_key(event)}": _operation(_key(event), [event]) for event in events}
    for name, channel in _public_channels(public).items():
        channels[name] = channel
        operations[f"send_{name}"] = _operation(name, public)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:qibiao:events",
        "info": {"title": "企标 Qibiao 事件", "version": "1.0.0", "description": _DESCRIPTION},
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {_key(event): _message(event) for event in events},
            "schemas": {_key(event): data_schema(event) for event in events},
        },
    }


def data_schema(event: EventType) -> dict[str, Any]:
    """Return the schema of an event's data, as a part of the document."""
    schema: dict[str, Any] = json.loads(_file("schemas", event.source, f"{event.name}.json"))
    # The words that the two dialects share: the document's own says which one it is.
    return {key: value for key, value in schema.items() if not key.startswith("$")}


@lru_cache(maxsize=1)
def served_document() -> bytes:
    """Return the document's JSON."""
    return json.dumps(build(), ensure_ascii=False).encode()


@lru_cache(maxsize=1)
def served_yaml() -> bytes:
    """Return the document's YAML: the contract as it is on disk."""
    return _file("asyncapi.yaml")


def _servers() -> dict[str, Any]:
    return {
        "bus": {
            "host": "{host}",
            "protocol": "amqp",
            "protocolVersion": "0.9.1",
            "description": "RabbitMQ，为外部系统开设的只读账户。",
            "variables": {"host": {"description": "由平台运营方告知", "default": "localhost:5672"}},
        },
        "web": {
            "host": "{host}",
            "protocol": "https",
            "description": "平台的网站。",
            "variables": {"host": {"description": "平台的域名", "default": "localhost"}},
        },
    }


def _exchange_channel(event: EventType) -> dict[str, Any]:
    exchange = f"{event.source}.events"
    return {
        "address": event.name,
        "title": event.name,
        "description": f"Topic exchange `{exchange}`, routing key `{event.name}`.",
        "servers": [{"$ref": "#/servers/bus"}],
        "messages": _messages([event]),
        "tags": _tags(event),
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {
                    "name": exchange,
                    "type": "topic",
                    "durable": True,
                    "autoDelete": False,
                    "vhost": _VHOST,
                },
                "bindingVersion": AMQP,
            }
        },
    }


def _public_channels(events: list[EventType]) -> dict[str, dict[str, Any]]:
    """Return the channels that carry all public events."""
    stream = {
        "name": PUBLIC_STREAM,
        "durable": True,
        "exclusive": False,
        "autoDelete": False,
        "vhost": _VHOST,
    }
    channels: dict[str, dict[str, Any]] = {
        "stream": {
            "address": PUBLIC_STREAM,
            "title": "RabbitMQ 流",
            "description": (
                "Keeps 30 days. Consume it with a prefetch and `x-stream-offset`: `first`, `next`, "
                "an offset or a time; remember `position`."
            ),
            "servers": [{"$ref": "#/servers/bus"}],
            "bindings": {"amqp": {"is": "queue", "queue": stream, "bindingVersion": AMQP}},
        },
        "feed": {
            "address": FEED,
            "title": "HTTP 接口",
            "description": (
                "`?after=<position>&limit=<1–500>` answers `{items, next_after}`; each item is one "
                "of these messages. Its description is in openapi.yaml."
            ),
            "servers": [{"$ref": "#/servers/web"}],
        },
        "server_sent_events": {
            "address": FEED,
            "title": "服务器推送（SSE）",
            "description": (
                "With `Accept: text/event-stream`: `id` is the position, `data` one of these "
                "messages on one line. `Last-Event-ID`, or `?after=`, goes on where it broke off."
            ),
            "servers": [{"$ref": "#/servers/web"}],
        },
        "webhooks": {
            "address": None,
            "title": "订阅推送（Webhook）",
            "description": (
                "A POST to the address that the subscriber has registered, signed as Standard "
                "Webhooks say: `webhook-id`, `webhook-timestamp`, `webhook-signature`."
            ),
        },
    }
    return {name: {**channel, "messages": _messages(events)} for name, channel in channels.items()}


def _operation(channel: str, events: list[EventType]) -> dict[str, Any]:
    """Return the operation that sends events over a channel: we send, others receive."""
    operation: dict[str, Any] = {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{_key(event)}"} for event in events],
    }
    if channel in {"feed", "server_sent_events", "webhooks"}:
        method = "POST" if channel == "webhooks" else "GET"
        operation["bindings"] = {"http": {"method": method, "bindingVersion": HTTP}}
    elif channel != "stream":
        operation["bindings"] = {"amqp": {"deliveryMode": 2, "ack": True, "bindingVersion": AMQP}}
    return operation


def _message(event: EventType) -> dict[str, Any]:
    schema = data_schema(event)
    return {
        "name": event.type,
        "title": event.name,
        "summary": schema.get("description", schema["title"]),
        "contentType": CONTENT_TYPE,
        "tags": _tags(event),
        "payload": _payload(event),
        "bindings": {"amqp": {"messageType": event.type, "bindingVersion": AMQP}},
        "examples": [
            {"name": size, "payload": json.loads(_file("examples", event.source, name))}
            for size in _EXAMPLES
            for name in [f"{event.name}.{size}.json"]
        ],
    }


def _payload(event: EventType) -> dict[str, Any]:
    """Return the schema of the whole message: the envelope with this event's data."""
    own = {
        "source": {"const": f"/services/{event.source}"},
        "type": {"const": event.type},
        "dataschema": {"const": f"urn:qibiao:schema:{event.source}:{event.name}"},
    }
    properties = {
        name: {**rule, **own.get(name, {})}
        for name, rule in _ENVELOPE.items()
        if event.is_public or name != "position"
    }
    required = [*_REQUIRED, *(["sequence", "position"] if event.is_public else [])]
    reference = {"$ref": f"#/components/schemas/{_key(event)}"}
    return {
        "type": "object",
        "required": required,
        "properties": {**properties, "data": reference},
    }


def _messages(events: list[EventType]) -> dict[str, Any]:
    return {_key(event): {"$ref": f"#/components/messages/{_key(event)}"} for event in events}


def _tags(event: EventType) -> list[dict[str, str]]:
    return [{"name": "public" if event.is_public else "internal"}]


def _key(event: EventType) -> str:
    """Return the event's name as a key of the document."""
    return event.name.replace(".", "_")


def _file(*path: str) -> bytes:
    found: Traversable = resources.files("contracts")
    for part in path:
        found = found.joinpath(part)
    return found.read_bytes()


def write(stream: Any = sys.stdout) -> None:  # noqa: ANN401 - a text stream
    """Write the document as YAML."""
    import yaml  # noqa: PLC0415 - only who writes the contract has it installed

    yaml.safe_dump(build(), stream, allow_unicode=True, sort_keys=False, width=100)


if __name__ == "__main__":
    write()
