"""Ask ``standards`` about the Merkle log of what was published."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class LogCalls(Client):
    """The part of the client of ``standards`` that reads the log."""

    def get_log_head(self) -> Reply:
        """Return the newest signed head."""
        return self._ask("get_log_head")

    def list_log_heads(self, page: Mapping[str, Any]) -> Reply:
        """Return a page of the heads that were kept."""
        return self._ask("list_log_heads", **page)

    def list_log_entries(self, start: int, end: int) -> Reply:
        """Return some entries."""
        return self._ask("list_log_entries", start=start, end=end)

    def prove_inclusion(self, **asked: Any) -> Reply:  # noqa: ANN401 - the arguments of the call
        """Return the proof that an entry is in the log."""
        return self._ask("prove_inclusion", **asked)

    def prove_consistency(self, first: int, second: int) -> Reply:
        """Return the proof that the log only grew."""
        return self._ask("prove_consistency", first=first, second=second)

    def list_log_keys(self) -> Reply:
        """Return the public keys of the log."""
        return self._ask("list_log_keys")
