"""Keep a mirror of the whole register: the newest snapshot, then every event as it comes.

    pip install requests
    python mirror.py https://qibiao.example mirror.db
    python mirror.py https://qibiao.example mirror.db --checksum

The first command loads, follows, and never ends; it may be killed at any moment and goes on where
the SQLite file says, because each event is kept together with its position. The second prints
position and checksum of the mirror, to be compared with `/api/v1/snapshots/checksum?position=`.
"""

import argparse
import gzip
import hashlib
import io
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

TOO_OLD, NOT_THERE = 416, 404
LATER = {429, 500, 502, 503, 504}
SUMMED = "SELECT id, version, sequence, state, marks, document_sha256 FROM records ORDER BY id"
TABLES = """
CREATE TABLE IF NOT EXISTS place (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER);
INSERT OR IGNORE INTO place VALUES (1, NULL);
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, record_number TEXT NOT NULL, version INTEGER NOT NULL,
    sequence INTEGER NOT NULL, state TEXT NOT NULL, withdrawn_at TEXT, withdrawal_reason TEXT,
    marks TEXT NOT NULL, document TEXT NOT NULL, document_sha256 TEXT NOT NULL
);
"""


class AgainError(Exception):
    """The log no longer leads on from the position of the mirror, or was restored from a copy."""


class Site:
    """Ask the platform, however long it takes to be there again."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()

    def get(
        self, path: str, headers: dict[str, str] | None = None, *, stream: bool = False
    ) -> requests.Response:
        """Return an answer that is neither a failure nor a request to come later.

        Raises:
            AgainError: the log does not reach from the position that was asked for.
        """
        while True:
            pause = 2.0
            try:
                answer = self._session.get(
                    self._url + path, headers=headers, stream=stream, timeout=(5, 45)
                )
            except requests.RequestException as error:
                print(f"no answer: {error}", file=sys.stderr)
            else:
                if answer.status_code == TOO_OLD:
                    raise AgainError
                if answer.status_code not in LATER:
                    return answer
                later = answer.headers.get("Retry-After", "")
                pause = int(later) if later.isdecimal() else pause
            time.sleep(pause)


class Mirror:
    """Hold the register and the position up to which it is, in one file."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, timeout=30)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(TABLES)

    @property
    def position(self) -> int | None:
        """The position up to which the mirror is; None before a snapshot was loaded."""
        position: int | None = self._database.execute("SELECT position FROM place").fetchone()[0]
        return position

    def load(self, lines: Iterator[str], position: int) -> None:
        """Hold what a snapshot holds, all of it or nothing."""
        with self._database:
            self._database.execute("DELETE FROM records")
            for line in lines:
                record = json.loads(line)
                self._put({**record, "id": record["declaration_id"]})
            self._database.execute("UPDATE place SET position = ?", (position,))

    def find(self, declaration_id: str) -> dict[str, Any] | None:
        """Return a record."""
        row = self._database.execute(
            "SELECT * FROM records WHERE id = ?", (declaration_id,)
        ).fetchone()
        if row is None:
            return None
        found = dict(row)
        return {
            **found,
            "marks": json.loads(found["marks"]),
            "document": json.loads(found["document"]),
        }

    def keep(self, record: dict[str, Any] | None, position: int) -> None:
        """Keep what an event made of its record, and its position: both or neither."""
        with self._database:
            if record is not None:
                self._put(record)
            self._database.execute("UPDATE place SET position = ?", (position,))

    def sum_up(self) -> tuple[int | None, str]:
        """Return position and checksum of one moment; docs/api/snapshots.md defines the latter."""
        self._database.execute("BEGIN")
        position, total = self.position, hashlib.sha256()
        for row in self._database.execute(SUMMED):
            told = dict(row)
            told["marks"] = json.loads(told["marks"])
            total.update(canonical(list(told.values())).encode() + b"\n")
        self._database.rollback()
        return position, total.hexdigest()

    def _put(self, record: dict[str, Any]) -> None:
        document = canonical(record["document"])
        if hashlib.sha256(document.encode()).hexdigest() != record["document_sha256"]:
            raise SystemExit(f"{record['record_number']} was altered on its way")
        self._database.execute(
            "INSERT OR REPLACE INTO records VALUES (:id, :record_number, :version, :sequence,"
            " :state, :withdrawn_at, :withdrawal_reason, :marks, :document, :document_sha256)",
            {**record, "marks": canonical(record["marks"]), "document": document},
        )


