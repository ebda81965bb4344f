"""Entry points of ``notify``."""

from datetime import datetime
from typing import Any, ClassVar, Final

from chassis import green
from chassis.config import CommonSettings
from chassis.errors import DomainError, ForbiddenError, InvalidArgumentsError
from chassis.handlers import Delivery, Event, Reject, on_command
from chassis.rpc import rpc
from chassis.service import Provided
from chassis.timers import every
from contracts.events import POST_MESSAGE, SEND_SMS
from services.notify import schemas, seeds
from services.notify.adapters import assembling, development
from services.notify.adapters.dispatching import Dispatcher
from services.notify.adapters.limits import ALL_KEY, SmsLimits
from services.notify.adapters.receipts import ReceiptReader
from services.notify.adapters.sealing import Opener, UnreadableError
from services.notify.config import Settings
from services.notify.domain.templates import TemplateError, render_inbox
from services.notify.domain.texts import TextKind, preview
from services.notify.queries import inbox as inbox_queries
from services.notify.queries import messages as message_queries
from services.notify.queries import texts as text_queries
from services.notify.queries import totals as total_queries
from services.notify.service.webhooks import WebhookEntries, owner_of
from services.notify.usecases import inbox, messages, notices, receipts, texts, totals
from services.notify.usecases.inbox import Posting
from services.notify.usecases.messages import Request

OPERATORS: Final = ("OPERATOR",)


class NotAvailableError(DomainError):
    """Say that this exists for development only."""

    code = "notify.not_available"


def _dispatcher(settings: Settings) -> Dispatcher:
    return Dispatcher(
        Opener(settings),
        assembling.new_providers(settings),
        slow_seconds=settings.sms_slow_seconds,
        run=green.side_by_side,
    )


def _receipt_reader(settings: Settings) -> ReceiptReader:
    return ReceiptReader(assembling.name_addresses(settings))


