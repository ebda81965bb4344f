"""How many messages one phone gets, and how many everybody together (promise F4)."""

from datetime import timedelta
from typing import Final

from prometheus_client import Counter, Gauge

from chassis import counters
from chassis.uow import Database
from services.notify.config import Settings
from services.notify.domain.delivery import FailureReason
from services.notify.queries import totals
from services.notify.usecases.totals import CIRCUIT

ALL_KEY: Final = "sms.all"
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_CODE: Final = "_CODE"

_refused: Final = Counter("qibiao_sms_refused", "messages over a limit, by limit", ("limit",))
_circuit: Final = Gauge("qibiao_sms_circuit_open", "1 while the global circuit is open")


class SmsLimits:
    """Count each message before anything else is done with it, whatever becomes of it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._interval = timedelta(seconds=settings.sms_interval_seconds)

    def refusal(
        self, database: Database, *, phone_mark: str, template: str
    ) -> FailureReason | None:
        """Return why a message is not sent; None when it may be.

        Codes and notices are counted apart: who asks for codes all day long still hears that his
        password was changed.
        """
        is_code = template.endswith(_CODE)
        if self._is_over_for_phone(database, phone_mark, is_code=is_code):
            _refused.labels("phone").inc()
            return FailureReason.LIMITED
        if self._is_over_for_all(database):
            _refused.labels("circuit").inc()
            return FailureReason.CIRCUIT_OPEN
        return None

    def _is_over_for_phone(self, database: Database, mark: str, *, is_code: bool) -> bool:
        kind = "code" if is_code else "notice"
        if is_code and counters.hit(database, f"sms.code.now:{mark}", 1, self._interval).is_over:
            return True
        settings = self._settings
        # What the hour refuses does not use up the day: nobody can be shut out by an hour's noise.
        if counters.hit(database, f"sms.{kind}.hour:{mark}", settings.sms_per_hour, _HOUR).is_over:
            return True
        return counters.hit(database, f"sms.{kind}.day:{mark}", settings.sms_per_day, _DAY).is_over

    def _is_over_for_all(self, database: Database) -> bool:
        with database.read() as session:
            threshold = totals.threshold_of(session, name=CIRCUIT)
        limit = threshold or self._settings.sms_circuit_floor
        is_over = counters.hit(database, ALL_KEY, limit, _HOUR).is_over
        _circuit.set(is_over)
        return is_over
