"""The texts that are sent."""

import json
import re
from pathlib import Path

import pytest

from chassis import schemas
from chassis.schemas import ContractError
from services.notify.domain import texts
from services.notify.domain.templates import (
    INBOX_TEMPLATES,
    SIGNATURE,
    TEMPLATES,
    TemplateError,
    fields_in,
    render,
    render_inbox,
)

SCHEMAS = Path(__file__).resolve().parents[4] / "contracts/schemas/notify"
CODES = sorted(name for name in TEMPLATES if name.endswith("_CODE"))


def enumerated(name: str) -> set[str]:
    """Return the templates that a contract names."""
    schema = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return set(schema["properties"]["template"]["enum"])


class TestRender:
    @pytest.mark.proves("R-048")
    def test_puts_the_six_digits_into_the_text(self) -> None:
        """手册 2.1: 手机会收到 6 位验证码."""
        text = render("REGISTRATION_CODE", {"code": "012345", "minutes": "5"})

        assert text.startswith(SIGNATURE)
        assert re.findall(r"[0-9]{6}", text) == ["012345"]

    @pytest.mark.parametrize(
        ("template", "values"),
        [
            ("UNKNOWN", {}),
            ("REGISTRATION_CODE", {"code": "012345"}),
            ("REGISTRATION_CODE", {"code": "1", "minutes": "5", "more": "x"}),
        ],
    )
    def test_refuses_what_does_not_fit(self, template: str, values: dict[str, str]) -> None:
        with pytest.raises(TemplateError):
            render(template, values)

    def test_has_every_template_of_the_contract(self) -> None:
        assert enumerated("send_sms.v1") == set(TEMPLATES)

    @pytest.mark.parametrize("template", CODES)
    @pytest.mark.proves("R-209")
    def test_a_code_says_what_for_how_long_and_to_tell_nobody(self, template: str) -> None:
        text = render(template, {"code": "012345", "minutes": "5"})

        assert text.count("012345") == 1
        assert "5分钟" in text
        assert "请勿告诉他人" in text

    def test_codes_are_told_apart(self) -> None:
        assert len({TEMPLATES[template] for template in CODES}) == len(CODES) == 6

    def test_leaves_braces_in_values_alone(self) -> None:
        text = render("ACCOUNT_FROZEN", {"reason": "{reason} {0}"})

        assert "{reason} {0}" in text


class TestRenderInbox:
    @pytest.mark.parametrize("template", sorted(INBOX_TEMPLATES))
    def test_keeps_to_the_contract(self, template: str) -> None:
        names = fields_in(INBOX_TEMPLATES[template].body)
        data = {
            "recipient": "user:1",
            "template": template,
            "values": {name: f"<{name}>" for name in names},
            "link": "",
            "request_id": "01932c07-9d5e-7c41-9a3b-5f2e6d1c8b70",
        }

        schemas.validate("notify", "post_message.v1", data)
        text = render_inbox(template, data["values"])  # type: ignore[arg-type] # texts, see above
        with pytest.raises(ContractError):
            schemas.validate("notify", "post_message.v1", {**data, "values": {"more": "x"}})

        assert all(f"<{name}>" in text.body for name in names)
        assert text.title

    def test_has_every_template_of_the_contract(self) -> None:
        assert enumerated("post_message.v1") == set(INBOX_TEMPLATES)

    def test_refuses_unknown_ones(self) -> None:
        with pytest.raises(TemplateError):
            render_inbox("UNKNOWN", {})


class TestPreview:
    @pytest.mark.parametrize("name", sorted(TEMPLATES))
    def test_shows_every_message(self, name: str) -> None:
        assert "{" not in texts.preview(texts.TextKind.SMS, TEMPLATES[name])

    @pytest.mark.parametrize("name", sorted(INBOX_TEMPLATES))
    def test_shows_every_letter(self, name: str) -> None:
        assert "{" not in texts.preview(texts.TextKind.INBOX, INBOX_TEMPLATES[name].body)
