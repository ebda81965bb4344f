"""The three powers 三员 (promise F27): what each opens is written down here; there is no more."""

from typing import Final

import pytest

from chassis.config import SERVICES
from services.accounts.domain.roles import SEPARATE_ROLES
from tests.architecture.test_rpc import methods

POWERS: Final = {
    "SYSTEM_ADMIN": {"registry.list_imports", "registry.get_import"},
    "SECURITY_ADMIN": {
        "accounts.list_staff",
        "accounts.add_staff",
        "accounts.set_staff_roles",
        "accounts.end_staff",
        "accounts.reset_totp",
        "accounts.list_area_enterprises",
        "accounts.freeze_enterprise",
        "accounts.unfreeze_enterprise",
    },
    "AUDITOR": {"accounts.list_audit_heads", *(f"{name}.list_audit" for name in SERVICES)},
}


def opened_by(role: str) -> set[str]:
    """Return the methods that name a role."""
    return {
        f"{service}.{method}"
        for service in SERVICES
        for method, entry in methods(service).items()
        if role in entry.roles
    }


@pytest.mark.proves("F27")
class TestPowers:
    @pytest.mark.parametrize("role", sorted(SEPARATE_ROLES))
    def test_are_as_written(self, role: str) -> None:
        assert opened_by(role) == POWERS[role]

    def test_nothing_is_opened_by_two(self) -> None:
        for role in SEPARATE_ROLES:
            for other in SEPARATE_ROLES - {role}:
                assert opened_by(role) & opened_by(other) == set()
