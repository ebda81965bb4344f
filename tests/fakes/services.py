"""Small services with their state in memory, on the real chassis, for tests of the gateway.

They keep to the methods and answers of the real ones, and can be told to be slow, broken or away.
"""

import base64
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet

from chassis import ids
from chassis.actors import ActorSigner
from chassis.blobs import open_store
from chassis.errors import DomainError, RemoteDomainError
from chassis.rpc import rpc
from chassis.service import BareService, Provided

NOTHING_STATED: dict[str, Any] = {
    "deviation": "NONE",
    "recommended_number": "",
    "deviation_statement": "",
    "commissioned_producer": "",
    "commissioned_producer_code": "",
    "joint_parties": [],
    "other_channel": "",
}
FAQ = [
    {"number": number, "question": question, "answer": answer, "version": 1,
     "updated_at": "2026-11-23T04:00:00Z"}
    for number, question, answer in (
        (1, "地址不一致，怎么办？", "与证书一致。\n不要漏写省份。"),
        (8, "非试点区域不能注册，怎么办？", "请咨询当地质检局。"),
        (38, "本局补充的问题", "补充的回答。"),
    )
]  # fmt: skip
RECORD_NUMBER = "Q-91370321MA3C00000X-202611231200-0001"
WAV = base64.b64encode(b"RIFF").decode()
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@dataclass
class State:
    """Hold what the fakes know, and what they were asked."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    uploads: dict[str, dict[str, Any]] = field(default_factory=dict)
    published: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    delays: dict[str, float] = field(default_factory=dict)
    failures: dict[str, Exception] = field(default_factory=dict)
    # The public log, and up to which position it was purged.
    log: list[dict[str, Any]] = field(default_factory=list)
    purged: int = 0
    # Machine keys that are alive, and what each opens.
    keys: dict[str, list[str]] = field(default_factory=dict)
    # What every hit shows beside itself, and which numbers search guesses.
    shown: dict[str, Any] = field(default_factory=dict)
    meant: list[str] = field(default_factory=list)
    # What search says beside its hits, and of places where pages begin.
    answered: dict[str, Any] = field(default_factory=dict)
    failures_of_cursor: dict[str, Exception] = field(default_factory=dict)
    failures_of_captcha: dict[str, Exception] = field(default_factory=dict)
    notices: int = 1

    def announce(self, count: int = 1, **data: Any) -> None:
        """Let the public log become longer."""
        for _ in range(count):
            self.log.append(public_event(len(self.log) + 1, **data))

    def enter(self, method: str, **arguments: Any) -> None:
        """Note a call; be slow or fail as told."""
        self.calls.append((method, arguments))
        if method in self.delays:
            eventlet.sleep(self.delays[method])
        if method in self.failures:
            raise self.failures[method]

    def count(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(name == method for name, _ in self.calls)

    def arguments(self, method: str) -> dict[str, Any]:
        """Return what a method was called with last."""
        return next(values for name, values in reversed(self.calls) if name == method)

    def log_in(self, *, roles: tuple[str, ...] = ("OWNER",), enterprise: str = "e-1") -> str:
        """Open a session and return its token."""
        token = secrets.token_urlsafe(32)
        self.sessions[token] = {
            "session_id": ids.new_id(),
            "user_id": ids.new_id(),
            "roles": list(roles),
            "enterprise_id": enterprise,
            "csrf_token": secrets.token_urlsafe(16),
        }
        return token

    def csrf(self, token: str) -> str:
        """Return the CSRF token of a session."""
        return str(self.sessions[token]["csrf_token"])

    def publish(
        self, *, title: str = "不锈钢真空保温杯", record_number: str = RECORD_NUMBER
    ) -> str:
        """Put a published declaration in place and return its record number."""
        self.published[record_number] = public_declaration(record_number, title)
        return record_number


class UnknownSessionError(DomainError):
    """Stand for whatever accounts says of a session it does not know."""

    code = "bus.unauthenticated"


def refusal(code: str, **params: str) -> DomainError:
    """Return an error with any code."""
    return RemoteDomainError(code, params)


def public_event(position: int, **data: Any) -> dict[str, Any]:
    """Return an event as the public log has it."""
    return {
        "specversion": "1.0",
        "id": str(uuid.UUID(int=position)),
        "type": "cn.qibiao.declaration.published.v1",
        "source": "/services/standards",
        "subject": str(uuid.UUID(int=position)),
        "time": "2026-11-23T00:00:00.000000Z",
        "sequence": 1,
        "position": position,
        "data": {
            "kind": "ENTERPRISE",
            "title": "不锈钢真空保温杯",
            "enterprise": {
                "enterprise_id": "e-1",
                "credit_code": "91370321MA3C00000X",
                "organization_code": "MA3C00000",
                "region": "370321",
            },
            **data,
        },
    }


def public_declaration(record_number: str, title: str) -> dict[str, Any]:
    """Return a published declaration as standards and search show it."""
    document = {
        "form": "declaration/1",
        "declaration_id": "01890000-0000-7000-8000-000000000001",
        "version": 1,
        "record_number": record_number,
        "kind": "ENTERPRISE",
        "number": {"prefix": "Q", "body": "QB 001", "year": "2026", "text": "Q/QB 001-2026"},
        "title": title,
        "disclosure_mode": "FULL_TEXT",
        "text": {"file_name": "标准.pdf", "size": 204_800, "sha256": "a" * 64, "pages": 12},
        "products": [
            {
                "name": "真空保温杯",
                "generic_name": "保温杯",
                "barcode": "6901234567892",
                "brand": "启标",
                "specification": "500 mL",
                "model": "BW-500",
                "class_code": "21-002",
            }
        ],
        "commitment": {"template_version": "1", "text": "我单位郑重承诺：\n对公开的内容负责。"},
        "enterprise": {
            "enterprise_id": "e-1",
            "name": "淄博启标器皿有限公司",
            "credit_code": "91370321MA3C00000X",
            "organization_code": "",
            "legal_representative": "王小明",
            "address": "山东省淄博市桓台县(城区)132号",
            "postcode": "256400",
            "region": "370321",
        },
        "published_at": "2026-11-23T04:00:00Z",
        "supersedes": None,
        "corrected_at": None,
        "catalogue_id": None,
        "subject": "PRODUCT",
        "indicators": [],
        "disclosure": NOTHING_STATED,
    }
    return {
        "declaration_id": document["declaration_id"],
        "record_number": record_number,
        "version": 1,
        "state": "PUBLISHED",
        "withdrawn_at": None,
        "withdrawal_reason": None,
        "marks": [],
        "revisions": [],
        "document": document,
        "document_sha256": hashlib.sha256(b"document").hexdigest(),
    }


def found(declaration: dict[str, Any]) -> dict[str, Any]:
    """Return the hit that stands for a declaration."""
    document = declaration["document"]
    return {
        "record_number": declaration["record_number"],
        "declaration_id": declaration["declaration_id"],
        "kind": document["kind"],
        "number": document["number"]["text"],
        "title": document["title"],
        "enterprise_name": document["enterprise"]["name"],
        "region": document["enterprise"]["region"],
        "product_summary": "真空保温杯",
        "has_text": True,
        "state": declaration["state"],
        "published_at": document["published_at"],
        "tier": 1,
        "matched": "TITLE",
        "highlights": {"number": [], "title": [], "enterprise_name": [], "product_summary": []},
        "snippet": None,
    }


def facets_of(hits: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how hits divide."""
    count = len(hits)
    return {
        "kind": [{"value": "ENTERPRISE", "count": count}],
        "state": [{"value": "PUBLISHED", "count": count}],
        "region": [{"value": "37", "count": count}],
        "year": [{"value": "2024", "count": count}],
        "class_code": [{"value": "QB010101", "count": count}],
        "disclosure": [{"value": "TEXT", "count": count}],
        "is_estimate": False,
    }


