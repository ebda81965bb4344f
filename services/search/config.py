"""Settings of search; the only module here that reads the environment."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from chassis import read_replicas
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
    read_urls: tuple[str, ...] = setting(
        "SEARCH_READ_URLS",
        default=(),
        parse=read_replicas.replica_urls,
        help="databases that follow `SEARCH_DATABASE_URL` and are read in its place, with blanks"
        " between",
    )
    read_max_lag: timedelta = setting(
        "SEARCH_READ_MAX_LAG_SECONDS",
        default=read_replicas.MAX_LAG,
        help="how far one of `SEARCH_READ_URLS` may be behind and still be read",
    )
    cursor_key: str = setting(
        "SEARCH_CURSOR_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="key that signs the places between two pages of results, any long text",
    )
