"""Webhooks: what a subscription wants, when a delivery is tried again, when it is given up."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Self


class WebhookState(StrEnum):
    """Name where a subscription stands; only ACTIVE and PARKED ones are delivered to."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    PARKED = "PARKED"
    DISABLED = "DISABLED"


class Outcome(StrEnum):
    """Say what became of one POST."""

    DELIVERED = "DELIVERED"
    FAILED = "FAILED"


class Reason(StrEnum):
    """Say why a POST was not taken, or why a subscription stands still."""

    ADDRESS_REFUSED = "ADDRESS_REFUSED"
    NOT_FOUND = "NOT_FOUND"
    CONNECTION = "CONNECTION"
    BROKEN = "BROKEN"
    TLS = "TLS"
    TIMEOUT = "TIMEOUT"
    REDIRECT = "REDIRECT"
    REFUSED = "REFUSED"
    BUSY = "BUSY"
    SERVER_ERROR = "SERVER_ERROR"
    GONE = "GONE"
    CHALLENGE = "CHALLENGE"
    TOO_MANY_HELD = "TOO_MANY_HELD"
    POSITION_TOO_OLD = "POSITION_TOO_OLD"
    POSITION_AHEAD = "POSITION_AHEAD"
    STOPPED = "STOPPED"
    INTERNAL = "INTERNAL"


# The whole endpoint is away: no other record is tried before the pause is over.
ENDPOINT_REASONS: Final = frozenset(
    {Reason.ADDRESS_REFUSED, Reason.NOT_FOUND, Reason.CONNECTION, Reason.TLS, Reason.BUSY}
)

# What its owner is told.
CAUSES: Final[Mapping[Reason, str]] = {
    Reason.ADDRESS_REFUSED: "地址不是公网地址",
    Reason.NOT_FOUND: "域名无法解析",
    Reason.CONNECTION: "无法连接",
    Reason.BROKEN: "连接中断",
    Reason.TLS: "证书或加密连接有误",
    Reason.TIMEOUT: "应答超时",
    Reason.REDIRECT: "应答为重定向",
    Reason.REFUSED: "接收方拒绝",
    Reason.BUSY: "接收方繁忙",
    Reason.SERVER_ERROR: "接收方出错",
    Reason.GONE: "接收方表示地址已停用（410）",
    Reason.CHALLENGE: "验证应答不正确",
    Reason.TOO_MANY_HELD: "积压的记录过多",
    Reason.POSITION_TOO_OLD: "停止过久，所需事件已清理，请从较新的位置重放",
    Reason.POSITION_AHEAD: "位置超出公开日志，请重放",
    Reason.STOPPED: "已手动停用",
    Reason.INTERNAL: "平台内部错误，稍后自动重试",
}

# As Standard Webhooks proposes; the last pause is repeated.
PAUSES: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
LONGEST_PAUSE: Final = PAUSES[-1]
JITTER: Final = 0.1

# Nobody set the receiver up: then the validation has to be asked for.
VALIDATION_ATTEMPTS: Final = 4
# So many records refused one after the other mean that the endpoint is at fault.
STREAK: Final = 5
# So many records may wait for their turn while the others go on.
MAX_HELD_RECORDS: Final = 20
MAX_HELD_EVENTS: Final = 1_000
MAX_PARALLEL: Final = 8
WARN_AFTER: Final = timedelta(hours=1)
LOG_KEPT: Final = timedelta(days=30)
SECRET_OVERLAP: Final = timedelta(hours=24)

VALIDATION_TYPE: Final = "cn.qibiao.webhook.validation.v1"
TEST_TYPE: Final = "cn.qibiao.webhook.test.v1"

_DECLARATION: Final = "cn.qibiao.declaration."
_KINDS: Final = {
    "G": "NATIONAL",
    "H": "INDUSTRY",
    "D": "LOCAL",
    "T": "GROUP",
    "Q": "ENTERPRISE",
}
_CREDIT_CODE: Final = 18


def pause_after(attempts: int, *, scale: float = 1, chance: float | None = None) -> timedelta:
    """Return how long to wait after so many failed tries, up to a day.

    ``chance`` is 0 to 1, drawn when not given; ``scale`` shortens all pauses, for tests.
    """
    pause = PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    if chance is None:
        chance = random.random()  # noqa: S311 - spreads load, guards nothing
    return min(LONGEST_PAUSE, pause * (1 + JITTER * chance)) * scale


