"""Product classes and sheets of products (手册 4.1)."""

from gateway.schemas import fields
from gateway.schemas.declarations import Product
from gateway.schemas.fields import Length, OneOf, Pattern, Range

SHEET_FORMATS = ("xlsx", "csv")

_NAME = Pattern(r"([0-9A-Za-z][0-9A-Za-z._-]{0,39})?")


class SchemeQuery(fields.Schema):
    """Which list of classes."""

    scheme = fields.String(
        load_default="",
        validate=_NAME,
        metadata={"description": "分类表；空为平台现用的分类表"},
    )
    version = fields.String(
        load_default="",
        validate=_NAME,
        metadata={"description": "分类表的版本；空为现行版本；只与 scheme 同用"},
    )


class ClassChildrenQuery(SchemeQuery):
    """Below which class."""

    parent = fields.String(
        load_default="",
        validate=Length(0, 40),
        metadata={"description": "上级分类代码；空为第一级"},
    )


class ClassSearchQuery(SchemeQuery):
    """What to look for."""

    query = fields.String(
        required=True,
        validate=Length(1, 100),
        metadata={"description": "产品名称、用途或材质，多个词以空格分隔；也可以是分类代码"},
    )
    limit = fields.Digits(load_default=20, validate=Range(1, 100))


class ProductClassItem(fields.Schema):
    """One class in a list."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    level = fields.Integer(required=True, metadata={"description": "1、2 或 3"})
    is_leaf = fields.Boolean(required=True, metadata={"description": "可以选用的最低一级"})


class ProductClassChildren(fields.Schema):
    """The classes below one."""

    scheme = fields.String(required=True)
    version = fields.String(required=True)
    items = fields.List(fields.Nested(ProductClassItem), required=True)


class ProductClassStep(fields.Schema):
    """One step from the highest class down."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class FoundProductClass(ProductClassItem):
    """A class with the way to it."""

    path = fields.List(fields.Nested(ProductClassStep), required=True)


class ProductClassSearch(fields.Schema):
    """What was found."""

    scheme = fields.String(required=True)
    version = fields.String(required=True)
    is_nearest = fields.Boolean(
        required=True, metadata={"description": "没有完全符合的分类，所列为最贴近的"}
    )
    items = fields.List(fields.Nested(FoundProductClass), required=True)


class ProductClass(FoundProductClass):
    """One class, and the list it belongs to."""

    scheme = fields.String(required=True)
    version = fields.String(required=True)


class SheetFormatQuery(fields.Schema):
    """Which kind of file."""

    format = fields.String(load_default="xlsx", validate=OneOf(SHEET_FORMATS))


class SheetRemark(fields.Schema):
    """Something about one cell."""

    row = fields.Integer(required=True, metadata={"description": "行号，表头为第 1 行"})
    column = fields.String(required=True, metadata={"description": "表头；空为整行"})
    code = fields.String(required=True)
    text = fields.String(required=True, metadata={"description": "给用户看的中文说明"})


class ProductSheet(fields.Schema):
    """What a sheet says: nothing is stored; a sheet with a problem gives no products."""

    rows = fields.Integer(required=True)
    products = fields.List(fields.Nested(Product), required=True)
    problems = fields.List(fields.Nested(SheetRemark), required=True)
    problem_count = fields.Integer(required=True)
    warnings = fields.List(fields.Nested(SheetRemark), required=True)
    warning_count = fields.Integer(required=True)
