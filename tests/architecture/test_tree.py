"""The tree keeps the shape that the conventions promise."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import contracts.errors
import contracts.events

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("accounts", "registry", "standards", "search", "notify")
PACKAGES = ("chassis", "contracts", "gateway", "services", "tools", "bench")
EMPTY_NAMES = {"utils", "helpers", "common", "services", "managers", "misc"}
MODULE_LIMIT = 420


def sources(*packages: str) -> list[Path]:
    return sorted(
        path
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    )


class TestModules:
    def test_none_is_over_the_length_limit(self) -> None:
        too_long = {
            str(path.relative_to(ROOT)): count
            for path in sources(*PACKAGES)
            if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LIMIT
        }

        assert too_long == {}

    def test_each_name_says_something(self) -> None:
        empty = [str(path) for path in sources(*PACKAGES) if path.stem in EMPTY_NAMES]

        assert empty == []

    def test_each_begins_with_a_docstring(self) -> None:
        silent = [
            str(path.relative_to(ROOT))
            for path in sources(*PACKAGES)
            if path.read_text(encoding="utf-8").strip()
            and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None
        ]

        assert silent == []

    def test_only_the_chassis_commits(self) -> None:
        pattern = re.compile(r"\.(commit|rollback)\(")

        offenders = [
            str(path.relative_to(ROOT))
            for path in sources("services", "gateway")
            if pattern.search(path.read_text(encoding="utf-8"))
            and "blob" not in path.read_text(encoding="utf-8").lower()
        ]

        assert offenders == []


def names_imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


class TestFrameworkStaysAtTheEdge:
    def test_business_modules_know_no_framework(self) -> None:
        edge = {"service.py", "server.py"}

        offenders = {
            str(path.relative_to(ROOT)): names
            for path in sources("services", "gateway")
            if path.name not in edge
            and path.parent != ROOT / "gateway" / "server"  # the HTTP server, in several modules
            and (names := names_imported(path) & {"nameko", "kombu", "amqp", "eventlet"})
        }

        assert offenders == {}

    def test_pypdf_is_read_in_one_place(self) -> None:
        readers = {
            path.relative_to(ROOT).as_posix()
            for path in sources("chassis", "services", "gateway")
            if "pypdf" in names_imported(path)
        }

        assert readers
        assert all(name.startswith("services/standards/adapters/pdf") for name in readers)


class TestServicesStandAlone:
    """Each service is copied alone with chassis and contracts, and imports there."""

    @pytest.mark.parametrize("service", SERVICES)
    def test_imports_without_the_others(self, service: str, tmp_path: Path) -> None:
        for package in ("chassis", "contracts"):
            subprocess.run(["cp", "-r", ROOT / package, tmp_path / package], check=True)
        (tmp_path / "services").mkdir()
        (tmp_path / "services" / "__init__.py").write_text('"""One service."""\n', encoding="utf-8")
        subprocess.run(
            ["cp", "-r", ROOT / "services" / service, tmp_path / "services" / service], check=True
        )
        program = (
            "import sys; sys.path[:] = [p for p in sys.path if 'site-packages' in p or 'lib' in p];"
            f"sys.path.insert(0, {str(tmp_path)!r});"
            "import chassis.green; chassis.green.patch();"
            f"import services.{service}.service as s;"
            f"assert s.__file__.startswith({str(tmp_path)!r}), s.__file__;"
            "print(s.SERVICE.name)"
        )

        done = subprocess.run(
            [sys.executable, "-P", "-c", program],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == service


def constant(name: str) -> str:
    return name.rsplit(".", 1)[0].replace(".", "_").upper()


class TestEvents:
    def test_each_is_public_or_consumed(self) -> None:
        handlers = "\n".join(
            path.read_text(encoding="utf-8") for path in sources("services", "gateway")
        )

        orphans = [
            event.name
            for event in contracts.events.EVENTS.values()
            if not event.is_public
            and not re.search(rf"on_(event|broadcast)\([^)]*\b{constant(event.name)}\b", handlers)
        ]

        assert orphans == []

    def test_each_error_code_names_its_service(self) -> None:
        prefixes = {code.split(".")[0] for code in contracts.errors.CODES}

        assert prefixes <= {"bus", "gateway", *SERVICES}
