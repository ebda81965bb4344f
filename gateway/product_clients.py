"""Call ``standards`` about product classes and sheets of products."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class ProductCalls(Client):
    """Call what belongs to products; ``gateway.standards_clients`` joins it with the rest."""

    def list_product_classes(self, wanted: Mapping[str, Any]) -> Reply:
        """Return the classes below one."""
        return self._ask("list_product_classes", **wanted)

    def search_product_classes(self, wanted: Mapping[str, Any]) -> Reply:
        """Return the lowest classes that fit some words."""
        return self._ask("search_product_classes", **wanted)

    def get_product_class(self, class_code: str, wanted: Mapping[str, Any]) -> Reply:
        """Return one class with those above it."""
        return self._ask("get_product_class", class_code=class_code, **wanted)

    def get_product_template(self, file_format: str) -> Reply:
        """Return a sheet to fill in."""
        return self._ask("get_product_template", file_format=file_format)

    def export_products(self, declaration_id: str, file_format: str) -> Reply:
        """Have the products of a declaration put into the blob store as a sheet."""
        return self._ask("export_products", declaration_id=declaration_id, file_format=file_format)

    def check_product_sheet(self, sheet_id: str) -> Reply:
        """Have a sheet in the blob store read."""
        return self._tell("check_product_sheet", sheet_id=sheet_id)
