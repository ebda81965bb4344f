"""PDF files for tests: harmless ones of any size, and one file per way to do harm.

Written byte by byte, so that each file holds exactly the fault that its name tells.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher
from pypdf import PdfReader, PdfWriter

MIB = 1024 * 1024
OPENING_WORD = "Q/ABC"

PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def stream(body: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object's text."""
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(body), entries, body)


def page(entries: bytes = b"", contents: bytes = b"4 0 R") -> bytes:
    """Return a page of the page tree in object 2, with font object 5."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %b "
        b"/Resources << /Font << /F1 5 0 R >> >> %b >>" % (contents, entries)
    )


def text_of(*lines: str) -> bytes:
    """Return a content stream that shows Latin lines."""
    shown = b" ".join(b"(%b) Tj T*" % _escape(line) for line in lines)
    return b"BT /F1 14 Tf 20 TL 72 760 Td %b ET" % shown


def assemble(
    objects: Mapping[int, bytes],
    *,
    trailer: bytes = b"",
    head: bytes = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
) -> bytes:
    """Return a file of numbered objects with object 1 as root and a correct table."""
    out = bytearray(head)
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table_at = len(out)
    size = max(places) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        place = places.get(number)
        out += b"%010d 00000 n \n" % place if place is not None else b"0000000000 00000 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R %b >>\n" % (size, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % table_at
    return bytes(out)


def document(
    *,
    catalog: bytes = b"",
    page_entries: bytes = b"",
    more: Mapping[int, bytes] | None = None,
    **options: bytes,
) -> bytes:
    """Return a one-page document with additions to catalog and page, and objects from 6 on."""
    objects = {
        1: CATALOG[:-2] + catalog + b" >>",
        2: PAGES,
        3: page(page_entries),
        4: stream(text_of("Enterprise standard Q/ABC 001-2026", "Scope and requirements")),
        5: FONT,
    }
    return assemble(objects | dict(more or {}), **options)


def minimal_pdf(
    title: str = "Q/ABC 001-2026", pages: int = 1, size_bytes: int | None = None
) -> bytes:
    """Return a harmless PDF with a line of text on each page, of exactly ``size_bytes`` if given.

    Characters beyond Latin-1 in ``title`` appear in the document's title only.
    """
    first_page = 6
    kids = b" ".join(b"%d 0 R" % (first_page + 2 * index) for index in range(pages))
    objects = {
        1: CATALOG,
        2: b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages),
        4: b"<< /Title <%b> >>" % (b"\xfe\xff" + title.encode("utf-16-be")).hex().encode(),
        5: FONT,
    }
    for index in range(pages):
        number = first_page + 2 * index
        objects[number] = page(contents=b"%d 0 R" % (number + 1))
        objects[number + 1] = stream(text_of(title, f"Page {index + 1} of {pages}"))
    plain = assemble(objects, trailer=b"/Info 4 0 R")
    return plain if size_bytes is None else _padded(objects, size_bytes, len(plain))


def _padded(objects: dict[int, bytes], size: int, least: int) -> bytes:
    number = max(objects) + 1
    padding = max(0, size - least - 100)
    for _ in range(5):
        objects[number] = stream(b"0" * padding)
        made = assemble(objects, trailer=b"/Info 4 0 R")
        if len(made) == size:
            return made
        padding += size - len(made)
        if padding < 0:
            break
    raise ValueError(f"{size} bytes are too few; at least {least + 100}")


def _escape(line: str) -> bytes:
    text = line.encode("latin-1", errors="replace")
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _action(body: bytes) -> bytes:
    """Return a document whose only link does ``body`` when clicked."""
    annotation = b"<< /Type /Annot /Subtype /Link /Rect [0 0 99 99] /A << %b >> >>" % body
    return document(page_entries=b"/Annots [6 0 R]", more={6: annotation})


def _annotation(body: bytes) -> bytes:
    annotation = b"<< /Type /Annot /Rect [0 0 99 99] %b >>" % body
    return document(page_entries=b"/Annots [6 0 R]", more={6: annotation})


def _content(body: bytes, entries: bytes) -> bytes:
    return document(more={4: stream(body, entries)})


def javascript_in_name_tree() -> bytes:
    """Script that runs when the document opens, by the catalog's name tree."""
    names = b"/Names << /JavaScript << /Names [(a) 6 0 R] >> >>"
    return document(catalog=names, more={6: b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"})


def javascript_with_escaped_name() -> bytes:
    """The same action type written ``/J#61vaScript`` and the key ``/#4aS``."""
    return document(catalog=b"/OpenAction << /S /J#61vaScript /#4aS (app.alert\\(1\\)) >>")


def javascript_on_page_open() -> bytes:
    return document(page_entries=b"/AA << /O << /S /JavaScript /JS (1) >> >>")


def javascript_in_a_stream() -> bytes:
    return document(
        catalog=b"/OpenAction 6 0 R",
        more={6: b"<< /S /JavaScript /JS 7 0 R >>", 7: stream(b"app.alert(1)")},
    )


def javascript_type_by_reference() -> bytes:
    return document(
        catalog=b"/OpenAction 6 0 R",
        more={6: b"<< /S 7 0 R /JS 8 0 R >>", 7: b"/JavaScript", 8: b"(app.alert\\(1\\))"},
    )


def javascript_in_object_stream() -> bytes:
    """The action lies compressed in an object stream: no plain text search finds it."""
    inner = b"6 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    packed = zlib.compress(inner)
    listing = stream(packed, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")
    objects = {
        1: CATALOG[:-2] + b"/OpenAction 6 0 R >>",
        2: PAGES,
        3: page(),
        4: stream(text_of("Q/ABC 001-2026")),
        5: FONT,
        7: listing,
    }
    return _with_xref_stream(objects, packed_objects={6: (7, 0)})


def javascript_in_unlisted_object_stream() -> bytes:
    """No table points to the object stream; readers that repair files find it all the same."""
    packed = zlib.compress(
        b"1 0 << /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript >> >>"
    )
    return document(more={7: stream(packed, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode")})


def javascript_in_object_stream_of_encrypted_file() -> bytes:
    """As above, encrypted with the empty password: the stream must be decrypted to be read."""
    inner = zlib.compress(b"6 0 << /S /JavaScript /JS (app.alert\\(1\\)) >>")
    entries = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    objects = {
        1: CATALOG[:-2] + b"/OpenAction 6 0 R >>",
        2: PAGES,
        3: page(),
        4: stream(_encrypted(text_of("Q/ABC 001-2026"), 4)),
        5: FONT,
        7: stream(_encrypted(inner, 7), entries),
        8: ENCRYPTION,
    }
    return _with_xref_stream(objects, {6: (7, 0)}, b"/Encrypt 8 0 R /ID [<00> <00>]")


def javascript_in_old_revision() -> bytes:
    """An update replaced the catalog; the old one with a script is still in the file."""
    return _updated(javascript_on_page_open(), {3: page()})


def javascript_in_update() -> bytes:
    return _updated(document(), {1: CATALOG[:-2] + b"/OpenAction << /S /JavaScript /JS (1) >> >>"})


def javascript_behind_forged_header() -> bytes:
    """A string holds what looks like the start of another object."""
    action = b"<< /T (6 0 obj \\(\\() /S /JavaScript /JS (\\) \\) ) >>"
    return document(catalog=b"/OpenAction 6 0 R", more={6: action})


def javascript_behind_false_stream() -> bytes:
    """A stray keyword would make a careless search take the rest for data."""
    action = b"<< /T [ stream ] /S /JavaScript /JS (1) /U [ >> endstream"
    return document(catalog=b"/OpenAction 6 0 R", more={6: action})


def launch_on_open() -> bytes:
    return document(catalog=b"/OpenAction << /S /Launch /F (cmd.exe) >>")


def launch_in_next() -> bytes:
    """A harmless jump, followed by the harm."""
    return _action(b"/S /GoTo /D [3 0 R /Fit] /Next << /S /Launch /F (cmd.exe) >>")


def submit_form() -> bytes:
    return _action(b"/S /SubmitForm /F << /FS /URL /F (http://example.com/) >>")


def import_data() -> bytes:
    return _action(b"/S /ImportData /F (data.fdf)")


def go_to_remote() -> bytes:
    return _action(b"/S /GoToR /F (other.pdf) /D [0 /Fit]")


def go_to_embedded() -> bytes:
    return _action(b"/S /GoToE /D [0 /Fit] /T << /R /C /N (a.pdf) >>")


def link_to_file() -> bytes:
    return _action(b"/S /URI /URI (f\\151le:///C:/secret.txt)")


def link_to_file_in_hex() -> bytes:
    return _action(b"/S /URI /URI <%b>" % b"file:///etc/passwd".hex().encode())


def link_to_share() -> bytes:
    return _action(b"/S /URI /URI (\\\\\\\\10.0.0.1\\\\share\\\\x)")


def link_to_program() -> bytes:
    return _action(b"/S /URI /URI (ms-msdt:/id PCWDiagnostic)")


def link_on_open() -> bytes:
    """A web address that is called without a click tells someone who reads the file."""
    return document(catalog=b"/OpenAction << /S /URI /URI (https://example.com/seen) >>")


def thread_in_other_file() -> bytes:
    return _action(b"/S /Thread /F (other.pdf) /D 0")


def stream_in_other_file() -> bytes:
    return document(more={6: b"<< /Length 0 /F (//10.0.0.1/x) >>\nstream\n\nendstream"})


def embedded_file() -> bytes:
    names = b"/Names << /EmbeddedFiles << /Names [(a.exe) 6 0 R] >> >>"
    spec = b"<< /Type /Filespec /F (a.exe) /EF << /F 7 0 R >> >>"
    return document(catalog=names, more={6: spec, 7: stream(b"MZ", b"/Type /EmbeddedFile")})


def embedded_file_posing_as_leftover() -> bytes:
    """Named like the command list that a printing tool leaves, but a page with a script."""
    names = b"/Names << /EmbeddedFiles << /Names [(a) 6 0 R] >> >>"
    spec = b"<< /Type /Filespec /F (quitecommands.xml) /EF << /F 7 0 R >> >>"
    body = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>'
    return document(catalog=names, more={6: spec, 7: stream(body, b"/Type /EmbeddedFile")})


def file_attachment_annotation() -> bytes:
    return _annotation(b"/Subtype /FileAttachment /FS << /F (a.exe) >>")


def rich_media_annotation() -> bytes:
    return _annotation(b"/Subtype /RichMedia /RichMediaContent << /Assets << >> >>")


def screen_annotation() -> bytes:
    return _annotation(b"/Subtype /Screen /A << /S /Rendition /OP 0 >>")


def sound_annotation() -> bytes:
    return _annotation(b"/Subtype /Sound /Sound 7 0 R")


def three_d_annotation() -> bytes:
    return _annotation(b"/Subtype /#33D /3DD 7 0 R")


def xfa_form() -> bytes:
    form = b"/AcroForm << /Fields [] /XFA [(template) 6 0 R] >>"
    return document(catalog=form, more={6: stream(b"<xdp:xdp/>")})


def needs_password() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document())))
    writer.encrypt(user_password=OPENING_WORD, owner_password=OPENING_WORD, algorithm="AES-256")
    return _written(writer)


def may_only_be_printed() -> bytes:
    """Opens without a password; copying and changing are restricted. Many official texts do so."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(document())))
    writer.encrypt(user_password="", owner_password=OPENING_WORD, algorithm="AES-256")
    return _written(writer)


def html_polyglot() -> bytes:
    return b"<html><script>alert(1)</script><!--\n" + document() + b"-->"


def zip_polyglot() -> bytes:
    return document() + _archive()


def zip_polyglot_inside() -> bytes:
    """The archive lies in a stream of the file; its directory still closes the file."""
    archive = io.BytesIO(document())
    archive.seek(0, io.SEEK_END)
    with zipfile.ZipFile(archive, "a") as bundle:
        bundle.writestr("a.class", b"\xca\xfe\xba\xbe")
        bundle.comment = b"\nstartxref\n0\n%%EOF\n"
    return archive.getvalue()


def truncated() -> bytes:
    return minimal_pdf(pages=5)[:-700]


def truncated_update() -> bytes:
    whole = _updated(document(), {3: page(), 6: stream(b"x" * 500)})
    return whole[: whole.rindex(b"endstream") - 100]


def not_a_pdf() -> bytes:
    return b"MZ\x90\x00" + bytes(2_000)


def cyclic_page_tree() -> bytes:
    return document(
        more={
            2: b"<< /Type /Pages /Kids [3 0 R 6 0 R] /Count 2 >>",
            6: PAGES.replace(b"3 0", b"2 0"),
        }
    )


def deep_page_tree() -> bytes:
    chain = {
        number: b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (number + 1)
        for number in range(6, 206)
    }
    return document(more={2: b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>"} | chain | {206: page()})


def kids_bomb() -> bytes:
    kids = b"3 0 R " * 300_000
    return document(more={2: b"<< /Type /Pages /Kids [%b] /Count 300000 >>" % kids})


def kids_bomb_with_false_count() -> bytes:
    return document(more={2: b"<< /Type /Pages /Kids [%b] /Count 1 >>" % (b"3 0 R " * 5_000)})


def too_many_pages() -> bytes:
    return minimal_pdf(pages=2_001)


def too_many_objects() -> bytes:
    return document(more=dict.fromkeys(range(6, 200_100), b"null"))


def nested_arrays() -> bytes:
    deep = b"[" * 20_000 + b"]" * 20_000
    return document(page_entries=b"/Deep 6 0 R", more={6: deep})


def nested_dictionaries_nobody_uses() -> bytes:
    return document(more={6: b"<< /A " * 20_000 + b"1" + b" >>" * 20_000})


def flate_bomb() -> bytes:
    return _content(_zeros(500 * MIB), b"/Filter /FlateDecode")


def double_flate_bomb() -> bytes:
    filters = b"/Filter [/FlateDecode /FlateDecode]"
    return _content(zlib.compress(_zeros(1024 * MIB), 9), filters)


def flate_bomb_of_many_streams() -> bytes:
    one = stream(_zeros(60 * MIB), b"/Filter /FlateDecode")
    return document(more=dict.fromkeys(range(6, 26), one))


def flate_bomb_with_escaped_filter() -> bytes:
    return _content(_zeros(500 * MIB), b"/F#69lter /Fl#61teDecode")


def run_length_bomb() -> bytes:
    return _content(b"\x81 " * (2 * MIB) + b"\x80", b"/Filter /RunLengthDecode")


def object_stream_bomb() -> bytes:
    entries = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    return document(more={6: stream(_zeros(500 * MIB), entries)})


def encrypted_flate_bomb() -> bytes:
    body = _encrypted(_zeros(200 * MIB), 4)
    contents = stream(body, b"/Filter /FlateDecode")
    return document(more={4: contents, 8: ENCRYPTION}, trailer=b"/Encrypt 8 0 R /ID [<00> <00>]")


def picture_bomb() -> bytes:
    entries = (
        b"/Type /XObject /Subtype /Image /Width 100000 /Height 100000 /ColorSpace /DeviceGray "
        b"/BitsPerComponent 1 /Filter /CCITTFaxDecode"
    )
    return document(more={6: stream(b"\0" * 100, entries)})


def jbig2_picture_bomb() -> bytes:
    """The dictionary says 10 by 10, the picture's own header 100,000 by 100,000."""
    side = (100_000).to_bytes(4, "big")
    segment = b"\0\0\0\0\x30\0\1\0\0\0\x13" + side + side + bytes(11)
    entries = (
        b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /ColorSpace /DeviceGray "
        b"/BitsPerComponent 1 /Filter /JBIG2Decode"
    )
    return document(more={6: stream(segment, entries)})


def table_loop() -> bytes:
    """Each of two tables names the other as the one before."""
    plain = document(trailer=b"/Prev 0000000000")
    at = int(plain.rsplit(b"startxref\n", 1)[1].split()[0])
    return plain.replace(b"/Prev 0000000000", b"/Prev %010d" % at)


def slow_text() -> bytes:
    """A map of 2 MB from glyphs to characters."""
    rows = b"".join(b"<%04x> <4e%02x>\n" % (code % 65_536, code % 256) for code in range(140_000))
    cmap = b"begincmap 100 beginbfchar\n" + rows + b"endbfchar endcmap"
    font = FONT[:-2] + b"/ToUnicode 6 0 R >>"
    return document(more={5: font, 6: stream(cmap)})


def metadata_with_entities() -> bytes:
    body = b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12))
    xmp = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">' + body + b"]><x>&a11;</x>"
    return document(catalog=b"/Metadata 6 0 R", more={6: stream(xmp, b"/Type /Metadata")})


