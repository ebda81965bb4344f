"""The Merkle log of what was published: heads, entries and proofs (RFC 9162)."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf, Pattern, Range

ENTRY_KINDS = ("VERSION", "WITHDRAWAL")
_MAX_SIZE = 10**15
_HASH = r"[0-9a-f]{64}"


class TreeHead(fields.Schema):
    """已签名的树头: how large the log was and its root, signed with the log's key."""

    form = fields.String(required=True)
    number = fields.Integer(required=True)
    size = fields.Integer(required=True, metadata={"description": "条目数"})
    root = fields.String(required=True, metadata={"description": "根哈希，十六进制"})
    signed_at = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True, metadata={"description": "Ed25519 签名，Base64"})


class HeadsQuery(fields.Schema):
    """Where to go on reading, backwards."""

    before = fields.Digits(validate=Range(1, _MAX_SIZE))
    limit = fields.Digits(load_default=100, validate=Range(1, 500))


class TreeHeads(fields.Schema):
    """Heads that were signed hourly, newest first."""

    items = fields.List(fields.Nested(TreeHead), required=True)
    next_before = fields.Integer(required=True, allow_none=True)


class EntriesQuery(fields.Schema):
    """Which entries: from ``start`` up to ``end``, exclusive."""

    start = fields.Digits(load_default=0, validate=Range(0, _MAX_SIZE))
    end = fields.Digits(required=True, validate=Range(0, _MAX_SIZE))


class Entry(fields.Schema):
    """One entry of the log."""

    leaf_index = fields.Integer(required=True)
    declaration_id = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True, validate=OneOf(ENTRY_KINDS))
    record_number = fields.String(required=True)
    document_sha256 = fields.String(required=True)
    leaf_hash = fields.String(required=True)
    appended_at = fields.String(required=True)


class Entries(fields.Schema):
    """At most 1000 entries; ``size`` is how many there are in all."""

    items = fields.List(fields.Nested(Entry), required=True)
    size = fields.Integer(required=True)


class Inclusion(fields.Schema):
    """包含证明: the way from the entry to the root of a tree."""

    leaf_index = fields.Integer(required=True)
    leaf_hash = fields.String(required=True)
    tree_size = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)
    head = fields.Nested(
        TreeHead,
        required=True,
        allow_none=True,
        metadata={"description": "所问的树不是最新时为空，请用当时保存的树头核对"},
    )


class InclusionQuery(fields.Schema):
    """An entry, by record number or by leaf hash."""

    record_number = fields.String(load_default="", validate=Length(0, 100))
    version = fields.Digits(
        validate=Range(1, 100_000), metadata={"description": "不填为最新公开的版本"}
    )
    kind = fields.String(load_default="VERSION", validate=OneOf(ENTRY_KINDS))
    leaf_hash = fields.String(load_default="", validate=Pattern(f"({_HASH})?"))
    tree_size = fields.Digits(validate=Range(1, _MAX_SIZE))


class InclusionProof(fields.Schema):
    """Without inclusion the reason says why: ``NOT_YET_IN_LOG`` for about a second."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    version = fields.Integer(required=True)
    kind = fields.String(required=True, validate=OneOf(ENTRY_KINDS))
    inclusion = fields.Nested(Inclusion, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class RecordProofQuery(fields.Schema):
    """Which version of the record, or its withdrawal."""

    version = fields.Digits(
        validate=Range(1, 100_000), metadata={"description": "不填为最新公开的版本"}
    )
    kind = fields.String(load_default="VERSION", validate=OneOf(ENTRY_KINDS))


class RecordProof(InclusionProof):
    """公开凭证: the canonical text and its proof in one file, which checks offline."""

    document = fields.String(required=True, metadata={"description": "规范文本，逐字节"})


class ConsistencyQuery(fields.Schema):
    """Two sizes of the log."""

    first = fields.Digits(required=True, validate=Range(0, _MAX_SIZE), data_key="from")
    second = fields.Digits(required=True, validate=Range(0, _MAX_SIZE), data_key="to")


class ConsistencyProof(fields.Schema):
    """一致性证明: that the log only grew."""

    first = fields.Integer(required=True)
    second = fields.Integer(required=True)
    path = fields.List(fields.String(), required=True)


class Key(fields.Schema):
    """One public key of the log."""

    key_id = fields.String(required=True)
    algorithm = fields.String(required=True)
    public_key = fields.String(required=True, metadata={"description": "32 字节，Base64"})
    is_current = fields.Boolean(required=True)


class Keys(fields.Schema):
    """Every key that ever signed a head, the current one first."""

    items = fields.List(fields.Nested(Key), required=True)
