"""Declarations as their enterprise handles them (手册 4, 5)."""

from gateway.schemas import fields
from gateway.schemas.contents import Disclosure, DisclosureInput, Indicator, IndicatorInput
from gateway.schemas.fields import Length, OneOf, Range
from gateway.schemas.problems import FieldProblem

KINDS = ("NATIONAL", "INDUSTRY", "LOCAL", "ENTERPRISE", "GROUP")
MODES = ("NONE", "FULL_TEXT", "INDICATORS")
SUBJECTS = ("PRODUCT", "SERVICE")
REASONS = ("REPLACED", "NOT_IN_USE", "FILED_IN_ERROR", "PRODUCT_DISCONTINUED", "OTHER")
TABLES = ("DRAFT", "PUBLISHED")

_FIELD = Length(0, 1_000)


class NumberInput(fields.Schema):
    """The boxes of a number: 代号, 顺序号, 年份; of an enterprise standard the first is Q."""

    prefix = fields.String(
        load_default="", validate=_FIELD, metadata={"description": "代号，例如 JB/T、DB13/T、T/ZZB"}
    )
    body = fields.String(required=True, validate=_FIELD, metadata={"description": "顺序号"})
    year = fields.String(required=True, validate=_FIELD, metadata={"description": "四位年份"})


class Product(fields.Schema):
    """One product the standard applies to."""

    name = fields.String(validate=_FIELD, metadata={"description": "产品名称"})
    generic_name = fields.String(validate=_FIELD, metadata={"description": "产品通用名"})
    barcode = fields.String(validate=_FIELD, metadata={"description": "产品条码"})
    brand = fields.String(validate=_FIELD, metadata={"description": "产品品牌"})
    specification = fields.String(validate=_FIELD, metadata={"description": "产品规格"})
    model = fields.String(validate=_FIELD, metadata={"description": "产品型号"})
    class_code = fields.String(validate=_FIELD, metadata={"description": "产品分类"})


class EntryInput(fields.Schema):
    """What is typed into the entry page (手册 4.1)."""

    catalogue_id = fields.Uuid(
        load_default=None,
        allow_none=True,
        metadata={"description": "从目录中选择的标准；此时不填写名称、编号和公开内容"},
    )
    number = fields.Nested(NumberInput, metadata={"description": "自行录入时必填"})
    title = fields.String(validate=_FIELD, metadata={"description": "标准名称，自行录入时必填"})
    subject = fields.String(load_default="PRODUCT", validate=OneOf(SUBJECTS))
    disclosure_mode = fields.String(
        load_default=None,
        allow_none=True,
        validate=OneOf(MODES),
        metadata={"description": "公开内容：标准文本和技术指标二选一"},
    )
    upload_id = fields.Uuid(load_default=None, allow_none=True)
    indicators = fields.List(
        fields.Nested(IndicatorInput), load_default=list, validate=Length(0, 1_000)
    )
    products = fields.List(fields.Nested(Product), load_default=list, validate=Length(0, 5_000))
    disclosure = fields.Nested(DisclosureInput)


class DraftInput(EntryInput):
    """Everything the entry page holds."""

    kind = fields.String(required=True, validate=OneOf(KINDS))


class Number(fields.Schema):
    """A standard's number in its parts."""

    prefix = fields.String(required=True)
    body = fields.String(required=True)
    year = fields.String(required=True)


class Text(fields.Schema):
    """The file with the standard's text."""

    upload_id = fields.String()
    file_name = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    pages = fields.Integer(allow_none=True)


