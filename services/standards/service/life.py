"""Entry points: what happens to a declaration once it is public (手册 5.2-5.5)."""

from typing import Any

from chassis.rpc import rpc
from chassis.timers import every
from services.standards import schemas
from services.standards.service.base import WRITERS, StandardsBase
from services.standards.usecases import correcting, revising, withdrawing


class LifeEntries(StandardsBase):
    """Correct, add products, revise, withdraw."""

    @rpc(roles=WRITERS)
    def correct_declaration(
        self,
        *,
        declaration_id: str,
        is_committed: bool,
        expected_version: int,
        client_address: str = "",
        **entry: Any,  # noqa: ANN401 - the schema knows its members
    ) -> dict[str, Any]:
        """Put right what was published within 24 hours (手册 5.4); ``entry`` is the entry page."""
        correction = schemas.load(
            schemas.CorrectionInput,
            declaration_id=declaration_id,
            is_committed=is_committed,
            expected_version=expected_version,
            client_address=client_address,
            **entry,
        )
        return self.submit(correcting.correct_declaration, **schemas.split_entry(correction))

    @rpc(roles=WRITERS)
    def add_products(
        self,
        *,
        declaration_id: str,
        products: list[dict[str, str]],
        is_committed: bool,
        expected_version: int,
        client_address: str = "",
    ) -> dict[str, Any]:
        """Let a declaration cover more products (手册 5.2)."""
        addition = schemas.load(
            schemas.AdditionInput,
            declaration_id=declaration_id,
            products=products,
            is_committed=is_committed,
            expected_version=expected_version,
            client_address=client_address,
        )
        return self.submit(correcting.add_products, **addition)

    @rpc(roles=WRITERS)
    def begin_revision(self, *, declaration_id: str) -> dict[str, Any]:
        """Make the draft of a revision (手册 5.3)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        return self.keep(revising.begin_revision, **wanted)

    @rpc(roles=WRITERS)
    def request_withdrawal(self, *, declaration_id: str) -> dict[str, Any]:
        """Ask whether the enterprise really means it (手册 5.5.1: 确认提示)."""
        wanted = schemas.load(schemas.DeclarationInput, declaration_id=declaration_id)
        return self.keep(withdrawing.request_withdrawal, **wanted)

    @rpc(roles=WRITERS, sensitive_arguments=("confirmation_token",))
    def withdraw_declaration(
        self, *, declaration_id: str, confirmation_token: str, reason: str, note: str = ""
    ) -> dict[str, Any]:
        """End a declaration (手册 5.5: 废止)."""
        answer = schemas.load(
            schemas.WithdrawalInput,
            declaration_id=declaration_id,
            confirmation_token=confirmation_token,
            reason=reason,
            note=note,
        )
        return self.keep(withdrawing.withdraw_declaration, **answer)

    @every(seconds=600, lease="confirmations")
    def purge_confirmations(self) -> None:
        """Forget the questions that nobody answered in time."""
        with self.database.transaction() as tx:
            withdrawing.purge_confirmations(tx=tx)
