"""Make small PDF files with Chinese text out of nothing: for demonstrations and tests.

The font is one of those that every reader of Chinese PDF files has or replaces; a table says which
character each code is, so that the words can be copied and searched.
"""

import zlib
from collections.abc import Sequence
from typing import Final

_PAGE_WIDTH, _PAGE_HEIGHT = 595, 842
_MARGIN: Final = 72
_SIZE: Final = 12
_LEADING: Final = 22
_LINES: Final = (_PAGE_HEIGHT - 2 * _MARGIN) // _LEADING
_COLUMNS: Final = (_PAGE_WIDTH - 2 * _MARGIN) // _SIZE
_RANGES_PER_BLOCK: Final = 100

_FONT: Final = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
    b" /DescendantFonts [4 0 R] /ToUnicode 5 0 R >>"
)
_CHARACTERS: Final = (
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6"
    b" /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120"
    b" /CapHeight 880 /StemV 93 >> >>"
)


def make_pdf(lines: Sequence[str]) -> bytes:
    """Return a PDF file with these lines of text, wrapped and put on pages of A4."""
    wrapped = [piece for line in lines for piece in _wrap(line)]
    pages = [wrapped[start : start + _LINES] for start in range(0, len(wrapped), _LINES)] or [[]]
    first_page = 6
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (zh-CN) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _FONT,
        _CHARACTERS,
        _stream(_to_unicode()),
    ]
    for number, page in enumerate(pages):
        content = first_page + 2 * number + 1
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_PAGE_WIDTH} {_PAGE_HEIGHT}]"
            f" /Resources << /Font << /F1 3 0 R >> >> /Contents {content} 0 R >>".encode()
        )
        objects.append(_stream(_content(page)))
    return _assemble(objects)


def _wrap(line: str) -> list[str]:
    return [line[start : start + _COLUMNS] for start in range(0, len(line), _COLUMNS)] or [""]


def _content(lines: Sequence[str]) -> bytes:
    top = _PAGE_HEIGHT - _MARGIN
    shown = [f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines]
    start = f"BT /F1 {_SIZE} Tf {_LEADING} TL {_MARGIN} {top} Td"
    return "\n".join([start, *shown, "ET"]).encode()


def _to_unicode() -> bytes:
    """Return the table that says: each code is the character of the same number."""
    ranges = [f"<{high:02x}00> <{high:02x}ff> <{high:02x}00>" for high in range(256)]
    blocks = [
        ranges[start : start + _RANGES_PER_BLOCK]
        for start in range(0, len(ranges), _RANGES_PER_BLOCK)
    ]
    body = "\n".join(
        f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks
    )
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"
        "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n"
        f"{body}\n"
        "endcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode()


def _stream(body: bytes) -> bytes:
    packed = zlib.compress(body, 9)
    head = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode()
    return head + packed + b"\nendstream"


def _assemble(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.7\n%\xe4\xbc\x81\xe6\xa0\x87\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    out += f"startxref\n{table}\n%%EOF\n".encode()
    return bytes(out)
