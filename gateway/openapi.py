"""Describe the API as OpenAPI 3.1, from the declarations that are served.

``python -m gateway.openapi > contracts/openapi.yaml`` writes the contract; a test compares.
"""

import json
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver

from gateway import examples, routing
from gateway.answers import PDF
from gateway.feed.events import STREAM
from gateway.problems import CONTENT_TYPE
from gateway.routing import Auth, Route
from gateway.schemas.problems import Problem

_YAML: Final = "application/yaml"
_CONVERTER: Final = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
_PATH_TYPES: Final[Mapping[str, dict[str, Any]]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
    "": {"type": "string", "maxLength": 100},
}
_DESCRIPTION: Final = """\
企业标准信息公共服务平台的开放接口。

* 时间为 RFC 3339 格式的 UTC 时间；出错时返回 RFC 9457 问题文档，`detail` 为中文说明。
* 浏览器会话：登录后服务器下发会话 Cookie，修改类请求须在 `X-CSRF-Token` 中带上令牌。
* 程序调用：在请求头 `Authorization: Bearer qbk_…` 中带上接口密钥，不能与会话同时使用。
* 新建、提交类请求须带 `Idempotency-Key`；修改类请求须带 `If-Match`，值为所见内容的 `ETag`。
"""


def build() -> dict[str, Any]:
    """Return the whole document, development routes included."""
    from gateway.routes import all_routes  # noqa: PLC0415 - the routes serve this very document

    spec = APISpec(
        title="企标 Qibiao",
        version="1.0.0",
        openapi_version="3.1.0",
        info={"description": _DESCRIPTION},
        servers=[{"url": "/"}],
        plugins=[MarshmallowPlugin(schema_name_resolver=_component_name)],
    )
    spec.components.security_scheme(
        "session", {"type": "apiKey", "in": "cookie", "name": "__Host-sid"}
    )
    spec.components.security_scheme(
        "csrf", {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"}
    )
    spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    routes = [route for route in all_routes() if route.face is routing.Face.API]
    tags: list[str] = []
    for route in routes:
        path = _CONVERTER.sub(r"{\2}", route.path)
        spec.path(path=path, operations={route.method.lower(): _operation(route)})
        if route.tag not in tags:
            tags.append(route.tag)
            spec.tag({"name": route.tag})
    document: dict[str, Any] = spec.to_dict()
    examples.add_examples(document)
    return document


@lru_cache(maxsize=2)
def served_document(*, is_production: bool) -> bytes:
    """Return the document's JSON; in production without what does not exist there."""
    document = build()
    if is_production:
        prefix = routing.API + "/dev/"
        document["paths"] = {
            path: item for path, item in document["paths"].items() if not path.startswith(prefix)
        }
    return json.dumps(document, ensure_ascii=False).encode()


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "description": " ".join((route.handler.__doc__ or "").split()),
        "tags": [route.tag],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": {str(route.status): _success(route), **_refusals(route)},
    }
    if route.deprecation is not None:
        operation["deprecated"] = True
        operation["description"] += f" {route.deprecation.sentence()}"
    if route.auth is Auth.SESSION:
        scheme: dict[str, list[str]] = {"session": []}
        if not route.is_safe:
            scheme["csrf"] = []
        operation["security"] = [scheme]
    if route.scope is not None:
        anonymous: list[dict[str, list[str]]] = [{}] if route.auth is Auth.PUBLIC else []
        operation["security"] = [*operation.get("security", anonymous), {"key": [route.scope]}]
    if route.body is not None:
        content = {"application/json": {"schema": route.body}}
        operation["requestBody"] = {"required": True, "content": content}
    if route.takes_pdf:
        binary = {"type": "string", "contentMediaType": PDF}
        operation["requestBody"] = {"required": True, "content": {PDF: {"schema": binary}}}
    if route.takes_types:
        operation["requestBody"] = {"required": True, "content": _files(route.takes_types)}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": _PATH_TYPES[kind or ""]}
        for kind, name in _CONVERTER.findall(route.path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    return [{"in": "query", "schema": route.query}] if route.query else []


def _headers(route: Route) -> list[dict[str, Any]]:
    headers = []
    if route.gives_events:
        schema: dict[str, Any] = {"type": "string", "pattern": "^[0-9]{1,15}$"}
        headers.append(
            _header("Last-Event-ID", "事件流中断的位置，优先于 after", schema, is_required=False)
        )
    if route.needs_idempotency_key:
        schema = {
            "type": "string",
            "minLength": 8,
            "maxLength": 128,
            "pattern": r"^[0-9A-Za-z._:-]+$",
        }
        headers.append(_header("Idempotency-Key", "本次提交的唯一编号，重试时不变", schema))
    if route.needs_if_match:
        schema = {"type": "string", "pattern": r'^"[0-9]{1,15}"$'}
        headers.append(_header("If-Match", "所见内容的 ETag", schema))
    return headers


def _header(
    name: str, description: str, schema: dict[str, Any], *, is_required: bool = True
) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": is_required,
        "description": description,
        "schema": schema,
    }


