"""What a rebuilt index is compared by: one line for each declaration, and a sum over all lines."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

_MODULUS: Final = 1 << 256


class Held(NamedTuple):
    """Be how a declaration stands, as the index holds it or as its owner tells it."""

    declaration_id: str
    sequence: int
    state: str
    document_sha256: str


@dataclass(frozen=True)
class Difference:
    """Hold what of a page is not as its owner says.

    ``outdated`` is missing or older in the index, ``unknown`` is there and its owner did not name
    it: it was published after the page was read, or never.
    """

    outdated: tuple[str, ...]
    unknown: tuple[str, ...]


def compare(told: Iterable[Held], held: Iterable[Held], counted: Mapping[str, int]) -> Difference:
    """Compare what the owner told with the index and, by sequence, with what is ``counted``.

    What is newer in the index came by an event after the owner was asked.
    """
    ours = {row.declaration_id: row for row in held}
    theirs = {row.declaration_id: row for row in told}
    return Difference(
        outdated=tuple(
            name
            for name, row in theirs.items()
            if _is_outdated(row, ours.get(name)) or counted.get(name, -1) < row.sequence
        ),
        unknown=tuple(sorted(ours.keys() - theirs.keys())),
    )


def add_lines(checksum: str, rows: Iterable[Held]) -> str:
    """Return the sum of a checksum and lines; the order of the lines does not matter.

    The lines are hashed with SHA-256 and added modulo 2^256; written in 64 hexadecimal digits.
    """
    total = int(checksum or "0", 16)
    for row in rows:
        line = "\t".join(map(str, row)).encode()
        total += int.from_bytes(hashlib.sha256(line).digest(), "big")
    return f"{total % _MODULUS:064x}"


def _is_outdated(told: Held, held: Held | None) -> bool:
    if held is None or held.sequence < told.sequence:
        return True
    return held.sequence == told.sequence and held != told
