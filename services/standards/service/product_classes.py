"""Entry points: the three boxes of 产品分类, and a search for the nearest (手册 4.1, FAQ 23)."""

from typing import Any

from chassis.rpc import rpc
from services.standards import queries, schemas
from services.standards.service.base import StandardsBase


class ProductClassEntries(StandardsBase):
    """Show the lists of product classes to everybody."""

    @rpc(public=True, idempotent=True)
    def list_product_classes(
        self, *, parent: str = "", scheme: str = "", version: str = ""
    ) -> dict[str, Any]:
        """Return the classes below one, or the highest ones."""
        wanted = schemas.load(
            schemas.ClassChildrenInput, parent=parent, scheme=scheme, version=version
        )
        with self.database.read() as session:
            return queries.list_class_children(session, **wanted)

    @rpc(public=True, idempotent=True)
    def search_product_classes(
        self, *, query: str, scheme: str = "", version: str = "", limit: int = 20
    ) -> dict[str, Any]:
        """Return the lowest classes that fit some words, with the way to each."""
        wanted = schemas.load(
            schemas.ClassSearchInput, query=query, scheme=scheme, version=version, limit=limit
        )
        with self.database.read() as session:
            return queries.search_classes(session, **wanted)

    @rpc(public=True, idempotent=True)
    def get_product_class(
        self, *, class_code: str, scheme: str = "", version: str = ""
    ) -> dict[str, Any]:
        """Return one class with those above it."""
        wanted = schemas.load(schemas.ClassInput, code=class_code, scheme=scheme, version=version)
        with self.database.read() as session:
            return queries.get_product_class(session, **wanted)
