"""An outsider builds a mirror with docs/events.md in his hand, and nothing else."""

import contextlib
import gzip
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.conftest import ROOT
from tests.e2e.test_declarations import OTHER, act, entry
from tests.e2e.test_waiting import as_typed, new_organization, write_file
from tools.visitor import API, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

PAGE: Final = ROOT / "docs" / "events.md"
KILLS: Final = 5
ORGANIZATION: Final = new_organization(1711)
USER: Final = {
    "username": "mirrored_owner",
    "name": "何镜",
    "id_number": "110101199003071719",
    "password": "Journey-2026-qibiao",
    "bureau_code": "370321",
}
PHONE: Final = "13800138171"


class Recipe:
    """Do what the section "Building a mirror" of the page says, in an empty folder."""

    def __init__(self, url: str, folder: Path) -> None:
        text = PAGE.read_text(encoding="utf-8")
        section = text.partition("## Building a mirror\n")[2].partition("\n## ")[0]
        self._url = url
        self._folder = folder
        self.kills = 0
        self._child: subprocess.Popen[bytes] | None = None
        blocks = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
        commands = [shlex.split(line) for block in blocks for line in block.splitlines()]
        self.packages = [command[2:] for command in commands if command[:2] == ["pip", "install"]]
        self.programs = [command[1:] for command in commands if command[0] == "python"]
        (self._curl,) = (command[1:] for command in commands if command[0] == "curl")
        for target in re.findall(r"\]\((examples/\w+\.py)\)", section):
            shutil.copy(PAGE.parent / target, folder)

    @property
    def file(self) -> Path:
        """Return the mirror."""
        return self._folder / "mirror.db"

    def start(self) -> None:
        """Run the first program, which never ends."""
        self._child = subprocess.Popen(self._command(self.programs[0]), **self._surroundings())

    def kill(self) -> None:
        """End it as a crash would (kill -9)."""
        assert self._child is not None
        assert self._child.poll() is None, "the mirror ended by itself"
        self._child.kill()
        self._child.wait()
        self.kills += 1

    def stop(self) -> None:
        """End it if it runs."""
        if self._child is not None and self._child.poll() is None:
            self.kill()

    def sum_up(self) -> tuple[int, str]:
        """Run the second program: position and checksum."""
        done = subprocess.run(
            self._command(self.programs[1]),
            **self._surroundings(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        position, checksum = done.stdout.split()
        return int(position), checksum

    def ask(self, anyone: Visitor, position: int) -> dict[str, Any]:
        """Ask for what the page has curl ask for."""
        url = self._curl[-1].replace("<position>", str(position))
        return dict(anyone.api("GET", url.removeprefix("https://<site>" + API)))

    def record(self, declaration_id: str) -> dict[str, Any] | None:
        """Return what the mirror has of a declaration."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            try:
                row = database.execute(
                    "SELECT * FROM records WHERE id = ?", (declaration_id,)
                ).fetchone()
            except sqlite3.OperationalError:  # it has not begun yet
                return None
        return None if row is None else dict(row)

    def count(self) -> int:
        """Return how many declarations it has."""
        with contextlib.closing(sqlite3.connect(self.file, timeout=30)) as database:
            return int(database.execute("SELECT count(*) FROM records").fetchone()[0])

    def _command(self, words: list[str]) -> list[str]:
        return [sys.executable, *(word.replace("https://<site>", self._url) for word in words)]

    def _surroundings(self) -> dict[str, Any]:
        outside = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
        return {"cwd": self._folder, "env": outside}


def wait_for_record(recipe: Recipe, shown: dict[str, Any], **expected: Any) -> dict[str, Any]:
    """Wait until the mirror has a declaration as expected."""

    def found() -> dict[str, Any] | None:
        record = recipe.record(shown["declaration_id"])
        is_so = record is not None and all(record[name] == expected[name] for name in expected)
        return record if is_so else None

    return wait_for(found, seconds=90, what=f"镜像：{expected}")


def register(system: Any, folder: Path) -> Visitor:
    """Let a new enterprise come, whose owner is logged in."""
    system.run("services.registry.importing", write_file(folder / "new.csv", ORGANIZATION))
    person: Visitor = system.visitor()
    token = person.enter_user(person.verify(as_typed(ORGANIZATION)), USER)
    person.activate(token, PHONE)
    person.log_in(USER["username"], USER["password"])
    return person


def live(system: Any, owner: Visitor, recipe: Recipe, folder: Path) -> list[dict[str, Any]]:
    """Let everything happen that a mirror is told of; kill it after each; return what there is."""

    def crash() -> None:
        recipe.kill()
        recipe.start()

    def publish(body: str) -> dict[str, Any]:
        return owner.publish(owner.save_draft(entry(body)))

    first, gone = publish("QBMIRROR 1"), publish("QBMIRROR 2")
    crash()
    wrong = entry("QBMIRROR 3", title="焖烧罐")
    correction = {name: wrong[name] for name in wrong if name != "kind"}
    corrected = act(owner, first, "correction", {**correction, "is_committed": True})
    crash()
    added = act(owner, corrected, "products", {"products": [OTHER], "is_committed": True})
    wait_for_record(recipe, added, version=3)
    draft = act(owner, added, "revision")
    revised = owner.publish(draft)
    crash()
    token = act(owner, gone, "withdrawal-request")["confirmation_token"]
    act(owner, gone, "withdrawal", {"confirmation_token": token, "reason": "NOT_IN_USE"})
    crash()
    wait_for_record(recipe, gone, state="WITHDRAWN", withdrawal_reason="NOT_IN_USE")
    over = {**ORGANIZATION, "status": "注销"}
    system.run("services.registry.importing", write_file(folder / "over.csv", over))
    crash()
    return [first, gone, revised]


def equal_moment(system: Any, anyone: Visitor, recipe: Recipe) -> dict[str, Any]:
    """Return a snapshot at whose position the mirror is, with the mirror's checksum."""

    def meet() -> dict[str, Any] | None:
        latest = anyone.api("GET", "/snapshots/latest")
        position, checksum = recipe.sum_up()
        if position > latest["position"]:
            system.run("services.standards.snapshots")
        is_met = position == latest["position"] and not latest["pending"]
        return {**latest, "mirrored": checksum} if is_met else None

    system.run("services.standards.snapshots")
    return wait_for(meet, seconds=120, what="镜像追上快照")


class TestMirror:
    @pytest.mark.proves("A15", "C8")
    def test_built_by_the_page_alone_is_the_register(self, system: Any, tmp_path: Path) -> None:
        folder = tmp_path / "outside"
        folder.mkdir()
        anyone, owner = system.visitor(), register(system, tmp_path)
        system.run("services.standards.snapshots")
        recipe = Recipe(system.url, folder)
        with contextlib.ExitStack() as stack:
            stack.callback(recipe.stop)
            recipe.start()
            shown = live(system, owner, recipe, tmp_path)
            wait_for_marks(recipe, shown)
            snapshot = equal_moment(system, anyone, recipe)
        kills = recipe.kills - 1  # the last one is the end

        assert recipe.packages == [["requests"]]
        assert kills == KILLS
        assert recipe.ask(anyone, snapshot["position"])["checksum"] == snapshot["mirrored"]
        self._compare_with_site(anyone, recipe, shown)
        self._compare_with_snapshot(anyone, recipe, snapshot)

    @staticmethod
    def _compare_with_site(
        anyone: Visitor, recipe: Recipe, published: list[dict[str, Any]]
    ) -> None:
        for each in published:
            record = recipe.record(each["declaration_id"])
            assert record is not None
            page = anyone.api("GET", f"/public/declarations/{record['record_number']}")
            path = f"{API}/declarations/{record['id']}/versions/{record['version']}"
            assert (record["version"], record["state"]) == (page["version"], page["state"])
            assert json.loads(record["marks"]) == page["marks"]
            assert record["document"].encode() == anyone.request("GET", path).content

    @staticmethod
    def _compare_with_snapshot(anyone: Visitor, recipe: Recipe, snapshot: dict[str, Any]) -> None:
        """Compare everything, also what others published."""
        for file in snapshot["files"]:
            if not file["name"].startswith("declarations-"):
                continue
            path = f"{API}/snapshots/{snapshot['snapshot_id']}/files/{file['name']}"
            for text in gzip.decompress(anyone.request("GET", path).content).splitlines():
                line = json.loads(text)
                record = recipe.record(line["declaration_id"])
                assert record is not None
                for name in ("version", "sequence", "state", "document_sha256", "withdrawn_at"):
                    assert record[name] == line[name]
                for name in ("marks", "document"):
                    assert json.loads(record[name]) == line[name]
        assert recipe.count() == snapshot["declarations"]


def wait_for_marks(recipe: Recipe, published: list[dict[str, Any]]) -> None:
    """Wait until the mirror has heard that the enterprise is no more."""

    def is_marked() -> bool | None:
        found = recipe.record(published[0]["declaration_id"])
        return True if found is not None and json.loads(found["marks"]) else None

    wait_for(is_marked, seconds=90, what="镜像中的标记")
