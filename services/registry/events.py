"""Payloads of the events that ``registry`` emits."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from services.registry.domain import moments


class OrganizationLike(Protocol):
    """What the payload says of an organisation."""

    id: Any
    credit_code: Any
    organization_code: Any
    name: Any
    region: Any
    status: Any


class Sealer(Protocol):
    """The keys of what travels (:class:`chassis.crypto.Keyring`)."""

    def seal(self, value: str, to: str) -> str:
        """Return the value readable for one service only."""


def waiting_ready(
    sealer: Sealer, *, phone: str, organization: str, url: str, request_id: str
) -> dict[str, Any]:
    """Return the data of the command that tells an applicant that the record has come."""
    values = {"organization": organization, "url": url}
    return {
        "template": "WAITING_READY",
        "purpose": "WAITING_READY",
        "phone_sealed": sealer.seal(phone, to="notify"),
        "values_sealed": sealer.seal(json.dumps(values, ensure_ascii=False), to="notify"),
        "request_id": request_id,
    }


def organization_updated(
    organization: OrganizationLike, *, changed: Iterable[str], at: datetime
) -> dict[str, Any]:
    """Return the data of ``organization.updated.v1``: which fields changed, no personal number."""
    return {
        "organization_id": organization.id,
        "credit_code": organization.credit_code,
        "organization_code": organization.organization_code,
        "name": organization.name,
        "region": organization.region,
        "status": str(organization.status),
        "changed": sorted(changed),
        "synced_at": moments.to_text(at),
    }


def organization_deregistered(organization: OrganizationLike, *, at: datetime) -> dict[str, Any]:
    """Return the data of ``organization.deregistered.v1``."""
    return {
        "organization_id": organization.id,
        "credit_code": organization.credit_code,
        "organization_code": organization.organization_code,
        "name": organization.name,
        "region": organization.region,
        "synced_at": moments.to_text(at),
    }
