"""Ask the services for what is public, and put it the way pages and API show it."""

import re
from collections.abc import Mapping
from typing import Any, Final

from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.clients import Services
from gateway.errors import NotFoundError
from gateway.remote import Reply

_RECORD_NUMBER: Final = re.compile(r"[A-Z]-[0-9A-Z]{9}(?:[0-9A-Z]{9})?-[0-9]{12}-[0-9]{4,10}")


def record_number(text: str) -> str:
    """Return a record number from an address, in capitals.

    Raises:
        NotFoundError: it has not the form of one, so nothing can be under it.
    """
    number = text.upper()
    if not _RECORD_NUMBER.fullmatch(number):
        raise NotFoundError
    return number


def search(services: Services, query: Mapping[str, Any]) -> Reply:
    """Return a page of hits."""
    asked = {
        name: value for name, value in query.items() if value not in {None, ""} and name != "q"
    }
    reply = services.search.search_declarations({"query": query.get("q", ""), **asked})
    for item in reply["items"]:
        item["page_url"] = f"/s/{item['record_number']}"
    return reply


def declaration(services: Services, text: str) -> Reply:
    """Return one published declaration; what is not in the index yet comes from its owner.

    Raises:
        NotFoundError: nothing was published under this number.
    """
    number = record_number(text)
    try:
        return services.search.get_document(number)
    except DomainError as error:
        if CODES.get(error.wire_code) not in {Kind.NOT_FOUND, Kind.UNAVAILABLE}:
            raise
    return services.standards.get_public_declaration(number)
