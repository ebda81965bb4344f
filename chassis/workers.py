"""Have work that fills a processor done by copies of this process, and hear of it when one dies.

A worker is forked: what it needs, keys too, it has already, so nothing secret stands on a command
line, in the environment or in a file. It is asked and answers through a socket of its own, and ends
when this process ends or closes its side, however that happens. Fork before connections are opened:
a copy would hold them open.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Final, Generic, TypeVar

from chassis import shield

Question = TypeVar("Question")
Answer = TypeVar("Answer")

_END_SECONDS: Final = 5.0


class WorkerDiedError(RuntimeError):
    """Say that a worker ended without an answer; below zero the code is a signal's number."""

    def __init__(self, exit_code: int | None) -> None:
        self.exit_code = exit_code
        super().__init__(f"a worker ended with code {exit_code}")


def can_start() -> bool:
    """Tell whether this process may be forked: no green threads, no other threads."""
    is_possible = "fork" in multiprocessing.get_all_start_methods()
    return is_possible and not shield.is_green() and threading.active_count() == 1


def count_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Team(Generic[Question, Answer]):
    """Let so many workers answer questions; each answers its own in the order they are asked.

    A worker answers one question at a time and waits until the answer is taken: ask it again only
    then. Errors of the class ``passes`` are raised here as they were there; any other error ends
    the worker, its traceback on standard error.
    """

    def __init__(
        self,
        size: int,
        answer: Callable[[Question], Answer],
        *,
        passes: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        context = multiprocessing.get_context("fork")
        pairs = [context.Pipe() for _ in range(size)]
        self._connections = [ours for ours, _ in pairs]
        self._processes = [
            context.Process(
                target=_serve,
                # A side that is open in another worker would hide that its owner has died.
                args=(theirs, [end for pair in pairs for end in pair if end is not theirs]),
                kwargs={"answer": answer, "passes": passes},
                daemon=True,
            )
            for _, theirs in pairs
        ]
        try:
            for process in self._processes:
                process.start()
        except BaseException:
            self.close()
            raise
        finally:
            for _, theirs in pairs:
                theirs.close()

    def __len__(self) -> int:
        return len(self._processes)

    def ask(self, number: int, question: Question) -> None:
        """Give a worker a question.

        Raises:
            WorkerDiedError: it has ended.
        """
        try:
            self._connections[number].send(question)
        except OSError:
            raise self._death_of(number) from None

    def answer(self, number: int) -> Answer:
        """Wait for the answer of a worker.

        Raises:
            WorkerDiedError: it has ended.
        """
        try:
            is_good, answer = self._connections[number].recv()
        except (EOFError, OSError):
            raise self._death_of(number) from None
        if not is_good:
            raise answer
        found: Answer = answer
        return found

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        for connection in self._connections:
            connection.close()
        started = [process for process in self._processes if process.pid is not None]
        for process in started:
            process.terminate()
        for process in started:
            process.join(_END_SECONDS)
            if process.exitcode is None:
                process.kill()
                process.join()

    def _death_of(self, number: int) -> WorkerDiedError:
        process = self._processes[number]
        process.join(_END_SECONDS)
        return WorkerDiedError(process.exitcode)


def _serve(
    connection: Connection,
    others: list[Connection],
    *,
    answer: Callable[[Question], object],
    passes: type[Exception] | tuple[type[Exception], ...],
) -> None:
    """Answer until the other side is closed."""
    # Ctrl-C reaches every process of a terminal; who has started us decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    # What was there before the fork stays: the collector need not look through it, nor copy pages.
    gc.freeze()
    while True:
        try:
            question = connection.recv()
        except (EOFError, ConnectionError):
            return
        try:
            reply = (True, answer(question))
        except passes as error:
            reply = (False, error)
        try:
            connection.send(reply)
        except ConnectionError:
            return
