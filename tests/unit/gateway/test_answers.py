"""What leaves the gateway as a file."""

import pytest

from gateway.answers import content_disposition


class TestContentDisposition:
    @pytest.mark.proves("F12")
    @pytest.mark.parametrize(
        ("name", "star"),
        [
            ("Q QB 001-2026.pdf", "Q%20QB%20001-2026.pdf"),
            ("保温杯.pdf", "%E4%BF%9D%E6%B8%A9%E6%9D%AF.pdf"),
            ("../../etc/passwd", "etcpasswd.pdf"),
            ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie%20x%3D1.pdf"),
            ("fdp.\u202eexe.pdf", "fdp.exe.pdf"),
            ('a".pdf', "a.pdf"),
            ("", "standard.pdf"),
            ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
            ("\ud800.pdf", "standard.pdf"),
            ("a.html", "a.html.pdf"),
        ],
    )
    def test_makes_names_harmless(self, name: str, star: str) -> None:
        header = content_disposition(name)

        assert header.startswith('attachment; filename="')
        assert header.endswith(f"filename*=UTF-8''{star}")
        assert header.isascii()
        assert header.isprintable()