def canonical(value: object) -> str:
    """Return the one form of a JSON value that is hashed."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def load(site: Site, mirror: Mirror) -> None:
    """Begin with the newest full snapshot; with an empty mirror where none was made yet."""
    answer = site.get("/api/v1/snapshots/latest")
    if answer.status_code == NOT_THERE:
        mirror.load(iter(()), 0)
        return
    answer.raise_for_status()
    snapshot = answer.json()
    mirror.load(read_lines(site, snapshot), snapshot["position"])


def read_lines(site: Site, snapshot: dict[str, Any]) -> Iterator[str]:
    """Yield the declarations of a snapshot; each file is compared with its hash before."""
    for file in snapshot["files"]:
        if file["name"].startswith("declarations-"):
            path = f"/api/v1/snapshots/{snapshot['snapshot_id']}/files/{file['name']}"
            answer = site.get(path)
            answer.raise_for_status()
            body = answer.content
            if hashlib.sha256(body).hexdigest() != file["sha256"]:
                raise SystemExit(f"{file['name']} was altered on its way")
            with gzip.open(io.BytesIO(body), "rt", encoding="utf-8") as lines:
                yield from lines


def follow(site: Site, mirror: Mirror) -> None:
    """Apply events as they come, until the stream ends."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(mirror.position)}
    with site.get("/api/v1/events", headers=headers, stream=True) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            name, _, value = line.decode().partition(": ")
            if name == "data":
                apply(site, mirror, json.loads(value))


def apply(site: Site, mirror: Mirror, event: dict[str, Any]) -> None:
    """Do what one event says."""
    position = mirror.position or 0
    if event["position"] <= position:
        return  # came twice
    if event["position"] != position + 1:
        raise SystemExit(f"event {position + 1} is missing")
    known = mirror.find(event["subject"])
    is_news = known is None or known["sequence"] < event["sequence"]
    record = change(site, known, event) if is_news else None
    mirror.keep(record, event["position"])


def change(site: Site, known: dict[str, Any] | None, event: dict[str, Any]) -> dict[str, Any]:
    """Return the record as it stands after an event."""
    data = event["data"]
    record = {
        "state": "PUBLISHED", "withdrawn_at": None, "withdrawal_reason": None, "marks": [],
        **(known or {}), "id": event["subject"], "sequence": event["sequence"],
    }  # fmt: skip
    if "document_url" in data:  # published, corrected, products added: a new version
        answer = site.get(data["document_url"])
        answer.raise_for_status()
        record |= {name: data[name] for name in ("record_number", "version", "document_sha256")}
        record["document"] = answer.json()
    elif event["type"].endswith(".withdrawn.v1"):
        record |= {
            "state": "WITHDRAWN",
            "withdrawn_at": data["withdrawn_at"],
            "withdrawal_reason": data["reason"],
        }
    elif event["type"].endswith(".marked.v1"):
        record["marks"] = data["marks"]
    return record


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Keep a mirror of the whole register.")
    parser.add_argument("site", help="address of the site")
    parser.add_argument("mirror", help="SQLite file")
    parser.add_argument("--checksum", action="store_true", help="print position and checksum")
    options = parser.parse_args()
    site, mirror = Site(options.site), Mirror(options.mirror)
    if options.checksum:
        print(*mirror.sum_up())
        return
    while True:
        try:
            if mirror.position is None:
                load(site, mirror)
            follow(site, mirror)
        except AgainError:
            print("the log does not lead on: beginning again with a snapshot", file=sys.stderr)
            time.sleep(60)
            load(site, mirror)
        except requests.RequestException as error:
            print(f"connecting anew: {error}", file=sys.stderr)
        time.sleep(1)


if __name__ == "__main__":
    main()
