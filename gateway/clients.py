"""Call the services with typed methods instead of names in strings.

An instance is made for one request and carries who asks and the request's ``Idempotency-Key``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.people import People
from gateway.remote import Asking, Client, Remote, Reply
from gateway.staff_clients import Bureau, MachineKeys, Staff, Team
from gateway.standards_clients import Standards


class Accounts(People):
    """Call ``accounts``."""

    def new_captcha(self, fields: Mapping[str, Any]) -> Reply:
        """Return a picture or a sound, and its id."""
        return self._tell("new_captcha", **fields)

    def peek_captcha(self, captcha_id: str) -> Reply:
        """Return a captcha's answer, in development."""
        return self._ask("peek_captcha", captcha_id=captcha_id)

    def begin_registration(self, fields: Mapping[str, Any]) -> Reply:
        """Verify an organization (手册 2.1, first step)."""
        return self._tell("begin_registration", **fields)

    def submit_registration_user(self, fields: Mapping[str, Any]) -> Reply:
        """Hand in the user's data (second step)."""
        return self._tell("submit_registration_user", **fields)

    def send_registration_code(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to a phone (third step)."""
        return self._tell("send_registration_code", **fields)

    def complete_registration(self, fields: Mapping[str, Any]) -> Reply:
        """Finish the registration."""
        return self._tell("complete_registration", **fields)

    def wait_for_sync(self, fields: Mapping[str, Any]) -> Reply:
        """Wait for a record that is not there yet."""
        return self._tell("wait_for_sync", **fields)

    def get_waiting(self, fields: Mapping[str, Any]) -> Reply:
        """Return how the case of somebody who waits stands."""
        return self._tell("get_waiting", **fields)

    def resume_registration(self, fields: Mapping[str, Any]) -> Reply:
        """Go on with a registration whose record has come."""
        return self._tell("resume_registration", **fields)

    def get_terms(self) -> Reply:
        """Return the terms of service."""
        return self._ask("get_terms")

    def log_in(self, fields: Mapping[str, Any]) -> Reply:
        """Open a session."""
        return self._tell("log_in", **fields)

    def list_audit_heads(self, limit: int) -> Reply:
        """Return the newest ends of all audit chains."""
        return self._ask("list_audit_heads", limit=limit)

    def log_out(self, session_token: str) -> Reply:
        """End a session."""
        return self._tell("log_out", session_token=session_token)

    def get_actor_token(self, session_token: str) -> Reply:
        """Return who a session stands for."""
        return self._ask("get_actor_token", session_token=session_token)


class Registry(Client):
    """Call ``registry``."""

    def list_divisions(self, parent: str) -> Reply:
        """Return the divisions below one."""
        return self._ask("list_divisions", parent=parent)

    def get_division(self, code: str) -> Reply:
        """Return one division with the names of those above it."""
        return self._ask("get_division", code=code)

    def list_open_regions(self) -> Reply:
        """Return where registration is open."""
        return self._ask("list_open_regions")

    def list_regions(self) -> Reply:
        """Return what was opened and closed, for operators."""
        return self._ask("list_regions")

    def set_region_open(self, region: str, *, is_open: bool) -> Reply:
        """Open or close a region."""
        return self._tell("set_region_open", region=region, is_open=is_open)

    def list_imports(self, page: int) -> Reply:
        """Return a page of imports."""
        return self._ask("list_imports", page=page)

    def get_import(self, import_id: str) -> Reply:
        """Return one import."""
        return self._ask("get_import", import_id=import_id)

    def get_import_report(self, import_id: str) -> Reply:
        """Return the rows that an import did not take."""
        return self._ask("get_import_report", import_id=import_id)


class Search(Client):
    """Call ``search``."""

    def search_declarations(self, filters: Mapping[str, Any]) -> Reply:
        """Return a page of public declarations."""
        return self._ask("search_declarations", **filters)

    def suggest(self, typed: str) -> Reply:
        """Return names and numbers that go on with what was typed."""
        return self._ask("suggest", typed=typed)

    def get_statistics(self, region: str) -> Reply:
        """Return the counts of a region."""
        return self._ask("get_statistics", region=region)

    def list_record_parts(self, size: int) -> Reply:
        """Return how everything published divides into parts."""
        return self._ask("list_record_parts", size=size)

    def list_records(self, start: int, end: int | None, limit: int) -> Reply:
        """Return the permanent numbers of what was published from one place to another."""
        return self._ask("list_records", start=start, end=end, limit=limit)

    def get_document(self, record_number: str) -> Reply:
        """Return the indexed public view of a declaration."""
        return self._ask("get_document", record_number=record_number)


class Notify(Client):
    """Call ``notify``."""

    def list_development_messages(self) -> Reply:
        """Return the messages sent, in development."""
        return self._ask("list_development_messages")

    def list_messages(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the actor's inbox."""
        return self._ask("list_messages", **page)

    def read_message(self, message_id: str) -> Reply:
        """Note that a message was read."""
        return self._tell("read_message", message_id=message_id)

    def read_all_messages(self) -> Reply:
        """Note that everything was read."""
        return self._tell("read_all_messages")

    def list_notices(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the public notices."""
        return self._ask("list_notices", **page)

    def get_notice(self, notice_id: str) -> Reply:
        """Return a public notice."""
        return self._ask("get_notice", notice_id=notice_id)

    def receive_receipts(
        self, *, provider: str, posted_body: str, token: str, timestamp: str, signature: str
    ) -> Reply:
        """Hand in what a provider posted back."""
        return self._tell(
            "receive_receipts",
            provider=provider,
            posted_body=posted_body,
            token=token,
            timestamp=timestamp,
            signature=signature,
        )

    def get_sms_totals(self, days: Mapping[str, Any]) -> Reply:
        """Return totals of some days and the circuit."""
        return self._ask("get_sms_totals", **days)

    def list_all_notices(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of all notices."""
        return self._ask("list_all_notices", **page)

    def write_notice(self, notice: Mapping[str, Any]) -> Reply:
        """Begin a notice."""
        return self._tell("write_notice", **notice)

    def edit_notice(
        self, notice_id: str, notice: Mapping[str, Any], expected_version: int | None
    ) -> Reply:
        """Change what a notice says."""
        return self._tell(
            "edit_notice", notice_id=notice_id, expected_version=expected_version, **notice
        )

    def publish_notice(self, notice_id: str, expected_version: int | None) -> Reply:
        """Show a notice to everybody."""
        return self._tell("publish_notice", notice_id=notice_id, expected_version=expected_version)

    def withdraw_notice(self, notice_id: str, expected_version: int | None) -> Reply:
        """Show a notice no more."""
        return self._tell("withdraw_notice", notice_id=notice_id, expected_version=expected_version)

    def search_faq(self, query: str) -> Reply:
        """Return the FAQ entries that hold every word."""
        return self._ask("search_faq", query=query)

    def get_faq_entry(self, number: int) -> Reply:
        """Return one FAQ entry."""
        return self._ask("get_faq_entry", number=number)

    def save_faq_entry(
        self, number: int, entry: Mapping[str, Any], expected_version: int | None
    ) -> Reply:
        """Put a new version of an FAQ entry into use."""
        return self._tell(
            "save_faq_entry", number=number, expected_version=expected_version, **entry
        )

    def list_templates(self) -> Reply:
        """Return the templates in use."""
        return self._ask("list_templates")

    def list_text_versions(self, kind: str, name: str) -> Reply:
        """Return all versions of a text."""
        return self._ask("list_text_versions", kind=kind, name=name)

    def preview_template(self, name: str, template: Mapping[str, Any]) -> Reply:
        """Return a template with sample values."""
        return self._ask("preview_template", name=name, **template)

    def save_template(
        self, name: str, template: Mapping[str, Any], expected_version: int | None
    ) -> Reply:
        """Put a new version of a template into use."""
        return self._tell("save_template", name=name, expected_version=expected_version, **template)


class Webhooks(Client):
    """Call ``notify`` for webhooks."""

    def list_webhooks(self) -> Reply:
        """Return the own subscriptions."""
        return self._ask("list_webhooks")

    def get_webhook(self, webhook_id: str) -> Reply:
        """Return one subscription."""
        return self._ask("get_webhook", webhook_id=webhook_id)

    def create_webhook(self, webhook: Mapping[str, Any]) -> Reply:
        """Subscribe."""
        return self._tell("create_webhook", **webhook)

    def change_webhook(
        self, webhook_id: str, changes: Mapping[str, Any], expected_version: int | None
    ) -> Reply:
        """Change a subscription."""
        return self._tell(
            "change_webhook", webhook_id=webhook_id, expected_version=expected_version, **changes
        )

    def delete_webhook(self, webhook_id: str) -> Reply:
        """End a subscription."""
        return self._tell("delete_webhook", webhook_id=webhook_id)

    def validate_webhook(self, webhook_id: str) -> Reply:
        """Ask the receiver again whether it wants events."""
        return self._tell("validate_webhook", webhook_id=webhook_id)

    def enable_webhook(self, webhook_id: str) -> Reply:
        """Go on where it stood."""
        return self._tell("enable_webhook", webhook_id=webhook_id)

    def disable_webhook(self, webhook_id: str) -> Reply:
        """Deliver nothing until it is enabled."""
        return self._tell("disable_webhook", webhook_id=webhook_id)

    def replay_webhook(self, webhook_id: str, after: int) -> Reply:
        """Deliver everything after a position once more."""
        return self._tell("replay_webhook", webhook_id=webhook_id, after=after)

    def rotate_webhook_secret(self, webhook_id: str) -> Reply:
        """Return a new secret."""
        return self._tell("rotate_webhook_secret", webhook_id=webhook_id)

    def send_webhook_test(self, webhook_id: str) -> Reply:
        """Have a test event sent."""
        return self._tell("send_webhook_test", webhook_id=webhook_id)

    def list_webhook_attempts(self, webhook_id: str, page: Mapping[str, Any]) -> Reply:
        """Return a page of the delivery log."""
        return self._ask("list_webhook_attempts", webhook_id=webhook_id, **page)


@dataclass(frozen=True)
class Remotes:
    """Hold the proxies that the container injects."""

    accounts: Remote
    registry: Remote
    standards: Remote
    search: Remote
    notify: Remote


class Services:
    """Offer every service to one request."""

    def __init__(self, remotes: Remotes) -> None:
        self.asking = Asking()
        self.accounts = Accounts(remotes.accounts, self.asking)
        self.staff = Staff(remotes.accounts, self.asking)
        self.team = Team(remotes.accounts, self.asking)
        self.bureau = Bureau(remotes.accounts, self.asking)
        self.machine_keys = MachineKeys(remotes.accounts, self.asking)
        self.registry = Registry(remotes.registry, self.asking)
        self.standards = Standards(remotes.standards, self.asking)
        self.search = Search(remotes.search, self.asking)
        self.notify = Notify(remotes.notify, self.asking)
        self.webhooks = Webhooks(remotes.notify, self.asking)

    def named(self, service: str) -> Client:
        """Return the client of a service by its name."""
        client: Client = getattr(self, service)
        return client
