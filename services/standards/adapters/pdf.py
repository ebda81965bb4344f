"""Inspect uploaded PDF files in a limited child process.

What an outsider sent is never parsed in the service's own process. Whatever happens to the child –
crash, endless loop, hunger for memory – ends in a refusal of that one file.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chassis import jobs
from chassis.jobs import JobLimits, JobPool, JobResult, JobStarvedError, JobStatus

MAX_BYTES: Final = 50 * 1024 * 1024
LIMITS: Final = JobLimits(cpu_seconds=10, wall_seconds=20.0, memory_bytes=512 * 1024 * 1024)

_CHILD: Final = "services.standards.adapters.pdf_child"
_REASON_OF_FAILURE: Final = {
    JobStatus.TIMED_OUT: "timed_out",
    JobStatus.OUT_OF_MEMORY: "too_complex",
    JobStatus.CRASHED: "damaged",
}


@dataclass(frozen=True)
class PdfVerdict:
    """Say whether a file may be published, and what it is."""

    is_accepted: bool
    reason: str | None = None
    """Code of ``domain.pdf_reasons`` when refused."""
    detail: str = ""
    """For the log; may quote the file."""
    sha256: str | None = None
    """Of the bytes that were inspected; only when accepted, like all below."""
    pages: int = 0
    is_scanned: bool = False
    """Most pages are pictures without text."""
    text_quality: str = "none"
    """``good``, ``none``, or ``garbled``: there is text, but it is nonsense."""
    is_text_complete: bool = True
    """False when the text was cut at 2 MB or after some seconds."""
    text_path: Path | None = None
    """UTF-8 text, pages separated by form feeds; only when the text is good."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int | None = None


def inspect_pdf(
    path: Path,
    *,
    text_path: Path | None = None,
    max_bytes: int = MAX_BYTES,
    limits: JobLimits = LIMITS,
    pool: JobPool | None = None,
) -> PdfVerdict:
    """Inspect a file and write its text to ``text_path``; waits for a free place of ``pool``.

    Raises:
        JobStartError: the machine had no process or no time for the child; try again later.
    """
    payload = {
        "path": str(path.absolute()),
        "text_path": str(text_path.absolute()) if text_path else "",
        "max_bytes": max_bytes,
    }
    run = pool.run if pool else jobs.run_limited
    result = run(_CHILD, payload=payload, limits=limits)
    if result.status is JobStatus.OK:
        return _accepted(result, text_path)
    if result.status is JobStatus.TIMED_OUT and result.cpu_seconds < limits.cpu_seconds / 2:
        raise JobStarvedError(result.detail)  # the child never waits, so the machine was too busy
    return PdfVerdict(
        is_accepted=False,
        reason=_reason(result),
        detail=result.detail,
        wall_seconds=result.wall_seconds,
        cpu_seconds=result.cpu_seconds,
        peak_memory_bytes=result.peak_memory_bytes,
    )


def _reason(result: JobResult) -> str:
    if result.signal_name:  # PDFium stops itself like this when it gets no more memory
        return "too_complex"
    return result.code or _REASON_OF_FAILURE[result.status]


def _accepted(result: JobResult, text_path: Path | None) -> PdfVerdict:
    value = result.value
    return PdfVerdict(
        is_accepted=True,
        sha256=str(value["sha256"]),
        pages=int(value["pages"]),
        is_scanned=bool(value["is_scanned"]),
        text_quality=str(value["text_quality"]),
        is_text_complete=bool(value["is_text_complete"]),
        text_path=text_path if value["text_bytes"] else None,
        wall_seconds=result.wall_seconds,
        cpu_seconds=result.cpu_seconds,
        peak_memory_bytes=result.peak_memory_bytes,
    )
