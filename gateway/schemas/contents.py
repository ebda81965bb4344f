"""What a declaration says of a standard: technical indicators, and what the law asks to be said."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf

SYMBOLS = ("<", "<=", ">", ">=", "=", "≤", "≥", "＜", "＞", "＝")
DEVIATIONS = ("NONE", "FEWER", "LOWER", "FEWER_AND_LOWER")

_FIELD = Length(0, 1_000)
_LONG = Length(0, 5_000)


class BoundInput(fields.Schema):
    """One side of a numeric requirement: 逻辑符号, 指标值, 上限, 下限 (手册 4.1(2))."""

    symbol = fields.String(validate=_FIELD, metadata={"description": "< <= > >= ="})
    main = fields.String(validate=_FIELD, metadata={"description": "指标值，例如 95%"})
    upper_tolerance = fields.String(validate=_FIELD, metadata={"description": "上限（格式0.000）"})
    lower_tolerance = fields.String(validate=_FIELD, metadata={"description": "下限（格式0.000）"})


class FileInput(fields.Schema):
    """A text that was uploaded."""

    upload_id = fields.String(validate=_FIELD)
    file_name = fields.String(validate=_FIELD)
    sha256 = fields.String(validate=_FIELD)


class RequirementInput(fields.Schema):
    """指标要求: ``NUMERIC`` with two sides, or ``TEXT`` (手册 4.1(2): 数值和文字)."""

    kind = fields.String(validate=_FIELD, metadata={"description": "NUMERIC 数值，TEXT 文字"})
    left = fields.Nested(BoundInput, allow_none=True)
    right = fields.Nested(BoundInput, allow_none=True)
    unit = fields.String(validate=_FIELD, metadata={"description": "单位"})
    name = fields.String(validate=_FIELD, metadata={"description": "名称，空时同指标名称"})
    content = fields.String(validate=_LONG, metadata={"description": "文字内容"})
    file = fields.Nested(FileInput, allow_none=True)


class MethodInput(fields.Schema):
    """测试方法: ``CUSTOM`` or one from the catalogue (手册 4.1(2))."""

    kind = fields.String(
        validate=_FIELD, metadata={"description": "CUSTOM 自定义，CATALOGUE 已有标准"}
    )
    content = fields.String(validate=_LONG)
    number = fields.String(validate=_FIELD)
    title = fields.String(validate=_FIELD)
    catalogue_id = fields.String(validate=_FIELD)


class IndicatorInput(fields.Schema):
    """One technical indicator; which member is needed is told box by box."""

    name = fields.String(validate=_FIELD, metadata={"description": "指标名称"})
    category = fields.String(validate=_FIELD, metadata={"description": "技术指标分类"})
    condition = fields.String(validate=_FIELD, metadata={"description": "适用条件"})
    requirement = fields.Nested(RequirementInput, allow_none=True)
    test_method = fields.Nested(MethodInput, allow_none=True)
    level_note = fields.String(validate=_FIELD, metadata={"description": "指标水平说明"})
    preview = fields.String(validate=_LONG, metadata={"description": "由平台生成，可原样带回"})


class Indicator(IndicatorInput):
    """One technical indicator as it is kept."""

    preview = fields.String(
        required=True, metadata={"description": "预览，例如 95% < 浓度 <= 99/L"}
    )


class DisclosureInput(fields.Schema):
    """What the law asks to be said beside a standard (企业标准化促进办法 Art. 14-16)."""

    deviation = fields.String(
        load_default="NONE",
        validate=OneOf(DEVIATIONS),
        metadata={"description": "技术指标少于 FEWER 或低于 LOWER 推荐性标准"},
    )
    recommended_number = fields.String(validate=_FIELD, metadata={"description": "推荐性标准编号"})
    deviation_statement = fields.String(validate=_LONG, metadata={"description": "明示内容"})
    commissioned_producer = fields.String(
        validate=_FIELD, metadata={"description": "受委托生产企业"}
    )
    commissioned_producer_code = fields.String(validate=_FIELD)
    joint_parties = fields.List(
        fields.String(validate=_FIELD), metadata={"description": "联合制定单位"}
    )
    other_channel = fields.String(validate=_LONG, metadata={"description": "其他公开渠道"})


class Disclosure(DisclosureInput):
    """What was said, every member there."""
