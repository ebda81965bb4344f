"""The JSON Schemas of ``contracts/schemas``, compiled once per process."""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match


class ContractError(Exception):
    """Say that a message is not what its contract promises: a bug of the sender."""


def validate(service: str, name: str, data: Mapping[str, object]) -> None:
    """Check the data of an event or a command against its schema.

    Raises:
        ContractError: there is no such schema, or the data does not fit; values are not repeated.
    """
    error = best_match(_validator(service, name).iter_errors(data))
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path) or "(root)"
        raise ContractError(f"{service}/{name}: {where} breaks the rule {error.validator!r}")


@cache
def _validator(service: str, name: str) -> Draft202012Validator:
    path = resources.files("contracts").joinpath("schemas", service, f"{name}.json")
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractError(f"contracts/schemas/{service}/{name}.json is missing") from error
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
