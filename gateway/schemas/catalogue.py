"""The catalogue 目录, reports of what it lacks, and its imports (手册 4.1(1), FAQ 18)."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf, Range

KINDS = ("NATIONAL", "INDUSTRY", "LOCAL", "GROUP")
STATES = ("UPCOMING", "CURRENT", "SUPERSEDED", "WITHDRAWN")

_FIELD = Length(0, 1_000)
_DAY = Length(0, 20)
_STATE = {"description": "UPCOMING 即将实施；CURRENT 现行；SUPERSEDED 被代替；WITHDRAWN 废止"}


class PageQuery(fields.Schema):
    """Which page."""

    page = fields.Digits(load_default=1, validate=Range(1, 10_000))
    page_size = fields.Digits(load_default=15, validate=Range(1, 100))


class CatalogueQuery(PageQuery):
    """What is typed into the dialog, and on the page of which kind."""

    kind = fields.String(required=True, validate=OneOf(KINDS))
    text = fields.String(
        load_default="",
        validate=Length(0, 200),
        metadata={"description": "编号（可只输数字，字母和年份可省略）或名称中的词"},
    )


class Paged(fields.Schema):
    """Where a page stands."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class Successor(fields.Schema):
    """What replaces a standard; without an id when the catalogue does not have it."""

    catalogue_id = fields.String(allow_none=True)
    number = fields.String(required=True)


class CatalogueRow(fields.Schema):
    """One standard that can be chosen: number and name, never a text (手册 FAQ 33)."""

    catalogue_id = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, metadata=_STATE)
    replaced_by = fields.Nested(Successor, allow_none=True)
    issued_on = fields.String(allow_none=True)
    effective_on = fields.String(allow_none=True)
    withdrawn_on = fields.String(allow_none=True)


class OtherKind(fields.Schema):
    """How many the same words find on the page of another kind."""

    kind = fields.String(required=True)
    total = fields.Integer(required=True)


class Catalogue(Paged):
    """One page of the dialog."""

    items = fields.List(fields.Nested(CatalogueRow), required=True)
    other_kinds = fields.List(fields.Nested(OtherKind), required=True)


class Predecessor(fields.Schema):
    """What a standard replaces."""

    catalogue_id = fields.String(required=True)
    number = fields.String(required=True)


class CatalogueStandard(CatalogueRow):
    """What is known of a standard."""

    replaces = fields.List(fields.Nested(Predecessor), required=True)
    ics = fields.String(required=True)
    ccs = fields.String(required=True)
    issued_by = fields.String(required=True)
    updated_at = fields.String(required=True)


class MissingStandardInput(fields.Schema):
    """A standard that is not in the catalogue."""

    kind = fields.String(required=True, validate=OneOf(KINDS))
    number = fields.String(required=True, validate=_FIELD, metadata={"description": "标准编号"})
    title = fields.String(required=True, validate=_FIELD, metadata={"description": "标准名称"})
    note = fields.String(load_default="", validate=_FIELD, metadata={"description": "说明"})


class MissingStandard(fields.Schema):
    """A report, and what became of it: ``OPEN``, ``ADDED`` or ``REFUSED``."""

    ticket_id = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    note = fields.String(required=True)
    state = fields.String(required=True)
    resolution_note = fields.String(required=True)
    catalogue_id = fields.String(allow_none=True)
    asked_at = fields.String(required=True)
    resolved_at = fields.String(allow_none=True)


class MissingStandards(Paged):
    """A page of the enterprise's own reports."""

    items = fields.List(fields.Nested(MissingStandard), required=True)


class Ticket(MissingStandard):
    """A report as staff sees it."""

    enterprise_id = fields.String(required=True)


class Tickets(Paged):
    """A page of reports that wait for a decision."""

    items = fields.List(fields.Nested(Ticket), required=True)


class EntryInput(fields.Schema):
    """The entry that staff adds."""

    kind = fields.String(required=True, validate=OneOf(KINDS))
    number = fields.String(required=True, validate=_FIELD)
    title = fields.String(required=True, validate=_FIELD)
    state = fields.String(load_default="CURRENT", validate=OneOf(STATES), metadata=_STATE)
    replaced_by = fields.String(load_default="", validate=_FIELD)
    issued_on = fields.String(load_default="", validate=_DAY)
    effective_on = fields.String(load_default="", validate=_DAY)
    withdrawn_on = fields.String(load_default="", validate=_DAY)
    ics = fields.String(load_default="", validate=_FIELD)
    ccs = fields.String(load_default="", validate=_FIELD)
    issued_by = fields.String(load_default="", validate=_FIELD)


class ResolutionInput(fields.Schema):
    """Add the standard, or say why not."""

    entry = fields.Nested(
        EntryInput,
        load_default=None,
        allow_none=True,
        metadata={"description": "加入目录的内容；不填则为不加入，须在 note 中说明原因"},
    )
    note = fields.String(load_default="", validate=Length(0, 200))


class CatalogueImport(fields.Schema):
    """One file of the catalogue and what became of its rows."""

    import_id = fields.String(required=True)
    file_name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "FULL 全量；DELTA 增量"})
    position = fields.Integer(required=True, metadata={"description": "已处理到第几行"})
    created = fields.Integer(required=True)
    updated = fields.Integer(required=True)
    unchanged = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    withdrawn = fields.Integer(required=True)
    note = fields.String(required=True)
    started_at = fields.String(required=True)
    updated_at = fields.String(required=True)
    finished_at = fields.String(allow_none=True)


class CatalogueImports(Paged):
    """A page of imports."""

    items = fields.List(fields.Nested(CatalogueImport), required=True)
