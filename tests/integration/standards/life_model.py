"""What must be true of declarations, in plain dictionaries: a second opinion on the real rules.

It is written from the manual's table of actions (手册 5), not from the code it is compared with, of
which it imports nothing. Reasons are the codes that callers see.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

DAY: Final = timedelta(hours=24)
ANSWER_WITHIN: Final = timedelta(minutes=10)
OWN_KIND: Final = "ENTERPRISE"
NOT_FOUND: Final = frozenset({"standards.not_found"})

# Rows: actions. Columns: draft, public up to 24 hours, public for longer, withdrawn. The letters
# say of which kinds: all, none, the enterprise's own, those that the installation lets be ended.
_COLUMNS: Final = ("draft", "young", "old", "withdrawn")
_MATRIX: Final = {
    "VIEW": "AAAA",
    "EDIT": "A...",
    "SUBMIT": "A...",
    "CORRECT": ".A..",
    "ADD_PRODUCTS": ".AA.",
    "REVISE": ".OO.",
    "WITHDRAW": ".EE.",
    "DELETE": "A...",
}
_ONLY_DRAFTS: Final = {
    "EDIT": "standards.published_not_savable",
    "SUBMIT": "standards.already_published",
    "DELETE": "standards.published_not_deletable",
}
_LETTERS: Final = {"ENTERPRISE": "Q", "LOCAL": "D"}
PREFIXES: Final = {"ENTERPRISE": "Q", "LOCAL": "DB33"}


@dataclass(frozen=True)
class Number:
    """Be a number: its kind, what is typed into its box, and how that is printed."""

    kind: str
    typed: str
    body: str

    @property
    def text(self) -> str:
        """Return the number as it is printed."""
        return f"{PREFIXES[self.kind]}/{self.body}-2024"

    @property
    def key(self) -> str:
        """Return what two spellings of it share."""
        return self.text.replace(" ", "").upper()


@dataclass
class File:
    """Be an uploaded file: nobody's until ``expires_at``, or held for as long as that is none."""

    office: int
    is_good: bool
    expires_at: datetime | None


@dataclass(frozen=True)
class Question:
    """Be the question 确定废止？ and what its answer must bring along."""

    token: str
    version: int
    expires_at: datetime


