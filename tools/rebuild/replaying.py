"""Go from a full snapshot by deltas and events to now, and compare on the way."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tools.rebuild.mirror import Mirror
from tools.rebuild.sources import AlteredFileError, Source, SourceError

NEWEST: Final = "newest"
OLDEST: Final = "oldest"
NONE: Final = "none"
MOST_NAMED: Final = 20
PROOFS: Final = frozenset({"log.jsonl.gz", "head.json"})
"""Files of a snapshot that `tools.verify` proves its documents with."""
_LONGEST: Final = 64 * 1024 * 1024  # characters of a line; documents are far shorter
_PREFIX: Final = "cn.qibiao.declaration."
_CONTENT: Final = frozenset({"published.v1", "corrected.v1", "products_added.v1"})


@dataclass(frozen=True)
class Plan:
    """Say what to begin with, how far deltas are used, and whether the feed is read after."""

    base: str = NEWEST
    deltas_to: str = NEWEST
    reads_feed: bool = True


@dataclass
class Outcome:
    """Hold where the copy is, how often it was compared, and what differed."""

    position: int = 0
    checksum: str = ""
    declarations: int = 0
    compared: list[int] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


class Replay:
    """Bring a mirror up to date from a source; ``say`` is told of each step."""

    def __init__(self, source: Source, mirror: Mirror, say: Callable[[str], None]) -> None:
        self._source = source
        self._mirror = mirror
        self._say = say
        self._offered: list[dict[str, Any]] = []
        self._outcome = Outcome()

    def run(self, plan: Plan) -> Outcome:
        """Do what is planned; a mirror that was built before goes on where it is.

        Raises:
            SourceError: something that is needed is missing, altered or refused.
            DamagedRecordError: a document is not what its hash says.
        """
        self._offered = self._source.snapshots()
        position = self._mirror.position
        if position is None:
            base = self._pick(plan.base)
            self._load(base)
        else:
            self._say(f"a copy at position {position}")
            here = (each for each in self._fulls() if each["position"] == position)
            base = next(here, {"snapshot_id": NONE})
        self._follow_deltas(base, plan.deltas_to)
        if plan.reads_feed and self._source.has_feed:
            self._follow_feed()
        found = self._mirror.checksum()
        self._outcome.position = self._mirror.position or 0
        self._outcome.checksum, self._outcome.declarations = found.hexdigest, found.count
        return self._outcome

    def _fulls(self) -> list[dict[str, Any]]:
        return [each for each in self._offered if each["kind"] == "FULL"]

    def _pick(self, wanted: str) -> dict[str, Any]:
        fulls = self._fulls()
        if not fulls:
            raise SourceError("there is no full snapshot yet")
        if wanted in {NEWEST, OLDEST}:
            return fulls[0 if wanted == NEWEST else -1]
        found = [each for each in fulls if each["snapshot_id"] == wanted]
        if not found:
            raise SourceError(f"there is no full snapshot {wanted}")
        return found[0]

    def _load(self, base: Mapping[str, Any]) -> None:
        self._say(f"full snapshot {base['snapshot_id']}, position {base['position']}")
        self._mirror.clear()
        manifest = self._source.manifest(str(base["snapshot_id"]))
        count = self._mirror.put_lines(self._lines(manifest, "declarations-"))
        self._say(f"  {count} declarations")
        for file in manifest["files"]:
            if self._source.has_feed and file["name"] in PROOFS:
                self._source.file(str(manifest["snapshot_id"]), file)
        self._mirror.position = int(manifest["position"])
        self._compare(manifest, must_fit=True)

    def _follow_deltas(self, base: Mapping[str, Any], until: str) -> None:
        current = base
        while until not in {NONE, current["snapshot_id"]}:
            delta = self._next_delta(str(current["snapshot_id"]))
            if delta is None:
                if until != NEWEST and base["snapshot_id"] != NONE:
                    raise SourceError(f"no deltas lead from {base['snapshot_id']} to {until}")
                return
            self._say(f"delta {delta['snapshot_id']}, up to position {delta['position']}")
            manifest = self._source.manifest(str(delta["snapshot_id"]))
            count = self._mirror.put_lines(self._lines(manifest, "changed."))
            self._say(f"  {count} changed declarations, {manifest['events']} events")
            self._mirror.position = int(manifest["position"])
            self._compare(manifest, must_fit=True)
            current = self._full_of(delta) or {"snapshot_id": NONE}

    def _next_delta(self, full_id: str) -> dict[str, Any] | None:
        return next((each for each in self._offered if each["base"] == full_id), None)

    def _full_of(self, made: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the full snapshot that was made together with a delta, or is itself given."""
        same = (each for each in self._fulls() if each["created_at"] == made["created_at"])
        return next(same, None)

    def _follow_feed(self) -> None:
        position = self._mirror.position or 0
        self._say(f"events after position {position}")
        ahead = sorted(
            (each for each in self._fulls() if each["position"] > position),
            key=lambda each: int(each["position"]),
        )
        for event in self._source.events(position):
            if event["position"] != position + 1:
                raise SourceError(f"event {position + 1} is missing in the feed")
            self._pass(ahead, before=int(event["position"]))
            self._apply(event)
            position += 1
            self._mirror.position = position
        self._pass(ahead, before=position + 1)
        self._say(f"  up to position {position}")

    def _pass(self, ahead: list[dict[str, Any]], *, before: int) -> None:
        """Compare at the snapshots that the copy has reached."""
        while ahead and ahead[0]["position"] < before:
            self._compare(ahead.pop(0), must_fit=False)

    def _apply(self, event: Mapping[str, Any]) -> None:
        subject, data = str(event["subject"]), event["data"]
        known = self._mirror.find(subject)
        if known is not None and known["sequence"] >= event["sequence"]:
            return
        what = str(event["type"]).removeprefix(_PREFIX)
        if what in _CONTENT:
            record = self._new_version(subject, data, known)
        elif known is None:
            raise SourceError(f"event {event['position']} is about {subject}, which is not known")
        elif what == "withdrawn.v1":
            record = {
                **known,
                "state": "WITHDRAWN",
                "withdrawn_at": data["withdrawn_at"],
                "withdrawal_reason": data["reason"],
            }
        elif what == "marked.v1":
            record = {**known, "marks": data["marks"]}
        else:
            record = dict(known)
        self._mirror.put({**record, "sequence": event["sequence"]})

    def _new_version(
        self, subject: str, data: Mapping[str, Any], known: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        document = json.loads(self._source.document(subject, int(data["version"])))
        text = document["text"]
        return {
            "state": "PUBLISHED",
            "marks": [],
            "withdrawn_at": None,
            "withdrawal_reason": None,
            **(known or {}),
            "declaration_id": subject,
            "record_number": data["record_number"],
            "version": data["version"],
            "published_at": data["published_at"],
            "corrected_at": data["corrected_at"],
            "text_sha256": None if text is None else text["sha256"],
            "extracted_text_sha256": data["extracted_text_sha256"],
            "leaf_index": None,
            "document": document,
            "document_sha256": data["document_sha256"],
        }

    def _compare(self, snapshot: Mapping[str, Any], *, must_fit: bool) -> None:
        """Compare with the platform's checksum; name what differs.

        A snapshot may hold changes whose events come after its position: a copy that got there by
        events does not have those yet.
        """
        ours, position = self._mirror.checksum(), int(snapshot["position"])
        if ours.hexdigest == snapshot["checksum"]:
            self._say(f"  equal at position {position}: {ours.count}, {ours.hexdigest}")
            self._outcome.compared.append(position)
            return
        if snapshot["pending"] and not must_fit:
            self._say(
                f"  not comparable at {position}: {snapshot['pending']} events were under way"
            )
            return
        self._say(f"  DIFFERENT at position {position}: {ours.count}, {ours.hexdigest}")
        full = self._full_of(snapshot)
        named = [] if full is None else self._name_differences(str(full["snapshot_id"]))
        self._outcome.differences += named or [
            f"checksum at position {position}: {ours.hexdigest} ≠ {snapshot['checksum']}"
        ]

    def _name_differences(self, full_id: str) -> Sequence[str]:
        manifest = self._source.manifest(full_id)
        return self._mirror.differences(self._lines(manifest, "declarations-"), most=MOST_NAMED)

    def _lines(self, manifest: Mapping[str, Any], prefix: str) -> Iterator[str]:
        for file in manifest["files"]:
            if str(file["name"]).startswith(prefix):
                yield from self._unpack(str(manifest["snapshot_id"]), file)

    def _unpack(self, snapshot_id: str, file: Mapping[str, Any]) -> Iterator[str]:
        """Yield as many lines as the manifest says, none of which is longer than fits in memory."""
        path, left = self._source.file(snapshot_id, file), int(file["rows"])
        try:
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                while line := lines.readline(_LONGEST):
                    left -= 1
                    if left < 0 or len(line) == _LONGEST:
                        left = -1
                        break
                    yield line
        except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError) as error:
            raise AlteredFileError(f"{snapshot_id}/{file['name']} is damaged: {error}") from error
        if left != 0:
            raise AlteredFileError(f"{snapshot_id}/{file['name']} does not hold its lines")


__all__ = ["NEWEST", "NONE", "OLDEST", "Outcome", "Plan", "Replay"]
