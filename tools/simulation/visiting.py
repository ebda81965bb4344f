"""Those who only read, and the operator who brings in new records of organisations."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from chassis import keyrings
from chassis.errors import RetryableError
from services.registry import importing
from tools.simulation.clients import Caller, Steps
from tools.simulation.journal import Journal, Outcome
from tools.simulation.nodes import Node
from tools.simulation.offices import Office
from tools.simulation.world import SimulatedCrash

_PAGE: Final = 7
_IMPORTS: Final = 6


class Visitor:
    """Read what is public: search, pages, and the feed of events."""

    pause = 25.0

    def __init__(self, name: str, caller: Caller, offices: Sequence[Office]) -> None:
        self.name = name
        self._caller = caller
        self._chance = caller.world.chance
        self._offices = offices
        self._seen: dict[int, str] = {}
        self._after = 0

    def begin(self) -> tuple[str, Steps]:
        """Return the next look."""
        return self._chance.pick(
            (("search", self._search()), ("look at", self._look_at()), ("feed", self._feed()))
        )

    def _search(self) -> Steps:
        query = self._chance.pick(("", "保温杯", "SIM 003", "标准", "模拟企业"))
        yield from self._caller.ask("search", "search_declarations", {"query": query})

    def _look_at(self) -> Steps:
        """Read a page whose number a clerk was given: it must be there at once."""
        published = [number for office in self._offices for number in office.published]
        if not published:
            return
        wanted = {"record_number": self._chance.pick(published)}
        page = yield from self._caller.ask("standards", "get_public_declaration", wanted)
        if page.code:
            self._caller.world.problem(f"a published declaration is not there: {page.code}")
        yield from self._caller.ask("standards", "get_public_text", wanted)
        yield from self._caller.ask("search", "get_document", wanted)

    def _feed(self) -> Steps:
        """Read on in the public log: without a gap, and never something else than before."""
        start = self._chance.pick((0, self._after))
        page = yield from self._caller.ask(
            "standards", "list_events", {"after": start, "limit": _PAGE}
        )
        if not page.is_accepted:
            return
        for place, event in enumerate(page["items"], start=start + 1):
            if event["position"] != place:
                self._caller.world.problem(f"the feed has {event['position']} at {place}")
            if self._seen.setdefault(place, event["id"]) != event["id"]:
                self._caller.world.problem(f"position {place} was given away twice")
        self._after = max(self._after, page["next_after"])


class Operator:
    """Import extracts of the code database, as the command does; a broken import goes on later."""

    pause = 150.0

    def __init__(  # noqa: PLR0913 - who, with what, and where it is noted
        self,
        name: str,
        caller: Caller,
        journal: Journal,
        node: Node,
        *,
        organizations: Sequence[Mapping[str, str]],
        settings: Any,  # noqa: ANN401 - the registry's
        folder: Path,
    ) -> None:
        self.name = name
        self._caller = caller
        self._chance = caller.world.chance
        self._journal = journal
        self._node = node
        self._organizations = organizations
        self._ring = keyrings.data_ring(settings)
        self._path = folder / "import.csv"
        self._count = 0

    def begin(self) -> tuple[str, Steps]:
        """Return the next import."""
        return "import", self._import()

    def _import(self) -> Steps:
        rows = [self._changed(self._chance.pick(self._organizations)) for _ in range(_IMPORTS)]
        by_code = {row["org_code"]: row for row in rows}
        command = self._journal.begin("import", f"import {self._count}", rows=by_code)
        for _ in range(_IMPORTS):
            self._write(list(by_code.values()))
            if self._run():
                command.outcome = Outcome.ACCEPTED
                return
            yield self._chance.between(1, 20)

    def _run(self) -> bool:
        if not self._node.is_up:
            return False
        try:
            with self._caller.world.activity(self._node, "timer"):
                importing.import_file(
                    database=self._node.database, ring=self._ring, path=self._path, batch_size=2
                )
        except (RetryableError, SimulatedCrash):
            return False
        return True

    def _changed(self, row: Mapping[str, str]) -> dict[str, str]:
        self._count += 1
        street = row["registered_address"].split("改")[0]
        return {**row, "registered_address": f"{street}改{self._count}号"}

    def _write(self, rows: Sequence[Mapping[str, str]]) -> None:
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
