"""Choose the transport that ``BUS_URL`` names."""

from chassis.bus.api import Bus
from chassis.bus.inproc import InprocBus

INPROCESS = "inprocess://"


def open_bus(url: str, *, name: str = "qibiao") -> Bus:
    """Return the bus for a URL; ``name`` is shown to the broker's operator.

    Raises:
        ValueError: the URL names no known transport.
    """
    if url.startswith(INPROCESS):
        return InprocBus()
    if url.startswith(("amqp://", "amqps://")):
        from chassis.bus.amqp import AmqpBus  # noqa: PLC0415 - embedded needs no broker library

        return AmqpBus(url, name=name)
    raise ValueError("BUS_URL must begin with inprocess:// or amqp://")
