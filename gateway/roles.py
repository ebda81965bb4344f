"""Who may use a route of an enterprise; the service that owns the object checks it again."""

from typing import Final

WRITERS: Final = frozenset({"OWNER", "FILER"})
READERS: Final = WRITERS | {"VIEWER"}
