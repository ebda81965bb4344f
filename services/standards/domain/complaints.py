"""Complaints 投诉举报: what they may say, how they are numbered, and which step follows which."""

import re
import secrets
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.standards.domain.record_number import BEIJING

TEXT_LENGTH: Final = range(10, 2001)
NOTE_LENGTH: Final = range(2, 501)
REASON_LENGTH: Final = range(2, 201)
NAME_LENGTH: Final = range(2, 51)
# Without those that are taken for one another: 0 O, 1 I L, U V.
CODE_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
_CODE_GROUPS: Final = 3
_GROUP_LENGTH: Final = 4
_NUMBER: Final = re.compile(r"TS-[0-9]{8}-[0-9]{6,}")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_COUNTRY: Final = re.compile(r"^(\+|00)?86(?=1)")
_NOISE: Final = re.compile(r"[\s\-‐‑–—()]")
_KEPT_CONTROLS: Final = frozenset("\n\t")


class ComplaintCategory(StrEnum):
    """Say what is wrong with a publication."""

    NOT_AS_DECLARED = "NOT_AS_DECLARED"
    BELOW_MANDATORY = "BELOW_MANDATORY"
    WRONG_INFORMATION = "WRONG_INFORMATION"
    INFRINGEMENT = "INFRINGEMENT"
    OTHER = "OTHER"


class ComplaintState(StrEnum):
    """Say how far a complaint has come."""

    RECEIVED = "RECEIVED"
    ACCEPTED = "ACCEPTED"
    REFUSED = "REFUSED"
    RESOLVED = "RESOLVED"


class ComplaintAction(StrEnum):
    """Name what staff does with a complaint."""

    ACCEPT = "ACCEPT"
    REFUSE = "REFUSE"
    RESOLVE = "RESOLVE"
    NOTE = "NOTE"


class Finding(StrEnum):
    """Say in one word what an inquiry found; it is all the enterprise gets to see of it."""

    CONFIRMED = "CONFIRMED"
    PARTLY_CONFIRMED = "PARTLY_CONFIRMED"
    NOT_CONFIRMED = "NOT_CONFIRMED"


_NEXT: Final[dict[tuple[ComplaintState, ComplaintAction], ComplaintState]] = {
    (ComplaintState.RECEIVED, ComplaintAction.ACCEPT): ComplaintState.ACCEPTED,
    (ComplaintState.RECEIVED, ComplaintAction.REFUSE): ComplaintState.REFUSED,
    (ComplaintState.ACCEPTED, ComplaintAction.RESOLVE): ComplaintState.RESOLVED,
}


def next_state(state: ComplaintState, action: ComplaintAction) -> ComplaintState | None:
    """Return the state that an action leads to, or nothing where it is not open.

    A note can be written at any time and changes nothing.
    """
    return state if action is ComplaintAction.NOTE else _NEXT.get((state, action))


def allowed_actions(state: ComplaintState) -> list[ComplaintAction]:
    """Return what can be done with a complaint now."""
    return [action for action in ComplaintAction if next_state(state, action) is not None]


def day_of(moment: datetime) -> str:
    """Return the day in Beijing, as complaint numbers carry it."""
    return moment.astimezone(BEIJING).strftime("%Y%m%d")


def date_of(moment: datetime) -> str:
    """Return the date in Beijing."""
    return moment.astimezone(BEIJING).date().isoformat()


def compose_number(day: str, count: int) -> str:
    """Return the number of a day's ``count``-th complaint, ``TS-20261128-000001``."""
    return f"TS-{day}-{count:06d}"


def fold_number(text: str) -> str | None:
    """Return a complaint number however it was typed, or nothing for what is none."""
    number = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    return number if _NUMBER.fullmatch(number) else None


def new_code() -> str:
    """Return a random query code in groups, ``7KQM-2XHD-9PWA``: 58 bits."""
    groups = (
        "".join(secrets.choice(CODE_ALPHABET) for _ in range(_GROUP_LENGTH))
        for _ in range(_CODE_GROUPS)
    )
    return "-".join(groups)


def fold_code(text: str) -> str:
    """Return a query code as it is compared: half-width, upper-case, without hyphens."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("-", "").upper()


def clean_story(text: str) -> str:
    """Return a text of several lines without unseen characters and blanks around it."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        character
        for character in plain
        if character in _KEPT_CONTROLS or unicodedata.category(character)[0] != "C"
    ).strip()


def to_mobile(text: str) -> str | None:
    """Return the 11 digits of a mobile number however it was typed, or nothing."""
    digits = _COUNTRY.sub("", _NOISE.sub("", unicodedata.normalize("NFKC", text)))
    return digits if _MOBILE.fullmatch(digits) else None


def identifies(text: str, *, name: str, phone: str) -> bool:
    """Tell whether a text names the reporter or holds his number, however it is spaced."""
    folded = _squeeze(text)
    return any(_squeeze(part) in folded for part in (name, phone) if part)


def _squeeze(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()