class NotifyService(WebhookEntries):
    """Send text messages, once each, and keep the inbox."""

    name = "notify"
    settings_class: ClassVar[type[CommonSettings]] = Settings

    settings: Settings
    opener: Opener = Provided(Opener)
    dispatcher: Dispatcher = Provided(_dispatcher)
    limits: SmsLimits = Provided(SmsLimits)
    receipt_reader: ReceiptReader = Provided(_receipt_reader)

    def on_start(self) -> None:
        """Write down the texts that come with the program, once."""
        with self.database.transaction() as tx:
            texts.install(tx=tx, shipped=[*texts.shipped_templates(), *seeds.shipped_faq()])

    @on_command(SEND_SMS)
    def handle_send_sms(self, delivery: Delivery) -> None:
        """Take a request in; the timer below sends it."""
        request = _read_request(delivery.event)
        try:
            letter = self.opener.open(
                template=request.template,
                phone_sealed=request.phone_sealed,
                values_sealed=request.values_sealed,
            )
        except UnreadableError as error:
            raise Reject(str(error)) from None
        refusal = self.limits.refusal(
            self.database,
            phone_mark=self.opener.fingerprint(letter.phone),
            template=request.template,
        )
        with self.database.transaction(delivery) as tx:
            messages.accept_message(tx=tx, request=request, refusal=refusal)

    @on_command(POST_MESSAGE)
    def handle_post_message(self, delivery: Delivery) -> None:
        """Put a message into an inbox."""
        posting = _read_posting(delivery.event)
        with self.database.transaction(delivery) as tx:
            inbox.post_message(tx=tx, posting=posting)

    @every(seconds=0.5)
    def send_messages(self) -> None:
        """Send what waits; replicas share the messages row by row."""
        self.dispatcher.run_due(self.database)

    @every(seconds=600, lease="secrets")
    def forget_secrets(self) -> None:
        """Drop phones and values that are no longer needed."""
        with self.database.transaction() as tx:
            messages.forget_secrets(tx=tx)

    @every(seconds=3600, lease="inbox")
    def forget_messages(self) -> None:
        """Delete messages of the inbox that are too old."""
        with self.database.transaction() as tx:
            inbox.forget_old(tx=tx)

    @every(seconds=60, lease="receipts")
    def sweep_receipts(self) -> None:
        """Give up on receipts that did not come."""
        with self.database.transaction() as tx:
            receipts.sweep(tx=tx)

    @every(seconds=60, lease="totals")
    def count_messages(self) -> None:
        """Count the last days, and measure how many messages an hour may have."""
        with self.database.transaction() as tx:
            totals.count_days(tx=tx)
        with self.database.transaction() as tx:
            totals.measure(tx=tx, floor=self.settings.sms_circuit_floor)

    @rpc(public=True, sensitive_arguments=("posted_body", "token"))
    def receive_receipts(
        self,
        *,
        provider: str,
        posted_body: str,
        token: str = "",
        timestamp: str = "",
        signature: str = "",
    ) -> dict[str, Any]:
        """Take what a provider posts back about messages it was given."""
        posted = schemas.load(
            schemas.ReceiptsInput,
            provider=provider,
            posted_body=posted_body,
            token=token,
            timestamp=timestamp,
            signature=signature,
        )
        found = self.receipt_reader.read(**posted)
        for receipt in found:
            with self.database.transaction() as tx:
                receipts.record_receipt(tx=tx, provider=provider, receipt=receipt)
        return {"count": len(found)}

    @rpc(roles=OPERATORS, idempotent=True)
    def get_sms_totals(self, *, first: str, last: str) -> dict[str, Any]:
        """Return the totals of some days and where the circuit stands."""
        days = schemas.load(schemas.DaysInput, first=first, last=last)
        with self.database.read() as session:
            circuit = total_queries.circuit_view(
                session,
                name=totals.CIRCUIT,
                key=ALL_KEY,
                floor=self.settings.sms_circuit_floor,
                now=self.database.clock.now(),
            )
            return {"items": total_queries.list_totals(session, **days), "circuit": circuit}

    @rpc(idempotent=True)
    def list_messages(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of the actor's inbox 消息, his enterprise's messages among them."""
        wanted = schemas.load(schemas.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return inbox_queries.list_messages(session, **self._reading(), **wanted)

    @rpc
    def read_message(self, *, message_id: str) -> dict[str, Any]:
        """Note that the actor has read a message."""
        wanted = schemas.load(schemas.MessageInput, message_id=message_id)
        with self.database.transaction() as tx:
            return inbox.read_message(tx=tx, **self._reading(), **wanted)

    @rpc
    def read_all_messages(self) -> dict[str, Any]:
        """Note that the actor has read everything."""
        with self.database.transaction() as tx:
            return inbox.read_all(tx=tx, **self._reading())

    @rpc(public=True, idempotent=True)
    def list_notices(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of the public notices 公告."""
        wanted = schemas.load(schemas.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return text_queries.list_notices(session, is_public=True, **wanted)

    @rpc(public=True, idempotent=True)
    def get_notice(self, *, notice_id: str) -> dict[str, Any]:
        """Return a public notice."""
        wanted = schemas.load(schemas.NoticeInput, notice_id=notice_id)
        with self.database.read() as session:
            return text_queries.find_public_notice(session, **wanted)

    @rpc(roles=OPERATORS, idempotent=True)
    def list_all_notices(self, *, page: int = 1, page_size: int = 15) -> dict[str, Any]:
        """Return a page of all notices, for those who write them."""
        wanted = schemas.load(schemas.PageInput, page=page, page_size=page_size)
        with self.database.read() as session:
            return text_queries.list_notices(session, is_public=False, **wanted)

    @rpc(roles=OPERATORS)
    def write_notice(self, *, title: str, body: str) -> dict[str, Any]:
        """Begin a notice."""
        notice = schemas.load(schemas.NoticeText, title=title, body=body)
        return self._command(notices.write_notice, author=self._subject(), **notice)

    @rpc(roles=OPERATORS)
    def edit_notice(
        self, *, notice_id: str, title: str, body: str, expected_version: int
    ) -> dict[str, Any]:
        """Change what a notice says."""
        schemas.load(schemas.NoticeText, title=title, body=body)
        step = schemas.load(
            schemas.NoticeStep, notice_id=notice_id, expected_version=expected_version
        )
        return self._command(notices.edit_notice, title=title, body=body, **step)

    @rpc(roles=OPERATORS)
    def publish_notice(self, *, notice_id: str, expected_version: int) -> dict[str, Any]:
        """Show a notice to everybody."""
        step = schemas.load(
            schemas.NoticeStep, notice_id=notice_id, expected_version=expected_version
        )
        return self._command(notices.publish_notice, **step)

    @rpc(roles=OPERATORS)
    def withdraw_notice(self, *, notice_id: str, expected_version: int) -> dict[str, Any]:
        """Show a notice no more."""
        step = schemas.load(
            schemas.NoticeStep, notice_id=notice_id, expected_version=expected_version
        )
        return self._command(notices.withdraw_notice, **step)

    @rpc(public=True, idempotent=True)
    def search_faq(self, *, query: str = "") -> dict[str, Any]:
        """Return the entries of the FAQ that hold every word of the query."""
        wanted = schemas.load(schemas.QueryInput, query=query)
        with self.database.read() as session:
            return {"items": text_queries.search_faq(session, **wanted)}

    @rpc(public=True, idempotent=True)
    def get_faq_entry(self, *, number: int) -> dict[str, Any]:
        """Return one entry of the FAQ."""
        wanted = schemas.load(schemas.FaqInput, number=number)
        with self.database.read() as session:
            return text_queries.find_faq_entry(session, **wanted)

    @rpc(roles=OPERATORS)
    def save_faq_entry(
        self, *, number: int, question: str, answer: str, expected_version: int
    ) -> dict[str, Any]:
        """Put a new version of an FAQ entry into use."""
        entry = schemas.load(
            schemas.FaqText,
            number=number,
            question=question,
            answer=answer,
            expected_version=expected_version,
        )
        return self._command(texts.save_faq_entry, author=self._subject(), **entry)

    @rpc(roles=OPERATORS, idempotent=True)
    def list_templates(self) -> dict[str, Any]:
        """Return the templates in use."""
        with self.database.read() as session:
            found = text_queries.list_texts(session, kinds=[TextKind.SMS, TextKind.INBOX])
        return {"items": found}

    @rpc(roles=OPERATORS, idempotent=True)
    def list_text_versions(self, *, kind: str, name: str) -> dict[str, Any]:
        """Return all versions of a template or an FAQ entry."""
        wanted = schemas.load(schemas.TextInput, kind=kind, name=name)
        with self.database.read() as session:
            return {"items": text_queries.list_versions(session, **wanted)}

    @rpc(roles=OPERATORS, idempotent=True)
    def preview_template(self, *, kind: str, name: str, body: str) -> dict[str, Any]:
        """Return a template with sample values, as it would be sent."""
        wanted = schemas.load(schemas.PreviewInput, kind=kind, name=name, body=body)
        texts.check_template(**wanted)
        return {"text": preview(wanted["kind"], body)}

    @rpc(roles=OPERATORS)
    def save_template(
        self, *, kind: str, name: str, title: str, body: str, expected_version: int
    ) -> dict[str, Any]:
        """Put a new version of a template into use."""
        template = schemas.load(
            schemas.TemplateText,
            kind=kind,
            name=name,
            title=title,
            body=body,
            expected_version=expected_version,
        )
        return self._command(texts.save_template, author=self._subject(), **template)

    @rpc(public=True, idempotent=True)
    def list_development_messages(self, *, limit: int = 50) -> dict[str, Any]:
        """Return the newest messages in clear; never in production."""
        if self.settings.is_production:
            raise NotAvailableError
        wanted = schemas.load(schemas.LimitInput, limit=limit)
        with self.database.read() as session:
            rows = message_queries.find_newest(session, **wanted)
        return {"messages": development.show(rows, self.opener)}

    def _reading(self) -> dict[str, Any]:
        """Return whose inbox the actor reads: his own, and his enterprise's or his office's.

        Raises:
            ForbiddenError: machines and services have none.
        """
        actor = self.call.actor
        if actor is None or not actor.subject.startswith("user:"):
            raise ForbiddenError
        shared = owner_of(actor)
        recipients = [actor.subject] if shared is None else [actor.subject, shared]
        return {"recipients": recipients, "reader": actor.subject}


def _read_request(event: Event) -> Request:
    try:
        data = schemas.load(schemas.SmsData, **event.data)
        expires_at = None if event.expires_at is None else datetime.fromisoformat(event.expires_at)
    except (InvalidArgumentsError, ValueError):
        raise Reject("not the data of send_sms.v1") from None
    return Request(expires_at=expires_at, **data)


def _read_posting(event: Event) -> Posting:
    try:
        data = schemas.load(schemas.PostingData, **event.data)
        render_inbox(data["template"], data["values"])
    except (InvalidArgumentsError, TemplateError):
        raise Reject("not the data of post_message.v1") from None
    return Posting(**data)


SERVICE = NotifyService
