"""The operating manual 操作手册 as the help centre shows it, and as a file to keep.

It is written in the few forms of Markdown that are read here: headings, lists, paragraphs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("manual.md")
_HEADING: Final = re.compile(r"(#{1,3}) (.+)")
_STEP: Final = re.compile(r"\d+\. (.+)")
_POINT: Final = re.compile(r"- (.+)")


@dataclass(frozen=True)
class Block:
    """Be one piece of the manual: ``h1`` to ``h3``, ``p``, or a list ``ol``, ``ul`` of lines."""

    form: str
    lines: tuple[str, ...]

    @property
    def anchor(self) -> str:
        """Return the name that links give a heading: the number of its chapter."""
        return "m-" + self.lines[0].split(" ", 1)[0].replace(".", "-")


@lru_cache(maxsize=1)
def content() -> bytes:
    """Return the manual as it is on disk."""
    return FILE.read_bytes()


@lru_cache(maxsize=1)
def blocks() -> tuple[Block, ...]:
    """Return the pieces of the manual in order."""
    return tuple(_read(content().decode()))


def _read(text: str) -> Iterator[Block]:
    for form, lines in groupby(map(_form_of, text.splitlines()), key=lambda line: line[0]):
        said = [line for _form, line in lines]
        if form in {"ol", "ul"}:
            yield Block(form, tuple(said))
        elif form:
            yield from (Block(form, (line,)) for line in said)


def _form_of(line: str) -> tuple[str, str]:
    if heading := _HEADING.fullmatch(line):
        return f"h{len(heading[1])}", heading[2]
    if step := _STEP.fullmatch(line):
        return "ol", step[1]
    if point := _POINT.fullmatch(line):
        return "ul", point[1]
    return ("p", line) if line.strip() else ("", "")
