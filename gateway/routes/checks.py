"""Check a declaration before it is submitted (合规自检)."""

from typing import Any

from gateway.answers import Answer, Json
from gateway.problems import fill
from gateway.remote import Reply
from gateway.roles import READERS
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import checks as schemas
from gateway.texts import TEXTS
from gateway.texts.checks import advice_of

routes = Routes("合规自检")


@routes.post(
    "/declarations/<uuid:declaration_id>/checks",
    summary="提交前的合规自检",
    body=schemas.CheckInput,
    answer=schemas.Check,
    roles=READERS,
    auth=Auth.SESSION,
)
def check_declaration(exchange: Exchange) -> Answer:
    """Return what law and manual have to say to a declaration, in words; nothing is stored."""
    checked = exchange.services.standards.check_declaration(
        exchange.path["declaration_id"], is_committed=exchange.body["is_committed"]
    )
    findings = [_explained(finding) for finding in checked["findings"]]
    return Json(data={**checked, "findings": findings})


def _explained(finding: Reply) -> dict[str, Any]:
    text, params = TEXTS[finding["code"]], finding["params"]
    return {
        **finding,
        "title": text.title,
        "detail": fill(text.detail, params),
        "advice": fill(advice_of(finding["code"]), params),
    }
