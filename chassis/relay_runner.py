"""Run a relay for as long as the process lives, with several batches under way.

While the broker confirms one batch and the database marks another, the next is read.
"""

import logging
import time
from typing import Any, Final

import eventlet
from eventlet.event import Event as Signal

from chassis import faults, outbox
from chassis.errors import DatabaseUnavailableError, UnavailableError
from chassis.handlers import INFRASTRUCTURE, park_delay
from chassis.postgres import Listener
from chassis.relay import RENEW_SECONDS, Relay, Shipment

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 30.0
MAX_SHIPMENTS: Final = 4
ECHO_SECONDS: Final = 0.01
MARK_SECONDS: Final = 0.05


class RelayRunner:
    """Run a relay in green threads, woken at each commit, else once a second.

    A commit in this process calls; one in another replica is heard by LISTEN.
    """

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._wakeup = Signal()
        self._is_stopping = False
        self._failures = 0
        self._is_refused = False
        self._looked_at = 0.0
        self._in_flight: set[int] = set()
        self._shipments = 0
        self._settled = Signal()
        self._sent: list[outbox.Message] = []
        self._is_marking = False
        self._loop_thread: Any = None
        self._helpers: list[Any] = []
        self._listener: Listener | None = None

    def start(self) -> None:
        """Begin to work."""
        self.relay.database.wakeups.add(self.wake)
        self._helpers = [eventlet.spawn(self._keep_lease)]
        self._listener = self.relay.database.listener()
        if self._listener is not None:
            self._helpers.append(eventlet.spawn(self._listen, self._listener))
        self._loop_thread = eventlet.spawn(self._loop)

    def wake(self) -> None:
        """Say that there is something to send."""
        if not self._wakeup.ready():
            self._wakeup.send()

    def stop(self) -> None:
        """Send what is left once, wait for what is under way, and give the lease back."""
        self._is_stopping = True
        self.relay.database.wakeups.remove(self.wake)
        self.wake()
        if self._loop_thread is not None:
            self._loop_thread.wait()
            self._loop_thread = None
        for helper in self._helpers:
            helper.kill()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        try:
            self.relay.release()
        except DatabaseUnavailableError:
            logger.warning("relay could not release its lease")

    def _loop(self) -> None:
        while True:
            self._wakeup = Signal()
            is_last = self._is_stopping
            has_shipped = self._ship()
            if is_last:
                break
            while self._shipments >= MAX_SHIPMENTS:
                self._settled.wait()
            if not has_shipped or self._is_refused:
                pause = park_delay(self._failures - 1) if self._failures else POLL_SECONDS
                self._wakeup.wait(pause)
        while self._shipments or self._is_marking:
            self._settled.wait()

    def _ship(self) -> bool:
        if self._failures:
            # One batch at a time until the bus takes one again.
            while self._shipments:
                self._settled.wait()
        self._looked_at = time.monotonic()
        try:
            shipment = self.relay.ship(self._in_flight)
        except INFRASTRUCTURE as error:
            self._failures += 1
            logger.warning("relay waits", extra={"reason": str(error)})
            return False
        except Exception:
            self._failures += 1
            logger.exception("relay failed")
            return False
        if shipment is None:
            self._failures = 0 if not self._shipments else self._failures
            return False
        self._in_flight |= shipment.ids
        self._shipments += 1
        eventlet.spawn(self._settle, shipment)
        return True

    def _settle(self, shipment: Shipment) -> None:
        sent: list[outbox.Message] = []
        try:
            sent = self.relay.settle(shipment)
            # The bus takes nothing of it: to ask at once again would only keep everybody busy.
            self._is_refused = not sent
            faults.point("relay.after_publish")
            self._failures = 0
        except UnavailableError as error:
            self._failures += 1
            logger.warning("relay waits", extra={"reason": str(error)})
        finally:
            # What was not taken is read again.
            self._in_flight -= shipment.ids - {entry.id for entry in sent}
            self._sent += sent
            if self._sent and not self._is_marking:
                self._is_marking = True
                eventlet.spawn(self._mark)
            self._shipments -= 1
            self._tell_settled()

    def _mark(self) -> None:
        """Mark all that was sent until now, again and again: one commit for many batches."""
        while self._sent:
            if not self._is_stopping:
                eventlet.sleep(MARK_SECONDS)
            sent, self._sent = self._sent, []
            try:
                self.relay.mark(sent)
            except DatabaseUnavailableError as error:
                logger.warning("relay cannot mark", extra={"reason": str(error)})
            except Exception:
                logger.exception("relay failed to mark")
            # Not marked means sent again: receivers skip what they have.
            self._in_flight -= {entry.id for entry in sent}
        self._is_marking = False
        self._tell_settled()

    def _tell_settled(self) -> None:
        settled, self._settled = self._settled, Signal()
        settled.send()

    def _keep_lease(self) -> None:
        while True:
            was_active = self.relay.is_active
            try:
                if self.relay.renew() and not was_active:
                    self.wake()
            except DatabaseUnavailableError as error:
                logger.warning("relay cannot renew its lease", extra={"reason": str(error)})
            eventlet.sleep(RENEW_SECONDS)

    def _listen(self, listener: Listener) -> None:
        failures = 0
        while True:
            try:
                if listener.wait(LISTEN_SECONDS):
                    # Mostly the echo of a commit of our own, which has been looked at already.
                    if time.monotonic() - self._looked_at < ECHO_SECONDS:
                        eventlet.sleep(ECHO_SECONDS)
                    self.wake()
                failures = 0
            except DatabaseUnavailableError:
                eventlet.sleep(park_delay(failures))
                failures += 1
