"""Inspect one uploaded PDF; the job module that runs in the limited child process.

Answers the question "may everybody be offered this file?": it is one whole PDF, opens without a
password in common readers, does nothing by itself, carries no other files, leads nowhere but to the
web, and unfolds to a bounded size. Small faults that readers forgive are forgiven here too.
Whatever could hold objects has been looked at, or the file is refused.
"""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from chassis.job_child import JobRefusedError
from services.standards.adapters import pdf_actions, pdf_bytes, pdf_streams, pdf_syntax
from services.standards.adapters.pdf_streams import StreamKind
from services.standards.adapters.pdf_syntax import PdfObject, Syntax

if TYPE_CHECKING:
    from services.standards.adapters import pdf_pages, pdf_walk

_FIRST_MATTERS: Final = {code: rank for rank, code in enumerate(pdf_actions.PRIORITY)}


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Inspect the file ``payload["path"]`` of at most ``payload["max_bytes"]``.

    The text of the pages, separated by form feeds, goes to ``payload["text_path"]`` when the file
    is accepted and its text layer is good. Returns ``sha256``, ``pages``, ``is_scanned``,
    ``text_quality``, ``is_text_complete``, ``text_bytes``.

    Raises:
        JobRefusedError: the code is one of ``domain.pdf_reasons``.
    """
    path = Path(payload["path"])
    if path.stat().st_size > payload["max_bytes"]:
        raise JobRefusedError("too_large")
    data = path.read_bytes()
    pdf_bytes.check_envelope(data)
    inspection = _Inspection(path, data)
    inspection.search_bytes()
    answer = inspection.read_as_readers_do()
    text = answer.pop("text")
    if payload.get("text_path") and text:
        _write(payload["text_path"], text)
    return answer | {"sha256": hashlib.sha256(data).hexdigest(), "text_bytes": len(text)}


class _Inspection:
    """Go over one file: first the bytes alone, then as PDFium and pypdf see it."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data
        self._syntax = Syntax(data)
        self._object_count = len(self._syntax)
        self._inflater = pdf_streams.Inflater()
        self._is_encrypted = False
        self._suspects: list[tuple[str, str]] = []
        self._links: list[str] = []
        self._attachments: set[int] = set()
        self._deferred: list[PdfObject] = []  # streams that only pypdf can decode

    def search_bytes(self) -> None:
        """Search the file and its object streams for what must not be there.

        Raises:
            JobRefusedError: something is.
        """
        found = list(self._syntax.objects_of_interest())
        self._is_encrypted = any(item.is_encryption_named for item in found)
        for item in found:
            self._note(item)
            if item.stream_at >= 0:
                self._check_stream(item)
        if self._links and not self._is_encrypted:
            self._suspects.append(("has_external_action", f"/URI {self._links[0]}"))
        _refuse_worst(self._suspects)

    def read_as_readers_do(self) -> dict[str, Any]:
        """Open the file, follow its references, and read its pages.

        Raises:
            JobRefusedError: it does not open, or something must not be there.
        """
        from services.standards.adapters import pdf_pages  # noqa: PLC0415 - most refusals need no PDFium

        with pdf_pages.Document(self._path) as document:
            inert = self._walk()
            document.check_page_count()
            if document.has_javascript:
                raise JobRefusedError("has_javascript", "seen by PDFium")
            if document.attachment_count > inert:
                raise JobRefusedError("has_attachments", "seen by PDFium")
            return self._read_pages(document)

    def _read_pages(self, document: "pdf_pages.Document") -> dict[str, Any]:
        from services.standards.adapters import pdf_text  # noqa: PLC0415 - as above

        pages = document.read_pages()
        text = "\f".join(pages.text)
        quality = pdf_text.judge_text(text)
        return {
            "pages": document.page_count,
            "is_scanned": pages.is_scanned,
            "text_quality": quality,
            "is_text_complete": pages.is_complete,
            "text": text.encode() if quality == pdf_text.GOOD else b"",
        }

    def _walk(self) -> int:
        """Follow the references; return how many harmless attachments there are."""
        from services.standards.adapters import pdf_walk  # noqa: PLC0415 - as above

        try:
            walk = pdf_walk.Walk(self._data)
        except MemoryError:
            raise
        except JobRefusedError as error:
            if error.code == "encrypted" and self._attachments:  # PDFium could open the rest
                raise JobRefusedError("has_attachments", "encrypted ones") from error
            raise
        except Exception as error:  # noqa: BLE001 - pypdf raises anything for a damaged file
            self._do_without_walk(f"{type(error).__name__}: {error}")
            return 0
        for item in self._deferred:
            self._decode_deferred(walk, item)
        findings = walk.run()
        stray = self._attachments - findings.attachment_objects
        if stray:
            findings.suspects.append(("has_attachments", f"objects {sorted(stray)[:5]}"))
        _refuse_worst([*self._suspects, *findings.suspects])
        return findings.inert_attachments

    def _do_without_walk(self, why: str) -> None:
        """Be content with the search through the bytes, if it could see everything.

        Raises:
            JobRefusedError: it could not, or there are attachments.
        """
        if self._attachments:
            raise JobRefusedError("has_attachments", f"objects {sorted(self._attachments)[:5]}")
        if self._is_encrypted or any(map(_is_object_stream, self._deferred)):
            raise JobRefusedError("damaged", why)

    def _note(self, item: PdfObject) -> None:
        if item.depth > pdf_syntax.MAX_NESTING:
            raise JobRefusedError("too_complex", f"object {item.number} nests {item.depth} deep")
        self._links.extend(item.strange_links)
        for code, detail in item.suspects:
            if code == "has_attachments" and detail != "/FileAttachment":
                self._attachments.add(item.number)
            else:
                self._suspects.append((code, f"{detail} in object {item.number}"))

    def _check_stream(self, item: PdfObject) -> None:
        kind = pdf_streams.kind_of(item)
        is_listing = _is_object_stream(item)
        if kind is StreamKind.PICTURE and not is_listing:
            pdf_streams.check_picture(self._data, item)
        elif self._is_encrypted or kind is StreamKind.OTHER or "DecodeParms" in item.entries:
            self._deferred.append(item)
        elif kind is StreamKind.FLATE:
            content = self._inflater.inflate(self._data, item, is_kept=is_listing)
            if is_listing:
                self._search_listing(item, content)
        elif is_listing:
            self._search_listing(item, self._data[item.stream_at : item.end])

    def _decode_deferred(self, walk: "pdf_walk.Walk", item: PdfObject) -> None:
        content = walk.decode(item.number, item.generation)
        if content is not None:
            self._inflater.count(len(content), len(content))
        if not _is_object_stream(item):
            return
        if content is None:
            raise JobRefusedError("damaged", f"object stream {item.number} cannot be read")
        links = len(self._links)
        self._search_listing(item, content)
        if len(self._links) > links:
            self._suspects.append(("has_external_action", f"/URI {self._links[-1]}"))

    def _search_listing(self, item: PdfObject, content: bytes) -> None:
        """Search the objects in an object stream; their strings are never encrypted again."""
        words = item.entries.get("First") or ["0"]
        listing = Syntax.of_object_stream(content, int(words[0]) if words[0].isdigit() else 0)
        self._object_count += len(listing)
        if self._object_count > pdf_syntax.MAX_OBJECTS:
            raise JobRefusedError("too_many_objects", f"more than {pdf_syntax.MAX_OBJECTS}")
        for inner in listing.objects_of_interest():
            self._note(inner)


def _is_object_stream(item: PdfObject) -> bool:
    return "/ObjStm" in item.entries.get("Type", ())


def _refuse_worst(suspects: list[tuple[str, str]]) -> None:
    if suspects:
        raise JobRefusedError(*min(suspects, key=lambda suspect: _FIRST_MATTERS[suspect[0]]))


def _write(path: str, text: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(text)
