"""Keep the list of released event schemas: ``python -m tools.release_contracts [VERSION]``.

``contracts/released.json`` holds the SHA-256 of every schema. Until the first release all of them
are candidates and may change: without VERSION their hashes are written anew. With a VERSION all
that is there now is released, and kept in the list as it was. From then on a file must not change,
except that a later VERSION may add optional fields (docs/change-policy.md). A test compares.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any, Final

CONTRACTS: Final = Path(__file__).resolve().parents[1] / "contracts"
LIST: Final = CONTRACTS / "released.json"
CANDIDATE: Final = "candidate"
_WORDING: Final = frozenset({"title", "description"})


class ChangedError(RuntimeError):
    """Name the released schemas that were changed or are gone."""


def main(arguments: list[str] | None = None, path: Path = LIST, contracts: Path = CONTRACTS) -> int:
    """Write the list anew; 1 when a released schema is not what it was."""
    words = sys.argv[1:] if arguments is None else arguments
    listed = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"schemas": {}}
    try:
        fresh = updated(listed, schemas_in(contracts), version=words[0] if words else None)
    except ChangedError as error:
        print(f"released schemas must not change: {error}", file=sys.stderr)
        return 1
    path.write_text(json.dumps(fresh, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def schemas_in(contracts: Path = CONTRACTS) -> dict[str, bytes]:
    """Return the content of every schema file by its path below ``contracts/schemas``."""
    folder = contracts / "schemas"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*.json"))
    }


def digest(content: bytes) -> str:
    """Return what the list calls a file's content."""
    return hashlib.sha256(content).hexdigest()


def updated(
    listed: dict[str, Any], found: dict[str, bytes], *, version: str | None
) -> dict[str, Any]:
    """Return the list with what is there now.

    Raises:
        ChangedError: something that was released has changed or is gone.
    """
    known: dict[str, Any] = listed["schemas"]
    released = {name: entry for name, entry in known.items() if entry["since"] != CANDIDATE}
    changed = [
        name for name, entry in released.items() if not _may_be(entry, found.get(name), version)
    ]
    if changed:
        raise ChangedError(", ".join(sorted(changed)))
    return {
        "schemas": {
            name: _entry(released.get(name), content, version)
            for name, content in sorted(found.items())
        }
    }


def only_adds(old: Any, new: Any) -> bool:  # noqa: ANN401 - any part of a schema
    """Tell whether a schema takes all that the old one took, and optional fields besides.

    Wording may change; every other word of the schema has to be what it was.
    """
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return bool(old == new)
    words = (old.keys() | new.keys()) - _WORDING - {"properties"}
    if any(not only_adds(old.get(word), new.get(word)) for word in words):
        return False
    before, after = old.get("properties", {}), new.get("properties", {})
    added = after.keys() - before.keys()
    return (
        before.keys() <= after.keys()
        and added.isdisjoint(new.get("required", ()))
        and all(only_adds(before[name], after[name]) for name in before)
    )


def _may_be(entry: dict[str, Any], content: bytes | None, version: str | None) -> bool:
    if content is None:
        return False
    if digest(content) == entry["sha256"]:
        return True
    return version is not None and only_adds(entry["schema"], json.loads(content))


def _entry(entry: dict[str, Any] | None, content: bytes, version: str | None) -> dict[str, Any]:
    fresh = {"sha256": digest(content), "since": version or CANDIDATE}
    if version is None:
        return entry or fresh
    if entry is None:
        return {**fresh, "schema": json.loads(content)}
    if digest(content) == entry["sha256"]:
        return entry
    amended = [*entry.get("amended", []), version]
    return {**fresh, "since": entry["since"], "amended": amended, "schema": json.loads(content)}


if __name__ == "__main__":
    sys.exit(main())
