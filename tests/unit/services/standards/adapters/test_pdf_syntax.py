"""The search through the bytes overlooks no name that a reader could see."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.job_child import JobRefusedError
from services.standards.adapters import pdf_syntax
from services.standards.adapters.pdf_syntax import PdfObject, Syntax, decode_name


def read(text: bytes) -> list[PdfObject]:
    return list(Syntax(text).objects_of_interest())


def codes(text: bytes) -> set[str]:
    return {code for found in read(text) for code, _ in found.suspects}


class TestNames:
    @pytest.mark.parametrize(
        ("raw", "name"),
        [
            (b"/JavaScript", "JavaScript"),
            (b"/J#61vaScript", "JavaScript"),
            (b"/A#2", "A#2"),
            (b"/", ""),
        ],
    )
    def test_undoes_escapes(self, raw: bytes, name: str) -> None:
        assert decode_name(raw) == name

    @pytest.mark.proves("F11")
    @pytest.mark.parametrize(
        "text",
        [
            b"1 0 obj << /S /JavaScript >> endobj",
            b"1 0 obj <</S/JavaScript>> endobj",
            b"1 0 obj << /S /#4aavaScript >> endobj",
            b"1 0 obj << /S /J#61#76aScript >> endobj",
            b"1\n\n0\tobj<</S%comment\n/JavaScript>>",
            b"1 0 obj << /T (a \\) b) /S /JavaScript >>",
            b"1 0 obj << /T (a (b) c) /S /JavaScript >>",
            b"1 0 obj << /T <4142> /S /JavaScript >>",
            b"1 0 obj << /T (unclosed /S /JavaScript >> endobj 2 0 obj << /S /JavaScript >>",
            b"trailer << /Root << /OpenAction << /S /JavaScript >> >> >>",
            b"1 0 obj << >> stream\nabc\nendstream endobj trailer << /A /JavaScript >>",
            b"1 0 obj << >> stream\n2 0 obj << /S /JavaScript >> endobj\nendstream",
            b"1 0 obj << /A stream /S /JavaScript >> endstream",
            b"1 0 obj << /A [ >> stream ] /S /JavaScript >> endstream",
            b"1 0 obj << /T (2 0 obj ) /S /JavaScript >>",
            b"1 0 obj << /T (2 0 obj \\(\\( ) /S /JavaScript /T (\\)\\)) >>",
        ],
    )
    def test_sees_a_script(self, text: bytes) -> None:
        assert codes(text) == {"has_javascript"}

    @pytest.mark.parametrize(
        "text",
        [
            b"1 0 obj << /T (how to use /JavaScript here) >> endobj",
            b"1 0 obj << /T (https://example.com/JavaScript) >> endobj",
            b"1 0 obj % /JavaScript\n<< >> endobj",
            b"1 0 obj << /Length 13 >> stream\n <a/JavaScript \nendstream endobj",
            b"1 0 obj << /JavaScripts 1 /JSX 2 /XFAA 3 >> endobj",
            b"1 0 obj << /F1 /Movie /Role /Sound /Screen 4 0 R >> endobj",
            b"1 0 obj << /S /GoTo /D [2 0 R /Fit] >> endobj",
        ],
    )
    def test_sees_no_script_where_none_is(self, text: bytes) -> None:
        assert codes(text) == set()

    def test_ambiguous_names_count_as_types(self) -> None:
        assert codes(b"1 0 obj << /Subtype /Movie >>") == {"rich_media"}
        assert codes(b"1 0 obj << /S/Sound >>") == {"rich_media"}

    @pytest.mark.proves("F11")
    @settings(deadline=None)
    @given(
        noise=st.lists(
            st.sampled_from(
                [b"(", b")", b"<<", b">>", b"[", b"]", b"stream\n", b"%x\n", b"/A ", b"1 "]
            )
        )
    )
    def test_a_script_in_an_object_of_its_own_is_always_seen(self, noise: list[bytes]) -> None:
        text = b"1 0 obj " + b"".join(noise) + b" endobj\n2 0 obj << /S /JavaScript >> endobj"

        assert codes(text) == {"has_javascript"}


class TestLinks:
    @pytest.mark.parametrize(
        "link",
        [
            b"(file:///c)",
            b"(f\\151le:///c)",
            b"(FILE:/c)",
            b"<66696c653a2f2f2f63>",
            b"(\\\\\\\\srv\\\\x)",
        ],
    )
    def test_sees_a_strange_one(self, link: bytes) -> None:
        (found,) = read(b"1 0 obj << /S /URI /URI " + link + b" >>")

        assert len(found.strange_links) == 1

    @pytest.mark.parametrize(
        "link",
        [b"(http://a.cn/)", b"(mailto:a@b.cn)", b"(www.baidu.com)", b"(a\\\nb.html)", b"5 0 R"],
    )
    def test_lets_the_web_pass(self, link: bytes) -> None:
        (found,) = read(b"1 0 obj << /S /URI /URI " + link + b" >>")

        assert found.strange_links == []


class TestStreams:
    def test_tells_entries_and_data(self) -> None:
        text = (
            b"7 0 obj << /Type /ObjStm /N 2 /First 10 /Filter [ /Fl#61teDecode /LZWDecode ] "
            b"/Length 3 0 R /F (x) /P << /Filter /Inner >> >>\r\nstream\r\nDATA\nendstream endobj"
        )

        (found,) = read(text)

        assert (found.number, found.generation) == (7, 0)
        assert found.entries["Filter"] == ["/FlateDecode", "/LZWDecode"]
        assert found.entries["First"] == ["10"]
        assert found.entries["F"] == ["(x"]
        assert text[found.stream_at :].startswith(b"DATA")

    def test_reads_an_object_stream(self) -> None:
        body = b"10 0 11 9 << /A 1 >><< /S /Launch >>"

        found = [
            (item.number, item.suspects)
            for item in Syntax.of_object_stream(body, 10).objects_of_interest()
            if item.suspects
        ]

        assert found == [(11, [("has_launch_action", "/Launch")])]

    @pytest.mark.parametrize("first", [-1, 0, 5, 10**9])
    def test_reads_an_object_stream_with_a_false_index(self, first: int) -> None:
        listing = Syntax.of_object_stream(b"999999999 x 1 5 << /S /Launch >>", first)

        assert any(item.suspects for item in listing.objects_of_interest())


class TestBounds:
    @pytest.mark.proves("F11")
    def test_counts_objects(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf_syntax, "MAX_OBJECTS", 10)

        with pytest.raises(JobRefusedError) as caught:
            Syntax(b"".join(b"%d 0 obj null endobj\n" % number for number in range(11)))

        assert caught.value.code == "too_many_objects"

    @pytest.mark.parametrize(("depth", "is_seen"), [(300, True), (100, False)])
    def test_measures_nesting(self, depth: int, is_seen: bool) -> None:  # noqa: FBT001
        found = read(b"1 0 obj " + b"[" * depth + b"]" * depth + b" endobj")

        assert [item.depth > pdf_syntax.MAX_NESTING for item in found] == (
            [True] if is_seen else []
        )

    @pytest.mark.proves("F11")
    @pytest.mark.parametrize(
        "piece",
        [
            b"(",
            b"(\\",
            b"<",
            b"<<",
            b"[",
            b"/JS ",
            b"/#4",
            b"1 0 obj (",
            b"stream\n",
            b"1 0 obj /JS (",
            b"%",
            b"1 ",
        ],
    )
    def test_takes_time_in_proportion_to_size(self, piece: bytes) -> None:
        text = piece * (200_000 // len(piece))
        started = time.process_time()

        with suppress(JobRefusedError):
            read(text)

        assert time.process_time() - started < 6
