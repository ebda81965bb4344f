"""The audit log, for auditors and for each about himself (promises F18, F27)."""

from chassis.actors import AUDITOR_ROLE
from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import audit as schemas

routes = Routes("审计")

_AUDITORS = frozenset({AUDITOR_ROLE})


@routes.get(
    "/audit",
    summary="审计记录",
    query=schemas.AuditQuery,
    answer=schemas.AuditPage,
    roles=_AUDITORS,
    auth=Auth.SESSION,
)
def list_audit(exchange: Exchange) -> Answer:
    """Return sealed rows of one service, oldest first."""
    wanted = dict(exchange.query)
    return Json(data=exchange.services.named(wanted.pop("service")).list_audit(wanted))


@routes.get(
    "/audit/own",
    summary="本单位的审计记录",
    query=schemas.OwnAuditQuery,
    answer=schemas.AuditPage,
    auth=Auth.SESSION,
)
def list_own_audit(exchange: Exchange) -> Answer:
    """Return what was done in the name of the own enterprise, or by oneself."""
    wanted = dict(exchange.query)
    return Json(data=exchange.services.named(wanted.pop("service")).list_own_audit(wanted))


@routes.get(
    "/audit/heads",
    summary="审计链的末端",
    query=schemas.HeadsQuery,
    answer=schemas.AuditHeads,
    roles=_AUDITORS,
    auth=Auth.SESSION,
)
def list_audit_heads(exchange: Exchange) -> Answer:
    """Return the ends of all chains, the newest first."""
    return Json(data=exchange.services.accounts.list_audit_heads(int(exchange.query["limit"])))
