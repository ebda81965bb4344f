"""Load the demonstration data of all services; a second time changes nothing: ``make seed``."""

import chassis.green

chassis.green.patch()

import sys  # noqa: E402 - the standard library is patched first
from datetime import UTC, datetime  # noqa: E402

from chassis import blobs  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.config import CommonSettings  # noqa: E402
from chassis.uow import Database  # noqa: E402
from services.accounts import config as accounts_config  # noqa: E402
from services.accounts import seeds as accounts_seeds  # noqa: E402
from services.registry import config as registry_config  # noqa: E402
from services.registry import seeds as registry_seeds  # noqa: E402
from services.standards import config as standards_config  # noqa: E402
from services.standards import seeds as standards_seeds  # noqa: E402


def open_database(settings: CommonSettings, url: str) -> Database:
    """Return a service's database, outside of the service."""
    clock = SystemClock(settings.clock_offset_file)
    return Database(url, service=settings.service, clock=clock)


def main() -> int:
    """Load everything; the services announce it once they run."""
    now = datetime.now(UTC)
    registry = registry_config.Settings.from_env()
    registry_seeds.load(open_database(registry, registry.database_url), registry, now)
    accounts = accounts_config.Settings.from_env()
    accounts_seeds.load(open_database(accounts, accounts.database_url), accounts, now)
    standards = standards_config.Settings.from_env()
    standards_seeds.load(
        open_database(standards, standards.database_url),
        standards,
        blobs.open_store(standards.storage_url),
        accounts_seeds.demo_enterprises(),
        now,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
