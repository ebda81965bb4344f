"""The events and commands of the system, named once.

An event is a fact: ``<subject>.<past participle>.v<major>`` on the exchange ``<source>.events``.
A command asks one service to do something once, through that service's own durable queue.
The shape of the ``data`` of each is the JSON Schema in ``contracts/schemas``.
"""

from dataclasses import dataclass
from typing import Final

TYPE_PREFIX: Final = "cn.qibiao."


@dataclass(frozen=True)
class EventType:
    """Name one fact that ``source`` announces; public ones enter the public log."""

    source: str
    name: str
    is_public: bool = False

    @property
    def type(self) -> str:
        """Return the CloudEvents ``type``."""
        return TYPE_PREFIX + self.name


@dataclass(frozen=True)
class CommandType:
    """Name one thing that ``target`` can be asked to do."""

    target: str
    name: str

    @property
    def type(self) -> str:
        """Return the CloudEvents ``type``."""
        return TYPE_PREFIX + self.name


DECLARATION_PUBLISHED: Final = EventType("standards", "declaration.published.v1", is_public=True)
DECLARATION_CORRECTED: Final = EventType("standards", "declaration.corrected.v1", is_public=True)
DECLARATION_PRODUCTS_ADDED: Final = EventType(
    "standards", "declaration.products_added.v1", is_public=True
)
DECLARATION_WITHDRAWN: Final = EventType("standards", "declaration.withdrawn.v1", is_public=True)
DECLARATION_MARKED: Final = EventType("standards", "declaration.marked.v1", is_public=True)
DECLARATION_VERSIONED: Final = EventType("standards", "declaration.versioned.v1")
ORGANIZATION_UPDATED: Final = EventType("registry", "organization.updated.v1")
ORGANIZATION_DEREGISTERED: Final = EventType("registry", "organization.deregistered.v1")
ENTERPRISE_REGISTERED: Final = EventType("accounts", "enterprise.registered.v1")
ENTERPRISE_REFRESHED: Final = EventType("accounts", "enterprise.refreshed.v1")
SESSION_ENDED: Final = EventType("accounts", "session.ended.v1")
MESSAGE_DELIVERED: Final = EventType("notify", "message.delivered.v1")
MESSAGE_FAILED: Final = EventType("notify", "message.failed.v1")

EVENTS: Final[dict[str, EventType]] = {
    event.type: event
    for event in (
        DECLARATION_PUBLISHED,
        DECLARATION_CORRECTED,
        DECLARATION_PRODUCTS_ADDED,
        DECLARATION_WITHDRAWN,
        DECLARATION_MARKED,
        DECLARATION_VERSIONED,
        ORGANIZATION_UPDATED,
        ORGANIZATION_DEREGISTERED,
        ENTERPRISE_REGISTERED,
        ENTERPRISE_REFRESHED,
        SESSION_ENDED,
        MESSAGE_DELIVERED,
        MESSAGE_FAILED,
    )
}

SEND_SMS: Final = CommandType("notify", "send_sms.v1")
POST_MESSAGE: Final = CommandType("notify", "post_message.v1")
NOTE_AUDIT_HEAD: Final = CommandType("accounts", "note_audit_head.v1")
TEXT_OWNERS: Final = CommandType("accounts", "text_owners.v1")

COMMANDS: Final[dict[str, CommandType]] = {
    command.type: command for command in (SEND_SMS, POST_MESSAGE, NOTE_AUDIT_HEAD, TEXT_OWNERS)
}