def _zeros(size: int) -> bytes:
    """Return a zlib stream of zeros, made of one repeated block."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = (size % 65_521 << 16) | 1  # Adler-32 of zeros
    return b"\x78\xda" + block * (size // MIB) + b"\x03\0" + checksum.to_bytes(4, "big")


def _archive() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("a.txt", "hidden")
    return archive.getvalue()


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _updated(original: bytes, objects: Mapping[int, bytes]) -> bytes:
    """Return the file with an update appended, as editors do when they save."""
    previous = int(original.rsplit(b"startxref\n", 1)[1].split()[0])
    out = bytearray(original)
    rows = bytearray()
    for number, body in objects.items():
        rows += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table_at = len(out)
    out += b"xref\n%btrailer\n<< /Size 10 /Root 1 0 R /Prev %d >>\n" % (rows, previous)
    out += b"startxref\n%d\n%%%%EOF\n" % table_at
    return bytes(out)


def _encryption() -> tuple[bytes, bytes]:
    """Return the key and the dictionary of a 40-bit encryption with an empty user password."""
    padding = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
    owner_key = _md5(b"owner" + padding[:27])[:5]
    owner = _rc4(owner_key, padding)
    rights = (-4).to_bytes(4, "little", signed=True)
    key = _md5(padding + owner + rights + b"\0")[:5]
    user = _rc4(key, padding)
    entries = (owner.hex().encode(), user.hex().encode())
    return key, b"<< /Filter /Standard /V 1 /R 2 /O <%b> /U <%b> /P -4 >>" % entries


def _encrypted(body: bytes, number: int) -> bytes:
    key = _md5(_encryption()[0] + number.to_bytes(3, "little") + b"\0\0")[:10]
    return _rc4(key, body)


def _md5(body: bytes) -> bytes:
    return hashlib.md5(body, usedforsecurity=False).digest()


def _rc4(key: bytes, body: bytes) -> bytes:
    cipher = Cipher(ARC4(key), mode=None).encryptor()
    return cipher.update(body) + cipher.finalize()


def _with_xref_stream(
    objects: Mapping[int, bytes],
    packed_objects: Mapping[int, tuple[int, int]],
    more_entries: bytes = b"",
) -> bytes:
    """Return a file whose table is a stream, as objects in object streams need."""
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    rows = {0: b"\0\0\0\0\0\xff"}
    for number, body in objects.items():
        rows[number] = b"\1" + len(out).to_bytes(4, "big") + b"\0"
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    for number, (listing, index) in packed_objects.items():
        rows[number] = b"\2" + listing.to_bytes(4, "big") + bytes([index])
    table_number = max(rows) + 1
    table_at = len(out)
    rows[table_number] = b"\1" + table_at.to_bytes(4, "big") + b"\0"
    body = zlib.compress(b"".join(rows[number] for number in sorted(rows)))
    entries = b"/Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Filter /FlateDecode" % len(rows)
    entries += b" " + more_entries
    out += b"%d 0 obj\n%b\nendobj\n" % (table_number, stream(body, entries))
    out += b"startxref\n%d\n%%%%EOF\n" % table_at
    return bytes(out)


ENCRYPTION = _encryption()[1]

ATTACKS: dict[Callable[[], bytes], str] = {
    javascript_in_name_tree: "has_javascript",
    javascript_with_escaped_name: "has_javascript",
    javascript_on_page_open: "has_javascript",
    javascript_in_a_stream: "has_javascript",
    javascript_type_by_reference: "has_javascript",
    javascript_in_object_stream: "has_javascript",
    javascript_in_unlisted_object_stream: "has_javascript",
    javascript_in_object_stream_of_encrypted_file: "has_javascript",
    javascript_in_old_revision: "has_javascript",
    javascript_in_update: "has_javascript",
    javascript_behind_forged_header: "has_javascript",
    javascript_behind_false_stream: "has_javascript",
    launch_on_open: "has_launch_action",
    launch_in_next: "has_launch_action",
    submit_form: "has_external_action",
    import_data: "has_external_action",
    go_to_remote: "has_external_action",
    go_to_embedded: "has_external_action",
    link_to_file: "has_external_action",
    link_to_file_in_hex: "has_external_action",
    link_to_share: "has_external_action",
    link_to_program: "has_external_action",
    link_on_open: "has_external_action",
    thread_in_other_file: "has_external_action",
    stream_in_other_file: "has_external_action",
    embedded_file: "has_attachments",
    embedded_file_posing_as_leftover: "has_attachments",
    file_attachment_annotation: "has_attachments",
    rich_media_annotation: "rich_media",
    screen_annotation: "rich_media",
    sound_annotation: "rich_media",
    three_d_annotation: "rich_media",
    xfa_form: "has_xfa",
    needs_password: "encrypted",
    html_polyglot: "polyglot_header",
    zip_polyglot: "polyglot_archive",
    zip_polyglot_inside: "polyglot_archive",
    truncated: "truncated",
    truncated_update: "truncated",
    not_a_pdf: "not_pdf",
    cyclic_page_tree: "damaged",
    deep_page_tree: "too_complex",
    kids_bomb: "too_complex",
    kids_bomb_with_false_count: "too_many_pages",
    too_many_pages: "too_many_pages",
    too_many_objects: "too_many_objects",
    nested_arrays: "too_complex",
    nested_dictionaries_nobody_uses: "too_complex",
    flate_bomb: "too_complex",
    double_flate_bomb: "too_complex",
    flate_bomb_of_many_streams: "too_complex",
    flate_bomb_with_escaped_filter: "too_complex",
    run_length_bomb: "too_complex",
    object_stream_bomb: "too_complex",
    encrypted_flate_bomb: "too_complex",
    picture_bomb: "too_complex",
    jbig2_picture_bomb: "too_complex",
    table_loop: "damaged",
}
"""Builder → the reason for which its file is refused."""

HARMLESS: tuple[Callable[[], bytes], ...] = (
    document,
    minimal_pdf,
    may_only_be_printed,
    slow_text,
    metadata_with_entities,
)
"""Builders of files that are accepted."""