def fake_services(state: State) -> tuple[type[BareService], ...]:
    """Return the classes of five services that share ``state``."""
    return (
        _notify(state),
        _search(state),
        _registry(state),
        _accounts(state),
        _standards(state),
    )


def _notify(state: State) -> type[BareService]:  # noqa: C901 - one method after the other
    class FakeNotify(BareService):
        name = "notify"

        @rpc(public=True, idempotent=True)
        def list_development_messages(self) -> dict[str, Any]:
            state.enter("list_development_messages")
            return {"messages": []}

        @rpc(public=True, sensitive_arguments=("posted_body", "token"))
        def receive_receipts(self, *, provider: str, **posted: str) -> dict[str, Any]:
            state.enter("receive_receipts", provider=provider, **posted)
            return {"count": 1}

        @rpc(public=True, idempotent=True)
        def list_notices(self, *, page: int, page_size: int) -> dict[str, Any]:
            state.enter("list_notices", page=page, page_size=page_size)
            notice = {
                "notice_id": "01890000-0000-7000-8000-0000000000aa",
                "title": "公告",
                "body": "内容",
                "published_at": None,
            }
            items = [notice] if state.notices else []
            return {"items": items, "total": state.notices, "page": page, "page_size": page_size}

        @rpc(public=True, idempotent=True)
        def get_notice(self, *, notice_id: str) -> dict[str, Any]:
            state.enter("get_notice", notice_id=notice_id)
            return {
                "notice_id": notice_id,
                "title": "<b>公告</b>",
                "body": "第一段\n第二段",
                "published_at": "2026-11-23T04:00:00Z",
            }

        @rpc(public=True, idempotent=True)
        def search_faq(self, *, query: str = "") -> dict[str, Any]:
            state.enter("search_faq", query=query)
            return {"items": [entry for entry in FAQ if query in str(entry)]}

        @rpc(public=True, idempotent=True)
        def get_faq_entry(self, *, number: int) -> dict[str, Any]:
            state.enter("get_faq_entry", number=number)
            for entry in FAQ:
                if entry["number"] == number:
                    return entry
            raise refusal("notify.not_found")

        @rpc(scopes=("webhooks:manage",))
        def create_webhook(self, **webhook: Any) -> dict[str, Any]:
            state.enter("create_webhook", **webhook)
            return {**a_webhook(ids.new_id()), "secret": "whsec_AAAA"}

        @rpc(scopes=("webhooks:manage",))
        def change_webhook(self, *, webhook_id: str, **changes: Any) -> dict[str, Any]:
            state.enter("change_webhook", webhook_id=webhook_id, **changes)
            return {**a_webhook(webhook_id), "secret": "never shown"}

    return FakeNotify


