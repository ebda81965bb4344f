"""What comes with the program: the 37 entries of the FAQ (手册 9), edited by staff later on."""

import json
from pathlib import Path
from typing import Final

from services.notify.domain.texts import TextKind
from services.notify.usecases.texts import ShippedText

FAQ: Final = Path(__file__).parent / "faq.json"


def shipped_faq() -> list[ShippedText]:
    """Return the entries of the FAQ as they come with the program."""
    return [
        ShippedText(TextKind.FAQ, str(entry["number"]), entry["question"], entry["answer"])
        for entry in json.loads(FAQ.read_text(encoding="utf-8"))
    ]
