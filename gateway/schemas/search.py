"""The search, its suggestions and the statistics."""

from marshmallow import ValidationError

from gateway.schemas import fields
from gateway.schemas.declarations import KINDS
from gateway.schemas.fields import Issue, Length, OneOf, Pattern, Range
from gateway.schemas.notify import Day

STATES = ("PUBLISHED", "WITHDRAWN")
DISCLOSURES = ("TEXT", "INDICATORS", "NONE")
MATCHES = ("NUMBER", "TITLE", "PRODUCT", "ENTERPRISE", "TEXT", "PINYIN", "PARTIAL")
SUGGESTION_KINDS = ("TITLE", "PRODUCT", "ENTERPRISE", "NUMBER")

_REGION = r"([0-9]{2}|[0-9]{4}|[0-9]{6})?"
_QUANTITY = r"(-?[0-9]{1,12}(\.[0-9]{1,9})?)?"
_RANGES = "每段为 [起, 止)，按字符计"


class OptionalDay(Day):
    """Let a text be a day that there is, or empty: a form that leaves it out."""

    def __call__(self, value: str) -> str:  # type: ignore[override] # narrower: only text comes here
        """Check one value."""
        return str(super().__call__(value)) if value else value


class Barcode(Pattern):
    """Let a text be a barcode or its first seven digits, blanks and strokes between them.

    Empty is a form that leaves it out.
    """

    def __init__(self) -> None:
        super().__init__(r"(([0-9０-９][ \-－]*){7,14})?")

    def __call__(self, value: str) -> str:  # type: ignore[override] # narrower: only text comes here
        """Check one value."""
        try:
            return super().__call__(value.strip())
        except ValidationError:
            raise ValidationError([Issue("gateway.field_barcode")]) from None


def _words(description: str, maximum: int = 200) -> fields.String:
    return fields.String(validate=Length(0, maximum), metadata={"description": description})


def _region() -> fields.String:
    return fields.String(
        load_default="",
        validate=Pattern(_REGION),
        metadata={
            "description": "行政区划代码：省 2 位、市 4 位、县 6 位，也可都写 6 位；空为全国"
        },
    )


class SearchQuery(fields.Schema):
    """The search box and its filters."""

    q = fields.String(
        load_default="",
        validate=Length(0, 200),
        metadata={"description": "企业名称、标准名称、标准编号、产品名称或产品条码"},
    )
    enterprise = _words("企业名称、统一社会信用代码或组织机构代码中的词")
    title = _words("标准名称中的词")
    number = _words("标准编号、其数字或其他部分，或公开编号", 100)
    product = _words("产品名称、通用名、品牌、规格、型号或分类中的词")
    barcode = fields.String(
        validate=Barcode(), metadata={"description": "产品条码，或其开头至少 7 位"}
    )
    kind = fields.String(validate=OneOf(("", *KINDS)), metadata={"description": "标准种类"})
    state = fields.String(validate=OneOf(("", *STATES)), metadata={"description": "现行或废止"})
    region = _region()
    year = fields.String(
        validate=Pattern(r"(199[0-9]|20[0-9]{2})?"),
        metadata={"description": "公开年份（北京时间）"},
    )
    class_code = fields.String(
        validate=Pattern(r"([0-9A-Za-z.\-]{2,40})?"),
        metadata={"description": "产品分类代码，或其开头几位"},
    )
    disclosure = fields.String(
        validate=OneOf(("", *DISCLOSURES)),
        metadata={"description": "公开的是标准文本（TEXT）还是技术指标（INDICATORS）"},
    )
    credit_code = fields.String(
        validate=Pattern(r"([0-9A-Z]{9}|[0-9A-Z]{18})?"),
        metadata={"description": "企业的统一社会信用代码或组织机构代码"},
    )
    published_from = fields.String(
        validate=OptionalDay(), metadata={"description": "从这一天起公开，如 2026-03-01"}
    )
    published_to = fields.String(
        validate=OptionalDay(), metadata={"description": "在这一天之前公开，不含当天"}
    )
    indicator = fields.String(
        validate=Length(0, 200), metadata={"description": "技术指标名称，如 水分"}
    )
    indicator_unit = fields.String(
        validate=Length(0, 50), metadata={"description": "上下限的计量单位，如 %"}
    )
    indicator_low = fields.String(
        validate=Pattern(_QUANTITY), metadata={"description": "指标允许的值不低于"}
    )
    indicator_high = fields.String(
        validate=Pattern(_QUANTITY), metadata={"description": "指标允许的值不高于"}
    )
    with_facets = fields.String(
        validate=OneOf(("", "true", "false")), metadata={"description": "true：附分面计数"}
    )
    cursor = fields.String(validate=Length(0, 500))
    limit = fields.Digits(load_default=15, validate=Range(1, 100))


