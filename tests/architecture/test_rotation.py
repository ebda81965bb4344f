"""No encrypted column is forgotten when keys change."""

import importlib

import pytest

SERVICES = ("accounts", "notify", "registry", "standards")


@pytest.mark.proves("F15")
@pytest.mark.parametrize("service", SERVICES)
def test_who_encrypts_is_given_the_keys_that_are_set(service: str) -> None:
    settings = importlib.import_module(f"services.{service}.config").Settings

    assert settings.unused.isdisjoint({"DATA_KEYS", "INDEX_KEY"})


@pytest.mark.proves("F15")
@pytest.mark.parametrize("service", SERVICES)
def test_every_encrypted_column_is_rotated(service: str) -> None:
    models = importlib.import_module(f"services.{service}.models").Base.metadata
    rotated = importlib.import_module(f"services.{service}.usecases.rotation").COLUMNS

    wanted = {
        f"{table.name}.{column.name}"
        for table in models.sorted_tables
        for column in table.columns
        if column.name.endswith("_encrypted")
    }
    assert {f"{one.column.table.name}.{one.column.name}" for one in rotated} == wanted
