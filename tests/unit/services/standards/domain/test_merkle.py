"""The Merkle tree against the definitions of RFC 9162 written down as they are, and known roots."""

import hashlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import merkle
from services.standards.domain.merkle import Frontier, Node

# The leaves and roots that the test suites of certificate transparency logs use.
KNOWN_LEAVES: Final = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
KNOWN_ROOTS: Final = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def leaf(number: int) -> bytes:
    """Return the content of a leaf."""
    return f"leaf {number}".encode()


def split(count: int) -> int:
    """Return the largest power of two below a count."""
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def mth(data: list[bytes]) -> bytes:
    """MTH(D[n]) of RFC 9162, 2.1.1."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


def path(m: int, data: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of RFC 9162, 2.1.3.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*path(m, data[:k]), mth(data[k:])]
    return [*path(m - k, data[k:]), mth(data[:k])]


def subproof(m: int, data: list[bytes], *, is_known: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b) of RFC 9162, 2.1.4.1."""
    if m == len(data):
        return [] if is_known else [mth(data)]
    k = split(len(data))
    if m <= k:
        return [*subproof(m, data[:k], is_known=is_known), mth(data[k:])]
    return [*subproof(m - k, data[k:], is_known=False), mth(data[:k])]


class Log:
    """Keep every perfect subtree, as the database does."""

    def __init__(self, size: int) -> None:
        self.nodes: dict[Node, bytes] = {}
        frontier = Frontier()
        for number in range(size):
            self.nodes.update(frontier.append(merkle.hash_leaf(leaf(number))))
        self.size = size

    def root(self, size: int) -> bytes:
        return merkle.fold([self.nodes[node] for node in merkle.cover((0, size))])

    def inclusion(self, index: int, size: int) -> list[bytes]:
        spans = merkle.inclusion_spans(index, size)
        return [merkle.hash_span(span, self.nodes.__getitem__) for span in spans]

    def consistency(self, first: int, second: int) -> list[bytes]:
        spans = merkle.consistency_spans(first, second)
        return [merkle.hash_span(span, self.nodes.__getitem__) for span in spans]


LOG: Final = Log(300)
SIZES: Final = st.integers(1, 300)


class TestRoot:
    @pytest.mark.parametrize("size", range(9))
    def test_of_known_trees(self, size: int) -> None:
        frontier = Frontier()
        for content in KNOWN_LEAVES[:size]:
            frontier.append(merkle.hash_leaf(bytes.fromhex(content)))

        assert frontier.root().hex() == KNOWN_ROOTS[size]

    @given(size=st.integers(0, 300))
    def test_is_that_of_the_definition(self, size: int) -> None:
        assert LOG.root(size) == mth([leaf(number) for number in range(size)])

    @given(size=st.integers(0, 299), more=st.integers(1, 40))
    def test_goes_on_from_the_peaks(self, size: int, more: int) -> None:
        frontier = Frontier(size, [LOG.nodes[node] for node in merkle.cover((0, size))])
        for number in range(size, size + more):
            frontier.append(merkle.hash_leaf(leaf(number)))

        assert frontier.root() == mth([leaf(number) for number in range(size + more)])

    def test_wants_a_peak_for_each_bit(self) -> None:
        with pytest.raises(ValueError, match="peak"):
            Frontier(3, [b"x"])


class TestInclusion:
    @given(size=SIZES, data=st.data())
    def test_is_the_path_of_the_definition(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))

        assert LOG.inclusion(index, size) == path(index, [leaf(n) for n in range(size)])

    @pytest.mark.parametrize("size", [*range(1, 66), 127, 128, 129, 255, 256, 257, 300])
    def test_every_leaf_is_proved(self, size: int) -> None:
        root = LOG.root(size)
        for index in range(size):
            proof = LOG.inclusion(index, size)

            assert merkle.verify_inclusion(
                leaf_hash=merkle.hash_leaf(leaf(index)),
                index=index,
                size=size,
                path=proof,
                root=root,
            )

    @given(size=SIZES, data=st.data())
    def test_nothing_else_is_proved(self, size: int, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, size - 1))
        facts = {
            "leaf_hash": merkle.hash_leaf(leaf(index)),
            "index": index,
            "size": size,
            "path": LOG.inclusion(index, size),
            "root": LOG.root(size),
        }
        other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index)) if size > 1 else -1
        wrong = [
            {"leaf_hash": merkle.hash_leaf(leaf(index) + b"!")},
            {"index": other},
            {"index": size},
            {"root": merkle.hash_leaf(b"another")},
            {"path": [*facts["path"], b"\0" * 32]},
        ]
        if facts["path"]:
            place = data.draw(st.integers(0, len(facts["path"]) - 1))
            bent = list(facts["path"])
            bent[place] = bytes(32)
            wrong += [{"path": facts["path"][:-1]}, {"path": bent}]

        assert merkle.verify_inclusion(**facts)
        assert not any(merkle.verify_inclusion(**{**facts, **change}) for change in wrong)

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 2)])
    def test_a_leaf_outside_has_none(self, index: int, size: int) -> None:
        with pytest.raises(ValueError, match="no such leaf"):
            merkle.inclusion_spans(index, size)


class TestConsistency:
    @given(second=SIZES, data=st.data())
    def test_is_the_proof_of_the_definition(self, second: int, data: st.DataObject) -> None:
        first = data.draw(st.integers(1, second))
        leaves = [leaf(number) for number in range(second)]

        assert LOG.consistency(first, second) == subproof(first, leaves, is_known=True)

    def test_every_pair_of_a_small_log_is_proved(self) -> None:
        for second in range(1, 70):
            for first in range(1, second + 1):
                assert merkle.verify_consistency(
                    first=first,
                    first_root=LOG.root(first),
                    second=second,
                    second_root=LOG.root(second),
                    path=LOG.consistency(first, second),
                )

    @given(second=st.integers(2, 300), data=st.data())
    def test_nothing_else_is_proved(self, second: int, data: st.DataObject) -> None:
        first = data.draw(st.integers(1, second - 1))
        proof = LOG.consistency(first, second)
        facts = {
            "first": first,
            "first_root": LOG.root(first),
            "second": second,
            "second_root": LOG.root(second),
            "path": proof,
        }
        place = data.draw(st.integers(0, len(proof) - 1))
        bent = list(proof)
        bent[place] = bytes(32)
        wrong = [
            {"first_root": bytes(32)},
            {"second_root": bytes(32)},
            {"path": bent},
            {"path": proof[:-1]},
            {"path": [*proof, bytes(32)]},
            {"first": second, "second": first},
        ]

        assert merkle.verify_consistency(**facts)
        assert not any(merkle.verify_consistency(**{**facts, **change}) for change in wrong)

    def test_empty_and_equal_trees_need_no_path(self) -> None:
        root = LOG.root(5)
        empty = {"first": 0, "first_root": merkle.EMPTY_ROOT, "second": 5, "second_root": root}
        same = {"first": 5, "first_root": root, "second": 5, "second_root": root}

        assert merkle.verify_consistency(**empty, path=[])
        assert merkle.verify_consistency(**same, path=[])
        assert not merkle.verify_consistency(**empty, path=[root])
        assert not merkle.verify_consistency(**{**empty, "first_root": root}, path=[])
        assert not merkle.verify_consistency(**{**same, "first_root": bytes(32)}, path=[])

    @pytest.mark.parametrize(("first", "second"), [(0, 4), (5, 4)])
    def test_no_beginning_has_none(self, first: int, second: int) -> None:
        with pytest.raises(ValueError, match="no beginning"):
            merkle.consistency_spans(first, second)
