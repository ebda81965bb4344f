"""Check records, heads and the log offline: ``python -m tools.verify --key keys.json …``.

核对公开记录自公开以来未被改动，只需存证公钥，不需联网。Exit code 0: all is proven; 1: something
was altered or is unproven; 2: the files given cannot be read.

  one record    python -m tools.verify --key keys.json proof.json
  a snapshot    python -m tools.verify --key keys.json FOLDER-OF-THE-SNAPSHOT
  a delta       python -m tools.verify --key keys.json FOLDER-OF-ITS-BASE FOLDER-OF-THE-DELTA
  some lines    python -m tools.verify --key keys.json --head head.json --log log.jsonl FILE
  two heads     python -m tools.verify --key keys.json --head old.json --head new.json \
--consistency proof.json
"""

import argparse
import itertools
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.verify import checks, folders, inputs
from tools.verify.checks import Heads, Leaves, Report


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--key", type=Path, required=True, help="存证公钥 public key: JSON, PEM, base64"
    )
    parser.add_argument(
        "--head",
        type=Path,
        action="append",
        default=[],
        help="已签名的树头 signed head(s); repeatable",
    )
    parser.add_argument("--log", type=Path, help="条目清单 list of entries, in order")
    parser.add_argument(
        "--consistency", type=Path, action="append", default=[], help="一致性证明 consistency proof"
    )
    parser.add_argument(
        "--allow-pending",
        action="store_true",
        help="尚无证明的记录不算问题 unproven records are no fault",
    )
    parser.add_argument(
        "records", type=Path, nargs="*", help="凭证、快照文件或文件夹 files or folders"
    )
    return parser.parse_args(arguments)


def verify(options: argparse.Namespace, report: Report) -> None:
    """Check all that was given; what is found stays found if a file turns out unreadable later.

    Raises:
        inputs.InputError: a file is not what it should be.
        OSError: a file cannot be read.
    """
    heads = Heads(inputs.read_keys(options.key), report)
    log, shipped = [options.log] if options.log else [], []
    if not log:
        log, shipped = folders.find_proofs(options.records)
    for path in (*options.head, *shipped):
        for head in inputs.read_heads(path):
            heads.add(head, str(path))
    for path in options.consistency:
        for proof in inputs.read_proofs(path):
            checks.check_consistency(proof, heads, report)
    folders.check_manifests(options.records, report)
    records = itertools.chain.from_iterable(map(inputs.read_records, options.records))
    leaves = Leaves()
    try:
        if log:
            _by_log(log, records, heads, leaves, report)
        else:
            _by_themselves(records, heads, leaves, report)
    finally:
        leaves.close()


def _by_log(
    paths: Sequence[Path],
    records: "itertools.chain[inputs.Record]",
    heads: Heads,
    log: Leaves,
    report: Report,
) -> None:
    for item in inputs.read_leaves(paths):
        log.put(item["leaf_index"], bytes.fromhex(item["leaf_hash"]))
    good = checks.check_tree((log[index] for index in range(log.size)), heads, report)
    if not good and log.size:
        report.add(
            "条目清单没有得到任何已签名树头的证实，请用 --head 给出树头",
            "no signed head proves the list of entries; give one with --head",
        )
    bad = checks.check_by_log(records, log, good, report)
    for name in checks.names_of(inputs.read_leaves(paths), bad) if bad else ():
        report.tell(f"存证中的原条目：{name}", f"what the log holds there: {name}")


def _by_themselves(
    records: "itertools.chain[inputs.Record]", heads: Heads, leaves: Leaves, report: Report
) -> None:
    loose = False
    for record in records:
        if record.inclusion is not None or not heads.ordered:
            checks.check_by_path(record, heads, report)
        else:
            loose = True
            checks.gather(record, leaves, heads, report)
    if loose:
        checks.check_whole(leaves, heads, report)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options, report = parse(arguments), Report()
    try:
        verify(options, report)
    except (inputs.InputError, OSError) as error:
        print(f"无法核对 cannot check: {error}", file=sys.stderr)
        if not report.wrong:
            return 2
    return show(report, allows_pending=options.allow_pending)


def show(report: Report, *, allows_pending: bool) -> int:
    """Print what was found and return the exit code."""
    for finding in sorted(report.findings, key=lambda each: each.is_pending):
        print(f"✗ {finding.chinese}\n  {finding.english}")
    counts = (report.records, report.heads, report.leaves, report.proofs)
    is_good = not report.wrong and (allows_pending or not report.pending) and any(counts)
    totals = "记录 {} 条，树头 {} 个，条目 {} 条，证明 {} 个".format(*counts)
    english = "{} records, {} heads, {} entries, {} proofs".format(*counts)
    if is_good:
        print(f"核对通过：{totals}\nOK: {english}")
        return 0
    print(
        f"核对未通过：{report.wrong} 处问题，{report.pending} 条尚无证明（{totals}）\n"
        f"FAILED: {report.wrong} wrong, {report.pending} without proof ({english})"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
