"""Names for what py-amqp, kombu and nameko hand out: they ship no types."""

from typing import Any, TypeAlias

RawChannel: TypeAlias = Any
RawConnection: TypeAlias = Any
RawMessage: TypeAlias = Any
RawSocket: TypeAlias = Any
RawTransport: TypeAlias = Any
