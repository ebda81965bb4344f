"""tools.verify: an outsider with the public key finds out what was altered, by name."""

import base64
import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.standards.domain import documents, merkle
from services.standards.domain.merkle import Frontier
from services.standards.domain.tree_heads import HEAD_FORM, TreeHead
from tools.verify import __main__ as verify

KEY: Final = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
SIZE: Final = 23


def document(number: int, **changes: Any) -> dict[str, Any]:
    """Return what was published under a number."""
    return {
        "form": "declaration/1",
        "record_number": f"Q-{number:09d}-202611280000-0001",
        "version": 1,
        "title": f"不锈钢杯 {number}",
        **changes,
    }


class Book:
    """Be a small register with its log, and write the files that outsiders have of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.documents = [document(number) for number in range(SIZE)]
        self.nodes: dict[merkle.Node, bytes] = {}
        frontier = Frontier()
        for content in self.documents:
            leaf = merkle.hash_leaf(documents.canonicalize(content).text.encode())
            self.nodes.update(frontier.append(leaf))
        raw = KEY.public_key().public_bytes_raw()
        self.keys = self.write(
            "keys/keys.json",
            {
                "items": [
                    {
                        "key_id": "k1",
                        "algorithm": "Ed25519",
                        "public_key": base64.b64encode(raw).decode(),
                        "is_current": True,
                    }
                ]
            },
        )

    def write(self, name: str, content: Any) -> Path:
        """Write a JSON file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return path

    def write_lines(self, name: str, items: list[Any]) -> Path:
        """Write JSON Lines, gzipped where the name says so."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()
        path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return path

    def hash_spans(self, spans: list[merkle.Span]) -> list[str]:
        """Return the hashes of a proof."""
        return [merkle.hash_span(span, self.nodes.__getitem__).hex() for span in spans]

    def head(self, size: int = SIZE, **changes: Any) -> dict[str, Any]:
        """Return a signed head."""
        root = merkle.fold([self.nodes[node] for node in merkle.cover((0, size))])
        signed = TreeHead(
            size=size,
            root=changes.pop("signs", root),
            signed_at="2026-11-28T00:00:00Z",
            key_id="k1",
        )
        return {
            "form": HEAD_FORM,
            "number": size,
            "size": size,
            "root": signed.root.hex(),
            "signed_at": signed.signed_at,
            "key_id": "k1",
            "signature": base64.b64encode(KEY.sign(signed.signed_text())).decode(),
            **changes,
        }

    def proof(self, index: int, size: int = SIZE, **changes: Any) -> dict[str, Any]:
        """Return a record with its proof, as the site gives it."""
        content = self.documents[index]
        return {
            "record_number": content["record_number"],
            "version": content["version"],
            "kind": "VERSION",
            "document": documents.canonicalize(content).text,
            "inclusion": {
                "leaf_index": index,
                "leaf_hash": self.nodes[merkle.Node(0, index)].hex(),
                "tree_size": size,
                "path": self.hash_spans(merkle.inclusion_spans(index, size)),
                "head": self.head(size),
            },
            "reason": None,
            **changes,
        }

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines of a snapshot, in no particular order."""
        found = [
            {
                "record_number": content["record_number"],
                "version": 1,
                "leaf_index": index,
                "document": dict(content),
            }
            for index, content in enumerate(self.documents)
        ]
        return found[7:] + found[:7]

    def snapshot(self, lines: list[dict[str, Any]] | None = None) -> Path:
        """Write a folder as a snapshot is downloaded; return it."""
        files = [
            self.write_lines("snapshot/declarations-0001.jsonl.gz", lines or self.lines()),
            self.write_lines("snapshot/log.jsonl.gz", self.entries()),
            self.write("snapshot/head.json", self.head()),
        ]
        facts = [
            {"name": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
            for file in files
        ]
        return self.write(
            "snapshot/manifest.json", {"form": "qibiao.snapshot.1", "files": facts}
        ).parent

    def entries(self) -> list[dict[str, Any]]:
        """Return the list of leaves."""
        return [
            {
                "leaf_index": index,
                "leaf_hash": self.nodes[merkle.Node(0, index)].hex(),
                "record_number": content["record_number"],
                "version": 1,
            }
            for index, content in enumerate(self.documents)
        ]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.fixture
def run(book: Book, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: Any) -> tuple[int, str]:
        code = verify.main(["--key", str(book.keys), *map(str, arguments)])
        shown = capsys.readouterr()
        return code, shown.out + shown.err

    return run


Run = Callable[..., tuple[int, str]]


class TestRecord:
    def test_is_proved_by_the_key_alone(self, book: Book, run: Run) -> None:
        code, shown = run(book.write("proof.json", book.proof(5)))

        assert (code, "核对通过" in shown, "OK: 1 records" in shown) == (0, True, True)

    @pytest.mark.parametrize("kind", ["pem", "base64"])
    def test_takes_the_key_in_other_forms(self, book: Book, run: Run, kind: str) -> None:
        public = KEY.public_key()
        texts = {
            "pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "base64": base64.b64encode(public.public_bytes_raw()),
        }
        book.keys.write_bytes(texts[kind])

        assert run(book.write("proof.json", book.proof(5)))[0] == 0

    @pytest.mark.parametrize("is_object", [False, True])
    def test_altered_is_named(self, book: Book, run: Run, is_object: bool) -> None:  # noqa: FBT001
        altered = {**book.documents[5], "title": "塑料杯"}
        text = altered if is_object else documents.canonicalize(altered).text
        code, shown = run(book.write("proof.json", book.proof(5, document=text)))

        assert code == 1
        assert "记录 Q-000000005-202611280000-0001 第 1 版 与存证不符" in shown
        assert "record Q-000000005-202611280000-0001 version 1 was altered" in shown

    def test_cannot_be_shown_as_another_one(self, book: Book, run: Run) -> None:
        covered = book.proof(5, record_number="Q-000000006-202611280000-0001")
        newer = book.proof(5, version=2)

        for proof in (covered, newer):
            code, shown = run(book.write("proof.json", proof))

            assert (code, "was altered" in shown) == (1, True)

    def test_needs_a_head_that_the_key_signed(self, book: Book, run: Run) -> None:
        proof = book.proof(5)
        proof["inclusion"]["head"]["signed_at"] = "2026-11-29T00:00:00Z"
        code, shown = run(book.write("proof.json", proof))

        assert (code, "签名无效" in shown) == (1, True)

    def test_an_older_tree_needs_its_head(self, book: Book, run: Run) -> None:
        proof = book.proof(5, 11)
        proof["inclusion"]["head"] = None
        path = book.write("proof.json", proof)
        head = book.write("heads/head.json", {"items": [book.head(11)], "next_before": None})

        assert run(path)[0] == 1
        assert run("--head", head, path)[0] == 0

    def test_without_proof_is_said_to_be_unproven(self, book: Book, run: Run) -> None:
        path = book.write("proof.json", book.proof(5, inclusion=None, reason="NOT_YET_IN_LOG"))
        code, shown = run(path)

        assert (code, "尚无证明" in shown) == (1, True)
        assert run("--allow-pending", path)[0] == 0


class TestSnapshot:
    @pytest.mark.parametrize("name", ["records/a.jsonl", "records/a.jsonl.gz"])
    def test_all_documents_make_the_root(self, book: Book, run: Run, name: str) -> None:
        book.write_lines(name, book.lines())
        head = book.write("head.json", book.head())

        code, shown = run("--head", head, book.folder / "records")

        assert (code, f"OK: {SIZE} records" in shown) == (0, True)

    def test_alone_tells_between_which_heads_something_was_altered(
        self, book: Book, run: Run
    ) -> None:
        lines = book.lines()
        next(line for line in lines if line["leaf_index"] == 13)["document"]["title"] = "塑料杯"
        book.write_lines("records/a.jsonl", lines)
        heads = book.write("heads.json", [book.head(size) for size in (4, 12, 16, SIZE)])

        code, shown = run("--head", heads, book.folder / "records")

        assert code == 1
        assert "among entries 12 to 15" in shown

    def test_with_the_list_of_entries_the_altered_one_is_named(self, book: Book, run: Run) -> None:
        lines = book.lines()
        altered = next(line for line in lines if line["leaf_index"] == 13)
        altered["document"]["record_number"] = altered["record_number"] = "Q-1"
        records = book.write_lines("records/a.jsonl", lines)
        log = book.write_lines("log.jsonl.gz", book.entries())
        head = book.write("head.json", book.head())

        code, shown = run("--head", head, "--log", log, records)

        assert code == 1
        assert shown.count("was altered") == 1
        assert "record Q-1 version 1 was altered" in shown
        assert "#13 Q-000000013-202611280000-0001 v1" in shown

    def test_with_the_list_a_part_of_it_will_do(self, book: Book, run: Run) -> None:
        records = book.write_lines("records/a.jsonl", book.lines()[:5])
        log = book.write_lines("log.jsonl", book.entries())
        head = book.write("head.json", book.head())

        assert run("--head", head, "--log", log, records)[0] == 0
        assert run("--log", log, records)[0] == 1
        assert run("--head", head, records)[0] == 1

    def test_the_list_itself_cannot_be_altered(self, book: Book, run: Run) -> None:
        entries = book.entries()
        entries[3]["leaf_hash"] = "00" * 32
        log = book.write_lines("log.jsonl", entries)
        head = book.write("head.json", book.head())
        code, shown = run("--head", head, "--log", log)

        assert (code, "among entries 0 to 22" in shown) == (1, True)

    def test_what_no_head_covers_is_not_proven(self, book: Book, run: Run) -> None:
        records = book.write_lines("records/a.jsonl", book.lines())
        log = book.write_lines("log.jsonl", book.entries())
        head = book.write("head.json", book.head(20))
        code, shown = run("--head", head, "--log", log, records)

        assert (code, shown.count("not covered by a signed head")) == (1, 3)

    def test_a_line_without_its_place_is_not_proven(self, book: Book, run: Run) -> None:
        lines = book.lines()
        lines[2]["leaf_index"] = None
        records = book.write_lines("records/a.jsonl", lines)
        log = book.write_lines("log.jsonl", book.entries())
        head = book.write("head.json", book.head())

        assert run("--head", head, "--log", log, records)[0] == 1
        assert run("--allow-pending", "--head", head, "--log", log, records)[0] == 0


class TestFolder:
    """A snapshot as it was downloaded: its manifest, lines, list of entries and head."""

    def test_needs_nothing_but_the_key(self, book: Book, run: Run) -> None:
        code, shown = run(book.snapshot())

        assert (code, f"OK: {SIZE} records" in shown) == (0, True)

    def test_altered_lines_are_named_though_the_manifest_fits(self, book: Book, run: Run) -> None:
        lines = book.lines()
        lines[3]["document"]["title"] = "塑料杯"
        code, shown = run(book.snapshot(lines))

        number = lines[3]["record_number"]
        assert code == 1
        assert f"record {number} version 1 was altered" in shown
        assert f"what the log holds there: #{lines[3]['leaf_index']} {number} v1" in shown
        assert "FAILED: 1 wrong" in shown

    def test_files_are_compared_with_the_manifest(self, book: Book, run: Run) -> None:
        folder = book.snapshot()
        lines = folder / "declarations-0001.jsonl.gz"
        lines.write_bytes(gzip.compress(gzip.decompress(lines.read_bytes()), 1))
        altered = run(folder)
        lines.unlink()
        missing = run(folder)

        assert (altered[0], "is not what the manifest says" in altered[1]) == (1, True)
        assert (missing[0], "is missing" in missing[1]) == (1, True)

    def test_a_damaged_file_does_not_hide_what_was_found(self, book: Book, run: Run) -> None:
        folder = book.snapshot()
        lines = folder / "declarations-0001.jsonl.gz"
        lines.write_bytes(lines.read_bytes()[:-9])

        code, shown = run(folder)

        assert code == 1
        assert "is not what the manifest says" in shown
        assert "无法核对" in shown

    @pytest.mark.parametrize("cut", [1, 9, 40])
    def test_a_file_that_ends_early_cannot_be_checked(self, book: Book, run: Run, cut: int) -> None:
        folder = book.snapshot()
        (folder / "manifest.json").unlink()
        lines = folder / "declarations-0001.jsonl.gz"
        lines.write_bytes(lines.read_bytes()[:-cut])

        code, shown = run(folder)

        assert (code, "declarations-0001.jsonl.gz: damaged" in shown) == (2, True)

    def test_a_name_that_is_there_twice_is_refused(self, book: Book, run: Run) -> None:
        """Some readers take the first, others the last: only one of both would be proven."""
        folder = book.snapshot()
        (folder / "manifest.json").unlink()
        lines = folder / "declarations-0001.jsonl.gz"
        text = gzip.decompress(lines.read_bytes()).decode()
        lines.write_bytes(gzip.compress(text.replace('"title"', '"title":"x","title"', 1).encode()))

        code, shown = run(folder)

        assert (code, "a name is there twice" in shown) == (2, True)

    def test_names_outside_of_the_folder_are_refused(self, book: Book, run: Run) -> None:
        for name in ("../keys/keys.json", "/etc/hostname", "", "a/b"):
            folder = book.snapshot()
            book.write(
                "snapshot/manifest.json", {"files": [{"name": name, "sha256": "0" * 64, "rows": 0}]}
            )
            assert run(folder)[0] == 2

    def test_a_number_beyond_the_log_takes_no_room(self, book: Book, run: Run) -> None:
        lines = book.lines()
        lines[0]["leaf_index"] = 1 << 60
        head = book.write("head.json", book.head())

        code, shown = run("--head", head, book.write_lines("lines.jsonl", lines))

        assert (code, "is not covered by a signed head" in shown) == (1, True)

    def test_millions_of_faults_are_counted_and_some_are_named(self, book: Book, run: Run) -> None:
        lines = book.lines() * 10
        for line in lines:
            line["document"] = {**line["document"], "title": "塑料杯"}

        code, shown = run(book.snapshot(lines))

        assert code == 1
        assert f"FAILED: {10 * SIZE} wrong" in shown
        assert shown.count("was altered") == 100


class TestHeads:
    def test_one_continues_the_other(self, book: Book, run: Run) -> None:
        old, new = (book.write(f"{size}.json", book.head(size)) for size in (9, SIZE))
        path = book.hash_spans(merkle.consistency_spans(9, SIZE))
        proof = book.write("proof.json", {"first": 9, "second": SIZE, "path": path})
        bent = book.write(
            "bent.json", {"first": 9, "second": SIZE, "path": [*path[:-1], "00" * 32]}
        )

        assert run("--head", old, "--head", new, "--consistency", proof)[0] == 0
        assert run("--head", old, "--head", new, "--consistency", bent)[0] == 1
        assert run("--head", new, "--consistency", proof)[0] == 1

    def test_two_of_one_size_contradict(self, book: Book, run: Run) -> None:
        one = book.write("one.json", book.head())
        other = book.write("other.json", book.head(signs=bytes(32)))
        code, shown = run("--head", one, "--head", other)

        assert (code, "互相矛盾" in shown) == (1, True)

    def test_another_key_signed_it(self, book: Book, run: Run) -> None:
        head = book.write("head.json", book.head(signature=base64.b64encode(bytes(64)).decode()))

        assert run("--head", head)[0] == 1


class TestFiles:
    @pytest.mark.parametrize(
        ("option", "content"),
        [("--key", "{}"), ("--key", "x"), ("--head", "{}"), ("--consistency", "{}"), ("", "{")],
    )
    def test_that_are_nothing_of_the_kind_are_refused(
        self, book: Book, run: Run, option: str, content: str
    ) -> None:
        path = book.folder / "wrong.json"
        path.write_text(content, encoding="utf-8")

        code, shown = run(*([option] if option else []), path)

        assert (code, "wrong.json" in shown) == (2, True)

    def test_a_list_with_a_gap_is_refused(self, book: Book, run: Run) -> None:
        log = book.write_lines("log.jsonl", book.entries()[1:])

        assert run("--log", log)[0] == 2

    def test_nothing_is_not_proven(self, run: Run) -> None:
        assert run()[0] == 1
