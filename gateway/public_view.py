"""Ask the services for what is public, and put it the way pages and API show it."""

import re
from typing import Final

from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.clients import Services
from gateway.errors import NotFoundError
from gateway.remote import Reply
from gateway.routing import API

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


def with_proof(services: Services, found: Reply, *, has_inclusion: bool) -> Reply:
    """Return a declaration with where its proof is; the proof itself costs one more question."""
    number, version = found["record_number"], found["version"]
    shown = {**found, "proof_url": proof_url(number, version)}
    if has_inclusion:
        proof = services.standards.prove_inclusion(record_number=number, version=version)
        shown |= {"inclusion": proof["inclusion"], "inclusion_reason": proof["reason"]}
    return shown


def proof_url(number: str, version: int) -> str:
    """Return where a version's document and proof are in one file."""
    return f"{API}/public/declarations/{number}/proof?version={version}"
