"""Pilot regions and imports of the code database."""

from gateway.schemas import fields
from gateway.schemas.fields import Digits, Range


class OpenRegion(fields.Schema):
    """Whether one region is open for registration."""

    region = fields.String(required=True, metadata={"description": "行政区划代码；000000 为全国"})
    name = fields.String(required=True)
    is_open = fields.Boolean(required=True)


class OpenRegions(fields.Schema):
    """Where registration is open: the longest code that covers a place decides."""

    items = fields.List(fields.Nested(OpenRegion), required=True)


class RegionSwitch(fields.Schema):
    """One region that was opened or closed, as operators see it."""

    region = fields.String(required=True)
    is_open = fields.Boolean(required=True)
    registered_count = fields.Integer(metadata={"description": "该区域内已注册的企业数"})
    changed_at = fields.String()


class RegionSwitches(fields.Schema):
    """Every region that was opened or closed."""

    items = fields.List(fields.Nested(RegionSwitch), required=True)


class RegionInput(fields.Schema):
    """Open or close."""

    is_open = fields.Boolean(required=True)


class PageQuery(fields.Schema):
    """Which page."""

    page = Digits(load_default=1, validate=Range(1, 10_000))


class Import(fields.Schema):
    """One file of the code database and what became of its rows."""

    id = fields.String(required=True)
    file_name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "FULL 全量；DELTA 增量"})
    position = fields.Integer(required=True, metadata={"description": "已处理到第几行"})
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    deregistered = fields.Integer(required=True)
    note = fields.String(required=True)
    started_at = fields.String(required=True)
    updated_at = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)


class Imports(fields.Schema):
    """A page of imports."""

    items = fields.List(fields.Nested(Import), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