def _success(route: Route) -> dict[str, Any]:
    response: dict[str, Any] = {"description": "成功"}
    if route.gives_pdf:
        response["content"] = {PDF: {"schema": {"type": "string", "contentMediaType": PDF}}}
    elif route.gives_types:
        response["content"] = _files(route.gives_types)
    elif route.answer is not None:
        response["content"] = {"application/json": {"schema": route.answer}}
    elif route.status != 204:  # noqa: PLR2004 - No Content
        response["content"] = {"application/json": {"schema": {"type": "object"}}}
    if route.gives_events:
        response["content"][STREAM] = {
            "schema": {
                "type": "string",
                "description": "服务器推送事件：id 为位置，event 为事件类型，data 为一行 JSON",
            }
        }
    return response


def _files(types: tuple[str, ...]) -> dict[str, Any]:
    # YAML is read into what it describes, other files are what they are.
    return {
        name: {"schema": {"type": "object"} if name == _YAML else _file_of(name)} for name in types
    }


def _file_of(content_type: str) -> dict[str, str]:
    return {"type": "string", "contentMediaType": content_type}


def _refusals(route: Route) -> dict[str, Any]:
    problem = {"content": {CONTENT_TYPE: {"schema": Problem}}}
    return {
        status: {"description": description, **problem}
        for status, description in _statuses(route).items()
    }


def _statuses(route: Route) -> dict[str, str]:
    """Return the refusals worth knowing; every other one has the same shape."""
    statuses = {"400": "请求有误", "404": "不存在", "429": "过于频繁", "503": "暂时不可用"}
    if route.auth is Auth.SESSION:
        statuses |= {"401": "未登录", "403": "没有权限"}
    if not route.is_safe:
        statuses |= {"403": "来自其他网站", "409": "与现状冲突", "422": "内容有误"}
    if route.query is not None:
        statuses["422"] = "内容有误"
    if route.body is not None or route.takes_file:
        statuses |= {"413": "内容过大", "415": "内容类型不支持"}
    if route.needs_if_match:
        statuses["412"] = "内容已被他人修改"
    if route.needs_if_match or route.needs_idempotency_key:
        statuses["428"] = "缺少 Idempotency-Key 或 If-Match"
    statuses |= _statuses_of_content(route)
    return dict(sorted(statuses.items())) | {"default": "其他错误"}


def _statuses_of_content(route: Route) -> dict[str, str]:
    if route.gives_events:
        return {"304": "没有变化", "416": "位置过旧或超前，请从快照开始"}
    if route.gives_pdf:
        return {"206": "部分内容", "304": "没有变化", "416": "范围有误"}
    return {}


def _component_name(schema: Any) -> str:  # noqa: ANN401 - a schema class, an instance or its name
    return str(resolver(schema))


def write(stream: Any = sys.stdout) -> None:  # noqa: ANN401 - a text stream
    """Write the document as YAML."""
    import yaml  # noqa: PLC0415 - only who writes the contract has it installed

    yaml.safe_dump(build(), stream, allow_unicode=True, sort_keys=False, width=100)


if __name__ == "__main__":
    write()
