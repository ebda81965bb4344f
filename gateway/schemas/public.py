"""What everybody may read: search, the published declaration, the event feed."""

from gateway.labels import MARK_NAMES
from gateway.schemas import fields
from gateway.schemas.contents import Disclosure, Indicator
from gateway.schemas.declarations import KINDS, Number, Product
from gateway.schemas.fields import Length, OneOf, Pattern, Range

STATES = ("PUBLISHED", "WITHDRAWN")
_MARKS = "、".join(f"{kind}（{name}）" for kind, name in MARK_NAMES.items())


class SearchQuery(fields.Schema):
    """The search box and its filters."""

    q = fields.String(
        load_default="",
        validate=Length(0, 200),
        metadata={"description": "企业名称、标准名称、标准编号、产品名称或产品条码"},
    )
    kind = fields.String(validate=OneOf(("", *KINDS)))
    state = fields.String(validate=OneOf(("", *STATES)))
    region = fields.String(
        validate=Pattern(r"([0-9]{2}|[0-9]{4}|[0-9]{6})?"),
        metadata={"description": "行政区划代码的前 2、4 或 6 位"},
    )
    credit_code = fields.String(
        validate=Pattern(r"([0-9A-Z]{9}|[0-9A-Z]{18})?"),
        metadata={"description": "企业的统一社会信用代码或组织机构代码"},
    )
    cursor = fields.String(validate=Length(0, 500))
    limit = fields.Digits(load_default=15, validate=Range(1, 100))


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
    page_url = fields.String(required=True)


class SearchResult(fields.Schema):
    """One page of hits."""

    items = fields.List(fields.Nested(Found), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
    total = fields.Integer(required=True)
    total_text = fields.String(
        required=True, metadata={"description": "命中数，超过 1000 时为“1000+”"}
    )


class Commitment(fields.Schema):
    """企业承诺."""

    template_version = fields.String(required=True)
    text = fields.String(required=True)


class Enterprise(fields.Schema):
    """企业基本信息 as at publication."""

    enterprise_id = fields.String()
    name = fields.String(required=True)
    credit_code = fields.String(required=True)
    organization_code = fields.String(required=True)
    legal_representative = fields.String(required=True)
    address = fields.String(required=True)
    postcode = fields.String(required=True)
    region = fields.String(required=True)


class FullNumber(Number):
    """A standard's number in its parts and as a whole."""

    text = fields.String(required=True)


class TextFile(fields.Schema):
    """The published file."""

    file_name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    pages = fields.Integer(allow_none=True)


class Document(fields.Schema):
    """The published version as a whole."""

    form = fields.String(required=True)
    declaration_id = fields.String(required=True)
    version = fields.Integer(required=True)
    record_number = fields.String(required=True)
    supersedes = fields.String(allow_none=True, metadata={"description": "被修订标准的公开编号"})
    kind = fields.String(required=True)
    number = fields.Nested(FullNumber, required=True)
    title = fields.String(required=True)
    catalogue_id = fields.String(allow_none=True)
    subject = fields.String(required=True)
    disclosure_mode = fields.String(required=True)
    text = fields.Nested(TextFile, allow_none=True)
    indicators = fields.List(fields.Nested(Indicator), required=True)
    disclosure = fields.Nested(Disclosure, required=True)
    products = fields.List(fields.Nested(Product), required=True)
    commitment = fields.Nested(Commitment, required=True)
    enterprise = fields.Nested(Enterprise, required=True)
    published_at = fields.String(required=True)
    corrected_at = fields.String(allow_none=True, metadata={"description": "24 小时内修改的时间"})


class Mark(fields.Schema):
    """What is to be known of a declaration beside its content."""

    kind = fields.String(required=True, metadata={"description": _MARKS})
    since = fields.String(required=True, metadata={"description": "生效时间"})
    detail = fields.Mapping(required=True)


class PublicDeclaration(fields.Schema):
    """A published declaration and where it stands."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    version = fields.Integer(required=True)
    state = fields.String(required=True)
    withdrawn_at = fields.String(allow_none=True)
    withdrawal_reason = fields.String(allow_none=True)
    marks = fields.List(fields.Nested(Mark), required=True, metadata={"description": "标记"})
    revisions = fields.List(
        fields.String(), required=True, metadata={"description": "修订本标准的公开编号"}
    )
    document = fields.Nested(Document, required=True)
    document_sha256 = fields.String(required=True)


class EventsQuery(fields.Schema):
    """Where to go on reading."""

    after = fields.Digits(load_default=0, validate=Range(0, 10**15))
    limit = fields.Digits(load_default=100, validate=Range(1, 500))


class Events(fields.Schema):
    """One page of the public log: CloudEvents in structured form."""

    items = fields.List(fields.Mapping(), required=True)
    next_after = fields.Integer(required=True)
