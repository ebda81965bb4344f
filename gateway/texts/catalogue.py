"""What an entry of the message catalogue looks like."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Hold the words for one error code.

    ``title`` names the kind of failure and is the same every time; ``detail`` tells the reader what
    happened and what to do, and may hold ``{parameters}`` that the error carries.
    """

    title: str
    detail: str
