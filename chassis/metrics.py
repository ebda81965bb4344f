"""What is counted: names, labels and buckets in one place; `render` answers ``/metrics``."""

from functools import lru_cache
from typing import Final

import prometheus_client as prometheus

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

CONTENT_TYPE: Final = prometheus.CONTENT_TYPE_LATEST

_http: Final = prometheus.Histogram(
    "qibiao_http_request_seconds",
    "HTTP requests by route, method and status",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
_rpc: Final = prometheus.Histogram(
    "qibiao_rpc_seconds",
    "RPC calls by side (client, server), method and outcome (ok or the error's code)",
    ("side", "service", "method", "outcome"),
    buckets=_SECONDS,
)
_deliveries: Final = prometheus.Histogram(
    "qibiao_delivery_seconds",
    "messages by handler and outcome (done, repeat, retry, parked, dead)",
    ("service", "handler", "outcome"),
    buckets=_SECONDS,
)
_transactions: Final = prometheus.Histogram(
    "qibiao_transaction_seconds",
    "transactions by service and outcome (committed, refused, unavailable)",
    ("service", "outcome"),
    buckets=_SECONDS,
)
_sent: Final = prometheus.Counter(
    "qibiao_outbox_sent", "messages sent from the outbox", ("service",)
)
_malformed: Final = prometheus.Counter(
    "qibiao_malformed", "messages that no method or handler could be given", ("service",)
)
_outbox_depth: Final = prometheus.Gauge(
    "qibiao_outbox_depth", "messages waiting in the outbox", ("service",)
)
_outbox_age: Final = prometheus.Gauge(
    "qibiao_outbox_age_seconds", "age of the oldest message in the outbox", ("service",)
)
_refused: Final = prometheus.Gauge(
    "qibiao_outbox_refused",
    "messages of the outbox that the bus refuses again and again",
    ("service",),
)
_waiting: Final = prometheus.Gauge(
    "qibiao_inbox",
    "messages of a handler by state (WAITING, DEAD)",
    ("service", "handler", "state"),
)
_dead_letters: Final = prometheus.Gauge("qibiao_dead_letters", "messages given up", ("service",))
_breaker: Final = prometheus.Gauge(
    "qibiao_breaker_open", "1 while calls to the target are refused", ("service", "target")
)
_limits: Final = prometheus.Counter(
    "qibiao_limit_reached", "requests refused because a limit was used up", ("service", "limit")
)
_streams: Final = prometheus.Gauge("qibiao_feed_streams", "streams of public events that are open")
_replica_lag: Final = prometheus.Gauge(
    "qibiao_read_replica_lag_seconds",
    "how far a read replica is behind; infinite while it does not answer",
    ("service", "replica"),
)
_rebuild: Final = prometheus.Gauge(
    "qibiao_search_rebuild_documents",
    "documents that the rebuild of the index has come past, by step (COPYING, CHECKING)",
    ("step",),
)
_lag: Final = prometheus.Gauge("qibiao_hub_lag_seconds", "how late green threads are woken")


@lru_cache(maxsize=4096)
def _rpc_series(side: str, service: str, method: str, outcome: str) -> prometheus.Histogram:
    """Return one series: looking it up again for each call would cost more than counting it."""
    return _rpc.labels(side, service, method, outcome)


def observe_http(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one HTTP request; ``route`` is its pattern, never its path."""
    known = method if method in _METHODS else "OTHER"
    _http.labels(known, route, str(status)).observe(seconds)


def observe_rpc(*, side: str, service: str, method: str, outcome: str, seconds: float) -> None:
    """Count one RPC call."""
    _rpc_series(side, service, method, outcome).observe(seconds)


def observe_delivery(*, service: str, handler: str, outcome: str, seconds: float) -> None:
    """Count one message handled, or put off, or given up."""
    _deliveries.labels(service, handler, outcome).observe(seconds)


def observe_transaction(*, service: str, outcome: str, seconds: float) -> None:
    """Count one transaction."""
    _transactions.labels(service, outcome).observe(seconds)


def count_sent(*, service: str, messages: int) -> None:
    """Count messages sent from the outbox."""
    _sent.labels(service).inc(messages)


def count_malformed(*, service: str) -> None:
    """Count one message that no method or handler could be given."""
    _malformed.labels(service).inc()


def set_outbox(*, service: str, depth: int, age_seconds: float) -> None:
    """Tell how much waits in the outbox, and since when."""
    _outbox_depth.labels(service).set(depth)
    _outbox_age.labels(service).set(age_seconds)


def set_refused(*, service: str, messages: int) -> None:
    """Tell how many messages the bus refuses again and again."""
    _refused.labels(service).set(messages)


def set_inbox(*, service: str, handler: str, state: str, messages: int) -> None:
    """Tell how many messages of a handler wait or are dead."""
    _waiting.labels(service, handler, state).set(messages)


def set_dead_letters(*, service: str, messages: int) -> None:
    """Tell how many messages were given up."""
    _dead_letters.labels(service).set(messages)


def set_breaker(*, service: str, target: str, is_open: bool) -> None:
    """Tell whether calls to ``target`` are refused for now."""
    _breaker.labels(service, target).set(int(is_open))


def count_limit(*, service: str, limit: str) -> None:
    """Count one request refused because ``limit``, a name without personal data, was used up."""
    _limits.labels(service, limit).inc()


def set_streams(count: int) -> None:
    """Say how many streams of public events are open."""
    _streams.set(count)


def set_replica_lag(*, service: str, replica: str, seconds: float) -> None:
    """Tell how far a read replica is behind."""
    _replica_lag.labels(service, replica).set(seconds)


def set_rebuild(*, step: str, documents: int) -> None:
    """Tell how far the rebuild of the index has come."""
    _rebuild.labels(step).set(documents)


def set_hub_lag(seconds: float) -> None:
    """Tell how late the hub is."""
    _lag.set(seconds)


def render() -> bytes:
    """Return all figures in the text format of Prometheus."""
    return prometheus.generate_latest()
