"""Call ``standards`` for the check of a declaration before it is submitted."""

from gateway.remote import Client, Reply


class CheckCalls(Client):
    """Call the part of ``standards`` that checks."""

    def check_declaration(self, declaration_id: str, *, is_committed: bool) -> Reply:
        """Return what law and manual have to say to a declaration."""
        return self._ask(
            "check_declaration", declaration_id=declaration_id, is_committed=is_committed
        )
