"""Count the names and numbers that were noted while indexing, a little at a time."""

import time
from typing import Final

from chassis import faults
from chassis.uow import Database
from services.search.queries import suggestions
from services.search.usecases import terms

PAUSE_SECONDS: Final = 0.02


class TermCounter:
    """Count what is noted, unless another process does."""

    def __init__(self, database: Database, *, holder: str) -> None:
        self._database = database
        self._holder = holder

    def run(self, seconds: float) -> None:
        """Count for about so long, or until nothing is left."""
        until = time.monotonic() + seconds
        while self.step() and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)

    def step(self, generation: int | None = None) -> bool:
        """Count a part, of one generation when it is given; tell whether this process did."""
        with self._database.read() as session:
            if suggestions.are_all_counted(session, generation):
                return False
        with self._database.transaction() as tx:
            if not terms.take_lease(tx=tx, holder=self._holder):
                return False
        with self._database.transaction() as tx:
            terms.count_noted(tx=tx, generation=generation)
        faults.point("search.terms_counted")
        return True

    def finish(self) -> int:
        """Count all that is noted, where nobody waits for it; return how much there was."""
        counted = 0
        while True:
            with self._database.transaction() as tx:
                found = terms.count_noted(tx=tx, most=terms.MOST_IN_BULK)
            if not found:
                return counted
            counted += found
