"""Random steps of two enterprises against a model of what must be true, compared after each."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from chassis import errors, migrate
from chassis.clock import VirtualClock
from chassis.tables import outbox
from chassis.uow import Database
from services.standards import models, queries
from services.standards.domain.kinds import DeclarationState, StandardKind
from services.standards.domain.rules import LifeRules
from services.standards.usecases import uploads, withdrawing
from tests.integration.standards.conftest import PRODUCT, START, Office, new_enterprise
from tests.integration.standards.life_model import (
    NOT_FOUND,
    OWN_KIND,
    PREFIXES,
    Content,
    Life,
    LifeModel,
    Number,
    wire_time,
)

SECOND: Final = timedelta(seconds=1)
TICK: Final = timedelta(microseconds=1)
MINUTE: Final = timedelta(minutes=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
OTHER_KIND: Final = "LOCAL"
KINDS: Final = (OWN_KIND, OTHER_KIND)
TABLES: Final = {
    DeclarationState.DRAFT: ("DRAFT",),
    DeclarationState.PUBLISHED: ("PUBLISHED", "WITHDRAWN"),
}
SORTS: Final = {
    "good": PRODUCT,
    "other": {**PRODUCT, "name": "焖烧罐", "model": "SG-800"},
    "bare": {**PRODUCT, "model": ""},
}
MEASURED: Final = {
    "name": "保温效能",
    "requirement": {"kind": "NUMERIC", "left": {"symbol": ">=", "main": "45"}, "unit": "℃"},
    "test_method": {"kind": "CUSTOM", "content": "按附录 A"},
}
DECLARATIONS: Final = sa.select(models.Declaration.__table__)
VERSIONS: Final = sa.select(
    models.Version.declaration_id,
    models.Version.number,
    models.Version.change,
    models.Version.published_at,
    models.Version.document_sha256,
).order_by(models.Version.declaration_id, models.Version.number)
CLAIMS: Final = sa.select(models.NumberClaim.__table__)
# What a long walk must have come to, so that it says something; more is met now and then.
ACTIONS: Final = (
    *("SAVE", "EDIT", "SUBMIT", "CORRECT", "ADD_PRODUCTS", "REVISE"),
    *("ASK", "WITHDRAW", "DELETE"),
)
REFUSALS: Final = {
    "SAVE": ("already_exists", "invalid"),
    "EDIT": ("published_not_savable", "number_locked", "invalid"),
    "SUBMIT": ("already_published", "not_publishable"),
    "CORRECT": ("correction_over", "correction_over_picked", "withdrawn", "not_published"),
    "ADD_PRODUCTS": ("not_publishable", "nothing_added", "not_published"),
    "REVISE": ("not_revisable", "revision_open", "withdrawn", "not_published"),
    "WITHDRAW": ("confirmation_invalid", "withdrawn", "not_published"),
    "ASK": ("not_withdrawable", "withdrawn", "not_published"),
    "DELETE": ("published_not_deletable",),
    "REACH": ("not_found",),
}

# What is drawn: the first of each is the ordinary case.
PICKS = st.integers(0, 255)
OFFICES = st.integers(0, 1)
SOME_KIND = st.sampled_from([OWN_KIND, *KINDS])
OFTEN = st.sampled_from([True, True, True, True, True, False])
RARELY = OFTEN.map(lambda often: not often)
NUMBERS = st.sampled_from(
    [
        *(None, None, None, None),  # the one that it has already
        *((digit, digit) for digit in "124567"),
        *(("A 1", "A 1"), ("a1", "a1"), ("３", "3")),
    ]
)
TITLES = st.sampled_from([None, None, None, "不锈钢保温杯", "焖烧罐"])
PRODUCTS = st.sampled_from(
    [("good",), ("good", "other"), ("other",), ("other", "good"), (), ("good", "bare")]
)
SHOWN = st.sampled_from(
    [*["same"] * 6, "any file", "no file", *["indicators"] * 2, "no indicators", "both"]
)
TYPED = st.tuples(NUMBERS, TITLES, PRODUCTS, SHOWN, PICKS)
PAUSES = st.sampled_from([SECOND, SECOND, 5 * MINUTE, HOUR, HOUR, 9 * HOUR, 25 * HOUR, 800 * DAY])
# Where time stands when the next step is taken; the comparison before it takes a tick.
AROUND = st.sampled_from([-2 * SECOND, -2 * TICK, -TICK, 0 * TICK, TICK, 2 * SECOND])


class Lives(RuleBasedStateMachine):
    """Do what clerks do, sensibly and otherwise; both must say the same each time."""

    # One for all walks, filled anew for each: it remembers how statements are compiled.
    database: ClassVar[Database]
    path: ClassVar[Path]
    steps: ClassVar[int] = 0
    seen: ClassVar[Counter[tuple[str, str]]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()
        migrate.copy_sqlite(migrate.sqlite_template("standards"), self.path)
        self.clock = VirtualClock(START)
        self.database.clock = self.clock
        self.offices = [Office(self.database, new_enterprise()) for _ in range(2)]
        self.offices[1].life = LifeRules(withdrawable_kinds=frozenset(StandardKind))
        codes = [office.enterprise.code for office in self.offices]
        endable = [{OWN_KIND}, set(KINDS)]
        self.model = LifeModel(self.clock.now, zip(codes, endable, strict=True))
        # What the model calls d1 and f1 has another name in the database.
        self.ids: dict[str, str] = {}
        self.names: dict[str | None, str | None] = {None: None}
        self.versions: dict[tuple[str, int], str] = {}
        self.last_event = 0
        self.event_count = 0
        self.touched: Life | None = None
        self.is_begun = False

    def teardown(self) -> None:
        self.database.close()

    # Steps.

    @initialize(kinds=st.lists(SOME_KIND, min_size=2, max_size=4))
    def begin(self, kinds: list[str]) -> None:
        """Give both something to work on."""
        for position, kind in enumerate(kinds):
            number = (f"7{position}", f"7{position}")
            self.declare(position % 2, kind, number, has_text=position < 2)
            self.clock.advance(TICK)

    @rule(office=OFFICES, is_good=OFTEN)
    def upload(self, office: int, *, is_good: bool) -> None:
        clerk = self.offices[office]
        upload_id = clerk.upload() if is_good else clerk.open()
        self.model.did_upload(self._know("f", upload_id), office, is_good=is_good)

    @rule(office=OFFICES, kind=SOME_KIND, typed=TYPED)
    def save(self, office: int, kind: str, typed: Any) -> None:
        self._save(office, kind, self._content(office, kind, None, *typed))

    @rule(
        office=OFFICES,
        kind=SOME_KIND,
        number=NUMBERS,
        has_text=st.booleans(),
    )
    def declare(
        self, office: int, kind: str, number: tuple[str, str] | None, *, has_text: bool
    ) -> None:
        """Save and submit at once what is complete, so that there is something to work on."""
        if has_text:
            self.upload(office, is_good=True)
        shown = "same" if has_text else "indicators"
        content = self._content(office, kind, None, number, None, ("good",), shown, 0)
        life = self._save(office, kind, content)
        if life is not None:
            self._submit(life, is_committed=True, version=life.version)

    @rule(pick=PICKS, typed=TYPED, is_stale=RARELY)
    def change(self, pick: int, typed: Any, *, is_stale: bool) -> None:
        life = self._pick(pick, "EDIT")
        content = self._content(life.office, life.kind, life, *typed)
        version = life.version - is_stale
        reasons = self.model.why_not("EDIT", life, version=version)
        reasons |= self.model.why_not_write(life.office, life.kind, content, life)
        view = self._attempt(
            "EDIT",
            life,
            reasons,
            lambda: self._clerk(life).save(
                **self._fields(content),
                kind=life.kind,
                declaration_id=self.ids[life.name],
                expected_version=version,
            ),
            self.model.find_holder(life.office, life.kind, content.number),
        )
        if view is not None:
            self.model.did_change(life, content)
            self._settle(life, view)

    @rule(pick=PICKS, is_committed=OFTEN, is_stale=RARELY)
    def submit(self, pick: int, *, is_committed: bool, is_stale: bool) -> None:
        life = self._pick(pick, "SUBMIT")
        self._submit(life, is_committed=is_committed, version=life.version - is_stale)

    @rule(pick=PICKS, typed=TYPED, is_committed=OFTEN, is_stale=RARELY)
    def correct(self, pick: int, typed: Any, *, is_committed: bool, is_stale: bool) -> None:
        life = self._pick(pick, "CORRECT")
        content = self._content(life.office, life.kind, life, *typed)
        self._correct(life, content, is_committed=is_committed, version=life.version - is_stale)

    @rule(pick=PICKS, title=TITLES, around=AROUND)
    def correct_at_the_last_moment(self, pick: int, title: str | None, around: timedelta) -> None:
        life = self._pick(pick, "CORRECT")
        content = self._content(life.office, life.kind, life, None, title, ("other",), "same", 0)
        if life.published_at is not None:
            self._wait_until(life.published_at + DAY + around)
        end = self._correct(life, content, is_committed=True, version=life.version)
        type(self).seen["CORRECT at the edge", end] += 1

    @rule(pick=PICKS, products=PRODUCTS, is_committed=OFTEN, is_stale=RARELY)
    def add_products(
        self, pick: int, products: tuple[str, ...], *, is_committed: bool, is_stale: bool
    ) -> None:
        life = self._pick(pick, "ADD_PRODUCTS")
        view = self._view(life, version=life.version - is_stale)
        reasons = self.model.why_not("ADD_PRODUCTS", life, version=view["version"])
        reasons |= self.model.why_not_add(products, is_committed=is_committed)
        rows = [*(SORTS[sort] for sort in products), {}]
        answer = self._attempt(
            "ADD_PRODUCTS",
            life,
            reasons,
            lambda: self._clerk(life).add_products(view, rows, is_committed=is_committed),
        )
        if answer is not None:
            self.model.did_add(life, products)
            self._settle(life, answer)

    @rule(pick=PICKS)
    def revise(self, pick: int) -> None:
        life = self._pick(pick, "REVISE")
        reasons = self.model.why_not("REVISE", life)
        draft = self.model.open_revision(life)
        if draft is not None:
            reasons |= {"standards.revision_open"}
        view = self._attempt(
            "REVISE", life, reasons, lambda: self._clerk(life).revise(self._view(life)), draft
        )
        if view is not None:
            name = self._know("d", view["declaration_id"])
            file = view["text"] and self._know("f", view["text"]["upload_id"])
            self._settle(self.model.did_revise(life, name, file), view)

    @rule(pick=PICKS)
    def ask_withdrawal(self, pick: int) -> None:
        self._ask(self._pick(pick, "WITHDRAW"))

    @rule(pick=PICKS, sort=st.sampled_from(["last", "last", "last", "first", "foreign", "wrong"]))
    def confirm_withdrawal(self, pick: int, sort: str) -> None:
        life = self._pick(pick, "WITHDRAW", is_asked=True)
        self._confirm(life, self._token(life, sort))

    @rule(pick=PICKS, around=st.none() | AROUND)
    def withdraw(self, pick: int, around: timedelta | None) -> None:
        """Ask and confirm, at once or at the last moment."""
        life = self._pick(pick, "WITHDRAW")
        token = self._ask(life)
        if token is None or life.question is None:
            return
        if around is not None:
            self._wait_until(life.question.expires_at + around)
        self._confirm(life, token)

    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        life = self._pick(pick, "DELETE")
        reasons = self.model.why_not("DELETE", life)

        def delete() -> bool:
            self._clerk(life).delete(self._view(life))
            return True

        if self._attempt("DELETE", life, reasons, delete):
            self.model.did_delete(life)

    @rule(pick=PICKS, typed=TYPED, action=st.integers(0, 7))
    def reach_from_outside(self, pick: int, typed: Any, action: int) -> None:
        """Do the right thing to what is another enterprise's."""
        life = self._pick(pick, "VIEW")
        stranger, view = self.offices[1 - life.office], self._view(life)
        fields = self._fields(self._content(1 - life.office, life.kind, life, *typed))
        change = {"declaration_id": self.ids[life.name], "expected_version": life.version}
        token = self._token(life, "last")
        actions: list[Callable[[], Any]] = [
            lambda: stranger.save(**fields, **change),
            lambda: stranger.publish(view),
            lambda: stranger.correct(view, **fields),
            lambda: stranger.add_products(view),
            lambda: stranger.revise(view),
            lambda: stranger.ask_withdrawal(view),
            lambda: stranger.withdraw(view, confirmation_token=token),
            lambda: stranger.delete(view),
        ]
        self._attempt("REACH", life, set(NOT_FOUND), actions[action])
        self._attempt("REACH", life, set(NOT_FOUND), lambda: stranger.show(self.ids[life.name]))

    @rule(
        sort=st.sampled_from(["pause", "day", "question"]), pause=PAUSES, around=AROUND, pick=PICKS
    )
    def let_time_pass(self, sort: str, pause: timedelta, around: timedelta, pick: int) -> None:
        """Wait for some time, or until the 24 hours or the ten minutes of one are nearly over."""
        now, lives = self.clock.now(), self.model.lives.values()
        ends = {
            "pause": [now + pause],
            "day": [life.published_at + DAY + around for life in lives if life.published_at],
            "question": [life.question.expires_at + around for life in lives if life.question],
        }
        ahead = sorted(end for end in ends[sort] if end > now)
        if ahead:
            self._wait_until(ahead[pick % len(ahead)])

    @rule()
    def tidy_up(self) -> None:
        """Do what runs every now and then; nobody notices."""
        now = self.clock.now()
        with self.database.transaction() as tx:
            expired = queries.find_expired_uploads(tx.session, now=now, limit=100)
            uploads.forget_expired(tx=tx, upload_ids=[upload.id for upload in expired])
            withdrawing.purge_confirmations(tx=tx)

    # Comparison.

    @invariant()
    def both_say_the_same(self) -> None:
        with self.database.read() as session:
            self._compare_rows(session)
            self._compare_versions(session)
            self._compare_events(session)
            self._compare_tables(session)
            self._compare_public(session)
        type(self).steps += self.is_begun
        self.is_begun = True
        self.touched = None
        # No two steps at the same moment.
        self.clock.advance(TICK)

    def _compare_rows(self, session: Any) -> None:
        rows = {self.names[row.id]: row for row in session.execute(DECLARATIONS)}
        assert rows.keys() == {life.name for life in self.model.existing()}
        for life in self.model.existing():
            row = rows[life.name]
            assert (row.enterprise_id, row.kind, row.state, row.version) == (
                self._clerk(life).enterprise_id,
                life.kind,
                life.state,
                life.version,
            )
            assert (row.number_text, row.number_key, row.title) == (
                life.content.number.text,
                life.content.number.key,
                life.content.title,
            )
            assert (self.names[row.chain_id], self.names[row.supersedes_id]) == (
                life.chain,
                life.supersedes,
            )
            assert (row.record_number, row.published_version, row.sequence) == (
                life.record_number,
                len(life.changes),
                life.sequence,
            )
            actions = queries.own.actions(
                row.kind, row.state, row.published_at, self.clock.now(), self._clerk(life).life
            )
            assert sorted(actions) == sorted(self.model.actions(life))
            times = (row.published_at, row.corrected_at, row.withdrawn_at, row.updated_at)
            assert times == (
                life.published_at,
                life.corrected_at,
                life.withdrawn_at,
                life.updated_at,
            )
        enterprises = [office.enterprise_id for office in self.offices]
        claims = {
            self.names[row.chain_id]: (
                enterprises.index(row.enterprise_id),
                row.kind,
                row.number_key,
            )
            for row in session.execute(CLAIMS)
        }
        assert claims == self.model.claims

    def _compare_versions(self, session: Any) -> None:
        found: dict[str | None, list[tuple[int, str, datetime]]] = {}
        for declaration_id, number, change, at, sha256 in session.execute(VERSIONS):
            name = self.names[declaration_id]
            found.setdefault(name, []).append((number, change, at))
            if (name, number) not in self.versions:
                self._check_document(session, self.model.lives[name], number)
            assert self.versions.setdefault((name, number), sha256) == sha256
        assert found == {
            life.name: [(number, *change) for number, change in enumerate(life.changes, 1)]
            for life in self.model.existing()
            if life.changes
        }

    def _check_document(self, session: Any, life: Life, number: int) -> None:
        """Compare a version that is new; it must show its text or its indicators, never both."""
        version = session.get(models.Version, (self.ids[life.name], number))
        document = json.loads(version.document)
        predecessor = self.model.lives.get(life.supersedes or "")
        assert document["version"] == number == len(life.changes)
        assert document["record_number"] == life.record_number
        assert document["supersedes"] == (predecessor and predecessor.record_number)
        assert (document["title"], document["number"]["text"]) == (
            life.content.title,
            life.content.number.text,
        )
        rows = [product["model"] for product in document["products"]]
        assert rows == [SORTS[sort]["model"] for sort in life.content.products]
        assert all(rows)
        assert document["published_at"] == wire_time(life.published_at)
        assert document["corrected_at"] == wire_time(life.corrected_at)
        has_text = document["text"] is not None
        assert has_text != bool(document["indicators"])
        assert has_text == (document["disclosure_mode"] == "FULL_TEXT")
        assert document["disclosure_mode"] == life.content.mode
        assert self.names[version.upload_id] == life.content.file

    def _compare_events(self, session: Any) -> None:
        """Compare those since last time; the model counts them per declaration: 1, 2, 3."""
        news = sa.select(outbox.c.id, outbox.c.body).where(
            outbox.c.id > self.last_event, outbox.c.is_public
        )
        told = []
        for row_id, body in session.execute(news.order_by(outbox.c.id)):
            event = json.loads(body)
            kind = event["type"].removeprefix("cn.qibiao.declaration.").removesuffix(".v1")
            told.append((kind, self.names[event["subject"]], event["sequence"]))
            self.last_event = row_id
        assert told == self.model.events[self.event_count :]
        self.event_count += len(told)

    def _compare_tables(self, session: Any) -> None:
        """Compare the tables where something was done; when nothing was, time has passed: all."""
        life = self.touched
        touched = {(life.office, life.kind)} if life is not None else None
        used = {(life.office, life.kind) for life in self.model.lives.values()}
        for office, kind in sorted(touched or used):
            for state, states in TABLES.items():
                table = queries.list_own(
                    session,
                    enterprise_id=self.offices[office].enterprise_id,
                    kind=StandardKind(kind),
                    state=state,
                    title="",
                    number="",
                    product_name="",
                    barcode="",
                    page=1,
                    page_size=200,
                    now=self.clock.now(),
                    rules=self.offices[office].life,
                )
                lives = self.model.table(office, kind, states)
                assert [self._row(item) for item in table["items"]] == [
                    self._expected_row(life) for life in lives
                ]
                assert table["total"] == len(lives)

    def _row(self, item: dict[str, Any]) -> tuple[Any, ...]:
        names = ("state", "number", "title", "record_number", "published_at", "withdrawn_at")
        actions = sorted(item["allowed_actions"])
        return (
            self.names[item["declaration_id"]],
            *(item[name] for name in names),
            item["version"],
            actions,
        )

    def _expected_row(self, life: Life) -> tuple[Any, ...]:
        return (
            life.name,
            life.state,
            life.content.number.text,
            life.content.title,
            life.record_number,
            wire_time(life.published_at),
            wire_time(life.withdrawn_at),
            life.version,
            sorted(self.model.actions(life)),
        )

    def _compare_public(self, session: Any) -> None:
        """Compare what anyone sees of the one that was touched: nothing before publication."""
        life = self.touched
        if life is None:
            return
        try:
            public = queries.find_current(session, declaration_id=self.ids[life.name])
        except queries.NotFoundError:
            assert not life.changes
            return
        assert (public["state"], public["version"], public["sequence"], public["withdrawn_at"]) == (
            life.state,
            len(life.changes),
            life.sequence,
            wire_time(life.withdrawn_at),
        )

    # Parts of steps.

    def _save(self, office: int, kind: str, content: Content) -> Life | None:
        reasons = self.model.why_not_write(office, kind, content, None)
        view = self._attempt(
            "SAVE",
            None,
            reasons,
            lambda: self.offices[office].save(**self._fields(content), kind=kind),
            self.model.find_holder(office, kind, content.number),
        )
        if view is None:
            return None
        name = self._know("d", view["declaration_id"])
        life = self.model.did_save(name, office, kind, content)
        self._settle(life, view)
        return life

    def _submit(self, life: Life, *, is_committed: bool, version: int) -> None:
        reasons = self.model.why_not("SUBMIT", life, version=version)
        reasons |= self.model.why_not_publish(life, is_committed=is_committed)
        view = self._attempt(
            "SUBMIT",
            life,
            reasons,
            lambda: self._clerk(life).publish(
                self._view(life, version=version), is_committed=is_committed
            ),
        )
        if view is not None:
            self.model.did_publish(life)
            self._settle(life, view)

    def _correct(self, life: Life, content: Content, *, is_committed: bool, version: int) -> str:
        """Return how it ended."""
        reasons = self.model.why_not("CORRECT", life, version=version)
        reasons |= self.model.why_not_write(life.office, life.kind, content, life)
        reasons |= self.model.why_not_submit(content, is_committed=is_committed)
        view = self._view(life, version=version)
        answer = self._attempt(
            "CORRECT",
            life,
            reasons,
            lambda: self._clerk(life).correct(
                view, **self._fields(content), is_committed=is_committed
            ),
            self.model.find_holder(life.office, life.kind, content.number),
        )
        if answer is None:
            return "refused"
        self.model.did_correct(life, content)
        self._settle(life, answer)
        return "done"

    def _ask(self, life: Life) -> str | None:
        reasons = self.model.why_not("WITHDRAW", life)
        token = self._attempt(
            "ASK", life, reasons, lambda: self._clerk(life).ask_withdrawal(self._view(life))
        )
        if token is not None:
            self.model.did_ask(life, token)
        return token

    def _confirm(self, life: Life, token: str) -> None:
        reasons = self.model.why_not("WITHDRAW", life)
        reasons |= self.model.why_not_confirm(life, token)
        view = self._attempt(
            "WITHDRAW",
            life,
            reasons,
            lambda: self._clerk(life).withdraw(self._view(life), confirmation_token=token),
        )
        if view is not None:
            self.model.did_withdraw(life)
            self._settle(life, view)

    def _attempt(
        self,
        action: str,
        life: Life | None,
        reasons: set[str],
        call: Callable[[], Any],
        holder: Life | None = None,
    ) -> Any:
        """Do it, or have it refused for one of the reasons; ``holder`` is whom a refusal names."""
        answer, outcome, named = None, "done", None
        try:
            answer = call()
        except errors.DomainError as error:
            outcome, named = error.wire_code, error.params.get("declaration_id")
        if named is not None:
            assert holder is not None
            assert self.names[named] == holder.name
        type(self).seen[action, outcome] += 1
        self.touched = life if life is not None and life.state != "GONE" else None
        # A declaration that is not there is not there, whatever else is wrong.
        reasons = set(NOT_FOUND) if reasons & NOT_FOUND else reasons
        assert outcome in (reasons or {"done"}), (action, outcome, reasons)
        return answer

    def _settle(self, life: Life, view: dict[str, Any]) -> None:
        """Compare what the clerk is told, and remember what the service calls the new version."""
        assert view["version"] > life.version
        life.version = view["version"]
        self.touched = life
        text = view["text"] and self.names[view["text"]["upload_id"]]
        links = [self.names[link["declaration_id"]] for link in view["revisions"]]
        supersedes = view["supersedes"] and self.names[view["supersedes"]["declaration_id"]]
        assert (view["state"], text, supersedes) == (
            life.state,
            life.content.file,
            life.supersedes,
        )
        assert links == [revision.name for revision in self.model.revisions(life)]
        assert view["is_number_locked"] == self.model.is_locked(life)
        assert set(view["allowed_actions"]) == self.model.actions(life)
        assert [product["model"] for product in view["products"]] == [
            SORTS[sort]["model"] for sort in life.content.products
        ]

    def _pick(self, pick: int, action: str, *, is_asked: bool = False) -> Life:
        """Return a declaration on which this is open; now and then any, or one at its end."""
        lives = list(self.model.lives.values())
        ended = [life for life in lives if life.state == "WITHDRAWN"]
        liked = [
            life for life in lives if life.state != "GONE" and action in self.model.actions(life)
        ]
        if is_asked:
            liked = [life for life in liked if life.question is not None] or liked
        pool = {6: ended, 7: lives}.get(pick % 8, liked) or liked or lives
        return pool[-1 - pick // 8 % len(pool)]

    def _content(  # noqa: PLR0913, PLR0917 - what was drawn, box by box
        self,
        office: int,
        kind: str,
        life: Life | None,
        number: tuple[str, str] | None,
        title: str | None,
        products: tuple[str, ...],
        shown: str,
        pick: int,
    ) -> Content:
        """Return what is typed; boxes that are left alone say what the declaration says."""
        files = list(self.model.files)
        usable = [name for name in reversed(files) if self.model.can_hold(office, name, life)]
        if life is None:
            old = Content(Number(kind, "9", "9"), "保温杯", (), next(iter(usable), None))
        else:
            old = life.content
        if number is not None and kind != OWN_KIND:
            number = ("8", "8") if "1" in number[1] else (number[1], number[1])
        new = replace(
            old,
            number=old.number if number is None else Number(kind, *number),
            title=title or old.title,
            products=products,
        )
        measured = replace(new, mode="INDICATORS", file=None, indicators=("measured",))
        text = replace(new, mode="FULL_TEXT", indicators=())
        some_file = files[-1 - pick % len(files)] if files else None
        return {
            "same": new,
            "any file": replace(text, file=some_file),
            "no file": replace(text, file=None),
            "indicators": measured,
            "no indicators": replace(measured, indicators=()),
            "both": replace(measured, file=some_file, mode=new.mode),
        }[shown]

    def _fields(self, content: Content) -> dict[str, Any]:
        return {
            "number": {
                "prefix": PREFIXES[content.number.kind],
                "body": content.number.typed,
                "year": "2024",
            },
            "title": content.title,
            "products": [SORTS[sort] for sort in content.products],
            "disclosure_mode": content.mode,
            "indicators": [MEASURED for _ in content.indicators],
            "upload_id": None if content.file is None else self.ids[content.file],
        }

    def _view(self, life: Life, version: int | None = None) -> dict[str, Any]:
        """Return what the clerk has on the screen, as far as requests repeat it."""
        return {
            "declaration_id": self.ids[life.name],
            "version": life.version if version is None else version,
            "catalogue_id": None,
            "subject": "PRODUCT",
            "text": None,
            "disclosure": {},
            **self._fields(life.content),
        }

    def _token(self, life: Life, sort: str) -> str:
        others = [one.tokens[-1] for one in self.model.lives.values() if one.tokens and one != life]
        tokens = {"last": life.tokens[-1:], "first": life.tokens[:1], "foreign": others[-1:]}
        return next(iter(tokens.get(sort, [])), "made up")

    def _wait_until(self, moment: datetime) -> None:
        self.clock.advance(max(moment - self.clock.now(), timedelta()))

    def _clerk(self, life: Life) -> Office:
        return self.offices[life.office]

    def _know(self, letter: str, real_id: str) -> str:
        name = f"{letter}{len(self.ids) + 1}"
        self.ids[name], self.names[real_id] = real_id, name
        return name


def _forget_the_disk(connection: Any, _record: object) -> None:
    connection.executescript("PRAGMA synchronous=off")


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[type[Lives]]:
    """Return a machine with a database and figures of its own."""

    class Machine(Lives):
        """Count on its own."""

    Machine.path = tmp_path / "standards.db"
    Machine.database = Database(
        f"sqlite:///{Machine.path}", service="standards", clock=VirtualClock(START), threads=False
    )
    # What a power cut would do is not asked here.
    sa.event.listen(Machine.database.writer, "connect", _forget_the_disk)
    Machine.steps, Machine.seen = 0, Counter()
    yield Machine
    Machine.database.close()


def walk(
    machine: type[Lives],
    steps: int,
    wanted: frozenset[tuple[str, str]] = frozenset(),
    at_most: int = 0,
) -> Counter[tuple[str, str]]:
    """Take at least so many steps; return how often each action came to each end.

    What is drawn is chance: where an end that is wanted was not come to, the walk goes on for it.
    """
    pace = settings(
        max_examples=min(60, steps // 50),
        stateful_step_count=60,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # Where CI is set it would draw the same walk again and again.
        derandomize=False,
        database=None,
    )
    while machine.steps < steps or (machine.steps < at_most and wanted - machine.seen.keys()):
        run_state_machine_as_test(machine, settings=pace)
    return machine.seen


@pytest.mark.proves("C5")
class TestLives:
    @pytest.mark.timeout(300)
    def test_take_only_the_ways_of_the_manual(self, machine: type[Lives]) -> None:
        assert walk(machine, 600)

    @pytest.mark.slow
    @pytest.mark.timeout(1800)
    def test_take_every_way_of_the_manual(self, machine: type[Lives]) -> None:
        wanted = frozenset(
            [
                *((action, "done") for action in ACTIONS),
                ("CORRECT at the edge", "done"),
                ("CORRECT at the edge", "refused"),
                *(
                    (action, f"standards.{code}")
                    for action, codes in REFUSALS.items()
                    for code in codes
                ),
            ]
        )

        seen = walk(machine, 10_000, wanted, at_most=50_000)

        missing = sorted(wanted - seen.keys())
        assert missing == []
