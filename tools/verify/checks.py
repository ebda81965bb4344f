"""Compare records with the log, and the log with its signed heads; say exactly what is wrong."""

import json
import mmap
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.standards.domain import log_entries, merkle
from services.standards.domain.merkle import HASH_BYTES, Frontier
from services.standards.domain.tree_heads import TreeHead
from tools.verify import inputs
from tools.verify.inputs import Keys, Record

_GROWTH: Final = 1 << 20
MOST_KEPT: Final = 100
"""So many findings of a kind are told; the others are only counted."""


@dataclass(frozen=True)
class Finding:
    """Be one thing that is wrong, in both languages; ``is_pending``: it is only unproven."""

    chinese: str
    english: str
    is_pending: bool = False


@dataclass
class Report:
    """Collect what was checked and what is wrong."""

    findings: list[Finding] = field(default_factory=list)
    records: int = 0
    leaves: int = 0
    heads: int = 0
    proofs: int = 0
    wrong: int = 0
    pending: int = 0

    def add(self, chinese: str, english: str, *, is_pending: bool = False) -> None:
        """Note something wrong."""
        count = self.pending if is_pending else self.wrong
        if is_pending:
            self.pending += 1
        else:
            self.wrong += 1
        if count < MOST_KEPT:
            self.findings.append(Finding(chinese, english, is_pending))

    def tell(self, chinese: str, english: str) -> None:
        """Say more about something wrong that was noted."""
        self.findings.append(Finding(chinese, english))


