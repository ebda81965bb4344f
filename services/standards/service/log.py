"""Entry points: the Merkle log of what was published, its heads and proofs."""

from typing import Any, Final

from chassis.rpc import rpc
from chassis.service import Provided
from chassis.timers import every
from services.standards import schemas
from services.standards.adapters.log_keys import LogKeys
from services.standards.queries import log as queries
from services.standards.schemas import log as inputs
from services.standards.service.base import StandardsBase
from services.standards.usecases import appending

APPEND_SECONDS: Final = 1
# Of one run: then the lease is renewed.
MOST_BATCHES: Final = 20


class LogEntries(StandardsBase):
    """Append to the log, sign it, and prove what is in it."""

    log_keys: LogKeys = Provided(
        lambda settings: LogKeys.parse(settings.log_key, settings.log_old_keys)
    )

    @every(seconds=APPEND_SECONDS, lease="merkle-log")
    def append_log(self) -> None:
        """Enter what was published since the last run; sign the head once an hour at least."""
        with self.database.read() as session:
            if not appending.has_work(session, now=self.database.clock.now()):
                return
        for _ in range(MOST_BATCHES):
            with self.database.transaction() as tx:
                has_more = appending.append_published(tx=tx, signer=self.log_keys)
            if not has_more:
                break
        with self.database.transaction() as tx:
            appending.sign_hourly(tx=tx, signer=self.log_keys)

    @rpc(public=True, idempotent=True)
    def get_log_head(self) -> dict[str, Any]:
        """Return the newest signed head."""
        with self.database.read() as session:
            return queries.get_head(session)

    @rpc(public=True, idempotent=True)
    def list_log_heads(self, *, before: int | None = None, limit: int = 100) -> dict[str, Any]:
        """Return a page of the heads that were signed hourly, newest first."""
        wanted = schemas.load(inputs.HeadsInput, before=before, limit=limit)
        with self.database.read() as session:
            return queries.list_heads(session, **wanted)

    @rpc(public=True, idempotent=True)
    def list_log_entries(self, *, start: int, end: int) -> dict[str, Any]:
        """Return some entries, each with its leaf hash and what it is of."""
        wanted = schemas.load(inputs.EntriesInput, start=start, end=end)
        with self.database.read() as session:
            return queries.list_entries(session, **wanted)

    @rpc(public=True, idempotent=True)
    def prove_inclusion(  # noqa: PLR0913 - two ways to name an entry, and what of it is wanted
        self,
        *,
        record_number: str | None = None,
        version: int | None = None,
        kind: str = "VERSION",
        leaf_hash: str | None = None,
        tree_size: int | None = None,
        has_document: bool = False,
    ) -> dict[str, Any]:
        """Return the proof that a version or withdrawal is in the log."""
        wanted = schemas.load(
            inputs.ProofInput,
            record_number=record_number,
            version=version,
            kind=kind,
            leaf_hash=leaf_hash,
            tree_size=tree_size,
            has_document=has_document,
        )
        with self.database.read() as session:
            return queries.find_proof(session, **wanted)

    @rpc(public=True, idempotent=True)
    def prove_consistency(self, *, first: int, second: int) -> dict[str, Any]:
        """Return the proof that the log only grew between two sizes."""
        wanted = schemas.load(inputs.ConsistencyInput, first=first, second=second)
        with self.database.read() as session:
            return queries.find_consistency(session, **wanted)

    @rpc(public=True, idempotent=True)
    def list_log_keys(self) -> dict[str, Any]:
        """Return the public keys of the log, the current one first."""
        return self.log_keys.public_view()
