"""The API's own description."""

from gateway import asyncapi, openapi
from gateway.answers import Answer, Raw
from gateway.routing import Auth, Exchange, Routes

routes = Routes("接口说明")


@routes.get("/openapi.json", summary="本接口的 OpenAPI 3.1 描述", max_age=300, auth=Auth.PUBLIC)
def get_openapi(exchange: Exchange) -> Answer:
    """Return the document made from the very declarations that are served."""
    content = openapi.served_document(is_production=exchange.settings.is_production)
    return Raw(content=content, content_type="application/json")


@routes.get("/asyncapi.json", summary="公开事件的 AsyncAPI 3.0 描述", max_age=300, auth=Auth.PUBLIC)
def get_asyncapi(_exchange: Exchange) -> Answer:
    """Return the description of every event, its channels and examples."""
    return Raw(content=asyncapi.served_document(), content_type="application/json")


@routes.get(
    "/asyncapi.yaml",
    summary="公开事件的 AsyncAPI 3.0 描述（YAML）",
    max_age=300,
    gives_types=("application/yaml",),
    auth=Auth.PUBLIC,
)
def get_asyncapi_yaml(_exchange: Exchange) -> Answer:
    """Return the same description as YAML."""
    return Raw(content=asyncapi.served_yaml(), content_type="application/yaml")
