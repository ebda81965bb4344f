"""What a clerk of an enterprise does: drafts, files, publications, and mistakes with them."""

import hashlib
from collections.abc import Generator
from typing import Any, Final

from chassis import idempotency
from chassis.errors import RetryableError
from tools.simulation.clients import Answer, Asking, Caller, Steps, settle
from tools.simulation.journal import Command, Journal, Outcome
from tools.simulation.offices import Draft, Office, Session
from tools.simulation.storage import MemoryBlobs

Saving = Generator[float, None, Answer]
Submitting = Generator[float, None, Command]

HOSTILE: Final = b"/JavaScript"
_NUMBERS: Final = 9
_POLLS: Final = 12

_OPERATIONS: Final = {
    "upload": 14,
    "save": 18,
    "change": 12,
    "publish": 22,
    "publish uncommitted": 3,
    "submit twice": 7,
    "same key other body": 3,
    "delete": 5,
    "read": 8,
    "log out": 3,
}


class Clerk:
    """Be one person in an office, signed in at one browser."""

    pause = 2.0

    def __init__(
        self, name: str, office: Office, caller: Caller, journal: Journal, blobs: MemoryBlobs
    ) -> None:
        self.name = name
        self._office = office
        self._caller = caller
        self._chance = caller.world.chance
        self._journal = journal
        self._blobs = blobs
        self._session = Session(caller, office.username)
        self._count = 0

    def begin(self) -> tuple[str, Steps]:
        """Return the name of the next operation and its steps."""
        name = self._chance.weighted(list(_OPERATIONS), list(_OPERATIONS.values()))
        steps = {
            "upload": self._upload,
            "save": self._save,
            "change": self._change,
            "publish": self._publish,
            "publish uncommitted": self._publish_uncommitted,
            "submit twice": self._submit_twice,
            "same key other body": self._reuse_key,
            "delete": self._delete,
            "read": self._read,
            "log out": self._session.log_out,
        }
        return name, steps[name]()

    # Files.

    def _upload(self) -> Steps:
        """Store a file as the gateway does for its client, and wait for the verdict."""
        body = b"%PDF-1.7 " + self._mark().encode()
        if self._chance.happens(0.1):
            body += HOSTILE
        opened = yield from self._ask("open_upload", {"file_name": "标准.pdf", "size": len(body)})
        if not opened.is_accepted or not self._store(str(opened["key"]), body):
            return
        yield self._chance.between(0, 2)
        if self._chance.happens(0.1):
            return  # the client goes away
        upload_id = opened["upload_id"]
        digest = hashlib.sha256(body).hexdigest()
        finish = {"upload_id": upload_id, "sha256": digest, "size": len(body)}
        finished = yield from self._ask("finish_upload", finish)
        if not finished.is_accepted:
            return
        for _ in range(_POLLS):
            yield self._chance.between(2, 15)
            upload = yield from self._ask("get_upload", {"upload_id": upload_id})
            if upload.is_accepted and upload["state"] in {"ACCEPTED", "REFUSED"}:
                if upload["state"] == "ACCEPTED":
                    self._office.uploads.append(str(upload_id))
                return

    def _store(self, key: str, body: bytes) -> bool:
        try:
            with self._blobs.open_writer(key) as writer:
                writer.write(body)
                writer.commit()
        except RetryableError:
            return False
        return True

    # Drafts.

    def _save(self) -> Steps:
        yield from self._save_new(self._chance.whole(1, _NUMBERS))

    def _save_new(self, number: int) -> Steps:
        yield from self._save_with(self._caller.new_key(), number, self._take_upload())

    def _save_with(self, key: str, number: int, upload_id: str | None) -> Saving:
        arguments = self._content(number, upload_id)
        command = self._journal.begin("save", str(arguments["title"]), key=key)
        answer = yield from self._ask("save_draft", arguments, key=key)
        self._settle_save(command, answer)
        return answer

    def _change(self) -> Steps:
        """Change a draft, perhaps on top of a version that is no longer the last."""
        draft = self._a_draft()
        if draft is None:
            yield from self._save()
            return
        yield from self._wait_a_little()
        arguments = self._content(self._chance.whole(1, _NUMBERS), self._take_upload())
        arguments["declaration_id"] = draft.declaration_id
        arguments["expected_version"] = draft.version
        key = self._caller.new_key() if self._chance.happens(0.7) else None
        command = self._journal.begin(
            "change",
            str(arguments["title"]),
            key=key,
            declaration_id=draft.declaration_id,
            based_on=draft.version,
        )
        answer = yield from self._ask("save_draft", arguments, key=key)
        self._settle_save(command, answer)

    def _delete(self) -> Steps:
        draft = self._a_draft()
        if draft is None:
            return
        key, wanted = self._caller.new_key(), {"declaration_id": draft.declaration_id}
        command = self._journal.begin("delete", self._mark(), key=key, **wanted)
        answer = yield from self._ask("delete_draft", wanted, key=key)
        settle(command, answer)
        if answer.is_accepted:
            self._office.drafts.pop(draft.declaration_id, None)

    def _settle_save(self, command: Command, answer: Answer) -> None:
        settle(command, answer)
        if not answer.is_accepted:
            return
        self._office.drafts[answer["declaration_id"]] = Draft(
            declaration_id=answer["declaration_id"],
            version=answer["version"],
            mark=command.mark,
            has_text=answer["text"] is not None,
        )

    # Publications.

    def _publish(self) -> Steps:
        draft = self._a_draft(with_text=True)
        if draft is None:
            yield from self._upload()
            yield from self._save()
            return
        yield from self._wait_a_little()
        yield from self._submit(self._submission(draft), self._caller.new_key())

    def _publish_uncommitted(self) -> Steps:
        draft = self._a_draft()
        if draft is not None:
            answer = yield from self._ask(
                "publish_declaration",
                self._submission(draft, is_committed=False),
                key=self._caller.new_key(),
            )
            if answer.is_accepted:
                self._caller.world.problem("published without the commitment")

    def _submit_twice(self) -> Steps:
        """Click twice: both clicks carry the same key, and both must be told the same."""
        draft = self._a_draft(with_text=True)
        key = self._caller.new_key()
        if draft is None:
            return
        submission = self._submission(draft)
        clock = self._caller.world.clock
        begun = clock.now()
        first = yield from self._submit(submission, key)
        yield self._chance.between(0, 20)
        second = yield from self._submit(submission, key, is_repeat=True)
        if clock.now() - begun > idempotency.KEEP:  # the clock jumped: the key is forgotten
            return
        if first.outcome is Outcome.ACCEPTED and second.outcome is Outcome.ACCEPTED:
            if first.answer != second.answer:
                self._caller.world.problem("two answers to one submission differ")
        elif {first.outcome, second.outcome} == {Outcome.ACCEPTED, Outcome.REFUSED}:
            self._caller.world.problem(f"a repeat was refused: {first.code}{second.code}")

    def _reuse_key(self) -> Steps:
        """Use the key of an accepted command for another one."""
        key, number = self._caller.new_key(), self._chance.whole(1, _NUMBERS)
        answer = yield from self._save_with(key, number, None)
        if not answer.is_accepted:
            return
        other = yield from self._ask("save_draft", self._content(number, None), key=key)
        if other.is_accepted or other.code not in {"", "bus.idempotency_mismatch"}:
            self._caller.world.problem(f"a key was taken for two commands: {other.code}")

    def _submit(
        self, submission: dict[str, Any], key: str, *, is_repeat: bool = False
    ) -> Submitting:
        declaration_id = str(submission["declaration_id"])
        command = Command("publish", self._mark(), key, {"declaration_id": declaration_id})
        if not is_repeat:
            self._journal.commands.append(command)
        answer = yield from self._ask("publish_declaration", submission, key=key)
        settle(command, answer)
        if answer.is_accepted:
            self._office.drafts.pop(declaration_id, None)
            if not is_repeat:
                self._office.published.append(str(answer["record_number"]))
        return command

    # Reading.

    def _read(self) -> Steps:
        draft = self._a_draft()
        table = self._chance.pick(("DRAFT", "PUBLISHED"))
        yield from self._ask("list_declarations", {"kind": "ENTERPRISE", "state": table})
        if draft is None:
            return
        wanted = {"declaration_id": draft.declaration_id}
        yield from self._ask("preview_commitment", wanted)
        own = yield from self._ask("get_declaration", wanted)
        if own.is_accepted:
            draft.version = own["version"]
        elif own.code:
            self._office.drafts.pop(draft.declaration_id, None)

    # Parts.

    def _ask(self, method: str, arguments: dict[str, Any], *, key: str | None = None) -> Asking:
        return self._session.ask("standards", method, arguments, key=key)

    def _mark(self) -> str:
        self._count += 1
        return f"{self.name}{self._count}"

    def _content(self, number: int, upload_id: str | None) -> dict[str, Any]:
        mark = self._mark()
        product = {
            "name": f"保温杯 {mark}",
            "generic_name": "保温杯",
            "barcode": "6901234567892",
            "brand": "模拟",
            "specification": "500 mL",
            "model": "S-1",
            "class_code": "21-002",
        }
        return {
            "kind": "ENTERPRISE",
            "number": {"body": f"SIM {number:03d}", "year": "2026"},
            "title": f"标准 {mark}",
            "products": [product] * self._chance.whole(1, 3),
            "upload_id": upload_id,
        }

    def _submission(self, draft: Draft, *, is_committed: bool = True) -> dict[str, Any]:
        return {
            "declaration_id": draft.declaration_id,
            "is_committed": is_committed,
            "expected_version": draft.version,
            "client_address": "198.51.100.7",
        }

    def _a_draft(self, *, with_text: bool = False) -> Draft | None:
        drafts = [
            draft for draft in self._office.drafts.values() if draft.has_text or not with_text
        ]
        return self._chance.pick(drafts) if drafts else None

    def _take_upload(self) -> str | None:
        """Return an accepted file; now and then one that another draft holds already."""
        if not self._office.uploads or self._chance.happens(0.1):
            return None
        upload_id = self._chance.pick(self._office.uploads)
        if self._chance.happens(0.9):
            self._office.uploads.remove(upload_id)
        return upload_id

    def _wait_a_little(self) -> Steps:
        if self._chance.happens(0.3):
            yield self._chance.between(0, 5)
