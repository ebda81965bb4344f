"""What ``standards`` answers about the Merkle log; hashes in hex digits, signatures in base64."""

from typing import Literal, TypedDict

EntryKind = Literal["VERSION", "WITHDRAWAL"]


class TreeHead(TypedDict):
    """``get_log_head``: the signature is over form, size, root (base64), time and key, in lines."""

    form: str
    number: int
    size: int
    root: str
    signed_at: str
    key_id: str
    signature: str


class TreeHeadPage(TypedDict):
    """``list_log_heads``."""

    items: list[TreeHead]
    next_before: int | None


class LogEntry(TypedDict):
    """One leaf, and what it is of."""

    leaf_index: int
    declaration_id: str
    version: int
    kind: EntryKind
    record_number: str
    document_sha256: str
    leaf_hash: str
    appended_at: str


class LogEntryPage(TypedDict):
    """``list_log_entries``; ``size`` is how many there are in all."""

    items: list[LogEntry]
    size: int


class Inclusion(TypedDict):
    """The way from a leaf to a root; the head is null when the tree asked for is not the newest."""

    leaf_index: int
    leaf_hash: str
    tree_size: int
    path: list[str]
    head: TreeHead | None


class _OptionalProof(TypedDict, total=False):
    """The canonical text, when asked for."""

    document: str


class InclusionProof(_OptionalProof):
    """``prove_inclusion``; without inclusion the reason says why."""

    declaration_id: str
    record_number: str
    version: int
    kind: EntryKind
    inclusion: Inclusion | None
    reason: Literal["NOT_YET_IN_LOG"] | None


class ConsistencyProof(TypedDict):
    """``prove_consistency``."""

    first: int
    second: int
    path: list[str]


class LogKey(TypedDict):
    """One public key of the log: 32 bytes in base64."""

    key_id: str
    algorithm: Literal["Ed25519"]
    public_key: str
    is_current: bool


class LogKeys(TypedDict):
    """``list_log_keys``."""

    items: list[LogKey]
