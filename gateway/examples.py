"""Examples for every body of the API, from one table of values by the names of the fields.

What is shown is a whole body that keeps to its schema; a test sends the ones of requests. Numbers
that have check digits are right, and belong to nobody. A field that is not in the table gets a
value by the end of its name or by its type.
"""

import copy
from collections.abc import Mapping
from typing import Any, Final

JSON: Final = "application/json"
_UUID: Final = "0f8e2c64-4b7a-4c1e-9f30-5d2a7b6c8e91"
_HASH: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_MOMENT: Final = "2026-11-28T02:30:00.000000Z"
_DAY: Final = "2026-11-28"
_TOKEN: Final = "eyJhIjoiZXhhbXBsZSJ9.example"  # noqa: S105 - opens nothing
_ENTERPRISE: Final = "永康示例器皿有限公司"
_SMS: Final = "贵企业公开的{count}项标准已到两年提醒期，请登录平台确认是否继续使用。"
_DEPTH: Final = 8

_FIELDS: Final[Mapping[str, Any]] = {
    "action": "declaration.published",
    "actor": f"user:{_UUID}",
    "address": "浙江省永康市示例路1号",
    "area": "370321",
    "barcode": "6901234567892",
    "body": "QBEX 001",
    "brand": "示例",
    "bureau_code": "370321",
    "captcha_answer": "3K7M",
    "ccs": "Y68",
    "class_code": "QB020101",
    "classes": ["QB020101"],
    "code": "740545604",
    "complaint_number": "TS-20261128-0001",
    "content": "按附录 A 测定",
    "credit_code": "91330000740545604A",
    "disclosure_mode": "INDICATORS",
    "document_url": f"/api/v1/declarations/{_UUID}/versions/1",
    "effective_on": _DAY,
    "enterprises": ["91330000740545604A"],
    "file_name": "Q QBEX 001-2026.pdf",
    "generic_name": "保温杯",
    "ics": "97.040.60",
    "id_number": "110101198501010017",
    "id_number_masked": "110101********0017",
    "issued_on": _DAY,
    "landing": "/console",
    "legal_representative": "张三",
    "legal_representative_id_number": "110101198501010017",
    "legal_representative_email": "office@example.cn",
    "main": "95%",
    "lower_tolerance": "0.200",
    "upper_tolerance": "0.100",
    "model": "BW-500",
    "name": "李小红",
    "network": "198.51.100.0/24",
    "number": "Q/QBEX 001-2026",
    "organization_code": "740545604",
    "otpauth_uri": "otpauth://totp/Qibiao:demo?secret=JBSWY3DPEHPK3PXP",
    "page_url": "/s/Q-91330000740545604A-202611281030-0001",
    "password": "Example-2026-password",
    "password_confirmation": "Example-2026-password",
    "phone": "13800138000",
    "phone_masked": "138****8000",
    "pointer": "/products/0/class_code",
    "postcode": "321300",
    "prefix": "Q",
    "query_code": "QB4F7K2M",
    "region": "330784",
    "regions": ["3307"],
    "recommended_number": "GB/T 29606-2013",
    "record_number": "Q-91330000740545604A-202611281030-0001",
    "role": "FILER",
    "scopes": ["declarations:read"],
    "size": 120345,
    "symbol": "<=",
    "title": "不锈钢真空保温杯",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "type": "about:blank",
    "unit": "℃",
    "url": "https://example.cn/qibiao",
    "user_agent": "Mozilla/5.0",
    "username": "example_owner",
    "year": "2026",
}
_ENDS: Final = (
    (("_at", "_until", "since", "as_of"), _MOMENT),
    (("_on", "day"), _DAY),
    (("_id",), _UUID),
    (("sha256", "hash", "root", "checksum"), _HASH),
    (("_url", "link"), "/api/v1/example"),
    (("token", "cursor"), _TOKEN),
    (("_base64",), "iVBORw0KGgo="),
)
_INDICATOR: Final = {
    "name": "保温效能",
    "category": "指标",
    "requirement": {
        "kind": "NUMERIC",
        "left": None,
        "right": {
            "symbol": ">=",
            "main": "56",
            "upper_tolerance": "",
            "lower_tolerance": "",
        },
        "unit": "℃",
    },
    "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
}
_PRODUCT: Final = {
    "name": "不锈钢真空保温杯",
    "generic_name": "保温杯",
    "barcode": "6901234567892",
    "brand": "示例",
    "specification": "500mL",
    "model": "BW-500",
    "class_code": "QB020101",
}
_ENTRY: Final = {
    "number": {"body": "QBEX 001", "year": "2026"},
    "title": "不锈钢真空保温杯",
    "disclosure_mode": "INDICATORS",
    "indicators": [_INDICATOR],
    "products": [_PRODUCT],
}
# What stands in a path, where that is something else than in a body.
_PATHS: Final[Mapping[str, Any]] = {
    "code": "QB020101",
    "name": "REVIEW_DUE",
    "number": 1,
    "provider": "aliyun",
    "token": _TOKEN,
}
# Whole bodies, where the parts depend on one another.
_SCHEMAS: Final[Mapping[str, Mapping[str, Any]]] = {
    "NumberInput": {"prefix": "Q", "body": "QBEX 001", "year": "2026"},
    "IndicatorInput": _INDICATOR,
    "Product": _PRODUCT,
    "DraftInput": {"kind": "ENTERPRISE", **_ENTRY},
    "CorrectionInput": {**_ENTRY, "is_committed": True},
    "AdditionInput": {"products": [_PRODUCT], "is_committed": True},
    "WithdrawalInput": {"confirmation_token": _TOKEN, "reason": "NOT_IN_USE"},
}

