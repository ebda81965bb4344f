"""What callers believe of a method is what its service says of it."""

import inspect
from collections.abc import Iterator

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.config import SERVICES
from chassis.process import GATEWAY, load
from chassis.rpc import Rpc, RpcClient
from contracts.sensitive import SENSITIVE_ARGUMENTS

EVERYBODY = (*SERVICES, GATEWAY)


def methods(name: str) -> dict[str, Rpc]:
    """Return the methods of a service that can be called."""
    found = {}
    for method, function in inspect.getmembers(load(name), inspect.isfunction):
        for entry in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entry, Rpc):
                found[method] = entry
    return found


def clients() -> Iterator[tuple[str, RpcClient]]:
    """Return each client of each service."""
    for name in EVERYBODY:
        for _, client in inspect.getmembers(load(name), lambda one: isinstance(one, RpcClient)):
            yield name, client


class TestClients:
    def test_call_services_that_exist(self) -> None:
        assert {client.target for _, client in clients()} <= set(SERVICES)

    def test_nobody_calls_himself(self) -> None:
        assert [name for name, client in clients() if client.target == name] == []

    def test_ask_again_only_what_may_be_asked_again(self) -> None:
        wrong = [
            (name, client.target, method)
            for name, client in clients()
            for method in client.idempotent
            if not getattr(methods(client.target).get(method), "is_idempotent", False)
        ]

        assert wrong == []


class TestSensitiveArguments:
    @pytest.mark.parametrize("name", SERVICES)
    @pytest.mark.proves("F24")
    def test_are_declared_by_every_method_that_takes_them(self, name: str) -> None:
        silent = [
            (method, argument)
            for method, entry in methods(name).items()
            for argument in inspect.signature(getattr(load(name), method)).parameters
            if argument in SENSITIVE_ARGUMENTS - {"code"}
            and argument not in entry.sensitive_arguments
        ]

        assert silent == []

    @pytest.mark.parametrize("name", SERVICES)
    @pytest.mark.proves("F15")
    def test_travel_sealed(self, name: str) -> None:
        open_ones = {
            (method, argument)
            for method, entry in methods(name).items()
            for argument in entry.sensitive_arguments
            if argument not in SENSITIVE_ARGUMENTS
        }

        assert open_ones == set()


class TestMethods:
    @pytest.mark.parametrize("name", SERVICES)
    def test_take_arguments_by_keyword_and_say_who_may_call(self, name: str) -> None:
        open_and_bound = [
            method for method, entry in methods(name).items() if entry.is_public and entry.roles
        ]

        assert methods(name)
        assert open_and_bound == []
