"""The Merkle log of what was published: anyone can check that nothing was altered since."""

from chassis.errors import FieldError
from gateway import public_view
from gateway.answers import Answer, Json
from gateway.errors import InvalidFieldsError
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import fields
from gateway.schemas import log as schemas

routes = Routes("公开存证")


@routes.get(
    "/log/head",
    summary="最新的已签名树头",
    answer=schemas.TreeHead,
    survives_outage=True,
    max_age=1,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_log_head(exchange: Exchange) -> Answer:
    """Return how large the log is and its root, signed."""
    return Json(data=exchange.services.standards.get_log_head())


@routes.get(
    "/log/heads",
    summary="每小时保存的树头",
    query=schemas.HeadsQuery,
    answer=schemas.TreeHeads,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def list_log_heads(exchange: Exchange) -> Answer:
    """Return a page of heads, newest first."""
    return Json(data=exchange.services.standards.list_log_heads(exchange.query))


@routes.get(
    "/log/entries",
    summary="存证条目，每次最多 1000 条",
    query=schemas.EntriesQuery,
    answer=schemas.Entries,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def list_log_entries(exchange: Exchange) -> Answer:
    """Return some entries, each with its leaf hash and what it is of."""
    query = exchange.query
    return Json(data=exchange.services.standards.list_log_entries(query["start"], query["end"]))


@routes.get(
    "/log/proof/inclusion",
    summary="包含证明",
    query=schemas.InclusionQuery,
    answer=schemas.InclusionProof,
    max_age=1,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def prove_inclusion(exchange: Exchange) -> Answer:
    """Return the proof that an entry is in the log, named by record number or by leaf hash."""
    asked = {name: value for name, value in exchange.query.items() if value}
    if "record_number" in asked:
        asked["record_number"] = public_view.record_number(asked["record_number"])
    if ("record_number" in asked) == ("leaf_hash" in asked):
        raise InvalidFieldsError(fields=[FieldError("/record_number", fields.REQUIRED)])
    return Json(data=exchange.services.standards.prove_inclusion(**asked))


@routes.get(
    "/log/proof/consistency",
    summary="一致性证明",
    query=schemas.ConsistencyQuery,
    answer=schemas.ConsistencyProof,
    max_age=86400,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def prove_consistency(exchange: Exchange) -> Answer:
    """Return the proof that the log only grew between two sizes."""
    query = exchange.query
    proof = exchange.services.standards.prove_consistency(query["first"], query["second"])
    return Json(data=proof)


@routes.get(
    "/log/keys",
    summary="存证的公钥",
    answer=schemas.Keys,
    survives_outage=True,
    max_age=300,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def list_log_keys(exchange: Exchange) -> Answer:
    """Return every public key that signs heads, or did."""
    return Json(data=exchange.services.standards.list_log_keys())


@routes.get(
    "/public/declarations/<record_number>/proof",
    summary="公开凭证：规范文本及其包含证明",
    query=schemas.RecordProofQuery,
    answer=schemas.RecordProof,
    survives_outage=True,
    max_age=1,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_record_proof(exchange: Exchange) -> Answer:
    """Return one file with which the record can be checked offline, for ever."""
    number = public_view.record_number(exchange.path["record_number"])
    proof = exchange.services.standards.prove_inclusion(
        record_number=number, has_document=True, **exchange.query
    )
    return Json(data=proof)
