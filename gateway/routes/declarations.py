"""An enterprise's own declarations: drafts, lists, publication (手册 4, 5)."""

from gateway.answers import Answer, Json, Raw
from gateway.problems import explain
from gateway.remote import Reply
from gateway.roles import READERS, WRITERS
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import declarations as schemas

routes = Routes("自我声明")

_ITEM = "/declarations/<uuid:declaration_id>"


@routes.post(
    "/declarations",
    summary="新建并保存（未公开）",
    body=schemas.DraftInput,
    answer=schemas.Declaration,
    status=201,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
)
def create_draft(exchange: Exchange) -> Answer:
    """Store a new draft."""
    return _draft(exchange.services.standards.save_draft(None, exchange.body, None), is_new=True)


@routes.put(
    _ITEM,
    summary="修改并保存（未公开）",
    body=schemas.DraftInput,
    answer=schemas.Declaration,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_if_match=True,
)
def replace_draft(exchange: Exchange) -> Answer:
    """Replace what a draft says."""
    return _draft(
        exchange.services.standards.save_draft(
            exchange.path["declaration_id"], exchange.body, exchange.expected_version
        )
    )


@routes.get(
    _ITEM,
    summary="查看本企业的一条声明",
    answer=schemas.Declaration,
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def get_declaration(exchange: Exchange) -> Answer:
    """Return one of the enterprise's declarations."""
    return _draft(exchange.services.standards.get_declaration(exchange.path["declaration_id"]))


@routes.delete(
    _ITEM,
    summary="删除（未公开）",
    status=200,
    answer=schemas.Deleted,
    roles=WRITERS,
    auth=Auth.SESSION,
)
def delete_draft(exchange: Exchange) -> Answer:
    """Delete a draft."""
    return Json(data=exchange.services.standards.delete_draft(exchange.path["declaration_id"]))


@routes.get(
    "/declarations",
    summary="本企业的公开列表",
    query=schemas.ListQuery,
    answer=schemas.DeclarationList,
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def list_declarations(exchange: Exchange) -> Answer:
    """Return one page of the table of published, or of unpublished declarations."""
    return Json(data=exchange.services.standards.list_declarations(exchange.query))


@routes.get(
    _ITEM + "/commitment",
    summary="预览企业承诺",
    answer=schemas.CommitmentPreview,
    roles=READERS,
    auth=Auth.SESSION,
)
def preview_commitment(exchange: Exchange) -> Answer:
    """Return what publishing would commit the enterprise to."""
    return Json(
        data=exchange.services.standards.preview_commitment(exchange.path["declaration_id"])
    )


@routes.get(
    "/commitment-template",
    summary="企业承诺的文字，供录入页随填写显示",
    query=schemas.KindQuery,
    answer=schemas.CommitmentTemplate,
    roles=READERS,
    auth=Auth.SESSION,
)
def get_commitment_template(exchange: Exchange) -> Answer:
    """Return the wording into which a page puts number and name as they are typed."""
    kind = exchange.query["kind"]
    return Json(data=exchange.services.standards.get_commitment_template(kind))


@routes.post(
    _ITEM + "/publication",
    summary="提交：立即公开",
    body=schemas.PublicationInput,
    answer=schemas.Published,
    status=201,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
    needs_if_match=True,
)
def publish_declaration(exchange: Exchange) -> Answer:
    """Publish the draft that the enterprise has before its eyes: the version in ``If-Match``."""
    published = exchange.services.standards.publish_declaration(
        declaration_id=exchange.path["declaration_id"],
        is_committed=exchange.body["is_committed"],
        expected_version=exchange.expected_version,
        client_address=exchange.address,
    )
    return _submitted(published)


@routes.post(
    _ITEM + "/correction",
    summary="修改已公开的标准（24 小时内），立即公开",
    body=schemas.CorrectionInput,
    answer=schemas.Published,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
    needs_if_match=True,
)
def correct_declaration(exchange: Exchange) -> Answer:
    """Replace what was published within 24 hours (手册 5.4)."""
    return _submitted(
        exchange.services.standards.correct_declaration(
            exchange.path["declaration_id"],
            exchange.body,
            expected_version=exchange.expected_version,
            client_address=exchange.address,
        )
    )


@routes.post(
    _ITEM + "/products",
    summary="关联产品：给已公开的标准增加产品",
    body=schemas.AdditionInput,
    answer=schemas.Published,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
    needs_if_match=True,
)
def add_products(exchange: Exchange) -> Answer:
    """Let a published declaration cover more products (手册 5.2)."""
    return _submitted(
        exchange.services.standards.add_products(
            exchange.path["declaration_id"],
            exchange.body,
            expected_version=exchange.expected_version,
            client_address=exchange.address,
        )
    )


@routes.post(
    _ITEM + "/revision",
    summary="修订企业标准：生成一份未公开的修订稿",
    answer=schemas.Declaration,
    status=201,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
)
def begin_revision(exchange: Exchange) -> Answer:
    """Make the draft of a revision; it is changed and published like any other (手册 5.3)."""
    draft = exchange.services.standards.begin_revision(exchange.path["declaration_id"])
    return _draft(draft, is_new=True)


@routes.post(
    _ITEM + "/withdrawal-request",
    summary="废止前的确认提示",
    answer=schemas.WithdrawalRequest,
    roles=WRITERS,
    auth=Auth.SESSION,
)
def request_withdrawal(exchange: Exchange) -> Answer:
    """Return what is about to end, and the token that confirms it (手册 5.5.1)."""
    asked = exchange.services.standards.request_withdrawal(exchange.path["declaration_id"])
    return Json(data=asked)


@routes.post(
    _ITEM + "/withdrawal",
    summary="确定废止",
    body=schemas.WithdrawalInput,
    answer=schemas.Declaration,
    roles=WRITERS,
    auth=Auth.SESSION,
    needs_idempotency_key=True,
)
def withdraw_declaration(exchange: Exchange) -> Answer:
    """End a declaration for good (手册 5.5.2)."""
    return _draft(
        exchange.services.standards.withdraw_declaration(
            exchange.path["declaration_id"], exchange.body
        )
    )


@routes.get(
    _ITEM + "/versions/<int(max=100000):version>",
    summary="公开版本的规范文本（供校验摘要）",
    survives_outage=True,
    max_age=86400,
    auth=Auth.PUBLIC,
)
def get_version(exchange: Exchange) -> Answer:
    """Return the very bytes whose SHA-256 events and snapshots carry."""
    found = exchange.services.standards.get_version(
        exchange.path["declaration_id"], int(exchange.path["version"])
    )
    return Raw(content=str(found["document"]).encode(), content_type="application/json")


def _draft(view: Reply, *, is_new: bool = False) -> Answer:
    location = f"{API}/declarations/{view['declaration_id']}" if is_new else None
    return Json(data=_explained(view), etag=str(view["version"]), location=location)


def _submitted(view: Reply) -> Answer:
    """Answer with what is public now, and where."""
    return Json(data=_explained(view), etag=str(view["version"]), location=str(view["page_url"]))


def _explained(view: Reply) -> Reply:
    """Put the warnings of a declaration into words."""
    return {**view, "warnings": [explain(warning) for warning in view["warnings"]]}
