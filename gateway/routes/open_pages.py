"""The open interfaces 开放接口 for people who write programs: operations and events, listed.

Both are read from the very documents that programs read, so nothing is listed that is not there.
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from gateway import asyncapi, openapi
from gateway.answers import Answer, Page
from gateway.errors import NotFoundError
from gateway.routing import Auth, Exchange, Face, Routes

routes = Routes("门户", prefix="", face=Face.PAGE)

# Where an integrator begins.
_FIRST: Final = ("查询与统计", "公开信息", "公开数据快照", "公开存证", "推送", "历史")
_REFERENCE: Final = "#/components/schemas/"
_TYPES: Final = {
    "string": "文字",
    "integer": "整数",
    "number": "数",
    "boolean": "真假",
    "array": "列表",
    "object": "对象",
    "null": "空",
}


@routes.get("/open", summary="开放接口", max_age=3600, auth=Auth.PUBLIC)
def show_open(exchange: Exchange) -> Answer:
    """Say what there is for programs, and how to begin."""
    areas = _areas(is_production=exchange.settings.is_production)
    listed = sorted(areas, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    counts = {name: len(areas[name]) for name in listed}
    context = {"counts": counts, "channels": _channels(), "site": exchange.site_url}
    return Page(template="open.html", context=context)


@routes.get("/open/api/<area>", summary="一组接口", max_age=3600, auth=Auth.PUBLIC)
def show_operations(exchange: Exchange) -> Answer:
    """List the operations of one area with what they take and give."""
    area = exchange.path["area"]
    operations = _areas(is_production=exchange.settings.is_production).get(area)
    if operations is None:
        raise NotFoundError
    return Page(template="open_api.html", context={"area": area, "operations": operations})


@routes.get("/open/events", summary="公开事件", max_age=3600, auth=Auth.PUBLIC)
def show_events(_exchange: Exchange) -> Answer:
    """List the public events, what is in them, and the ways they are had."""
    return Page(template="open_events.html", context={"channels": _channels(), "events": _events()})


@lru_cache(maxsize=2)
def _areas(*, is_production: bool) -> dict[str, list[dict[str, Any]]]:
    document = json.loads(openapi.served_document(is_production=is_production))
    schemas: Mapping[str, Any] = document["components"]["schemas"]
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            entry = _operation(method, path, operation, schemas)
            found.setdefault(operation["tags"][0], []).append(entry)
    return found


def _operation(
    method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    needs: list[Mapping[str, Any]] = operation.get("security", [])
    body: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((content["schema"] for content in body.values()), {})
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "is_deprecated": operation.get("deprecated", False),
        "is_open": not needs or {} in needs,
        "scopes": sorted({scope for need in needs for scope in need.get("key", ())}),
        "parameters": [
            {**_described(entry["schema"]), "name": entry["name"], "place": entry["in"],
             "is_required": entry.get("required", False),
             "about": entry.get("description", "")}
            for entry in operation["parameters"]
        ],
        "body_types": list(body),
        "fields": list(_fields(schema, schemas)),
        "statuses": {
            status: answer.get("description", "")
            for status, answer in operation["responses"].items()
            if status != "default"
        },
    }  # fmt: skip


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    whole = schemas.get(str(schema.get("$ref", "")).removeprefix(_REFERENCE), schema)
    required = set(whole.get("required", ()))
    for name, entry in whole.get("properties", {}).items():
        yield {"name": name, "is_required": name in required, **_described(entry)}


def _described(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return in words what a value is."""
    kinds = schema.get("type", "object")
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    return {
        "type": "或".join(_TYPES.get(name, name) for name in names),
        "about": schema.get("description", ""),
        "choices": schema.get("enum", ()),
    }


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asyncapi.served_document())
    return found


def _channels() -> list[dict[str, str]]:
    """Return the ways in which all public events are had."""
    return [
        {"name": name, "title": channel["title"], "address": channel["address"] or ""}
        for name, channel in _document()["channels"].items()
        if not channel.get("tags")
    ]


def _events() -> list[dict[str, Any]]:
    document = _document()
    found = []
    for name, message in document["components"]["messages"].items():
        if {"name": "public"} in message["tags"]:
            data = document["components"]["schemas"][name]
            entry = {"id": name, "title": message["title"], "about": message["summary"]}
            found.append({**entry, "fields": list(_fields(data, {}))})
    return found