@dataclass(frozen=True)
class Content:
    """Be what the entry page says; ``products`` and ``indicators`` name sorts of them."""

    number: Number
    title: str
    products: tuple[str, ...]
    file: str | None
    indicators: tuple[str, ...] = ()
    mode: str = "FULL_TEXT"

    @property
    def is_one_or_the_other(self) -> bool:
        """Tell whether there is no text beside indicators, and nothing that the mode excludes."""
        excluded = self.file if self.mode == "INDICATORS" else self.indicators
        return not excluded

    def is_named_as(self, other: "Content") -> bool:
        """Tell whether name and number are those of another."""
        return (self.number.text, self.title) == (other.number.text, other.title)

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is missing but the commitment."""
        shown = self.indicators if self.mode == "INDICATORS" else self.file
        return bool(shown) and bool(self.products) and "bare" not in self.products


@dataclass
class Life:
    """Be one declaration; ``version`` is what the service last called it."""

    name: str
    office: int
    kind: str
    chain: str
    supersedes: str | None
    content: Content
    version: int
    created_at: datetime
    updated_at: datetime
    state: str = "DRAFT"
    record_number: str | None = None
    published_at: datetime | None = None
    corrected_at: datetime | None = None
    withdrawn_at: datetime | None = None
    question: Question | None = None
    tokens: list[str] = field(default_factory=list)
    changes: list[tuple[str, datetime]] = field(default_factory=list)
    sequence: int = 0

    @property
    def is_living(self) -> bool:
        """Tell whether it is a draft or public."""
        return self.state in {"DRAFT", "PUBLISHED"}


class LifeModel:
    """Hold all declarations of some enterprises, each with the kinds that it may withdraw."""

    def __init__(
        self, now: Callable[[], datetime], offices: Iterable[tuple[str, set[str]]]
    ) -> None:
        self.now = now
        self.codes, self.endable = zip(*offices, strict=True)
        self.lives: dict[str, Life] = {}
        self.files: dict[str, File] = {}
        # Per chain of revisions: whose number it holds.
        self.claims: dict[str, tuple[int, str, str]] = {}
        self.events: list[tuple[str, str, int]] = []
        self.counts = [0 for _ in self.codes]

    # What is open.

    def actions(self, life: Life) -> set[str]:
        """Return the actions that the table opens for it now."""
        column = self._column(life)
        kinds = {"A": True, ".": False, "O": life.kind == OWN_KIND}
        kinds["E"] = life.kind in self.endable[life.office]
        return {action for action, row in _MATRIX.items() if kinds[row[column]]}

    def is_locked(self, life: Life) -> bool:
        """Tell whether name and number are shared with other revisions."""
        return life.supersedes is not None or bool(self.revisions(life))

    def revisions(self, life: Life) -> list[Life]:
        """Return what revises it and is not deleted."""
        return [one for one in self.existing() if one.supersedes == life.name]

    def existing(self) -> list[Life]:
        """Return everything that was not deleted."""
        return [life for life in self.lives.values() if life.state != "GONE"]

    def table(self, office: int, kind: str, states: Collection[str]) -> list[Life]:
        """Return one table of an enterprise, newest first."""
        rows = [
            life
            for life in self.existing()
            if (life.office, life.kind) == (office, kind) and life.state in states
        ]
        rows.sort(key=lambda life: life.published_at or life.updated_at, reverse=True)
        return rows

    def _column(self, life: Life) -> int:
        if life.published_at is None or life.state != "PUBLISHED":
            return _COLUMNS.index("withdrawn" if life.state == "WITHDRAWN" else "draft")
        return _COLUMNS.index("young" if self.now() < life.published_at + DAY else "old")

    # Why not: every reason that holds; the service may give any of them.

    def why_not(self, action: str, life: Life, *, version: int | None = None) -> set[str]:
        """Return what the state of the declaration has against it."""
        if life.state == "GONE":
            return set(NOT_FOUND)
        reasons = set()
        if action not in self.actions(life):
            reasons.add(self._refusal(action, life))
        if version is not None and version != life.version:
            reasons.add("bus.stale")
        return reasons

    def why_not_write(
        self, office: int, kind: str, content: Content, life: Life | None
    ) -> set[str]:
        """Return what there is against a declaration saying this."""
        reasons = set()
        if not (content.is_one_or_the_other and self.can_hold(office, content.file, life)):
            reasons.add("standards.invalid")
        if life is not None and self.is_locked(life) and not content.is_named_as(life.content):
            reasons.add("standards.number_locked")
        claim = (office, kind, content.number.key)
        if any(
            claim == held and (life is None or chain != life.chain)
            for chain, held in self.claims.items()
        ):
            reasons.add("standards.already_exists")
        return reasons

    def why_not_submit(self, content: Content, *, is_committed: bool) -> set[str]:
        """Return what there is against this content being public."""
        is_whole = content.is_complete and is_committed
        return set() if is_whole else {"standards.not_publishable"}

    def why_not_publish(self, life: Life, *, is_committed: bool) -> set[str]:
        """Return what there is against a draft becoming public, besides its state."""
        reasons = self.why_not_submit(life.content, is_committed=is_committed)
        if life.supersedes and self.lives[life.supersedes].state != "PUBLISHED":
            reasons.add("standards.predecessor_withdrawn")
        return reasons

    def why_not_add(self, products: tuple[str, ...], *, is_committed: bool) -> set[str]:
        """Return what there is against adding these products."""
        reasons = set()
        if not products:
            reasons.add("standards.nothing_added")
        if "bare" in products or not is_committed:
            reasons.add("standards.not_publishable")
        return reasons

    def why_not_confirm(self, life: Life, token: str) -> set[str]:
        """Return what there is against this answer to the question whether to withdraw."""
        asked = life.question
        is_valid = (
            asked is not None
            and asked.token == token
            and asked.version == life.version
            and self.now() < asked.expires_at
        )
        return set() if is_valid else {"standards.confirmation_invalid"}

    def open_revision(self, life: Life) -> Life | None:
        """Return the draft that revises it."""
        return next((one for one in self.revisions(life) if one.state == "DRAFT"), None)

    def find_holder(self, office: int, kind: str, number: Number) -> Life | None:
        """Return the newest of the living that have a number."""
        held = (office, kind, number.key)
        living = [one for one in self.existing() if one.is_living]
        members = [one for one in living if self.claims.get(one.chain) == held]
        return max(members, key=lambda life: life.created_at, default=None)

    def _refusal(self, action: str, life: Life) -> str:
        if action in _ONLY_DRAFTS:
            return _ONLY_DRAFTS[action]
        if life.state != "PUBLISHED":
            return "standards.not_published" if life.state == "DRAFT" else "standards.withdrawn"
        if action == "CORRECT":
            suffix = "" if life.kind == OWN_KIND else "_picked"
            return "standards.correction_over" + suffix
        return "standards.not_revisable" if action == "REVISE" else "standards.not_withdrawable"

    def can_hold(self, office: int, file: str | None, life: Life | None) -> bool:
        if file is None or (life is not None and file == life.content.file):
            return True
        wanted = self.files[file]
        return (
            wanted.office == office
            and wanted.is_good
            and wanted.expires_at is not None
            and self.now() < wanted.expires_at
        )

    # What was done.

    def did_upload(self, name: str, office: int, *, is_good: bool) -> None:
        """Note that a file arrived, and whether it may be used."""
        self.files[name] = File(office, is_good=is_good, expires_at=self.now() + DAY)

    def did_save(self, name: str, office: int, kind: str, content: Content) -> Life:
        """Note that a draft was made."""
        life = Life(
            name=name,
            office=office,
            kind=kind,
            chain=name,
            supersedes=None,
            content=content,
            version=0,
            created_at=self.now(),
            updated_at=self.now(),
        )
        self.lives[name] = life
        self._hold(content.file, None)
        self._claim(life)
        return life

    def did_change(self, life: Life, content: Content) -> None:
        """Note that a draft says something else now."""
        self._hold(content.file, life.content.file)
        life.content, life.updated_at = content, self.now()
        self._claim(life)

    def did_publish(self, life: Life) -> None:
        """Note that a draft became public, under the next number of its enterprise."""
        self.counts[life.office] += 1
        minute = self.now().astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y%m%d%H%M")
        letter, code = _LETTERS[life.kind], self.codes[life.office]
        life.record_number = f"{letter}-{code}-{minute}-{self.counts[life.office]:04d}"
        life.state, life.published_at = "PUBLISHED", self.now()
        self._announce(life, "PUBLISHED")

    def did_correct(self, life: Life, content: Content) -> None:
        """Note that what is public was put right."""
        self.did_change(life, content)
        life.corrected_at = self.now()
        self._announce(life, "CORRECTED")

    def did_add(self, life: Life, products: tuple[str, ...]) -> None:
        """Note that more products are covered."""
        life.content = replace(life.content, products=life.content.products + products)
        self._announce(life, "PRODUCTS_ADDED")

    def did_revise(self, old: Life, name: str, file: str | None) -> Life:
        """Note that a revision was begun; ``file`` is what its copy of the text is called."""
        if file is not None:
            self.files[file] = File(old.office, is_good=True, expires_at=None)
        new = Life(
            name=name,
            office=old.office,
            kind=old.kind,
            chain=old.chain,
            supersedes=old.name,
            content=replace(old.content, file=file),
            version=0,
            created_at=self.now(),
            updated_at=self.now(),
        )
        self.lives[name] = new
        return new

    def did_ask(self, life: Life, token: str) -> None:
        """Note that the question was put; an earlier one counts no longer."""
        life.question = Question(token, life.version, self.now() + ANSWER_WITHIN)
        life.tokens.append(token)

    def did_withdraw(self, life: Life) -> None:
        """Note that it was ended."""
        life.state, life.withdrawn_at, life.question = "WITHDRAWN", self.now(), None
        self._tell(life, "withdrawn")
        self._settle_claim(life.chain)

    def did_delete(self, life: Life) -> None:
        """Note that a draft is gone."""
        self._hold(None, life.content.file)
        life.state = "GONE"
        self._settle_claim(life.chain)

    def _hold(self, file: str | None, held: str | None) -> None:
        if file == held:
            return
        if held is not None:
            self.files[held].expires_at = self.now()
        if file is not None:
            self.files[file].expires_at = None

    def _claim(self, life: Life) -> None:
        self.claims[life.chain] = (life.office, life.kind, life.content.number.key)

    def _settle_claim(self, chain: str) -> None:
        if not any(one.is_living for one in self.existing() if one.chain == chain):
            self.claims.pop(chain, None)

    def _announce(self, life: Life, change: str) -> None:
        life.changes.append((change, self.now()))
        self._tell(life, change.lower())

    def _tell(self, life: Life, event: str) -> None:
        life.sequence += 1
        life.updated_at = self.now()
        self.events.append((event, life.name, life.sequence))


def wire_time(moment: datetime | None) -> Any:
    """Return a time as it is sent."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
