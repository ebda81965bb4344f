"""Anticipated failures keep their code, parameters and fields on the way over the bus."""

import importlib
import json
import pickle
import pkgutil
from collections.abc import Iterator

import pytest

import chassis
import services
from chassis import errors
from chassis.errors import DomainError, FieldError, RemoteDomainError
from contracts.errors import CODES


class WindowClosedError(DomainError):
    code = "standards.window_closed"


class TestDomainError:
    def test_keeps_parameters_as_text(self) -> None:
        error = WindowClosedError(hours=24, number="Q/1")

        assert error.params == {"hours": "24", "number": "Q/1"}

    def test_reads_well_in_a_log(self) -> None:
        error = WindowClosedError(fields=[FieldError("/title", "standards.empty")], hours=24)

        assert str(error) == "standards.window_closed hours=24 /title:standards.empty"


class TestWire:
    def test_brings_a_service_s_error_to_the_caller(self) -> None:
        fields = [FieldError("/products/0/name", "standards.empty", {"most": "20"})]

        remote = errors.from_wire(errors.to_wire(WindowClosedError(fields=fields, hours=24)))

        assert isinstance(remote, RemoteDomainError)
        assert remote.wire_code == "standards.window_closed"
        assert remote.params == {"hours": "24"}
        assert remote.fields == fields
        assert errors.from_wire(errors.to_wire(remote)).params == remote.params

    @pytest.mark.parametrize(
        "error",
        [
            errors.UnavailableError(2.5),
            errors.DeadlineError(),
            errors.OverloadedError(),
            errors.DatabaseUnavailableError(),
            errors.StorageUnavailableError(),
            errors.RateLimitedError(60, limit=5),
            errors.LoopError(),
            errors.InternalError("abc"),
            errors.UnknownMethodError(method="x"),
            errors.InvalidArgumentsError(),
            errors.UnauthenticatedError(),
            errors.ForbiddenError(),
            errors.StaleError(),
            errors.IdempotencyMismatchError(),
        ],
        ids=lambda error: error.code,
    )
    def test_brings_the_bus_s_own_errors_as_themselves(self, error: DomainError) -> None:
        arrived = errors.from_wire(errors.to_wire(error))

        assert type(arrived) is type(error)
        assert arrived.params == error.params
        assert error.code in CODES

    def test_keeps_how_long_to_wait(self) -> None:
        arrived = errors.from_wire(errors.to_wire(errors.UnavailableError(2.5)))

        assert isinstance(arrived, errors.RetryableError)
        assert arrived.retry_after == 2.5

    @pytest.mark.parametrize(
        "details", ["", "no json", "[]", '{"fields": [{}]}', '{"params": 1}', "null"]
    )
    def test_survives_details_it_cannot_read(self, details: str) -> None:
        arrived = errors.from_wire(["standards.window_closed", details])

        assert arrived.wire_code == "standards.window_closed"
        assert arrived.params == {}

    def test_takes_an_empty_answer_for_a_bug(self) -> None:
        assert isinstance(errors.from_wire([]), errors.InternalError)

    def test_survives_an_unreadable_wait(self) -> None:
        details = json.dumps({"params": {"retry_after": "soon"}})

        arrived = errors.from_wire(["bus.unavailable", details])

        assert isinstance(arrived, errors.UnavailableError)
        assert arrived.retry_after == 1

    def test_gives_two_strings(self) -> None:
        assert all(isinstance(part, str) for part in errors.to_wire(WindowClosedError(hours=1)))


def kinds_below(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    """Return a class of errors and all that are made from it."""
    yield kind
    for more in kind.__subclasses__():
        yield from kinds_below(more)


def all_kinds() -> list[type[DomainError]]:
    """Return every class of errors that any service has."""
    for package in (chassis, services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            is_program = module.name.endswith("__main__") or ".migrations" in module.name
            if not is_program and not module.name.endswith("job_child"):
                importlib.import_module(module.name)
    ours = ("chassis.", "services.")
    return [kind for kind in kinds_below(DomainError) if kind.__module__.startswith(ours)]


class TestPickling:
    def test_brings_every_error_to_another_process(self) -> None:
        kinds = all_kinds()
        assert len(kinds) > 50

        for kind in kinds:
            error = kind.__new__(kind)
            DomainError.__init__(error, fields=[FieldError("/title", "standards.empty")], hours=24)
            vars(error)["more"] = 7

            copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

            assert type(copy) is kind
            assert (vars(copy), copy.args) == (vars(error), error.args)

    @pytest.mark.parametrize(
        "error",
        [
            errors.DatabaseUnavailableError(),
            errors.RateLimitedError(30, limit="5"),
            errors.InternalError("trace"),
            RemoteDomainError("standards.window_closed", {"hours": "24"}),
        ],
        ids=str,
    )
    def test_says_the_same_there(self, error: DomainError) -> None:
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

        assert str(copy) == str(error)
        assert errors.to_wire(copy) == errors.to_wire(error)
