"""Links may lead to the web and to mailboxes, nowhere else."""

import pytest

from services.standards.adapters import pdf_actions
from services.standards.domain.pdf_reasons import REASONS


class TestIsWebLink:
    @pytest.mark.parametrize(
        "target",
        [
            "https://std.samr.gov.cn/",
            "HTTP://example.com",
            "mailto:a@example.com",
            "tel:+861012345678",
            "www.example.com",
            "www.example.cn:8080/x",
            "annex.html#a",
            "#page=2",
            "",
            "https://szlx.pkulaw.com/chl/javascript:void(0);",
            " https://example.com",
        ],
    )
    def test_yes(self, target: str) -> None:
        assert pdf_actions.is_web_link(target)

    @pytest.mark.parametrize(
        "target",
        [
            "file:///C:/Users/a.docx",
            "FILE:/etc/passwd",
            "fi\nle:///x",
            "\u200bfile:///x",
            "%66ile:///x",
            "C:\\a.exe",
            "D:/a.docx",
            "\\\\server\\share",
            "//server/share",
            "smb://server/share",
            "javascript:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "ms-msdt:/id",
            "search-ms:query=x",
        ],
    )
    def test_no(self, target: str) -> None:
        assert not pdf_actions.is_web_link(target)


class TestTables:
    def test_every_code_has_a_text_and_a_rank(self) -> None:
        codes = set(pdf_actions.NAMES.values())

        assert codes == set(pdf_actions.PRIORITY)
        assert codes <= set(REASONS)

    def test_what_runs_without_a_click_is_harmless(self) -> None:
        assert pdf_actions.AUTOMATIC.isdisjoint(pdf_actions.ACTION_TYPES)