class Highlights(fields.Schema):
    """Where each field says what was asked for."""

    number = fields.List(fields.List(fields.Integer()), required=True)
    title = fields.List(fields.List(fields.Integer()), required=True)
    enterprise_name = fields.List(fields.List(fields.Integer()), required=True)
    product_summary = fields.List(fields.List(fields.Integer()), required=True)


class Snippet(fields.Schema):
    """A piece of the text or the indicators."""

    text = fields.String(required=True)
    ranges = fields.List(
        fields.List(fields.Integer()), required=True, metadata={"description": _RANGES}
    )
    is_cut_before = fields.Boolean(required=True)
    is_cut_after = fields.Boolean(required=True)


class Found(fields.Schema):
    """One hit."""

    record_number = fields.String(required=True)
    declaration_id = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    enterprise_name = fields.String(required=True)
    region = fields.String(required=True)
    product_summary = fields.String(required=True)
    state = fields.String(required=True)
    published_at = fields.String(required=True)
    has_text = fields.Boolean(required=True)
    matched = fields.String(
        required=True, validate=OneOf(MATCHES), metadata={"description": "在哪里找到"}
    )
    highlights = fields.Nested(Highlights, required=True, metadata={"description": _RANGES})
    snippet = fields.Nested(
        Snippet,
        required=True,
        allow_none=True,
        metadata={"description": "在正文或技术指标中找到时的上下文，每页前几条"},
    )
    page_url = fields.String(required=True)


class FacetValue(fields.Schema):
    """One value, what it is called, and how many of the results have it."""

    value = fields.String(required=True)
    label = fields.String(required=True)
    count = fields.Integer(required=True)


class Facets(fields.Schema):
    """How the results divide."""

    kind = fields.List(fields.Nested(FacetValue), required=True)
    state = fields.List(fields.Nested(FacetValue), required=True)
    region = fields.List(
        fields.Nested(FacetValue), required=True, metadata={"description": "所选地区的下一级"}
    )
    year = fields.List(fields.Nested(FacetValue), required=True)
    class_code = fields.List(fields.Nested(FacetValue), required=True)
    disclosure = fields.List(fields.Nested(FacetValue), required=True)
    is_estimate = fields.Boolean(
        required=True, metadata={"description": "超过 1000 条时为估计数，显示时加“约”"}
    )


class SearchResult(fields.Schema):
    """One page of hits."""

    items = fields.List(fields.Nested(Found), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    is_total_capped = fields.Boolean(required=True)
    total_text = fields.String(
        required=True, metadata={"description": "命中数，超过 1000 时为“1000+”"}
    )
    is_partial = fields.Boolean(
        required=True, metadata={"description": "没有全部符合的，下面是读音或部分符合的"}
    )
    did_you_mean = fields.List(
        fields.String(), required=True, metadata={"description": "没有这个编号时，最接近的已知编号"}
    )
    facets = fields.Nested(Facets, required=True, allow_none=True)


class SuggestionsQuery(fields.Schema):
    """What was typed so far."""

    q = fields.String(
        required=True,
        validate=Length(0, 100),
        metadata={"description": "已输入的文字、拼音首字母或编号"},
    )


class Suggestion(fields.Schema):
    """One name or number that goes on with it."""

    kind = fields.String(required=True, validate=OneOf(SUGGESTION_KINDS))
    text = fields.String(required=True)
    count = fields.Integer(required=True, metadata={"description": "出现的次数"})
    ranges = fields.List(
        fields.List(fields.Integer()), required=True, metadata={"description": _RANGES}
    )


class Suggestions(fields.Schema):
    """Ten at most, the likeliest first."""

    items = fields.List(fields.Nested(Suggestion), required=True)


class StatisticsQuery(fields.Schema):
    """Of which region."""

    region = _region()


class Counts(fields.Schema):
    """How much was published."""

    declarations = fields.Integer(required=True, metadata={"description": "公开的标准数，含废止"})
    products = fields.Integer(required=True, metadata={"description": "产品数"})
    enterprises = fields.Integer(required=True, metadata={"description": "企业数，每家计一次"})


class CountsOf(Counts):
    """How much has one value."""

    value = fields.String(required=True)
    label = fields.String(required=True)


class Statistics(fields.Schema):
    """What was published in a region."""

    region = fields.String(required=True)
    region_name = fields.String(required=True)
    total = fields.Nested(Counts, required=True)
    by_region = fields.List(fields.Nested(CountsOf), required=True)
    by_kind = fields.List(fields.Nested(CountsOf), required=True)
    by_state = fields.List(fields.Nested(CountsOf), required=True)
    by_month = fields.List(
        fields.Nested(CountsOf), required=True, metadata={"description": "公开的月份，北京时间"}
    )
    by_class = fields.List(
        fields.Nested(CountsOf), required=True, metadata={"description": "产品最多的一百个分类"}
    )
