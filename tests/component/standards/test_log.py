"""The Merkle log of a running service: what is published has its proof within seconds."""

import time
from typing import Any

import pytest

from chassis.errors import DomainError
from chassis.testing import Embedded
from contracts.rpc import log as contract
from services.standards.domain import merkle
from tests.component.standards.conftest import Clerk
from tests.component.standards.test_contract import promised

PATIENCE = 30.0


def prove(log: Any, **asked: Any) -> dict[str, Any]:
    """Ask for a proof until there is one."""
    ends = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = log.prove_inclusion(**asked)
        if found["inclusion"] is not None or time.monotonic() > ends:
            return found
        time.sleep(0.05)


class TestLog:
    def test_answers_are_as_promised_and_prove_what_is_public(
        self, system: Embedded, clerk: Clerk
    ) -> None:
        published = clerk.publish(clerk.save(upload_id=clerk.upload()["upload_id"]))
        log = system.client("standards", as_service=None)
        record = {"record_number": published["record_number"]}

        found = prove(log, **record, has_document=True)
        proof = found["inclusion"]
        entries = log.list_log_entries(start=proof["leaf_index"], end=proof["leaf_index"] + 1)
        heads = log.list_log_heads()
        answers = [
            (found, contract.InclusionProof),
            (proof, contract.Inclusion),
            (proof["head"], contract.TreeHead),
            (log.get_log_head(), contract.TreeHead),
            (heads, contract.TreeHeadPage),
            (entries, contract.LogEntryPage),
            (entries["items"][0], contract.LogEntry),
            (log.prove_consistency(first=0, second=1), contract.ConsistencyProof),
            (log.list_log_keys(), contract.LogKeys),
            (log.list_log_keys()["items"][0], contract.LogKey),
        ]

        for answer, kind in answers:
            assert set(answer) == promised(kind)
        assert merkle.verify_inclusion(
            leaf_hash=merkle.hash_leaf(found["document"].encode()),
            index=proof["leaf_index"],
            size=proof["tree_size"],
            path=[bytes.fromhex(step) for step in proof["path"]],
            root=bytes.fromhex(proof["head"]["root"]),
        )
        assert log.prove_inclusion(leaf_hash=entries["items"][0]["leaf_hash"])["inclusion"]

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("prove_inclusion", {}),
            ("prove_inclusion", {"record_number": "Q", "leaf_hash": "00" * 32}),
            ("prove_inclusion", {"leaf_hash": "zz" * 32}),
            ("prove_inclusion", {"leaf_hash": "00" * 32}),
            ("prove_inclusion", {"record_number": "Q", "kind": "DRAFT"}),
            ("prove_consistency", {"first": 1, "second": 2**40}),
            ("list_log_entries", {"start": -1, "end": 1}),
            ("list_log_heads", {"before": 0}),
        ],
    )
    def test_nonsense_is_refused(
        self, system: Embedded, method: str, arguments: dict[str, Any]
    ) -> None:
        log = system.client("standards", as_service=None)

        with pytest.raises(DomainError):
            getattr(log, method)(**arguments)
