"""What the front pages say is true: links, demo accounts, targets, words."""

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "CONTRIBUTING.md", "CONTEXT.md", "CHANGELOG.md")
TARGETS = [
    "help",
    "setup",
    "format",
    "lint",
    "types",
    "imports",
    "test",
    "test-backends",
    "e2e",
    "bench",
    "migrate",
    "seed",
    "docs",
    "lock",
    "check",
    "clean",
    "sim",
]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class TestPages:
    @pytest.mark.parametrize("page", PAGES)
    def test_links_lead_somewhere(self, page: str) -> None:
        links = re.findall(r"\]\(([^)#\s]+)\)", read(page))

        lost = [link for link in links if "://" not in link and not (ROOT / link).exists()]
        assert lost == []

    def test_the_glossary_says_each_word_once(self) -> None:
        rows = re.findall(r"^\| ([^|]+) \|", read("CONTEXT.md"), re.MULTILINE)
        words = [row.strip() for row in rows if row.strip() not in {"---", "中文", "word"}]

        assert len(words) == len(set(words))
        assert len(words) > 60


class TestDemoAccounts:
    def test_are_those_of_the_seeds(self) -> None:
        from services.accounts import seeds  # noqa: PLC0415  the other tests need no service

        content = json.loads(seeds.ACCOUNTS.read_text(encoding="utf-8"))
        people = [
            *content["staff"],
            *(one for enterprise in content["enterprises"] for one in enterprise["accounts"]),
        ]
        known = {person["username"] for person in people}
        section = read("README.md").partition("### 演示账号")[2].partition("| 字段 |")[0]
        named = set(re.findall(r"`([a-z]+_[a-z_]+)`", section))

        assert seeds.PASSWORD in section
        assert named <= known
        assert {"demo_operator", "demo_auditor"} <= named

    def test_the_applicant_can_be_verified_and_is_not_registered(self) -> None:
        from services.registry import seeds  # noqa: PLC0415

        with seeds.ORGANIZATIONS.open(encoding="utf-8", newline="") as lines:
            rows = {row["org_code"]: row for row in csv.DictReader(lines)}
        applicants = [rows[code] for code in seeds.APPLICANTS]
        page = read("README.md")

        shown = [row for row in applicants if f"`{row['credit_code']}`" in page]
        assert len(shown) == 1
        for field in ("name", "legal_rep", "legal_representative_id_number", "registered_address"):
            assert f"`{shown[0][field]}`" in page


class TestMake:
    def test_every_target_is_there_and_explained(self) -> None:
        text = read("Makefile")

        for target in TARGETS:
            assert re.search(rf"^{target}:.* ## \S", text, re.MULTILINE), target


class TestCi:
    def test_calls_the_tests_and_nothing_cleverer(self) -> None:
        lines = [line for line in read(".ci/run").splitlines() if line and line[0] != "#"]

        assert lines == [
            "set -euo pipefail",
            'cd "$(dirname "${BASH_SOURCE[0]}")/.."',
            "exec ./test.sh",
        ]

    def test_nothing_names_a_registry_or_a_machine(self) -> None:
        tracked = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=True
        ).stdout.split("\0")
        places = re.compile(r"https?://(pypi|files\.pythonhosted|registry\.npmjs|deb\.debian)")

        found = [
            name
            for name in tracked
            if name
            and (ROOT / name).is_file()
            and (ROOT / name).suffix not in {".png", ".pdf", ".ico", ".woff2"}
            and Path(__file__) != ROOT / name
            and places.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
        ]
        assert found == []
