"""Checking requests: which field, and why, in Chinese."""

from typing import Any

import pytest

from gateway import validation
from gateway.errors import InvalidFieldsError, MalformedJsonError, UnknownFieldsError
from gateway.schemas import fields
from gateway.schemas.declarations import DraftInput
from gateway.schemas.fields import Length, OneOf, Range, Schema

DRAFT: dict[str, Any] = {
    "kind": "ENTERPRISE",
    "number": {"body": "QB 001", "year": "2026"},
    "title": "保温杯",
    "disclosure_mode": "FULL_TEXT",
}


class Sample(Schema):
    count = fields.Integer(required=True, validate=Range(1, 5))
    kind = fields.String(validate=OneOf(("A", "B")))
    names = fields.List(fields.String(validate=Length(1, 3)), validate=Length(1, 2))
    is_good = fields.Boolean()
    limit = fields.Digits(validate=Range(1, 9))


def faults(data: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(InvalidFieldsError) as caught:
        validation.check(Sample, data)
    return {entry.pointer: entry.code for entry in caught.value.fields}


class TestCheck:
    def test_returns_what_fits(self) -> None:
        data = {"count": 3, "kind": "A", "names": ["x"], "is_good": True, "limit": "7"}

        assert validation.check(Sample, data) == {**data, "limit": 7}

    @pytest.mark.parametrize(
        ("data", "expected"),
        [
            ({}, {"/count": "gateway.field_required"}),
            ({"count": None}, {"/count": "gateway.field_null"}),
            ({"count": "3"}, {"/count": "gateway.field_type"}),
            ({"count": True}, {"/count": "gateway.field_type"}),
            ({"count": 3.5}, {"/count": "gateway.field_type"}),
            ({"count": 6}, {"/count": "gateway.field_range"}),
            ({"count": 1, "kind": "C"}, {"/kind": "gateway.field_choice"}),
            ({"count": 1, "kind": 5}, {"/kind": "gateway.field_type"}),
            ({"count": 1, "kind": "A\x00"}, {"/kind": "gateway.field_control_character"}),
            ({"count": 1, "names": ["ok", "long"]}, {"/names/1": "gateway.field_length"}),
            ({"count": 1, "names": []}, {"/names": "gateway.field_required"}),
            ({"count": 1, "names": "x"}, {"/names": "gateway.field_type"}),
            ({"count": 1, "is_good": "yes"}, {"/is_good": "gateway.field_type"}),
            ({"count": 1, "limit": "-1"}, {"/limit": "gateway.field_type"}),
            ({"count": 1, "limit": "1_0"}, {"/limit": "gateway.field_type"}),
        ],
    )
    def test_names_the_field_and_the_fault(
        self, data: dict[str, Any], expected: dict[str, str]
    ) -> None:
        assert faults(data) == expected

    @pytest.mark.proves("F10")
    @pytest.mark.parametrize("name", ["status", "enterprise_id", "published_at", "role"])
    def test_refuses_fields_that_nobody_asked_for(self, name: str) -> None:
        with pytest.raises(UnknownFieldsError) as caught:
            validation.check(DraftInput, {**DRAFT, name: "x"})

        assert [entry.pointer for entry in caught.value.fields] == [f"/{name}"]

    def test_refuses_unknown_fields_of_nested_objects(self) -> None:
        with pytest.raises(UnknownFieldsError):
            validation.check(DraftInput, {**DRAFT, "products": [{"name": "x", "state": "ok"}]})


class TestParseJson:
    def test_takes_an_object_or_nothing(self) -> None:
        assert validation.parse_json(b'{"a": "\\u4e2d"}') == {"a": "中"}
        assert validation.parse_json(b" \r\n") == {}

    @pytest.mark.proves("B7")
    @pytest.mark.parametrize(
        "raw",
        [
            b"[]", b"1", b"null", b'"x"', b"{", b'{"a":1,"a":2}', b"NaN", b'{"a":NaN}', b"\xff",
            b"[" * 100_000, b'{"a":' + b"1" * 10_000 + b"}", b'{"a":' * 50_000,
        ],
    )  # fmt: skip
    def test_refuses_everything_else(self, raw: bytes) -> None:
        with pytest.raises(MalformedJsonError):
            validation.parse_json(raw)
