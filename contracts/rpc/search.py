"""What ``search`` answers, method by method."""

from typing import TypedDict

from contracts.rpc.standards import Kind, PublicDeclaration, State

__all__ = ["PublicDeclaration", "SearchHit", "SearchPage"]


class SearchHit(TypedDict):
    """One result of ``search_declarations``."""

    record_number: str
    declaration_id: str
    number: str
    title: str
    kind: Kind
    state: State
    enterprise_name: str
    region: str
    product_summary: str
    published_at: str
    has_text: bool


class SearchPage(TypedDict):
    """``search_declarations``: ``total`` stops at 1,000, then ``total_text`` reads ``1000+``."""

    items: list[SearchHit]
    next_cursor: str | None
    total: int
    total_text: str
