"""Settings of search; the only module here that reads the environment."""

from dataclasses import dataclass
from typing import ClassVar

from chassis.config import DEVELOPMENT_KEY, CommonSettings, database_url, setting


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what search can be told from outside."""

    service: ClassVar[str] = "search"
    unused: ClassVar[frozenset[str]] = frozenset({"DATA_KEYS", "INDEX_KEY"})

    database_url: str = setting(
        "SEARCH_DATABASE_URL",
        default="sqlite:///var/search.db",
        parse=database_url,
        secret=False,
        help="database of the public index; it can be rebuilt at any time",
    )
    cursor_key: str = setting(
        "SEARCH_CURSOR_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="key that signs the places between two pages of results, any long text",
    )
