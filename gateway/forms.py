"""Read what a page's form brings, and say beside each field what is wrong with it.

Nothing is lost: a form that is refused is shown again as it was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.wrappers import Request

from chassis.errors import DomainError
from gateway import problems, validation
from gateway.errors import InvalidFieldsError, MalformedFormError
from gateway.schemas.fields import Schema

_MAX_FIELDS: Final = 50


@dataclass(frozen=True)
class Form:
    """Hold what was typed, the same checked, and what is wrong with it.

    ``errors`` has by a field's name what is wrong there: ``detail``, sometimes ``hint`` and
    ``faq``. ``refusal`` says what is wrong with all of it, where no field is to blame.
    """

    typed: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    refusal: str = ""

    @property
    def is_right(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.errors and not self.refusal

    def refused(self, error: DomainError, *, fields: Mapping[str, str] | None = None) -> "Form":
        """Return the form with what a service says of it.

        ``fields`` names the fields that are to blame for an error that names none, by its code.
        """
        problem = problems.problem_of(error, "")
        blamed = (fields or {}).get(problem.code)
        if blamed is not None:
            return replace(self, errors={**self.errors, blamed: {"detail": problem.detail}})
        found = {str(entry["pointer"]).strip("/"): entry for entry in problem.errors}
        known = {name: entry for name, entry in found.items() if name in self.typed}
        return replace(self, errors=known, refusal="" if known else problem.detail)


def read_typed(schema: type[Schema], request: Request, raw: bytes) -> dict[str, str]:
    """Return the fields of a form by their names; of a page that reads, those of its query.

    What the form does not have is left out: links come with tracking parameters.

    Raises:
        MalformedFormError: the body is not what a browser makes of a form.
    """
    is_query = request.method in {"GET", "HEAD"}
    found = request.args.to_dict(flat=True) if is_query else _parse(raw)
    return {name: found[name] for name in schema().fields if name in found}


def blank(schema: type[Schema], typed: Mapping[str, str]) -> Form:
    """Return a form that nothing is said of yet, some of it filled in."""
    return Form(typed={name: typed.get(name, "") for name in schema().fields})


def check(schema: type[Schema], typed: Mapping[str, str]) -> Form:
    """Return a form, checked; ``typed`` of it has every field of the schema."""
    form = blank(schema, typed)
    try:
        return replace(form, data=validation.check(schema, typed))
    except InvalidFieldsError as error:
        return form.refused(error)


def _parse(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError as error:
        raise MalformedFormError from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedFormError
    return fields
