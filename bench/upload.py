"""Measure an upload of 50 MB: memory of gateway and service, and speed against copying the file.

The system runs as separate processes. ``upload_rss_mb`` is how much the resident memory of the
gateway and of ``standards`` together grows at most above what it was before the upload, median of
the rounds; ``upload_vs_copy`` is the time from the first byte to the answer against writing the
same file and syncing it.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench import measure
from services.accounts import seeds
from tests.factories import pdfs
from tools import launch
from tools.visitor import Visitor

MEGABYTE: Final = 1_000_000
SIZE: Final = 50 * MEGABYTE
WATCHED: Final = ("gateway", "standards")


class Watch:
    """Keep the highest resident memory of some processes while a block runs, in bytes."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self.begun = self.peak = self._now()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Sample every 5 ms until the block ends."""
        over = threading.Event()
        thread = threading.Thread(target=self._sample, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _sample(self, over: threading.Event) -> None:
        while not over.wait(0.005):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        return sum(measure.resident_bytes(pid) for pid in self._pids)


def copy_seconds(content: bytes, folder: Path) -> float:
    """Write the file and sync it, as any store has to; return the seconds."""
    target = folder / "copy.pdf"
    begun = time.perf_counter()
    with target.open("wb") as file:
        for start in range(0, len(content), 1 << 20):
            file.write(content[start : start + (1 << 20)])
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - begun


def main() -> None:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.upload", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    arguments = parser.parse_args()
    content = pdfs.minimal_pdf("bench", size_bytes=SIZE)
    growth, uploads, copies = [], [], []
    with tempfile.TemporaryDirectory(prefix="qibiao-bench-") as name:
        folder = Path(name)
        with launch.Stack(folder, processes=True) as stack, Visitor(stack.url) as visitor:
            visitor.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
            visitor.upload("warm.pdf", pdfs.minimal_pdf("warm"))
            pids = [stack.parts[part].pid for part in WATCHED]
            for number in range(arguments.rounds):
                copies.append(copy_seconds(content, folder))
                watch = Watch(pids)
                begun = time.perf_counter()
                with watch.running():
                    opened = visitor.start_upload(f"big-{number}.pdf", content)
                    uploads.append(time.perf_counter() - begun)
                    verdict = visitor.wait_for_verdict(opened["upload_id"], seconds=60)
                if verdict["state"] != "ACCEPTED":
                    raise SystemExit(f"refused: {verdict}")
                growth.append((watch.peak - watch.begun) / MEGABYTE)
            if stack.database:
                stack.database.remove()
    took, copied = statistics.median(uploads), statistics.median(copies)
    measure.say(f"upload {len(content) / MEGABYTE / took:6.0f} MB/s   copy and sync "
                f"{len(content) / MEGABYTE / copied:6.0f} MB/s")  # fmt: skip
    measure.say(f"upload_rss_mb={statistics.median(growth):.1f} upload_vs_copy={took / copied:.2f}")


if __name__ == "__main__":
    main()