# Fields that mean something else in one schema than elsewhere.
_OTHERWISE: Final[Mapping[str, Mapping[str, Any]]] = {
    "OrganizationInput": {"name": _ENTERPRISE},
    "EnterprisePreview": {"name": _ENTERPRISE},
    "Enterprise": {"name": _ENTERPRISE},
    "OwnEnterprise": {"name": _ENTERPRISE},
    "AreaEnterprise": {"name": _ENTERPRISE},
    "WaitingInput": {"name": _ENTERPRISE},
    "Division": {"name": "永康市"},
    "OpenRegion": {"name": "永康市"},
    "ProductClassItem": {"name": "保温容器"},
    "FoundProductClass": {"name": "保温容器"},
    "Indicator": {"name": "保温效能"},
    "KeyInput": {"name": "数据交换程序"},
    "MachineKey": {"name": "数据交换程序"},
    "WebhookInput": {"name": "省平台"},
    "Webhook": {"name": "省平台"},
    "StaffInput": {"roles": ["BUREAU"], "username": "example_bureau"},
    "MissingStandardInput": {"number": "GB/T 99999-2026"},
    "PreviewInput": {"body": _SMS},
    "TemplateInput": {"title": "", "body": _SMS},
}


def add_examples(document: dict[str, Any]) -> None:
    """Give every JSON body of an OpenAPI document its example."""
    schemas = document["components"]["schemas"]
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["example"] = _in_path(parameter, schemas)
            bodies = [operation.get("requestBody", {}), *_successes(operation)]
            for content in (body.get("content", {}).get(JSON) for body in bodies):
                if content is not None:
                    content["example"] = example_of(content["schema"], schemas)


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "") -> Any:  # noqa: ANN401 - JSON
    """Return a value that keeps to a schema; ``name`` is the field it stands in."""
    return _value(schema, schemas, name, 0)


def _in_path(parameter: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    name = parameter["name"]
    return _PATHS.get(name) or example_of(parameter["schema"], schemas, name)


def _successes(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        response for status, response in operation["responses"].items() if status.startswith("2")
    ]


def _value(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:  # noqa: ANN401, PLR0911 - JSON; one way for each kind
    if "$ref" in schema:
        return _named(schema["$ref"].rpartition("/")[2], schemas, depth)
    if "anyOf" in schema:
        return _value(schema["anyOf"][0], schemas, name, depth)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        wanted = _FIELDS.get(name)
        return wanted if wanted in schema["enum"] else schema["enum"][0]
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, schemas, depth)
    if kind == "array":
        return _list(schema, schemas, name, depth)
    return _plain(kind, schema, name)


def _named(name: str, schemas: Mapping[str, Any], depth: int) -> Any:  # noqa: ANN401 - JSON
    if name in _SCHEMAS:
        return copy.deepcopy(_SCHEMAS[name])
    value = _value(schemas[name], schemas, "", depth + 1)
    return {**value, **_OTHERWISE[name]} if name in _OTHERWISE else value


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object")
    return (
        str(next((each for each in kind if each != "null"), "null"))
        if isinstance(kind, list)
        else str(kind)
    )


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {
        name: _value(part, schemas, name, depth)
        for name, part in schema.get("properties", {}).items()
        if depth < _DEPTH or name in required
    }


def _list(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int
) -> list[Any]:
    wanted = _FIELDS.get(name)
    if isinstance(wanted, list):
        return list(wanted)
    items = schema.get("items", {})
    if depth >= _DEPTH or not items:
        return []
    return [_value(items, schemas, name, depth + 1)]


def _plain(kind: str, schema: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    wanted = _FIELDS.get(name)
    if kind == "boolean":
        return True
    if kind in {"integer", "number"}:
        least = int(schema.get("minimum", 1))
        return wanted if isinstance(wanted, int) else max(1, least)
    text = wanted if isinstance(wanted, str) else _text(schema, name)
    return _fitted(text, schema)


def _text(schema: Mapping[str, Any], name: str) -> str:
    for ends, value in _ENDS:
        if name.endswith(ends):
            return value
    default = schema.get("default")
    return str(default) if default else "示例"


def _fitted(text: str, schema: Mapping[str, Any]) -> str:
    longest = int(schema.get("maxLength", len(text)))
    shortest = int(schema.get("minLength", 0))
    return text[:longest].ljust(min(shortest, longest), "0")
