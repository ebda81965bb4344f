"""The models of every service describe the database that its migrations make, on either engine."""

from collections.abc import Callable

import pytest

from chassis import db, migrate
from chassis.config import SERVICES

# Generations of the index come and go by code, with a shape of their own on each engine.
NOT_IN_MODELS = {"search": ("g1_",)}
PUBLIC_LOG_OWNER = "standards"


@pytest.mark.parametrize("service", SERVICES)
def test_models_match(service: str, new_database_url: Callable[[str | None], str]) -> None:
    engine = db.new_engine(new_database_url(service))
    ignored = NOT_IN_MODELS.get(service, ())
    if service != PUBLIC_LOG_OWNER:
        ignored = (*ignored, "public_log")

    differences = migrate.compare(service, engine, except_tables=ignored)

    engine.dispose()
    assert differences == []