def a_webhook(webhook_id: str) -> dict[str, Any]:
    """Return a subscription that was just made."""
    return {
        "webhook_id": webhook_id,
        "name": "数据中心",
        "url": "https://example.cn/x",
        "filters": {"types": [], "kinds": [], "regions": [], "enterprises": [], "classes": []},
        "parallel": 1,
        "state": "PENDING",
        "reason": None,
        "version": 1,
        "position": 0,
        "held_records": 0,
        "held_events": 0,
        "attempts": 0,
        "next_try_at": None,
        "failing_since": None,
        "last_delivered_at": None,
        "old_secret_until": None,
        "created_at": "2026-11-23T08:00:00.000000Z",
    }


def _search(state: State) -> type[BareService]:  # noqa: C901 - one method after the other
    class FakeSearch(BareService):
        name = "search"

        @rpc(public=True, idempotent=True)
        def search_declarations(self, *, query: str = "", **filters: Any) -> dict[str, Any]:
            state.enter("search_declarations", query=query, **filters)
            if filters.get("cursor") in state.failures_of_cursor:
                raise state.failures_of_cursor[filters["cursor"]]
            hits = [entry for entry in state.published.values() if query in str(entry)]
            return {
                "items": [found(entry) | state.shown for entry in hits],
                "did_you_mean": [] if hits else state.meant,
                "next_cursor": None,
                "total": len(hits),
                "is_total_capped": False,
                "total_text": str(len(hits)),
                "is_partial": False,
                "facets": facets_of(hits) if filters.get("with_facets") else None,
                **state.answered,
            }

        @rpc(public=True, idempotent=True)
        def suggest(self, *, typed: str) -> dict[str, Any]:
            state.enter("suggest", typed=typed)
            entry = {"kind": "PRODUCT", "text": "保温杯", "count": 2, "ranges": [[0, 3]]}
            return {"items": [entry] if typed else []}

        @rpc(public=True, idempotent=True)
        def get_statistics(self, *, region: str = "") -> dict[str, Any]:
            state.enter("get_statistics", region=region)
            counts = {"declarations": 3, "products": 5, "enterprises": 2}
            return {
                "region": region,
                "total": counts,
                "by_region": [{"value": "37", **counts}],
                "by_kind": [{"value": "ENTERPRISE", **counts}],
                "by_state": [{"value": "PUBLISHED", **counts}],
                "by_month": [{"value": "2024-11", **counts}],
                "by_class": [{"value": "QB010101", **counts}],
            }

        @rpc(public=True, idempotent=True)
        def list_record_parts(self, *, size: int) -> dict[str, Any]:
            state.enter("list_record_parts", size=size)
            return {"items": [{"start": 0, "end": 4}, {"start": 4, "end": None}]}

        @rpc(public=True, idempotent=True)
        def list_records(self, *, start: int, end: int | None, limit: int) -> dict[str, Any]:
            """Count up: one publication a place, of which there are six."""
            state.enter("list_records", start=start, end=end, limit=limit)
            until = min(6 if end is None else end, start + 2)
            items = [
                {"record_number": f"Q-{place}", "changed_at": "2026-11-23T04:00:00.000000Z"}
                for place in range(start, until)
            ]
            return {"items": items, "next": until if until < (end or 6) else None}

        @rpc(public=True, idempotent=True)
        def get_document(self, *, record_number: str) -> dict[str, Any]:
            state.enter("get_document", record_number=record_number)
            if record_number not in state.published:
                raise refusal("search.not_found")
            return state.published[record_number]

    return FakeSearch


