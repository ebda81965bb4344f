"""The Merkle tree of RFC 9162 (section 2.1): roots, and proofs that outsiders can check.

Own code: the library that does this (pymerkle) is GPL and keeps its own storage, while a log of
millions needs proofs from stored subtrees. A *node* is a perfect subtree: ``Node(level, number)``
stands over the leaves ``number << level`` up to ``(number + 1) << level``, exclusive; level 0 is a
leaf. Proofs read at most two nodes a level. Nothing but the standard library: auditors run it too.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

# A run of leaves from the first number up to the second one, exclusive.
Span = tuple[int, int]


class Node(NamedTuple):
    """Name a perfect subtree."""

    level: int
    number: int


Reader = Callable[[Node], bytes]


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of a leaf's content."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def cover(span: Span) -> list[Node]:
    """Return the fewest nodes over a span that begins where a subtree of its size may, in order."""
    start, end = span
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over neighbouring subtrees, each larger than the one after it."""
    if not hashes:
        return EMPTY_ROOT
    *rest, result = hashes
    for each in reversed(rest):
        result = hash_children(each, result)
    return result


class Frontier:
    """Be the right edge of a growing tree: all that appending and its root need, O(log n)."""

    def __init__(self, size: int = 0, peaks: Iterable[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)
        if len(self._peaks) != size.bit_count():
            raise ValueError("a tree has a peak for each bit of its size")

    def append(self, leaf_hash: bytes) -> list[tuple[Node, bytes]]:
        """Add a leaf; return the nodes that are complete now, from the leaf upwards."""
        node, current = Node(0, self.size), leaf_hash
        complete = [(node, current)]
        while node.number & 1:
            current = hash_children(self._peaks.pop(), current)
            node = Node(node.level + 1, node.number >> 1)
            complete.append((node, current))
        self._peaks.append(current)
        self.size += 1
        return complete

    def root(self) -> bytes:
        """Return the root of the tree as it is."""
        return fold(self._peaks)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the siblings on the way from a leaf to the root of the tree of that size, upwards.

    Raises:
        ValueError: the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError("the tree has no such leaf")
    start, end = 0, size
    spans = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Return the subtrees that show a tree to be the beginning of a larger one, in order.

    Raises:
        ValueError: the first is empty or larger than the second.
    """
    if not 0 < first <= second:
        raise ValueError("the first tree is no beginning of the second")
    start, end = 0, second
    spans = []
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:  # else it is the first tree itself, whose root the verifier has
        spans.append((start, end))
    return spans[::-1]


def hash_span(span: Span, read: Reader) -> bytes:
    """Return the hash over a span of `inclusion_spans` or `consistency_spans`."""
    return fold([read(node) for node in cover(span)])


def verify_inclusion(
    *, leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Tell whether the path leads from the leaf to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, result = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            result = hash_children(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = hash_children(result, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and result == root


def verify_consistency(
    *, first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]
) -> bool:
    """Tell whether the first tree is the beginning of the second (RFC 9162, 2.1.4.2).

    The empty tree is the beginning of each, and each of itself, with an empty path.
    """
    if not 0 <= first <= second:
        return False
    if first in {0, second}:
        expected = EMPTY_ROOT if first == 0 else second_root
        return not path and first_root == expected
    steps = list(path) if first.bit_count() > 1 else [first_root, *path]
    return bool(steps) and _climb(first, second, steps) == (first_root, second_root)


def _climb(first: int, second: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots that the steps lead to, nothing when there are too few or too many."""
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = hash_children(step, old), hash_children(step, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = hash_children(new, step)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _split(count: int) -> int:
    """Return the largest power of two below a count above one."""
    return 1 << (count - 1).bit_length() - 1
