"""Say in words how two published versions differ (手册 5.4.3, 5.5)."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.labels import DEVIATIONS, ENTERPRISE_FIELDS, KINDS, MODES, SUBJECTS
from gateway.pages import beijing, method_words
from gateway.remote import Reply

FIELDS: Final = {
    "/kind": "标准种类",
    "/number/text": "标准编号",
    "/title": "标准名称",
    "/subject": "适用对象",
    "/disclosure_mode": "公开方式",
    "/corrected_at": "修改时间",
    "/disclosure/deviation": "与推荐性标准相比",
    "/disclosure/recommended_number": "推荐性标准编号",
    "/disclosure/deviation_statement": "明示内容",
    "/disclosure/commissioned_producer": "受委托生产企业",
    "/disclosure/commissioned_producer_code": "受委托生产企业代码",
    "/disclosure/joint_parties": "联合制定单位",
    "/disclosure/other_channel": "其他公开渠道",
    **{f"/enterprise/{name}": label for name, label in ENTERPRISE_FIELDS.items()},
    "/commitment/text": "企业承诺",
}
# What says nothing to a reader, or stands above the comparison already.
_LEFT_OUT: Final = frozenset(
    {
        "/catalogue_id",
        "/commitment/template_version",
        "/enterprise/enterprise_id",
        "/record_number",
        "/supersedes",
    }
)
_ORDER: Final = {pointer: place for place, pointer in enumerate(FIELDS)}
_VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "/kind": KINDS,
    "/disclosure_mode": MODES,
    "/subject": SUBJECTS,
    "/disclosure/deviation": {"NONE": "不少于、不低于", **DEVIATIONS},
}
PRODUCT_FIELDS: Final = {
    "name": "产品名称",
    "generic_name": "通用名",
    "model": "型号",
    "specification": "规格",
    "brand": "品牌",
    "barcode": "条码",
    "class_code": "分类",
}
INDICATOR_FIELDS: Final = {
    "name": "指标名称",
    "category": "技术指标分类",
    "condition": "适用条件",
    "requirement": "指标要求",
    "test_method": "测试方法",
    "level_note": "指标水平说明",
}
VERDICTS: Final = {
    "EQUAL": "要求不变",
    "STRICTER": "要求更严",
    "LOOSER": "要求放宽",
    "INCOMPARABLE": "不能直接比较",
}
_EMPTY: Final = "—"


def differences_context(found: Reply) -> dict[str, Any]:
    """Return a comparison as rows of label, before and after."""
    text = found["text"]
    parts = {
        "fields": [
            _row(FIELDS.get(each["pointer"], each["pointer"]), each["pointer"], each)
            for each in sorted(found["fields"], key=_place)
            if each["pointer"] not in _LEFT_OUT
        ],
        "products": _products(found["products"]),
        "indicators": _indicators(found["indicators"]),
        "text": text if text["is_changed"] else None,
    }
    return {"before": found["before"], "after": found["after"], "has_any": any(parts.values()),
            **parts}  # fmt: skip


def _place(change: Mapping[str, Any]) -> tuple[int, str]:
    """Return where a change stands: as the record page has it, what is new to us at the end."""
    return _ORDER.get(change["pointer"], len(_ORDER)), change["pointer"]


def _row(label: str, pointer: str, change: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": label,
        "before": _words(pointer, change["before"]),
        "after": _words(pointer, change["after"]),
    }


def _words(pointer: str, value: object) -> str:
    if value in (None, "", []):
        return _EMPTY
    if isinstance(value, list):
        return "、".join(map(str, value))
    if pointer == "/corrected_at":
        return beijing(str(value))
    return _VALUES.get(pointer, {}).get(str(value), str(value))


def _products(found: Mapping[str, Any]) -> dict[str, Any] | None:
    changed = [
        {
            "name": each["after"]["name"],
            "rows": [
                {
                    "label": PRODUCT_FIELDS.get(name, name),
                    "before": each["before"].get(name) or _EMPTY,
                    "after": each["after"].get(name) or _EMPTY,
                }
                for name in each["fields"]
            ],
        }
        for each in found["changed"]
    ]
    return _part(found, changed)


def _indicators(found: Mapping[str, Any]) -> dict[str, Any] | None:
    changed = [
        {
            "name": each["name"],
            "verdict": VERDICTS.get(each["verdict"], ""),
            "is_looser": each["verdict"] == "LOOSER",
            "rows": [
                {
                    "label": INDICATOR_FIELDS.get(name, name),
                    "before": _indicator_words(each["before"], name),
                    "after": _indicator_words(each["after"], name),
                }
                for name in each["fields"]
                if name in INDICATOR_FIELDS
            ],
        }
        for each in found["changed"]
    ]
    return _part(found, changed)


def _part(found: Mapping[str, Any], changed: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return a part of the comparison; nothing where nothing differs."""
    part = {"added": found["added"], "removed": found["removed"], "changed": changed}
    return part if any(part.values()) else None


def _indicator_words(indicator: Mapping[str, Any], name: str) -> str:
    if name == "requirement":
        return str(indicator["preview"])
    if name == "test_method":
        return method_words(indicator.get("test_method"))
    return str(indicator.get(name) or _EMPTY)
