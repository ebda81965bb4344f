"""The live interface of the code database: one organisation by its code, signed, over HTTP.

``GET <base>/organizations/<code>``, the code of either kind, with two headers:
``X-Qibiao-Timestamp``, seconds since 1970, and ``X-Qibiao-Signature``, ``sha256=`` and the
HMAC-SHA256 of timestamp, method and path, one a line. It answers 404 for a code it does not know,
else 200 with a JSON object whose members are the columns of the import.
"""

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from chassis import metrics
from chassis.breaker import Breaker
from chassis.outgoing import Outgoing, OutgoingError
from services.registry.domain import rows
from services.registry.domain.rows import OrganizationRecord
from services.registry.usecases.sourcing import SourceUnavailableError

_FOUND: Final = 200
_NOT_FOUND: Final = 404
_log = logging.getLogger(__name__)


class _Answer(Schema):
    """What the interface may say; what else it says is not looked at."""

    class Meta:
        """Let new members pass."""

        unknown = EXCLUDE

    name = fields.String(required=True, validate=validate.Length(1, 500))
    credit_code = fields.String(load_default="", validate=validate.Length(0, 40))
    org_code = fields.String(load_default="", validate=validate.Length(0, 40))
    legal_rep = fields.String(required=True, validate=validate.Length(1, 500))
    legal_representative_id_type = fields.String(load_default="", validate=validate.Length(0, 40))
    legal_representative_id_number = fields.String(required=True, validate=validate.Length(1, 40))
    registered_address = fields.String(required=True, validate=validate.Length(1, 500))
    reg_admin_code = fields.String(required=True, validate=validate.Length(6, 6))
    postcode = fields.String(load_default="", validate=validate.Length(0, 10))
    legal_representative_email = fields.String(load_default="", validate=validate.Length(0, 200))
    phone = fields.String(load_default="", validate=validate.Length(0, 40))
    status = fields.String(load_default="", validate=validate.Length(0, 20))


class HttpSource:
    """Ask the interface; after five failures in a row not for ten seconds."""

    def __init__(
        self,
        base_url: str,
        key: str,
        *,
        allows_loopback: bool,
        now: Callable[[], datetime],
        breaker: Breaker | None = None,
    ) -> None:
        self._outgoing = Outgoing(base_url, allows_loopback=allows_loopback)
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._key = key.encode()
        self._now = now
        self._breaker = breaker or Breaker()

    def fetch(self, code: str) -> OrganizationRecord | None:
        """Return what the interface states of a folded code, or nothing when it does not know it.

        Raises:
            SourceUnavailableError: it is away, too slow, or says what cannot be used.
        """
        if self._breaker.enter() > 0:
            raise SourceUnavailableError
        try:
            record = self._ask(code)
        except (OutgoingError, ValueError) as error:
            self._breaker.fail()
            _log.warning("source failed", extra={"reason": str(error)[:80]})
            raise SourceUnavailableError from error
        finally:
            is_open = self._breaker.is_open
            metrics.set_breaker(service="registry", target="source", is_open=is_open)
        self._breaker.succeed()
        return record

    def _ask(self, code: str) -> OrganizationRecord | None:
        path = f"/organizations/{code}"
        reply = self._outgoing.get(path, self._sign(self._prefix + path))
        if reply.status == _NOT_FOUND:
            return None
        if reply.status != _FOUND:
            raise OutgoingError(f"status {reply.status}")
        record = rows.read_row(_read(reply.body))
        if isinstance(record, list):
            raise OutgoingError("unusable record: " + ", ".join(fault.fault for fault in record))
        if code not in {record.credit_code, record.organization_code}:
            raise OutgoingError("another organization")
        return record

    def _sign(self, path: str) -> dict[str, str]:
        timestamp = str(int(self._now().timestamp()))
        content = f"{timestamp}\nGET\n{path}".encode()
        digest = hmac.new(self._key, content, hashlib.sha256).hexdigest()
        return {"X-Qibiao-Timestamp": timestamp, "X-Qibiao-Signature": f"sha256={digest}"}


def _read(body: bytes) -> dict[str, str]:
    """Return the columns of an answer; errors never repeat a value."""
    try:
        document = json.loads(body)
        answer: dict[str, Any] = _Answer().load(document)
    except ValidationError as error:
        names = sorted(map(str, error.messages_dict))
        raise OutgoingError("not as promised: " + ", ".join(names)) from None
    except (ValueError, TypeError):
        raise OutgoingError("not JSON") from None
    return answer
