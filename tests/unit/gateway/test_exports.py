"""The file of an enterprise is put together page by page, up to a bound."""

from types import SimpleNamespace
from typing import Any

import pytest

from gateway.routes import exports


class Pages:
    """Answer with pages of so many rows, and note what was asked for."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.asked: list[dict[str, Any]] = []

    def page(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(wanted)
        start = (wanted["page"] - 1) * wanted["page_size"]
        rows = range(start, min(self.total, start + wanted["page_size"]))
        return {"items": [{"row": row} for row in rows], "total": self.total}

    def after(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(wanted)
        first = wanted["after"] + 1
        rows = range(first, min(self.total, wanted["after"] + wanted["limit"]) + 1)
        return {
            "rows": [{"sequence": row} for row in rows],
            "next_after": rows[-1] if rows else wanted["after"],
        }


def export(*, audit: Pages, declarations: Pages, messages: Pages) -> dict[str, Any]:
    services = SimpleNamespace(
        team=SimpleNamespace(export_enterprise=lambda body: {"given": body, "capped": ["keys"]}),
        accounts=SimpleNamespace(list_own_audit=audit.after),
        standards=SimpleNamespace(list_declarations=declarations.page),
        notify=SimpleNamespace(list_messages=messages.page),
        webhooks=SimpleNamespace(list_webhooks=lambda: {"items": [{"url": "https://a.example"}]}),
    )
    exchange: Any = SimpleNamespace(services=services, body={"password": "x"})
    answer: Any = exports.export_enterprise(exchange)
    assert answer.file_name == "qibiao-enterprise-export.json"
    return dict(answer.data)


class TestExport:
    def test_goes_through_all_pages_of_all_tables(self) -> None:
        audit, declarations, messages = Pages(200), Pages(99), Pages(250)

        found = export(audit=audit, declarations=declarations, messages=messages)

        assert found["capped"] == ["keys"]
        assert found["webhooks"] == [{"url": "https://a.example"}]
        assert [row["sequence"] for row in found["audit"]] == list(range(1, 201))
        assert [row["row"] for row in found["messages"]] == list(range(250))
        assert len(found["declarations"]) == 99 * 10
        tables = {(asked["kind"], asked["state"]) for asked in declarations.asked}
        assert len(tables) == 10
        assert {row["kind"] for row in found["declarations"]} == {kind for kind, _ in tables}

    def test_stops_asking_where_it_says_that_there_is_more(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(exports, "MOST_ROWS", 150)
        audit, declarations, messages = Pages(10_000), Pages(10_000), Pages(150)

        found = export(audit=audit, declarations=declarations, messages=messages)

        assert found["capped"] == ["keys", "audit", "declarations"]
        sizes = {len(found[part]) for part in ("audit", "declarations", "messages")}
        assert sizes == {150}
        assert [len(each.asked) for each in (audit, declarations, messages)] == [2, 2, 2]