def _registry(state: State) -> type[BareService]:
    class FakeRegistry(BareService):
        name = "registry"

        @rpc(public=True, idempotent=True)
        def list_divisions(self, *, parent: str = "") -> dict[str, Any]:
            state.enter("list_divisions", parent=parent)
            division = {"code": "370000", "name": "山东省", "has_children": True}
            return {"divisions": [] if parent else [division]}

        @rpc(public=True, idempotent=True)
        def get_division(self, *, code: str) -> dict[str, Any]:
            state.enter("get_division", code=code)
            return {
                "code": code,
                "name": "桓台县",
                "parent": "370300",
                "path": "山东省淄博市桓台县",
            }

    return FakeRegistry


def _accounts(state: State) -> type[BareService]:  # noqa: C901 - one method after the other
    class FakeAccounts(BareService):
        name = "accounts"

        @rpc(public=True)
        def new_captcha(self, **fields: Any) -> dict[str, Any]:
            state.enter("new_captcha", **fields)
            kind = fields.get("kind", "image")
            if kind in state.failures_of_captcha:
                raise state.failures_of_captcha[kind]
            if kind == "audio":
                return {"captcha_id": ids.new_id(), "audio_wav_base64": WAV}
            return {"captcha_id": ids.new_id(), "image_png_base64": PNG}

        @rpc(public=True)
        def peek_captcha(self, *, captcha_id: str) -> dict[str, Any]:
            state.enter("peek_captcha", captcha_id=captcha_id)
            return {"answer": "abcd"}

        @rpc(public=True)
        def get_terms(self) -> dict[str, Any]:
            state.enter("get_terms")
            return {"version": "1", "title": "服务条款", "text": "第一条\n第二条"}

        @rpc(public=True, sensitive_arguments=("password",))
        def log_in(self, *, username: str, password: str, **rest: Any) -> dict[str, Any]:
            state.enter("log_in", username=username, **rest)
            if password != "right-password":
                raise refusal("bus.unauthenticated")
            token = state.log_in()
            return {
                "session_token": token,
                "csrf_token": state.csrf(token),
                "expires_at": _wire(datetime.now(UTC) + timedelta(hours=12)),
                "landing": "企业标准录入",
            }

        @rpc(public=True, idempotent=True)
        def get_actor_token(self, *, session_token: str) -> dict[str, Any]:
            state.enter("get_actor_token")
            session = state.sessions.get(session_token)
            if session is None:
                raise UnknownSessionError
            user_id = session["user_id"]
            return {
                "actor_token": ActorSigner("accounts").sign(
                    f"user:{user_id}",
                    enterprise_id=session["enterprise_id"],
                    roles=session["roles"],
                ),
                "expires_at": _wire(datetime.now(UTC) + timedelta(seconds=60)),
                "csrf_token": session["csrf_token"],
                "session_id": session["session_id"],
                "user": {
                    "user_id": user_id,
                    "username": "demo",
                    "roles": session["roles"],
                    "enterprise_id": session["enterprise_id"],
                },
            }

        @rpc(public=True, sensitive_arguments=("machine_key",))
        def get_key_token(self, *, machine_key: str) -> dict[str, Any]:
            state.enter("get_key_token")
            if machine_key not in state.keys:
                raise refusal("accounts.key_invalid")
            return {
                "actor_token": ActorSigner("accounts").sign(
                    f"key:{machine_key}", scopes=state.keys[machine_key]
                ),
                "key_id": machine_key,
                "scopes": state.keys[machine_key],
                "expires_at": _wire(datetime.now(UTC) + timedelta(seconds=60)),
                "quota": {"limit": 600, "remaining": 599, "reset": 60},
            }

        @rpc(public=True, sensitive_arguments=("machine_key",), idempotent=True)
        def check_key(self, *, machine_key: str) -> dict[str, Any]:
            state.enter("check_key")
            if machine_key not in state.keys:
                raise refusal("accounts.key_invalid")
            return {"key_id": machine_key, "scopes": state.keys[machine_key], "expires_at": ""}

        @rpc
        def log_out(self, *, session_token: str) -> dict[str, Any]:
            state.enter("log_out")
            state.sessions.pop(session_token, None)
            return {}

    return FakeAccounts


