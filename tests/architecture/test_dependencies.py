"""Every package imports only what its extra installs, and every library has its reason."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tools import locked

ROOT = Path(__file__).resolve().parents[2]
OURS = {"chassis", "contracts", "gateway", "services", "tools", "bench", "tests"}
TYPES_ONLY = {"_typeshed"}
SERVICES = ("accounts", "registry", "standards", "search", "notify")
# Part of another package of the list: SQLAlchemy and eventlet bring greenlet.
COMPANIONS = {
    "alibabacloud-tea-openapi": "alibabacloud-dysmsapi20170525",
    "darabonba-core": "alibabacloud-dysmsapi20170525",
    "greenlet": "eventlet",
    "pypdfium2-raw": "pypdfium2",
    "tencentcloud-sdk-python-common": "tencentcloud-sdk-python-sms",
    "urllib3": "requests",
}


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def asked_for(name: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    found = {}
    for line in lines:
        if match := re.match(r"([A-Za-z0-9][A-Za-z0-9._-]*)[^#]*(#.*)?$", line):
            found[locked.normal(match[1])] = (match[2] or "").strip("# ")
    return found


def imported(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (top-level module, where) of every import at run time."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            where = path.relative_to(ROOT).as_posix()
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], where) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0], where


def distributions() -> dict[str, set[str]]:
    return {
        module: {locked.normal(name) for name in names}
        for module, names in metadata.packages_distributions().items()
    }


# Versions before these have known holes that matter here (docs/threat-model.md).
FLOORS = {"eventlet": (0, 40, 3), "pypdf": (7, 0, 1), "werkzeug": (3, 1, 4)}


def locked_version(library: str) -> tuple[int, ...]:
    text = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
    found = re.search(rf"^{library}==([0-9.]+)", text, re.MULTILINE)
    assert found, library
    return tuple(int(part) for part in found[1].split("."))


class TestRequirements:
    @pytest.mark.proves("F23")
    @pytest.mark.parametrize("library", sorted(FLOORS))
    def test_no_library_is_older_than_its_last_known_hole(self, library: str) -> None:
        assert locked_version(library) >= FLOORS[library]

    def test_base_is_what_the_project_and_its_extras_ask_for(self) -> None:
        assert locked.wanted(project(), locked.EVERYTHING) == set(asked_for("base.in"))

    @pytest.mark.parametrize("name", ["base.in", "dev.in"])
    def test_every_line_says_why(self, name: str) -> None:
        silent = [library for library, reason in asked_for(name).items() if not reason]

        assert silent == []

    @pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
    def test_the_lock_has_hashes_and_no_addresses(self, name: str) -> None:
        text = (ROOT / "requirements" / name).read_text(encoding="utf-8")

        assert not re.search(r"(https?|file)://|--(extra-)?index-url|--find-links", text)
        for library, entry in locked.read_lock(text).items():
            assert "--hash=sha256:" in entry.text, library

    def test_dev_is_base_and_more(self) -> None:
        base, dev = (
            locked.read_lock((ROOT / "requirements" / name).read_text(encoding="utf-8"))
            for name in ("base.txt", "dev.txt")
        )

        assert {name: entry.text for name, entry in base.items()}.items() <= {
            name: entry.text for name, entry in dev.items()
        }.items()

    def test_what_has_known_holes_is_new_enough(self) -> None:
        floors = {"eventlet": (0, 40, 3), "pypdf": (7, 0, 1), "werkzeug": (3, 1, 0)}
        text = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")

        for library, floor in floors.items():
            version = re.search(rf"^{library}==([0-9.]+)", text, re.MULTILINE)
            assert version is not None
            assert tuple(int(part) for part in version[1].split(".")) >= floor, library


class TestImports:
    @pytest.mark.parametrize(
        ("folder", "extra"),
        [
            ("chassis", None),
            ("contracts", None),
            ("gateway", "gateway"),
            *((f"services/{name}", name) for name in SERVICES),
        ],
    )
    def test_are_covered_by_the_extra(self, folder: str, extra: str | None) -> None:
        known = project()
        details = known["project"]
        assert isinstance(details, dict)
        allowed = (
            locked.wanted(known, extra)
            if extra
            else {locked.normal(re.split(r"[<>=]", line)[0]) for line in details["dependencies"]}
        )
        providers = distributions()

        strangers = {}
        for module, where in imported(ROOT / folder):
            if module in OURS | TYPES_ONLY or module in sys.stdlib_module_names:
                continue
            names = {COMPANIONS.get(name, name) for name in providers.get(module, {module})}
            if names.isdisjoint(allowed):
                strangers.setdefault(module, where)

        allowed_late = {"yaml"} if folder == "gateway" else set()  # only writes the contract
        assert set(strangers) <= allowed_late, strangers
