"""The document that every refusal carries (RFC 9457)."""

from gateway.schemas import fields


class FieldProblem(fields.Schema):
    """One wrong field of a request."""

    pointer = fields.String(required=True, metadata={"description": "JSON Pointer (RFC 6901)"})
    code = fields.String(required=True)
    detail = fields.String(required=True, metadata={"description": "给用户看的中文说明"})
    hint = fields.String(metadata={"description": "可能的原因和改法"})
    faq = fields.Integer(metadata={"description": "帮助中心常见问题的编号：/help/faq/<编号>"})


class Problem(fields.Schema):
    """Why a request was refused."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True, metadata={"description": "给用户看的中文说明"})
    code = fields.String(required=True, metadata={"description": "稳定的机器可读代码"})
    trace_id = fields.String(required=True, metadata={"description": "联系我们时请提供"})
    params = fields.Mapping()
    snapshots = fields.String(metadata={"description": "公开事件的位置有误时，快照的地址"})
    help = fields.String(metadata={"description": "帮助中心中有关的常见问题的地址"})
    errors = fields.List(fields.Nested(FieldProblem))
