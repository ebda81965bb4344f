"""Journeys share one running system: whom one of them registers, no other may register again."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

JOURNEYS: Final = Path(__file__).resolve().parents[1] / "e2e"
ID_NUMBER: Final = re.compile(r"[1-9]\d{16}[\dX]")
PHONE: Final = re.compile(r"1[3-9]\d{9}")
# Makes an organization that is as good as its number.
MAKER: Final = "new_organization"


def claims(source: str) -> Iterator[str]:
    """Yield the identity numbers, phones, user names and organizations that a file makes up."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=str(text)) if ID_NUMBER.fullmatch(text):
                yield f"ID number {text}"
            case ast.Constant(value=str(text)) if PHONE.fullmatch(text):
                yield f"phone {text}"
            case ast.Dict():
                yield from _names(node)
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=number), *_]) if (
                name == MAKER
            ):
                yield f"organization {number}"


def _names(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        match key, value:
            case ast.Constant(value="username"), ast.Constant(value=str(name)):
                yield f"user name {name}"


def shared(sources: dict[str, str]) -> dict[str, list[str]]:
    """Return what more than one file makes up, and which files."""
    files = defaultdict(set)
    for name, source in sources.items():
        for claim in claims(source):
            files[claim].add(name)
    return {claim: sorted(names) for claim, names in files.items() if len(names) > 1}


class TestJourneys:
    def test_make_up_nobody_twice(self) -> None:
        """What two files need is kept in one and imported by the other."""
        sources = {path.name: path.read_text(encoding="utf-8") for path in JOURNEYS.glob("*.py")}

        assert sources
        assert shared(sources) == {}

    def test_what_two_files_make_up_is_found(self) -> None:
        first = "A = new_organization(7)\nB = {'username': 'li', 'id_number': '110101199003070062'}"
        second = f"PHONE = '13800138000'\ndef test() -> None:\n    send('13800138000')\n{first}"
        third = "OTHER = '13800138000'"

        found = shared({"first.py": first, "second.py": second, "third.py": third})

        assert found == {
            "organization 7": ["first.py", "second.py"],
            "user name li": ["first.py", "second.py"],
            "ID number 110101199003070062": ["first.py", "second.py"],
            "phone 13800138000": ["second.py", "third.py"],
        }
