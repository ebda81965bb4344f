"""公开凭证 of one's own declarations, as PDF (FAQ 22, 27)."""

from gateway import public_view, record_view
from gateway.answers import PDF, Answer, Raw
from gateway.errors import NotPublishedError
from gateway.roles import READERS
from gateway.routing import Auth, Exchange, Routes

routes = Routes("公开凭证")


@routes.get(
    "/declarations/<uuid:declaration_id>/receipt",
    summary="公开凭证（PDF，附可离线核对的证明）",
    gives_types=(PDF,),
    scope="declarations:read",
    roles=READERS,
    auth=Auth.SESSION,
)
def get_receipt(exchange: Exchange) -> Answer:
    """Return the sheet that proves what one of the enterprise's declarations made public."""
    standards = exchange.services.standards
    number = standards.get_declaration(exchange.path["declaration_id"])["record_number"]
    if number is None:
        raise NotPublishedError
    found = standards.get_public_declaration(public_view.record_number(number))
    proof = standards.prove_inclusion(
        record_number=number, version=found["version"], has_document=True
    )
    address = record_view.record_address(exchange, number)
    content = exchange.receipts.make(found, proof, address=address)
    return Raw(content=content, content_type=PDF, file_name=f"receipt-{number}.pdf")
