"""Payloads of the events and commands that ``accounts`` sends."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from services.accounts.domain import moments


class EnterpriseLike(Protocol):
    """What the payload says of an enterprise."""

    id: Any
    organization_id: Any
    credit_code: Any
    organization_code: Any
    name: Any
    region: Any
    bureau_code: Any
    registered_at: Any


class Sealer(Protocol):
    """The keys of what travels (:class:`chassis.crypto.Keyring`)."""

    def seal(self, value: str, to: str) -> str:
        """Return the value readable for one service only."""


def enterprise_registered(enterprise: EnterpriseLike) -> dict[str, Any]:
    """Return the data of ``enterprise.registered.v1``."""
    return {
        "enterprise_id": enterprise.id,
        "organization_id": enterprise.organization_id,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "organization_code": enterprise.organization_code,
        "region": enterprise.region,
        "bureau_code": enterprise.bureau_code,
        "registered_at": moments.to_text(enterprise.registered_at),
    }


def enterprise_refreshed(
    enterprise: EnterpriseLike, *, changed: Sequence[str], at: str
) -> dict[str, Any]:
    """Return the data of ``enterprise.refreshed.v1``; of an identity number only "changed"."""
    return {
        "enterprise_id": enterprise.id,
        "organization_id": enterprise.organization_id,
        "name": enterprise.name,
        "region": enterprise.region,
        "changed": sorted(name.replace("_id_number", "_identity") for name in changed),
        "refreshed_at": at,
    }


def session_ended(
    *, session_id: str, account_id: str, reason: str, ended_at: datetime
) -> dict[str, Any]:
    """Return the data of ``session.ended.v1``; it never holds the token."""
    return {
        "session_id": session_id,
        "account_id": account_id,
        "reason": reason,
        "ended_at": moments.to_text(ended_at),
    }


def short_message(  # noqa: PLR0913 - one per part of the command
    sealer: Sealer,
    *,
    purpose: str,
    template: str,
    phone: str,
    values: Mapping[str, str],
    request_id: str,
) -> dict[str, Any]:
    """Return the data of a command that sends an SMS; nobody on the way can read it."""
    return {
        "template": template,
        "purpose": purpose,
        "phone_sealed": sealer.seal(phone, to="notify"),
        "values_sealed": sealer.seal(json.dumps(dict(values)), to="notify"),
        "request_id": request_id,
    }