def _standards(state: State) -> type[BareService]:  # noqa: C901 - one method after the other
    class FakeStandards(BareService):
        name = "standards"

        blobs = Provided(lambda settings: open_store(settings.storage_url))

        @rpc(roles=("OWNER", "FILER"))
        def save_draft(self, **draft: Any) -> dict[str, Any]:
            state.enter("save_draft", **draft)
            draft_id = draft["declaration_id"] or ids.new_id()
            known = state.drafts.get(draft_id)
            if draft["declaration_id"] and known is None:
                raise refusal("standards.not_found")
            version = known["version"] + 1 if known else 1
            state.drafts[draft_id] = _own(draft_id, draft, version)
            return state.drafts[draft_id]

        @rpc(roles=("OWNER", "FILER", "VIEWER"))
        def get_declaration(self, *, declaration_id: str) -> dict[str, Any]:
            state.enter("get_declaration", declaration_id=declaration_id)
            if declaration_id not in state.drafts:
                raise refusal("standards.not_found")
            return state.drafts[declaration_id]

        @rpc(roles=("OWNER", "FILER", "VIEWER"))
        def list_declarations(self, **filters: Any) -> dict[str, Any]:
            state.enter("list_declarations", **filters)
            return {"items": [], "total": 0, "page": filters["page"], "page_size": 15}

        @rpc(roles=("OWNER", "FILER"))
        def delete_draft(self, *, declaration_id: str) -> dict[str, Any]:
            state.enter("delete_draft", declaration_id=declaration_id)
            state.drafts.pop(declaration_id, None)
            return {"declaration_id": declaration_id}

        @rpc(roles=("OWNER", "FILER"))
        def preview_commitment(self, *, declaration_id: str) -> dict[str, Any]:
            state.enter("preview_commitment", declaration_id=declaration_id)
            return {"template_version": "1", "text": "承诺"}

        @rpc(roles=("OWNER", "FILER", "VIEWER"))
        def get_commitment_template(self, *, kind: str) -> dict[str, Any]:
            state.enter("get_commitment_template", kind=kind)
            text = "{enterprise} {number} {title}"
            return {"template_version": "1", "text": text, "enterprise": "示范公司"}

        @rpc(roles=("OWNER", "FILER"))
        def publish_declaration(self, *, declaration_id: str, **rest: Any) -> dict[str, Any]:
            state.enter("publish_declaration", declaration_id=declaration_id, **rest)
            draft = state.drafts[declaration_id]
            draft |= {"state": "PUBLISHED", "record_number": state.publish()}
            return {**draft, "page_url": f"/s/{RECORD_NUMBER}", "list_kind": "ENTERPRISE"}

        @rpc(roles=("OWNER", "FILER"))
        def open_upload(self, *, file_name: str, size: int | None = None) -> dict[str, Any]:
            state.enter("open_upload", file_name=file_name, size=size)
            upload_id = ids.new_id()
            state.uploads[upload_id] = {
                "upload_id": upload_id,
                "state": "OPEN",
                "reason": None,
                "file_name": file_name,
                "size": None,
                "sha256": None,
                "pages": None,
                "expires_at": "2026-12-01T00:00:00Z",
            }
            return {
                "upload_id": upload_id,
                "key": f"uploads/{upload_id}",
                "max_bytes": self.settings.upload_max_bytes,
            }

        @rpc(roles=("OWNER", "FILER"))
        def finish_upload(self, *, upload_id: str, sha256: str, size: int) -> dict[str, Any]:
            state.enter("finish_upload", upload_id=upload_id, sha256=sha256, size=size)
            state.uploads[upload_id] |= {"state": "INSPECTING", "sha256": sha256, "size": size}
            return state.uploads[upload_id]

        @rpc(roles=("OWNER", "FILER", "VIEWER"))
        def get_upload(self, *, upload_id: str) -> dict[str, Any]:
            state.enter("get_upload", upload_id=upload_id)
            if upload_id not in state.uploads:
                raise refusal("standards.upload_not_found")
            return state.uploads[upload_id]

        @rpc(public=True, sensitive_arguments=("complaint_text", "reporter_name", "phone"))
        def file_complaint(self, **complaint: Any) -> dict[str, Any]:
            state.enter("file_complaint", **complaint)
            return {
                "complaint_number": "TS-20261128-000001",
                "query_code": "7KQM-2XHD-9PWA",
                "state": "RECEIVED",
                "received_at": "2026-11-28T04:00:00Z",
            }

        @rpc(public=True, sensitive_arguments=("code",))
        def get_complaint_state(self, **question: Any) -> dict[str, Any]:
            state.enter("get_complaint_state", **question)
            return {
                "complaint_number": question["complaint_number"],
                "record_number": RECORD_NUMBER,
                "category": "OTHER",
                "state": "RESOLVED",
                "finding": "PARTLY_CONFIRMED",
                "outcome": "企业已<更正>。",
                "received_at": "2026-11-28T04:00:00Z",
                "accepted_at": "2026-11-28T05:00:00Z",
                "closed_at": "2026-11-28T06:00:00Z",
            }

        @rpc(public=True, idempotent=True)
        def list_product_classes(self, *, parent: str = "", **_: str) -> dict[str, Any]:
            state.enter("list_product_classes", parent=parent)
            item = {"code": "QB01", "name": "日用品", "level": 1, "is_leaf": False}
            return {"scheme": "QB", "version": "1", "items": [] if parent else [item]}

        @rpc(public=True, idempotent=True)
        def get_version(self, *, declaration_id: str, version: int) -> dict[str, Any]:
            state.enter("get_version", declaration_id=declaration_id, version=version)
            return {"document": '{"form":"declaration/1"}', "sha256": "0" * 64}

        @rpc(public=True, idempotent=True)
        def get_public_declaration(self, *, record_number: str) -> dict[str, Any]:
            state.enter("get_public_declaration", record_number=record_number)
            if record_number not in state.published:
                raise refusal("standards.not_found")
            return state.published[record_number]

        @rpc(public=True, idempotent=True)
        def get_product_class(self, *, class_code: str, **rest: Any) -> dict[str, Any]:
            state.enter("get_product_class", class_code=class_code, **rest)
            return {"code": class_code, "name": f"类 {class_code}"}

        @rpc(public=True, idempotent=True)
        def get_public_text(self, *, record_number: str) -> dict[str, Any]:
            state.enter("get_public_text", record_number=record_number)
            if record_number not in state.texts:
                raise refusal("standards.not_found")
            return state.texts[record_number]

        @rpc(public=True, idempotent=True)
        def list_events(self, *, after: int, limit: int) -> dict[str, Any]:
            state.enter("list_events", after=after, limit=limit)
            if after < state.purged:
                raise refusal("standards.position_too_old", oldest=str(state.purged))
            if after > len(state.log):
                raise refusal("standards.position_ahead", newest=str(len(state.log)))
            items = state.log[after : after + limit]
            return {"items": items, "next_after": after + len(items), "newest": len(state.log)}

    return FakeStandards


def _own(draft_id: str, draft: dict[str, Any], version: int) -> dict[str, Any]:
    return {
        "declaration_id": draft_id,
        "kind": draft["kind"],
        "state": "DRAFT",
        "version": version,
        "number": {"prefix": "Q", **draft["number"]},
        "number_text": f"Q/{draft['number']['body']}-{draft['number']['year']}",
        "title": draft["title"],
        "disclosure_mode": draft["disclosure_mode"],
        "text": None,
        "catalogue_id": None,
        "subject": draft["subject"],
        "indicators": [],
        "products": draft["products"],
        "disclosure": NOTHING_STATED,
        "warnings": [],
        "record_number": None,
        "published_version": 0,
        "published_at": None,
        "withdrawn_at": None,
        "updated_at": "2026-11-23T04:00:00Z",
        "allowed_actions": ["VIEW", "EDIT", "SUBMIT", "DELETE"],
        "secret_note": "never shown",
    }


def _wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
