"""Open a PDF as a mainstream reader does (PDFium), and take the text of its pages.

What PDFium cannot open or show, a citizen's browser cannot either. Runs in the child: PDFium is
native code that meets hostile input.
"""

import ctypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import pypdfium2_raw as pdfium  # type: ignore[import-untyped]  # ships no types

from chassis.job_child import JobRefusedError

MAX_PAGES: Final = 2_000

_TEXT_CPU_SECONDS: Final = 8.0  # of the whole process; the limit of the child is 10
_MAX_TEXT_BYTES: Final = 2 * 1024 * 1024
_MAX_PAGE_CHARACTERS: Final = 100_000
_SCANNED_CHARACTERS: Final = 20
_SCANNED_SHARE: Final = 0.5
_OBJECTS_LOOKED_AT: Final = 40
_PASSWORD_ERRORS: Final = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
_NO_CHARACTERS: Final = dict.fromkeys([0, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])


@dataclass
class Pages:
    """Hold what the pages showed."""

    read: int = 0
    text: list[str] = field(default_factory=list)
    """Text page by page."""
    is_complete: bool = True
    """False when the text was cut at a limit of size or time."""
    scanned: int = 0
    """Pages that are one picture without text."""

    @property
    def is_scanned(self) -> bool:
        """Tell whether most pages are pictures without text."""
        return self.scanned > _SCANNED_SHARE * max(1, self.read)


class Document:
    """A PDF opened by PDFium; use as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open the file without a password.

        Raises:
            JobRefusedError: ``encrypted``, ``damaged``, ``no_pages`` or ``too_many_pages``.
        """
        pdfium.FPDF_InitLibrary()
        self._handle = pdfium.FPDF_LoadDocument(str(path).encode(), None)
        if not self._handle:
            error = pdfium.FPDF_GetLastError()
            if error in _PASSWORD_ERRORS:
                raise JobRefusedError("encrypted", f"PDFium error {error}")
            raise JobRefusedError("damaged", f"PDFium error {error}")
        self.page_count: int = pdfium.FPDF_GetPageCount(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        pdfium.FPDF_CloseDocument(self._handle)

    @property
    def attachment_count(self) -> int:
        """Return how many files PDFium finds embedded."""
        return int(pdfium.FPDFDoc_GetAttachmentCount(self._handle))

    @property
    def has_javascript(self) -> bool:
        """Tell whether PDFium finds scripts of the document."""
        return int(pdfium.FPDFDoc_GetJavaScriptActionCount(self._handle)) > 0

    def check_page_count(self) -> None:
        """Check that there are pages, and not too many.

        Raises:
            JobRefusedError: ``no_pages`` or ``too_many_pages``.
        """
        if self.page_count < 1:
            raise JobRefusedError("no_pages")
        if self.page_count > MAX_PAGES:
            raise JobRefusedError("too_many_pages", str(self.page_count))

    def read_pages(self) -> Pages:
        """Load each page and take its text, until the limits of size and time.

        Raises:
            JobRefusedError: ``damaged`` for a page that cannot be shown: what is published must
                be there to the last page.
        """
        pages = Pages()
        left = _MAX_TEXT_BYTES
        for number in range(self.page_count):
            if number and time.process_time() > _TEXT_CPU_SECONDS:
                pages.is_complete = False
                break
            with self._page(number) as page:
                if not page:
                    raise JobRefusedError("damaged", f"page {number + 1} cannot be shown")
                pages.read += 1
                text = _text_of(page).translate(_NO_CHARACTERS)
                pages.scanned += _is_picture(page, text)
            left -= len(text.encode()) + 1
            if left < 0:
                pages.is_complete = False
                continue
            pages.text.append(text)
        return pages

    @contextmanager
    def _page(self, number: int) -> Iterator[Any]:
        page = pdfium.FPDF_LoadPage(self._handle, number)
        try:
            yield page
        finally:
            if page:
                pdfium.FPDF_ClosePage(page)


def _text_of(page: Any) -> str:  # noqa: ANN401 - a handle of an untyped library
    text_page = pdfium.FPDFText_LoadPage(page)
    if not text_page:
        return ""
    try:
        count = min(pdfium.FPDFText_CountChars(text_page), _MAX_PAGE_CHARACTERS)
        if count <= 0:
            return ""
        buffer = ctypes.create_string_buffer(2 * (2 * count + 1))
        units = ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort))
        written = pdfium.FPDFText_GetText(text_page, 0, count, units)
        text = buffer.raw[: 2 * max(0, written - 1)].decode("utf-16-le", errors="replace")
        return text.replace("\r\n", "\n").replace("\r", "\n")
    finally:
        pdfium.FPDFText_ClosePage(text_page)


def _is_picture(page: Any, text: str) -> bool:  # noqa: ANN401 - as above
    if len("".join(text.split())) >= _SCANNED_CHARACTERS:
        return False
    count = min(pdfium.FPDFPage_CountObjects(page), _OBJECTS_LOOKED_AT)
    kinds = (
        pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page, index)) for index in range(count)
    )
    return pdfium.FPDF_PAGEOBJ_IMAGE in kinds
