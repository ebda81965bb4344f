"""Invented enterprises: those of the demonstration first, so that somebody can log in."""

import uuid
from typing import Final

from services.accounts import seeds
from services.registry.domain import codes
from services.standards.domain.enterprises import EnterpriseSnapshot

_NAMESPACE: Final = uuid.UUID("6f0f4a53-0c5e-5c0e-9d0b-3a5e0f6b7a10")
_TOWNS: Final = ("索镇街道", "少海街道", "起凤镇", "田庄镇", "荆家镇", "马桥镇", "新城镇")
_NAMES: Final = ("云杉", "海棠", "银杏", "白露", "长风", "望舒", "青岚", "沧浪", "鹿鸣", "扶光")
_TRADES: Final = ("食品", "机电设备", "陶瓷", "包装材料", "化工", "家具", "建材", "日用制品")
_FAMILY_NAMES: Final = "张王李赵周吴郑孙"
_GIVEN_NAMES: Final = ("示一", "示远", "示宁", "示和", "示安")


def make_enterprises(count: int) -> list[EnterpriseSnapshot]:
    """Return so many enterprises, always the same ones."""
    known = [EnterpriseSnapshot.from_profile(profile) for profile in seeds.demo_enterprises()]
    invented = [_invent(number) for number in range(max(0, count - len(known)))]
    return [*known[:count], *invented]


def _invent(number: int) -> EnterpriseSnapshot:
    body = f"{70_000_000 + number:08}"
    organization_code = body + codes.organization_check_digit(body)
    credit_code = "91370321" + organization_code
    name = f"{_NAMES[number % len(_NAMES)]}{number}号"
    return EnterpriseSnapshot(
        enterprise_id=str(uuid.uuid5(_NAMESPACE, credit_code)),
        name=f"桓台{name}示范{_TRADES[number % len(_TRADES)]}有限公司",
        credit_code=credit_code + codes.credit_check_character(credit_code),
        organization_code=organization_code,
        legal_representative=(
            _FAMILY_NAMES[number % len(_FAMILY_NAMES)] + _GIVEN_NAMES[number % len(_GIVEN_NAMES)]
        ),
        address=f"山东省淄博市桓台县{_TOWNS[number % len(_TOWNS)]}示范路{number + 1}号",
        postcode="256400",
        region="370321",
    )
