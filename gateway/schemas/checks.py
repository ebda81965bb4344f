"""The check of a declaration before it is submitted (合规自检)."""

from gateway.schemas import fields

SEVERITIES = ("BLOCK", "WARNING", "HINT")


class CheckInput(fields.Schema):
    """What the page knows beside the stored declaration; an empty object will do."""

    is_committed = fields.Boolean(
        load_default=True, metadata={"description": "企业承诺是否已勾选；不传视为已勾选"}
    )


class Finding(fields.Schema):
    """One thing that was found."""

    code = fields.String(required=True)
    severity = fields.String(
        required=True, metadata={"description": "BLOCK 不能提交；WARNING 提醒；HINT 提示"}
    )
    pointer = fields.String(required=True, metadata={"description": "所在字段（JSON Pointer）"})
    params = fields.Mapping(required=True)
    basis = fields.String(required=True, metadata={"description": "依据：法律条款或手册章节"})
    title = fields.String(required=True)
    detail = fields.String(required=True)
    advice = fields.String(required=True, metadata={"description": "如何修改"})


class Check(fields.Schema):
    """What a check found, the gravest first."""

    declaration_id = fields.String(required=True)
    findings = fields.List(fields.Nested(Finding), required=True)
    finding_count = fields.Integer(
        required=True, metadata={"description": "全部条数；最多列出 500 条"}
    )
    is_publishable = fields.Boolean(
        required=True, metadata={"description": "没有 BLOCK，即可以提交"}
    )
    checked_at = fields.String(required=True)
