"""Marks for tests that make sense on one database engine only."""

import pytest

only_postgres = pytest.mark.parametrize(
    "new_database_url", [pytest.param("postgresql", marks=pytest.mark.backends)], indirect=True
)
only_sqlite = pytest.mark.parametrize("new_database_url", ["sqlite"], indirect=True)
