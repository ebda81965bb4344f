"""Settings of ``registry``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from chassis.config import DEVELOPMENT_KEY, CommonSettings, database_url, positive, setting


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what ``registry`` can be told from outside."""

    service: ClassVar[str] = "registry"

    database_url: str = setting(
        "REGISTRY_DATABASE_URL",
        default="sqlite:///var/registry.db",
        parse=database_url,
        help="database of the organisation records",
    )
    verifications_per_network_hour: int = setting(
        "REGISTRY_VERIFICATIONS_PER_NETWORK_HOUR",
        default=20,
        parse=positive,
        help="how often one network (/24, /48) may ask for a verification in an hour",
    )
    misses_per_network_day: int = setting(
        "REGISTRY_MISSES_PER_NETWORK_DAY",
        default=5,
        parse=positive,
        help="wrong identity numbers for one organisation from one network in a day",
    )
    misses_per_organization_day: int = setting(
        "REGISTRY_MISSES_PER_ORGANIZATION_DAY",
        default=20,
        parse=positive,
        help="wrong identity numbers for one organisation in a day, then one an hour",
    )
    public_url: str = setting(
        "PUBLIC_URL",
        default="http://localhost:8000",
        help="address of the web site as people reach it, for links in messages",
    )
    waiting_life: timedelta = setting(
        "REGISTRY_WAITING_SECONDS",
        default=timedelta(days=60),
        help="how long an applicant waits for a record that is not there yet",
    )
    source_url: str = setting(
        "REGISTRY_SOURCE_URL",
        default="",
        help="live interface of the code database; unset: imports only",
    )
    source_key: str = setting(
        "REGISTRY_SOURCE_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="key that signs the questions to the live interface",
    )
    source_freshness: timedelta = setting(
        "REGISTRY_SOURCE_FRESH_SECONDS",
        default=timedelta(minutes=10),
        help="how long an answer of the live interface is not asked for again",
    )

    @classmethod
    def _production_problems(cls, source: Mapping[str, str]) -> list[str]:
        problems = super()._production_problems(source)
        url = source.get("REGISTRY_SOURCE_URL", "").strip()
        if not url:  # then its key is not needed
            return [text for text in problems if not text.startswith("REGISTRY_SOURCE_KEY:")]
        if not url.startswith("https://"):
            problems.append("REGISTRY_SOURCE_URL: must begin with https:// in production")
        return problems
