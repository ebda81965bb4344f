"""The API's own description."""

from gateway import openapi
from gateway.answers import Answer, Raw
from gateway.routing import Auth, Exchange, Routes

routes = Routes("接口说明")


@routes.get("/openapi.json", summary="本接口的 OpenAPI 3.1 描述", max_age=300, auth=Auth.PUBLIC)
def get_openapi(exchange: Exchange) -> Answer:
    """Return the document made from the very declarations that are served."""
    content = openapi.served_document(is_production=exchange.settings.is_production)
    return Raw(content=content, content_type="application/json")
