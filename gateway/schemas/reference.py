"""Divisions and other data that hardly ever change."""

from gateway.schemas import fields
from gateway.schemas.fields import Pattern


class DivisionsQuery(fields.Schema):
    """Below which division."""

    parent = fields.String(
        load_default="",
        validate=Pattern(r"([0-9]{6})?"),
        metadata={"description": "上级行政区划代码；空为省级"},
    )


class Division(fields.Schema):
    """One division."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    has_children = fields.Boolean(required=True)


class Divisions(fields.Schema):
    """The divisions below one."""

    items = fields.List(fields.Nested(Division), required=True)
