"""Texts that come as files: the terms of service and the common passwords."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.accounts.config import Settings

_FOLDER: Final = Path(__file__).parents[1] / "seeds"


@dataclass(frozen=True)
class Terms:
    """Hold one version of the terms of service."""

    version: str
    title: str
    text: str


def read_terms(settings: Settings) -> Terms:
    """Return the terms in force."""
    path = settings.terms_file or _FOLDER / "terms.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return Terms(
        version=str(content["version"]), title=settings.terms_title, text=str(content["text"])
    )


def read_common_passwords(_settings: Settings) -> frozenset[str]:
    """Return the passwords that everybody tries first."""
    text = (_FOLDER / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(text.split("\n")) - {""}
