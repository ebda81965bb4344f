"""What an invented enterprise does with one declaration, step by step, through the use cases."""

from collections.abc import Callable
from typing import Any

from chassis.uow import Database
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.kinds import StandardKind
from services.standards.domain.rules import DEFAULT_LIFE_RULES, DEFAULT_RULES
from services.standards.usecases import drafting, publication, revising, withdrawing


class DemoLife:
    """Follow one declaration from its draft to its end."""

    def __init__(self, database: Database, enterprise: EnterpriseSnapshot, subject: str) -> None:
        self.enterprise = enterprise
        self._database = database
        self._subject = subject
        self._declaration_id = ""

    def declare(
        self, kind: StandardKind, entry: Callable[[], dict[str, Any]], *, is_public: bool
    ) -> None:
        """Save a draft, and publish it where it is to be public."""
        typed = entry()
        with self._database.transaction() as tx:
            draft = drafting.save_draft(
                tx=tx,
                enterprise_id=self.enterprise.enterprise_id,
                kind=kind.value,
                entry=typed,
                declaration_id=None,
                expected_version=None,
                life=DEFAULT_LIFE_RULES,
            )
        self._declaration_id = draft["declaration_id"]
        if is_public:
            self._publish(draft)

    def revise(self) -> None:
        """Publish a revision beside it (手册 5.3)."""
        with self._database.transaction() as tx:
            draft = revising.begin_revision(
                tx=tx,
                enterprise_id=self.enterprise.enterprise_id,
                declaration_id=self._declaration_id,
                life=DEFAULT_LIFE_RULES,
            )
        self._publish(draft)

    def withdraw(self, reason: str) -> None:
        """End it (手册 5.5)."""
        with self._database.transaction() as tx:
            asked = withdrawing.request_withdrawal(
                tx=tx,
                enterprise_id=self.enterprise.enterprise_id,
                declaration_id=self._declaration_id,
                life=DEFAULT_LIFE_RULES,
            )
            withdrawing.withdraw_declaration(
                tx=tx,
                enterprise_id=self.enterprise.enterprise_id,
                declaration_id=self._declaration_id,
                life=DEFAULT_LIFE_RULES,
                confirmation_token=asked["confirmation_token"],
                reason=reason,
                note="",
            )

    def _publish(self, draft: dict[str, Any]) -> None:
        with self._database.transaction() as tx:
            publication.publish_declaration(
                tx=tx,
                enterprise=self.enterprise,
                rules=DEFAULT_RULES,
                subject=self._subject,
                declaration_id=draft["declaration_id"],
                is_committed=True,
                expected_version=draft["version"],
                client_address="",
                life=DEFAULT_LIFE_RULES,
            )
