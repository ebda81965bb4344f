"""The file of audit heads: lines are only added, on a disk that others look after."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class HeadsFile:
    """Append one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, head: Mapping[str, Any]) -> None:
        """Add a line; it is on the disk afterwards.

        Raises:
            OSError: it could not be written; the head is told again.
        """
        line = json.dumps(dict(head), sort_keys=True) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o640)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
