"""Product classes: the three boxes of 产品分类, and a search for the nearest (手册 4.1, FAQ 23)."""

from gateway.answers import Answer, Json
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import products as schemas

routes = Routes("产品分类")


@routes.get(
    "/product-classes",
    summary="下级产品分类",
    query=schemas.ClassChildrenQuery,
    answer=schemas.ProductClassChildren,
    survives_outage=True,
    max_age=3600,
    auth=Auth.PUBLIC,
)
def list_product_classes(exchange: Exchange) -> Answer:
    """Return the classes below one, or the highest ones."""
    return Json(data=exchange.services.standards.list_product_classes(exchange.query))


@routes.get(
    "/product-classes/search",
    summary="按产品名称、用途或材质查找产品分类",
    query=schemas.ClassSearchQuery,
    answer=schemas.ProductClassSearch,
    max_age=3600,
    auth=Auth.PUBLIC,
)
def search_product_classes(exchange: Exchange) -> Answer:
    """Return the lowest classes that fit, or the nearest, with the way to each."""
    return Json(data=exchange.services.standards.search_product_classes(exchange.query))


@routes.get(
    "/product-classes/<code>",
    summary="一个产品分类及其上级",
    query=schemas.SchemeQuery,
    answer=schemas.ProductClass,
    survives_outage=True,
    max_age=3600,
    auth=Auth.PUBLIC,
)
def get_product_class(exchange: Exchange) -> Answer:
    """Return one class with those above it."""
    found = exchange.services.standards.get_product_class(exchange.path["code"], exchange.query)
    return Json(data=found)