class Leaves:
    """Keep leaf hashes by number in a file that the system pages in and out: 32 bytes each."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the object
        self._map: mmap.mmap | None = None
        self._room = 0
        self.size = 0

    def __getitem__(self, index: int) -> bytes:
        """Return a hash, all zeros where none was put."""
        start = index * HASH_BYTES
        if self._map is None or not 0 <= index < self.size:
            return bytes(HASH_BYTES)
        return bytes(self._map[start : start + HASH_BYTES])

    def put(self, index: int, value: bytes) -> None:
        """Keep a hash."""
        end = (index + 1) * HASH_BYTES
        if end > self._room:
            self._grow(end)
        assert self._map is not None  # noqa: S101 - there is room
        self._map[end - HASH_BYTES : end] = value
        self.size = max(self.size, index + 1)

    def count_first(self) -> int:
        """Return how many there are before the first number without a hash."""
        nothing = bytes(HASH_BYTES)
        return next((index for index in range(self.size) if self[index] == nothing), self.size)

    def close(self) -> None:
        """Give the file back."""
        if self._map is not None:
            self._map.close()
        self._file.close()

    def _grow(self, end: int) -> None:
        if self._map is not None:
            self._map.close()
        self._room = max(end, self._room * 2, _GROWTH)
        self._file.truncate(self._room)
        self._map = mmap.mmap(self._file.fileno(), self._room)


class Heads:
    """Hold the heads that the key has signed."""

    def __init__(self, keys: Keys, report: Report) -> None:
        self._keys = keys
        self._report = report
        self._by_size: dict[int, TreeHead] = {}

    def add(self, head: Mapping[str, Any], source: str) -> TreeHead | None:
        """Take a head whose signature is good; note one whose is not, or that contradicts."""
        signed = inputs.open_head(head, self._keys)
        if signed is None:
            self._report.add(
                f"树头的签名无效：{source}，条目数 {head.get('size')}",
                f"bad signature of a tree head: {source}, size {head.get('size')}",
            )
            return None
        known = self._by_size.setdefault(signed.size, signed)
        if known.root != signed.root:
            self._report.add(
                f"两个已签名的树头互相矛盾：条目数 {signed.size}，存证被改写过",
                f"two signed heads of size {signed.size} contradict: the log was rewritten",
            )
            return None
        self._report.heads = len(self._by_size)
        return signed

    def get(self, size: int) -> TreeHead | None:
        """Return the head of a size."""
        return self._by_size.get(size)

    @property
    def ordered(self) -> list[TreeHead]:
        """Return all, the smallest first."""
        return [self._by_size[size] for size in sorted(self._by_size)]


def check_tree(hashes: Iterable[bytes], heads: Heads, report: Report) -> int:
    """Compare the roots of a growing tree with every head; return up to which size all fit."""
    frontier, good = Frontier(), 0
    waiting = iter(heads.ordered)
    head = next(waiting, None)
    while head is not None and head.size == 0:
        head = next(waiting, None)
    for value in hashes:
        frontier.append(value)
        if head is None or frontier.size < head.size:
            continue
        if frontier.root() != head.root:
            report.add(
                f"第 {good} 至 {head.size - 1} 号条目中有与已签名树头（{head.signed_at}）不符的",
                f"among entries {good} to {head.size - 1} some do not fit the head signed at "
                f"{head.signed_at}",
            )
            return good
        good, head = head.size, next(waiting, None)
    report.leaves = frontier.size
    return good


def check_consistency(proof: Mapping[str, Any], heads: Heads, report: Report) -> None:
    """Check that one signed head is the beginning of another."""
    first, second = heads.get(int(proof["first"])), heads.get(int(proof["second"]))
    if first is None or second is None:
        report.add(
            f"缺少条目数为 {proof['first']} 或 {proof['second']} 的已签名树头",
            f"no signed head of size {proof['first']} or {proof['second']} was given",
        )
        return
    is_good = merkle.verify_consistency(
        first=first.size,
        first_root=first.root,
        second=second.size,
        second_root=second.root,
        path=_hashes(proof["path"]),
    )
    if is_good:
        report.proofs += 1
    else:
        report.add(
            f"条目数 {second.size} 的存证不是 {first.size} 的延续：历史被改写过",
            f"the log of size {second.size} does not continue that of size {first.size}",
        )


def check_by_log(records: Iterable[Record], log: Leaves, good: int, report: Report) -> list[int]:
    """Compare documents with a list that is proven up to ``good``; return some bad numbers."""
    bad = []
    for record in records:
        report.records += 1
        index = record.leaf_index
        if index is None:
            _note_pending(record, report)
        elif not 0 <= index < good:
            _note_uncovered(record, report)
        elif record.leaf_hash != log[index] or not _is_as_covered(record):
            if len(bad) < MOST_KEPT:
                bad.append(index)
            _note_altered(record, report)
    return bad


def check_by_path(record: Record, heads: Heads, report: Report) -> None:
    """Check one document by its own inclusion proof."""
    report.records += 1
    proof = record.inclusion
    if proof is None:
        _note_pending(record, report)
        return
    head = proof.get("head")
    size = proof.get("tree_size")
    signed = heads.add(head, record.source) if isinstance(head, dict) else heads.get(int(size or 0))
    if signed is None or signed.size != size or record.leaf_index is None:
        report.add(
            f"{_chinese(record)} 缺少与其证明相符的已签名树头",
            f"{_english(record)}: no signed head that its proof leads to",
        )
        return
    is_good = merkle.verify_inclusion(
        leaf_hash=record.leaf_hash,
        index=record.leaf_index,
        size=signed.size,
        path=_hashes(proof.get("path")),
        root=signed.root,
    )
    if is_good and _is_as_covered(record):
        report.proofs += 1
    else:
        _note_altered(record, report)


def gather(record: Record, leaves: Leaves, heads: Heads, report: Report) -> None:
    """Keep the leaf that a document makes, where the whole log is to be made of them."""
    report.records += 1
    index = record.leaf_index
    if index is None or index < 0:
        _note_pending(record, report)
    elif index >= heads.ordered[-1].size:
        _note_uncovered(record, report)
    else:
        leaves.put(index, record.leaf_hash)
        if not _is_as_covered(record):
            _note_altered(record, report)


def check_whole(leaves: Leaves, heads: Heads, report: Report) -> None:
    """Make the root of all documents and compare it with the heads."""
    whole = leaves.count_first()
    if heads.ordered[-1].size > whole:
        report.add(
            "这些文件不含全部条目：请用 --log 给出条目清单，或核对带证明的单条凭证",
            "these files do not hold every entry: give the list of entries with --log, or check "
            "records that carry proofs",
        )
    check_tree((leaves[index] for index in range(whole)), heads, report)


def names_of(leaves: Iterator[Mapping[str, Any]], wanted: Sequence[int]) -> list[str]:
    """Return what the log says the numbers are of."""
    numbers = set(wanted)
    return [
        f"#{item['leaf_index']} {item.get('record_number')} v{item.get('version')}"
        for item in leaves
        if item["leaf_index"] in numbers
    ]


def _is_as_covered(record: Record) -> bool:
    """Say whether the document is of the record that it is shown as."""
    try:
        said = json.loads(record.text)
    except ValueError:
        return False
    if not isinstance(said, dict):
        return False
    told = (str(said.get("record_number")), str(said.get("version")), log_entries.kind_of(said))
    return told == (record.record_number, record.version, record.kind)


def _hashes(path: object) -> list[bytes]:
    try:
        return [bytes.fromhex(step) for step in path]  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return [b""]


def _note_altered(record: Record, report: Report) -> None:
    report.add(
        f"{_chinese(record)} 与存证不符：内容被改动过（{record.source}）",
        f"{_english(record)} was altered: it is not what the log holds ({record.source})",
    )


def _note_uncovered(record: Record, report: Report) -> None:
    report.add(
        f"{_chinese(record)} 的第 {record.leaf_index} 号条目不在已签名的存证之内",
        f"{_english(record)}: entry {record.leaf_index} is not covered by a signed head",
    )


def _note_pending(record: Record, report: Report) -> None:
    report.add(
        f"{_chinese(record)} 尚无证明（{record.source}）",
        f"{_english(record)} carries no proof ({record.source})",
        is_pending=True,
    )


def _chinese(record: Record) -> str:
    what = "的废止" if record.kind == "WITHDRAWAL" else f"第 {record.version} 版"
    return f"记录 {record.record_number} {what}"


def _english(record: Record) -> str:
    what = "withdrawal" if record.kind == "WITHDRAWAL" else f"version {record.version}"
    return f"record {record.record_number} {what}"
