"""Follow the references of a PDF from its root: pages, links, actions, attachments, forms.

The search through the bytes sees every object but knows no references and cannot read what is
encrypted; the walk sees what a reader would. pypdf reads the objects, leniently, as readers do.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

from pypdf import PasswordType, PdfReader, errors, overwrite_configuration
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NullObject, StreamObject

from chassis.job_child import JobRefusedError
from services.standards.adapters import pdf_actions, pdf_pages, pdf_streams

MAX_VISITED: Final = 200_000

_MAX_PAGE_TREE_DEPTH: Final = 100
_MAX_PAGE_TREE_NODES: Final = 20_000
_MAX_CHAIN: Final = 20
_NOT_FOLLOWED: Final = frozenset(
    {
        "/AP",
        "/ColorSpace",
        "/Contents",
        "/DR",
        "/Dests",
        "/Font",
        "/Group",
        "/MK",
        "/Metadata",
        "/OutputIntents",
        "/PageLabels",
        "/Parent",
        "/PieceInfo",
        "/Resources",
        "/StructTreeRoot",
        "/Thumb",
    }
)
_TELLING_KEYS: Final = frozenset(
    {"/AA", "/EF", "/EmbeddedFiles", "/FS", "/JS", "/JavaScript", "/OpenAction", "/S", "/Subtype"}
    | {"/URI", "/XFA"}
)
_INERT_ATTACHMENT: Final = "quitecommands.xml"
_INERT_START: Final = b"<QUITEXML "
_INERT_BYTES: Final = 256 * 1024


@dataclass
class Findings:
    """Hold what the walk met."""

    pages: int = 0
    suspects: list[tuple[str, str]] = field(default_factory=list)
    """Code and detail of active content."""
    attachment_objects: set[int] = field(default_factory=set)
    """Numbers of the objects that make up harmless attachments."""
    inert_attachments: int = 0


class Walk:
    """One PDF opened by pypdf."""

    def __init__(self, data: bytes) -> None:
        """Open the file, with the empty password where it has one.

        Raises:
            JobRefusedError: ``encrypted`` or ``too_complex``.
            Exception: whatever pypdf raises for a file that it cannot read.
        """
        logging.disable(logging.CRITICAL)
        overwrite_configuration(
            zlib_maximum_output_length=pdf_streams.MAX_STREAM_BYTES,
            lzw_maximum_output_length=pdf_streams.MAX_STREAM_BYTES // 4,
            run_length_maximum_output_length=pdf_streams.MAX_STREAM_BYTES,
            maximum_declared_stream_length=len(data) + 1,
            jbig2dec_binary=None,
        )
        try:
            self._reader = PdfReader(BytesIO(data), strict=False)
            self.is_encrypted = self._reader.is_encrypted
            is_open = (
                not self.is_encrypted or self._reader.decrypt("") is not PasswordType.NOT_DECRYPTED
            )
        except (errors.LimitReachedError, RecursionError) as error:
            raise JobRefusedError("too_complex", str(error)) from error
        if not is_open:
            raise JobRefusedError("encrypted", "not the empty password")
        self._findings = Findings()
        self._seen: set[tuple[int, int]] = set()
        root = self._resolve(_raw(self._reader.trailer, "/Root"))
        if not isinstance(root, DictionaryObject):
            raise errors.PdfReadError("no root")
        self._root = root

    def decode(self, number: int, generation: int) -> bytes | None:
        """Return a stream's decrypted and decoded content; None when it cannot be had.

        Raises:
            JobRefusedError: ``too_complex``.
        """
        stream = self._resolve(IndirectObject(number, generation, self._reader))
        if not isinstance(stream, StreamObject):
            return None
        try:
            content: bytes = stream.get_data()
        except (errors.LimitReachedError, RecursionError) as error:
            raise JobRefusedError("too_complex", str(error)) from error
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - pypdf raises anything for a damaged stream
            return None
        return content

    def run(self) -> Findings:
        """Go through the page tree, then through everything that the root and the pages lead to.

        Raises:
            JobRefusedError: ``damaged``, ``too_many_pages``, ``too_complex`` or
                ``too_many_objects``.
        """
        pages = self._pages()
        self._findings.pages = len(pages)
        try:
            self._follow([self._root, *pages])
        except RecursionError as error:
            raise JobRefusedError("too_complex", "deep nesting") from error
        return self._findings

    def _pages(self) -> list[DictionaryObject]:
        pages: list[DictionaryObject] = []
        inner: set[tuple[int, int]] = set()
        waiting: list[tuple[Any, int]] = [(_raw(self._root, "/Pages"), 0)]
        visited = 0
        while waiting:
            reference, depth = waiting.pop()
            visited += 1
            if depth > _MAX_PAGE_TREE_DEPTH or visited > _MAX_PAGE_TREE_NODES:
                raise JobRefusedError("too_complex", "page tree")
            node = self._resolve(reference)
            if not isinstance(node, DictionaryObject):
                continue
            kids = self._resolve(_raw(node, "/Kids"))
            if not isinstance(kids, ArrayObject):
                pages.append(node)
                if len(pages) > pdf_pages.MAX_PAGES:
                    raise JobRefusedError("too_many_pages")
                continue
            if isinstance(reference, IndirectObject):
                if (place := _place(reference)) in inner:
                    raise JobRefusedError("damaged", "the page tree leads back to itself")
                inner.add(place)
            waiting.extend((kid, depth + 1) for kid in reversed(_items(kids)))
        return pages

    def _follow(self, begin: Iterable[DictionaryObject]) -> None:
        waiting: list[tuple[Any, int]] = [(item, 0) for item in begin]
        while waiting:
            item, number = waiting.pop()
            if isinstance(item, IndirectObject):
                if (place := _place(item)) in self._seen:
                    continue
                self._seen.add(place)
                if len(self._seen) > MAX_VISITED:
                    raise JobRefusedError("too_many_objects", "reachable")
                item, number = self._resolve(item), item.idnum
            if isinstance(item, DictionaryObject):
                self._check(item, number)
                waiting.extend(
                    (value, number)
                    for key, value in dict.items(item)
                    if key not in _NOT_FOLLOWED and _leads_on(value)
                )
            elif isinstance(item, ArrayObject):
                waiting.extend((value, number) for value in _items(item) if _leads_on(value))

    def _check(self, item: DictionaryObject, number: int) -> None:
        if _TELLING_KEYS.isdisjoint(item):
            return
        self._check_contents(item, number)
        if "/S" in item or "/URI" in item:
            self._check_action(item)
        if "/OpenAction" in item or "/AA" in item:
            for action in self._automatic_actions(item):
                self._check_automatic(action)

    def _check_contents(self, item: DictionaryObject, number: int) -> None:
        if "/EF" in item:
            self._check_attachment(item, number)
        elif "/EmbeddedFiles" in item:
            self._findings.attachment_objects.add(number)
        if "/XFA" in item and not self._is_nothing(item, "/XFA"):
            self._suspect("has_xfa", "/XFA")
        if "/JS" in item or "/JavaScript" in item:
            self._suspect("has_javascript", "a script")
        subtype = self._name(item, "/Subtype")
        if subtype in pdf_actions.ANNOTATION_TYPES:
            self._suspect(pdf_actions.ANNOTATION_TYPES[subtype], f"/Subtype /{subtype}")
        if self._name(item, "/FS") == "URL":
            self._suspect("has_external_action", "a file on the web")

    def _check_action(self, action: DictionaryObject) -> None:
        kind = self._name(action, "/S")
        if kind in pdf_actions.ACTION_TYPES:
            self._suspect(pdf_actions.ACTION_TYPES[kind], f"/S /{kind}")
        if "/URI" in action and kind in {"", "URI"}:
            target = self._resolve(_raw(action, "/URI"))
            text = target.decode("latin-1") if isinstance(target, bytes) else str(target)
            if not isinstance(target, DictionaryObject) and not pdf_actions.is_web_link(text):
                self._suspect("has_external_action", f"/URI {text[:80]}")
        if kind == "Thread" and "/F" in action:
            self._suspect("has_external_action", "/Thread in another file")

    def _automatic_actions(self, item: DictionaryObject) -> list[Any]:
        actions = [_raw(item, "/OpenAction")]
        triggers = self._resolve(_raw(item, "/AA"))
        if isinstance(triggers, DictionaryObject):
            actions.extend(dict.values(triggers))
        return actions

    def _check_automatic(self, action: Any) -> None:  # noqa: ANN401 - any PDF object
        """Check what happens without a click, along its chain of ``/Next``."""
        waiting = [action]
        for _ in range(_MAX_CHAIN):
            if not waiting:
                return
            item = self._resolve(waiting.pop())
            if isinstance(item, ArrayObject):
                waiting.extend(value for value in _items(item) if isinstance(value, IndirectObject))
            elif isinstance(item, DictionaryObject):
                kind = self._name(item, "/S")
                if kind and kind not in pdf_actions.AUTOMATIC:
                    code = pdf_actions.ACTION_TYPES.get(kind, "has_external_action")
                    self._suspect(code, f"/S /{kind} without a click")
                waiting.append(_raw(item, "/Next"))
        if waiting:
            self._suspect("has_external_action", "a long chain of actions")

    def _check_attachment(self, item: DictionaryObject, number: int) -> None:
        """Let pass the one attachment that is a leftover of a printing tool, refuse all others.

        Quite Imposing keeps its command list in the file; standards that went through a printing
        house carry it, and no reader shows or opens it.
        """
        files = self._resolve(_raw(item, "/EF"))
        streams = list(dict.values(files)) if isinstance(files, DictionaryObject) else []
        places = [_place(stream) for stream in streams if isinstance(stream, IndirectObject)]
        is_named = str(self._resolve(_raw(item, "/F"))).endswith(_INERT_ATTACHMENT)
        is_whole = 0 < len(places) == len(streams)
        if is_named and is_whole and all(_is_inert(self.decode(*place)) for place in places):
            self._findings.attachment_objects |= {number, *(place[0] for place in places)}
            self._findings.inert_attachments += 1
        else:
            self._suspect("has_attachments", "/EF")

    def _suspect(self, code: str, detail: str) -> None:
        self._findings.suspects.append((code, detail))

    def _name(self, item: DictionaryObject, key: str) -> str:
        value = _raw(item, key)
        if isinstance(value, IndirectObject):
            value = self._resolve(value)
        return value[1:] if isinstance(value, str) and value.startswith("/") else ""

    def _is_nothing(self, item: DictionaryObject, key: str) -> bool:
        value = self._resolve(_raw(item, key))
        return value is None or (isinstance(value, ArrayObject) and not value)

    def _resolve(self, value: Any) -> Any:  # noqa: ANN401 - any PDF object
        """Return what a reference leads to; None for what cannot be read or is null."""
        for _ in range(_MAX_CHAIN):
            if not isinstance(value, IndirectObject):
                return None if isinstance(value, NullObject) else value
            try:
                value = self._reader.get_object(value)
            except (errors.LimitReachedError, RecursionError) as error:
                raise JobRefusedError("too_complex", str(error)) from error
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - pypdf raises anything; the bytes are searched too
                return None
        return None


def _raw(item: DictionaryObject, key: str) -> Any:  # noqa: ANN401 - any PDF object
    return dict.get(item, key)


def _items(array: ArrayObject) -> list[Any]:
    return list(list.__iter__(array))


def _place(reference: IndirectObject) -> tuple[int, int]:
    return reference.idnum, reference.generation


def _leads_on(value: object) -> bool:
    return isinstance(value, IndirectObject | DictionaryObject | ArrayObject)


def _is_inert(content: bytes | None) -> bool:
    return (
        content is not None
        and len(content) <= _INERT_BYTES
        and content.lstrip().startswith(b"<?xml")
        and _INERT_START in content[:512]
        and b"<!" not in content
        and b"stylesheet" not in content
        and b"script" not in content.lower()
    )
