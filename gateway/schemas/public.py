"""What everybody may read: search, the published declaration, the event feed."""

from contracts.events import EVENTS
from gateway.labels import MARK_NAMES
from gateway.schemas import fields
from gateway.schemas.contents import Disclosure, Indicator
from gateway.schemas.declarations import KINDS, Number, Product
from gateway.schemas.fields import Length, OneOf, Pattern, Range
from gateway.schemas.log import Inclusion

_EVENT_TYPES = tuple(
    name for event in EVENTS.values() if event.is_public for name in (event.name, event.type)
)
STATES = ("PUBLISHED", "WITHDRAWN")
_MARKS = "、".join(f"{kind}（{name}）" for kind, name in MARK_NAMES.items())


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


class DeclarationQuery(fields.Schema):
    """What is wanted beside the record."""

    extra = fields.String(
        load_default="",
        data_key="with",
        validate=OneOf(("", "inclusion")),
        metadata={"description": "inclusion：附包含证明"},
    )


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
    proof_url = fields.String(
        required=True, metadata={"description": "公开凭证：规范文本及其包含证明"}
    )
    inclusion = fields.Nested(
        Inclusion,
        allow_none=True,
        metadata={"description": "包含证明，with=inclusion 时才有；尚未存证时为空"},
    )
    inclusion_reason = fields.String(allow_none=True)


class EventsQuery(fields.Schema):
    """Where to go on reading."""

    after = fields.Digits(
        load_default=0,
        validate=Range(0, 10**15),
        metadata={"description": "从哪个位置之后读起：上一页的 next_after"},
    )
    limit = fields.Digits(
        load_default=100, validate=Range(1, 500), metadata={"description": "一页的事件数"}
    )
    type = fields.String(validate=OneOf(_EVENT_TYPES), metadata={"description": "只要这一种事件"})
    kind = fields.String(validate=OneOf(KINDS), metadata={"description": "只要这一类标准"})
    region = fields.String(
        validate=Pattern(r"[0-9]{2}|[0-9]{4}|[0-9]{6}"),
        metadata={"description": "只要这一地区的企业：区划代码的前 2、4 位或全部 6 位"},
    )
    enterprise = fields.String(
        validate=Length(9, 36),
        metadata={"description": "只要这一企业：统一社会信用代码、组织机构代码或企业编号"},
    )


class Events(fields.Schema):
    """One page of the public log: CloudEvents in structured form."""

    items = fields.List(fields.Mapping(), required=True)
    next_after = fields.Integer(required=True)
