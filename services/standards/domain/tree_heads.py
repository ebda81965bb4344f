"""Tree heads: how large the log was and its root, at a moment, and what of it is signed."""

import base64
from dataclasses import dataclass
from typing import Final

HEAD_FORM: Final = "qibiao-tree-head/1"


@dataclass(frozen=True)
class TreeHead:
    """Hold what a signature is made over; ``signed_at`` is RFC 3339 in UTC."""

    size: int
    root: bytes
    signed_at: str
    key_id: str

    def signed_text(self) -> bytes:
        """Return the signed bytes: five lines, each with its end."""
        root = base64.b64encode(self.root).decode("ascii")
        lines = (HEAD_FORM, str(self.size), root, self.signed_at, self.key_id)
        return "".join(f"{line}\n" for line in lines).encode()