class Link(fields.Schema):
    """Another declaration of the same chain of revisions."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(allow_none=True)
    state = fields.String(required=True)
    published_at = fields.String(allow_none=True)


class Declaration(fields.Schema):
    """A declaration as its enterprise sees it."""

    declaration_id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    number = fields.Nested(Number, required=True)
    number_text = fields.String(required=True)
    title = fields.String(required=True)
    catalogue_id = fields.String(allow_none=True)
    subject = fields.String(required=True)
    disclosure_mode = fields.String(required=True)
    text = fields.Nested(Text, allow_none=True)
    indicators = fields.List(fields.Nested(Indicator), required=True)
    products = fields.List(fields.Nested(Product), required=True)
    disclosure = fields.Nested(Disclosure, required=True)
    warnings = fields.List(fields.Nested(FieldProblem))
    record_number = fields.String(allow_none=True)
    supersedes = fields.Nested(Link, allow_none=True, metadata={"description": "被修订的标准"})
    revisions = fields.List(fields.Nested(Link), metadata={"description": "对本标准的修订"})
    is_number_locked = fields.Boolean(metadata={"description": "标准名称、标准编号不能修改"})
    published_version = fields.Integer(allow_none=True)
    published_at = fields.String(allow_none=True)
    correctable_until = fields.String(allow_none=True, metadata={"description": "可修改的截止时间"})
    corrected_at = fields.String(allow_none=True)
    withdrawn_at = fields.String(allow_none=True)
    withdrawal_reason = fields.String(allow_none=True)
    withdrawal_note = fields.String()
    updated_at = fields.String(required=True)
    allowed_actions = fields.List(fields.String(), required=True)


class Published(Declaration):
    """A declaration that has just become public."""

    page_url = fields.String(required=True)
    list_kind = fields.String(required=True)


class ListQuery(fields.Schema):
    """The keyword boxes above a list (手册 5.7)."""

    kind = fields.String(load_default="ENTERPRISE", validate=OneOf(KINDS))
    state = fields.String(load_default="PUBLISHED", validate=OneOf(TABLES))
    title = fields.String(load_default="", validate=Length(0, 200))
    number = fields.String(load_default="", validate=Length(0, 200))
    product_name = fields.String(load_default="", validate=Length(0, 200))
    barcode = fields.String(load_default="", validate=Length(0, 200))
    page = fields.Digits(load_default=1, validate=Range(1, 1_000))
    page_size = fields.Digits(load_default=15, validate=Range(1, 100))


class ListRow(fields.Schema):
    """One row of a list."""

    row_number = fields.Integer(required=True)
    declaration_id = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    related_products = fields.String(required=True)
    published_at = fields.String(allow_none=True)
    published_text = fields.String(allow_none=True)
    withdrawn_at = fields.String(allow_none=True)
    withdrawn_text = fields.String(allow_none=True)
    record_number = fields.String(allow_none=True)
    state = fields.String(required=True)
    version = fields.Integer(required=True)
    correctable_until = fields.String(allow_none=True, metadata={"description": "可修改的截止时间"})
    allowed_actions = fields.List(fields.String(), required=True)


class DeclarationList(fields.Schema):
    """One page of a list."""

    items = fields.List(fields.Nested(ListRow), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class Deleted(fields.Schema):
    """What is gone."""

    declaration_id = fields.String(required=True)


class CommitmentPreview(fields.Schema):
    """What publishing would commit the enterprise to."""

    template_version = fields.String(required=True)
    text = fields.String(required=True)


class KindQuery(fields.Schema):
    """Which kind of standards."""

    kind = fields.String(required=True, validate=OneOf(KINDS))


class CommitmentTemplate(CommitmentPreview):
    """The wording of a commitment: ``{enterprise}``, ``{number}``, ``{title}`` stand for names."""

    enterprise = fields.String(required=True, metadata={"description": "本企业的名称"})


class PublicationInput(fields.Schema):
    """The pledge: ticked or not."""

    is_committed = fields.Boolean(required=True, metadata={"description": "已阅读并作出承诺"})


class CorrectionInput(EntryInput, PublicationInput):
    """The entry page of a published declaration, as it should have been."""


class AdditionInput(PublicationInput):
    """More products for a published declaration."""

    products = fields.List(fields.Nested(Product), required=True, validate=Length(1, 5_000))


class WithdrawalRequest(fields.Schema):
    """The question whether the enterprise means it."""

    declaration_id = fields.String(required=True)
    confirmation_token = fields.String(required=True)
    expires_at = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    record_number = fields.String(required=True)


class WithdrawalInput(fields.Schema):
    """The answer."""

    confirmation_token = fields.String(required=True, validate=Length(1, 100))
    reason = fields.String(required=True, validate=OneOf(REASONS))
    note = fields.String(load_default="", validate=Length(0, 500))


class UploadQuery(fields.Schema):
    """What the file is called."""

    file_name = fields.String(required=True, validate=Length(1, 500))


class Upload(fields.Schema):
    """How far a file is: ``OPEN``, ``INSPECTING``, ``ACCEPTED`` or ``REFUSED``."""

    upload_id = fields.String(required=True)
    state = fields.String(required=True)
    reason = fields.String(allow_none=True)
    reason_text = fields.String(allow_none=True, metadata={"description": "给用户看的中文说明"})
    file_name = fields.String(required=True)
    size = fields.Integer(allow_none=True)
    sha256 = fields.String(allow_none=True)
    pages = fields.Integer(allow_none=True)
    expires_at = fields.String(allow_none=True)
    poll_url = fields.String(required=True)