@dataclass(frozen=True)
class Filters:
    """Say which events a subscription wants; an empty list wants all, two lists both count.

    ``regions`` and ``classes`` are beginnings of codes, ``enterprises`` 18- or 9-digit codes.
    """

    types: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, Sequence[str]]) -> Self:
        """Return the filters as they are stored."""
        return cls(**{name: tuple(values) for name, values in stored.items()})

    @property
    def concerns_declarations(self) -> bool:
        """Tell whether they ask what only declarations have."""
        return bool(self.kinds or self.regions or self.enterprises or self.classes)

    def wants_type(self, event_type: str) -> bool:
        """Tell whether they want events of a type, whatever these are about."""
        is_declaration = event_type.startswith(_DECLARATION)
        fits = not self.types or event_type in self.types
        return fits and (is_declaration or not self.concerns_declarations)

    def needs(self, facts: "Facts") -> bool:
        """Tell whether they ask for something that an event itself does not say."""
        if self.regions and facts.region is None:
            return True
        return bool(self.classes) and not facts.has_all_classes and not self._has_class(facts)

    def want(self, facts: "Facts") -> bool:
        """Tell whether an event is wanted; what nobody knows of it counts for it."""
        return (
            (not self.kinds or facts.kind is None or facts.kind in self.kinds)
            and (not self.enterprises or not facts.codes.isdisjoint(self.enterprises))
            and (not self.regions or facts.region is None or facts.region.startswith(self.regions))
            and (not self.classes or not facts.has_all_classes or self._has_class(facts))
        )

    def _has_class(self, facts: "Facts") -> bool:
        return any(code.startswith(self.classes) for code in facts.classes)


@dataclass(frozen=True)
class Facts:
    """Be what filters look at; None and ``has_all_classes`` tell what is not known."""

    kind: str | None = None
    region: str | None = None
    codes: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    has_all_classes: bool = False

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Self:
        """Return what the data of an event of a declaration says."""
        letter, code = _read_record_number(str(data.get("record_number") or ""))
        enterprise = data.get("enterprise") or {}
        products = data.get("products")
        return cls(
            kind=data.get("kind") or _KINDS.get(letter),
            region=enterprise.get("region"),
            codes=_codes(code, enterprise),
            classes=_classes(products or ()),
            has_all_classes=products is not None
            and int(data.get("product_count") or 0) <= len(products),
        )

    def completed(self, document: Mapping[str, Any]) -> "Facts":
        """Return the same with what the published document of the declaration says."""
        enterprise = document.get("enterprise") or {}
        return Facts(
            kind=self.kind or document.get("kind"),
            region=self.region if self.region is not None else enterprise.get("region"),
            codes=self.codes | _codes("", enterprise),
            classes=self.classes | _classes(document.get("products") or ()),
            has_all_classes=self.has_all_classes or "products" in document,
        )


def _read_record_number(number: str) -> tuple[str, str]:
    letter, _, rest = number.partition("-")
    return letter, rest.partition("-")[0]


def _codes(code: str, enterprise: Mapping[str, Any]) -> frozenset[str]:
    found = {code, enterprise.get("credit_code") or "", enterprise.get("organization_code") or ""}
    found |= {long[8:17] for long in found if len(long) == _CREDIT_CODE}
    return frozenset(found - {""})


def _classes(products: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(str(product.get("class_code") or "") for product in products) - {""}


@dataclass(frozen=True)
class Item:
    """Be one event on its way to one subscription; ``position`` is None for test events."""

    event_id: str
    event_type: str
    subject: str
    position: int | None
    body: str = field(repr=False)
    attempts: int = 0


@dataclass(frozen=True)
class Attempt:
    """Be what one POST came to; ``answer`` is the beginning of what a refusal said."""

    id: str
    outcome: Outcome
    milliseconds: int
    status: int | None = None
    reason: Reason | None = None
    answer: str = ""
    retry_after: timedelta | None = None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the receiver took it."""
        return self.outcome is Outcome.DELIVERED

    @property
    def is_of_endpoint(self) -> bool:
        """Tell whether no other record would have fared better."""
        return self.reason in ENDPOINT_REASONS


def lanes_of(items: Sequence[Item], held: Collection[str] = ()) -> list[list[Item]]:
    """Return the items record by record, each in its order; records in ``held`` are left out."""
    lanes: dict[str, list[Item]] = {}
    for item in items:
        if item.subject not in held:
            lanes.setdefault(item.subject, []).append(item)
    return list(lanes.values())
