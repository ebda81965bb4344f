"""Public events as the feed gives them: as server-sent events, and only those that are wanted."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Envelope = Mapping[str, Any]

STREAM: Final = "text/event-stream"
_TYPE_PREFIX: Final = "cn.qibiao."


@dataclass(frozen=True, slots=True)
class Traits:
    """Hold what a reader may choose events by."""

    type: str
    kind: str | None
    region: str
    enterprise: frozenset[str]

    @classmethod
    def of(cls, envelope: Envelope) -> "Traits":
        """Return the traits of an event."""
        data = envelope.get("data", {})
        about = data.get("enterprise") or {}
        names = (about.get(key) for key in ("enterprise_id", "credit_code", "organization_code"))
        return cls(
            type=str(envelope["type"]),
            kind=data.get("kind"),
            region=str(about.get("region", "")),
            enterprise=frozenset(name for name in names if name),
        )


class FeedEvent:
    """Hold one event of the log as bytes that are made once, whoever is sent them."""

    __slots__ = ("chunk", "position", "traits")

    def __init__(self, envelope: Envelope) -> None:
        self.position = int(envelope["position"])
        self.traits = Traits.of(envelope)
        self.chunk = sse(self.position, self.traits.type, envelope)


def sse(position: int, name: str, data: Mapping[str, Any]) -> bytes:
    """Return one server-sent event with its data as one line of JSON."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"id: {position}\nevent: {name}\ndata: {text}\n\n".encode()


@dataclass(frozen=True)
class Wanted:
    """Say which events a reader wants; what is None is all the same to him.

    ``type`` with or without ``cn.qibiao.``; ``region`` a division code or its beginning;
    ``enterprise`` a credit code, an organisation code or our own id.
    """

    type: str | None = None
    kind: str | None = None
    region: str | None = None
    enterprise: str | None = None

    def has(self, event: Traits) -> bool:
        """Say whether an event is wanted."""
        return (
            (self.type is None or self.type in {event.type, event.type.removeprefix(_TYPE_PREFIX)})
            and (self.kind is None or self.kind == event.kind)
            and (self.region is None or event.region.startswith(self.region))
            and (self.enterprise is None or self.enterprise in event.enterprise)
        )


EVERYTHING: Final = Wanted()
