"""The provable register: an outsider checks offline, with the public key only (design §7)."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.e2e.test_declarations import act, entry
from tests.factories.commands import run_verify
from tools import fetch_log
from tools.visitor import API, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def published(clerk: Visitor) -> dict[str, Any]:
    return publish(clerk, "QB2026 870")


@pytest.fixture
def anyone(system: Any) -> Visitor:
    visitor: Visitor = system.visitor()
    return visitor


def publish(clerk: Visitor, body: str) -> dict[str, Any]:
    """Enter a standard and submit it."""
    draft = clerk.api("POST", "/declarations", json=entry(body))
    return clerk.publish(draft)


def proof_of(anyone: Visitor, record: str, **query: Any) -> dict[str, Any]:
    """Wait for the proof of a record: it comes within about a second."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())

    def proof() -> dict[str, Any] | None:
        found = anyone.api("GET", f"/public/declarations/{record}/proof?{asked}")
        return found if found["inclusion"] else None

    return wait_for(proof, seconds=30, what="公开凭证")


def save(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


@contextlib.contextmanager
def altered(system: Any, declaration_id: str) -> Iterator[None]:
    """Change one character of what is stored, behind everybody's back; put it back afterwards."""
    engine = sa.create_engine(system.stack.settings()["STANDARDS_DATABASE_URL"])
    update = sa.text(
        "UPDATE versions SET document = REPLACE(document, :old, :new) WHERE declaration_id = :id"
    )
    names = {"old": "不锈钢真空", "new": "不绣钢真空", "id": declaration_id}
    try:
        with engine.begin() as connection:
            connection.execute(update, names)
        yield
        with engine.begin() as connection:
            connection.execute(update, {**names, "old": names["new"], "new": names["old"]})
    finally:
        engine.dispose()


class TestProof:
    def test_a_publication_is_proved_offline(
        self, anyone: Visitor, published: dict[str, Any], tmp_path: Path
    ) -> None:
        record = published["record_number"]
        proof = save(tmp_path, "proof.json", proof_of(anyone, record))
        keys = save(tmp_path, "keys.txt", anyone.api("GET", "/log/keys"))
        raw = anyone.request(
            "GET", f"{API}/declarations/{published['declaration_id']}/versions/1"
        ).text

        assert json.loads(proof.read_text(encoding="utf-8"))["document"] == raw
        assert run_verify("--key", keys, proof)[0] == 0

    def test_every_record_says_where_its_proof_is(
        self, anyone: Visitor, published: dict[str, Any]
    ) -> None:
        record = published["record_number"]
        proof_of(anyone, record)
        plain = anyone.api("GET", f"/public/declarations/{record}")
        full = anyone.api("GET", f"/public/declarations/{record}?with=inclusion")
        row = anyone.api("GET", f"/public/declarations/{record}/versions")["items"][0]
        page = anyone.request("GET", f"/s/{record}").text

        assert "inclusion" not in plain
        assert full["inclusion"]["head"]["size"] == full["inclusion"]["tree_size"]
        for shown in (plain, full, row):
            found = anyone.request("GET", shown["proof_url"])
            assert found.json()["record_number"] == record
        assert f"/public/declarations/{record}/proof" in page

    def test_an_altered_export_is_named(
        self, anyone: Visitor, published: dict[str, Any], tmp_path: Path
    ) -> None:
        record = published["record_number"]
        found = proof_of(anyone, record)
        found["document"] = found["document"].replace("不锈钢", "塑料")
        proof = save(tmp_path, "proof.json", found)
        keys = save(tmp_path, "keys.txt", anyone.api("GET", "/log/keys"))

        code, said = run_verify("--key", keys, proof)

        assert code == 1
        assert f"记录 {record} 第 1 版 与存证不符" in said
        assert f"record {record} version 1 was altered" in said

    def test_an_altered_row_is_named_against_the_head(
        self, system: Any, anyone: Visitor, published: dict[str, Any], tmp_path: Path
    ) -> None:
        record = published["record_number"]
        proof_of(anyone, record)
        keys = save(tmp_path, "keys.txt", anyone.api("GET", "/log/keys"))
        url = f"/declarations/{published['declaration_id']}/versions/1"
        with altered(system, published["declaration_id"]):
            proof = save(tmp_path, "proof.json", proof_of(anyone, record))
            served = anyone.request("GET", API + url).text
        code, said = run_verify("--key", keys, proof)

        assert "不绣钢" in served
        assert code == 1
        assert f"record {record} version 1 was altered" in said

    def test_a_withdrawal_is_proved_too(
        self, clerk: Visitor, anyone: Visitor, tmp_path: Path
    ) -> None:
        public = publish(clerk, "QB2026 871")
        asked = act(clerk, public, "withdrawal-request")
        act(
            clerk,
            public,
            "withdrawal",
            {"confirmation_token": asked["confirmation_token"], "reason": "NOT_IN_USE"},
        )
        found = proof_of(anyone, public["record_number"], kind="WITHDRAWAL")
        proof = save(tmp_path, "proof.json", found)
        keys = save(tmp_path, "keys.txt", anyone.api("GET", "/log/keys"))

        assert json.loads(found["document"])["reason"] == "NOT_IN_USE"
        assert run_verify("--key", keys, proof)[0] == 0


class TestLog:
    def test_the_whole_log_is_downloaded_and_checked(
        self, system: Any, anyone: Visitor, published: dict[str, Any], tmp_path: Path
    ) -> None:
        found = proof_of(anyone, published["record_number"])
        fetch_log.fetch(system.url, tmp_path)
        line = {
            "record_number": published["record_number"],
            "version": 1,
            "leaf_index": found["inclusion"]["leaf_index"],
            "document": json.loads(found["document"]),
        }
        (tmp_path / "records").mkdir()
        records = tmp_path / "records" / "part.jsonl"
        checked = []
        for title in (line["document"]["title"], "塑料杯"):
            line["document"]["title"] = title
            records.write_text(json.dumps(line, ensure_ascii=False) + "\n", encoding="utf-8")
            checked.append(
                run_verify(
                    "--key", tmp_path / "keys.json", "--head", tmp_path / "head.json",
                    "--log", tmp_path / "log.jsonl", records.parent,
                )
            )  # fmt: skip

        assert [code for code, _ in checked] == [0, 1]
        assert f"record {published['record_number']} version 1 was altered" in checked[1][1]
        again = fetch_log.fetch(system.url, tmp_path)
        assert again <= 5  # only what others published meanwhile

    def test_it_only_grows(
        self, clerk: Visitor, anyone: Visitor, published: dict[str, Any], tmp_path: Path
    ) -> None:
        old = proof_of(anyone, published["record_number"])["inclusion"]["head"]
        public = publish(clerk, "QB2026 872")
        new = proof_of(anyone, public["record_number"])["inclusion"]["head"]
        proof = anyone.api("GET", f"/log/proof/consistency?from={old['size']}&to={new['size']}")
        keys = save(tmp_path, "keys.txt", anyone.api("GET", "/log/keys"))
        files = [save(tmp_path, f"{n}.json", each) for n, each in enumerate((old, new, proof))]

        assert old["size"] < new["size"]
        assert anyone.api("GET", "/log/heads?limit=1")["items"]
        code, said = run_verify(
            "--key", keys, "--head", files[0], "--head", files[1], "--consistency", files[2]
        )
        assert (code, "OK" in said) == (0, True)
