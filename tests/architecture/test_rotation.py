"""No encrypted column is forgotten when keys change."""

import importlib

import pytest


@pytest.mark.proves("F15")
@pytest.mark.parametrize("service", ["accounts", "registry", "standards"])
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
