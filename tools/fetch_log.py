"""Download the Merkle log for `tools.verify`: ``python -m tools.fetch_log https://site folder``.

Writes ``log.jsonl`` (every entry up to the newest head), ``head.json``, ``heads.json`` (the hourly
ones) and ``keys.json``; run again it goes on where it ended. Whoever audits compares ``keys.json``
with a copy that came another way.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

PAGE = 1000
SECONDS = 30


def fetch(url: str, folder: Path) -> int:
    """Bring the folder up to date; return how many entries were new."""
    with requests.Session() as session:

        def read(path: str, **query: Any) -> Any:  # noqa: ANN401 - JSON
            answer = session.get(f"{url}/api/v1/log/{path}", params=query, timeout=SECONDS)
            answer.raise_for_status()
            return answer.json()

        folder.mkdir(parents=True, exist_ok=True)
        for name, path in (("keys.json", "keys"), ("heads.json", "heads"), ("head.json", "head")):
            found = read(path)
            (folder / name).write_text(json.dumps(found, indent=1), encoding="utf-8")
        size = int(found["size"])
        return _add_entries(folder / "log.jsonl", size, read)


def _add_entries(path: Path, size: int, read: Any) -> int:  # noqa: ANN401 - a function
    known = _count(path)
    with path.open("a", encoding="utf-8") as file:
        for start in range(known, size, PAGE):
            items = read("entries", start=start, end=min(start + PAGE, size))["items"]
            file.writelines(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
    return max(0, size - known)


def _count(path: Path) -> int:
    """Return how many whole lines there are; half a line, left by a crash, is cut off."""
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        count = end = 0
        for line in file:
            if line.endswith(b"\n"):
                count, end = count + 1, end + len(line)
        file.truncate(end)
    return count


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.fetch_log", description=__doc__)
    parser.add_argument("url", help="address of the site")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args(arguments)
    added = fetch(options.url.rstrip("/"), options.folder)
    print(f"{added} new entries in {options.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
