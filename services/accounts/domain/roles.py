"""Who may act as what."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """Name a role; which roles there are is data (table ``role``), the code knows these."""

    OWNER = "OWNER"
    FILER = "FILER"
    VIEWER = "VIEWER"
    OPERATOR = "OPERATOR"
    BUREAU = "BUREAU"
    SYSTEM_ADMIN = "SYSTEM_ADMIN"
    SECURITY_ADMIN = "SECURITY_ADMIN"
    AUDITOR = "AUDITOR"


ENTERPRISE_ROLES: Final = frozenset({Role.OWNER, Role.FILER, Role.VIEWER})
STAFF_ROLES: Final = frozenset(Role) - ENTERPRISE_ROLES
# 三员: nobody holds two of these (F27).
SEPARATE_ROLES: Final = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})

# 手册 3.1: the page after login is 企业标准录入.
_ENTERPRISE_LANDING: Final = "企业标准录入"
_STAFF_LANDING: Final = "工作台"


def landing_of(roles: frozenset[str]) -> str:
    """Return the name of the page that follows the login."""
    return _ENTERPRISE_LANDING if roles & ENTERPRISE_ROLES else _STAFF_LANDING


def area_of(region: str | None) -> str | None:
    """Return the prefix of division codes that staff of a bureau may see, by its division code."""
    if region is None:
        return None
    if region.endswith("0000"):
        return region[:2]
    return region[:4] if region.endswith("00") else region
