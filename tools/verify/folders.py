"""A snapshot in a folder: what its manifest says, and what it ships to be proven by."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.verify import inputs
from tools.verify.checks import Report
from tools.verify.inputs import HEAD, LOG, InputError, load

MANIFEST: Final = "manifest.json"
_NEEDED: Final = ("declarations-", "changed.", LOG, HEAD)


def find_proofs(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the list of entries, in its parts, and the heads that lie in the folders among these.

    A full snapshot has the list from its beginning, a delta the part behind that of its base.

    Raises:
        InputError: there are several full snapshots, or a delta without the full one.
    """
    found = [file for path in paths if path.is_dir() for file in sorted(path.rglob(LOG))]
    heads = [head for file in found if (head := file.with_name(HEAD)).is_file()]
    starts = {file: inputs.first_leaf(file) for file in found}
    parts = sorted((start, file) for file, start in starts.items() if start is not None)
    if [start for start, _ in parts].count(0) > 1:
        raise InputError("一次只能核对一份完整快照 several full snapshots: check one at a time")
    if parts and parts[0][0] > 0:
        raise InputError(
            "增量快照须与其起点的完整快照一并核对 check a delta together with the full snapshot "
            "that it begins at (base in its manifest)"
        )
    return [file for _, file in parts] or found[:1], heads


def check_manifests(paths: Sequence[Path], report: Report) -> None:
    """Compare the files of each folder with its manifest, where it has one.

    Tables may be left out; lines, the list of entries and the head may not. How many lines there
    are is not looked at: leaving some out alters nothing.

    Raises:
        InputError: a manifest is not what it should be.
    """
    for folder in (path for path in paths if path.is_dir()):
        for manifest in sorted(folder.rglob(MANIFEST)):
            for name, said in _files(manifest).items():
                _check_file(manifest.with_name(name), said, report)


def _check_file(file: Path, said: str, report: Report) -> None:
    if not file.is_file():
        if file.name.startswith(_NEEDED):
            report.add(f"缺少快照文件 {file}", f"file of the snapshot is missing: {file}")
        return
    with file.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != said:
            report.add(f"文件与快照清单不符：{file}", f"file is not what the manifest says: {file}")


def _files(manifest: Path) -> dict[str, str]:
    """Return name and SHA-256 of the files; nothing outside the folder is looked at."""
    content = load(manifest)
    try:
        found = {str(each["name"]): str(each["sha256"]) for each in content["files"]}
    except (KeyError, TypeError) as error:
        raise InputError(f"{manifest}: no manifest of a snapshot") from error
    if any(not name or Path(name).name != name for name in found):
        raise InputError(f"{manifest}: names files outside of its folder")
    return found
