"""Read a stream of server-sent events over a plain socket, as slowly as one likes."""

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Told:
    """Hold one server-sent event, or a comment (its name is empty)."""

    name: str
    id: int | None
    data: Any


class Stream:
    """Be a client of ``GET /api/v1/events`` that knows nothing but the format."""

    def __init__(
        self,
        address: tuple[str, int],
        query: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        seconds: float = 20,
        receive_buffer: int | None = None,
    ) -> None:
        self._socket = socket.socket()
        if receive_buffer is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self._socket.settimeout(seconds)
        self._socket.connect(address)
        sent = {"Host": "localhost", "Accept": "text/event-stream", **(headers or {})}
        lines = [f"GET /api/v1/events{query} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in sent.items()]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        self.headers: dict[str, str] = {}
        while line := self._file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name] = value
        self.is_whole = False
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Go away without a word."""
        self._file.close()
        self._socket.close()

    def told(self) -> Iterator[Told]:
        """Return what comes, until the other side ends; ``is_whole`` tells whether cleanly."""
        while (block := self._block()) is not None:
            fields: dict[str, str] = {}
            for line in block.decode().split("\n"):
                name, _, value = line.partition(": ")
                fields[name] = value
            if "retry" in fields:
                continue
            number = fields.get("id")
            yield Told(
                fields.get("event", ""),
                int(number) if number else None,
                json.loads(fields["data"]) if "data" in fields else None,
            )

    def positions(self, count: int) -> list[int]:
        """Return the positions of the next so many events."""
        found: list[int] = []
        for told in self.told():
            if told.name.startswith("cn.qibiao."):
                assert told.id == told.data["position"]
                found.append(told.id)
            if len(found) == count:
                break
        return found

    def _block(self) -> bytes | None:
        while b"\n\n" not in self._left:
            size = int(self._file.readline() or b"-1", 16)
            if size <= 0:
                self.is_whole = size == 0
                return None
            piece = self._file.read(size)
            if len(piece) < size:
                return None
            self._left += piece
            self._file.readline()
        block, _, self._left = self._left.partition(b"\n\n")
        return block
