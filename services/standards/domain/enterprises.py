"""What a publication keeps of its enterprise, as it stood at that moment (FAQ 15, 16, 31)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class EnterpriseSnapshot:
    """Hold the public part of an enterprise's profile; nothing else of it is ever stored here."""

    enterprise_id: str
    name: str
    credit_code: str
    organization_code: str
    legal_representative: str
    address: str
    postcode: str
    region: str

    @classmethod
    def from_profile(cls, profile: Mapping[str, Any]) -> "EnterpriseSnapshot":
        """Take the public part out of a profile; what is not known is empty."""
        return cls(**{name: str(profile.get(name) or "") for name in cls.__dataclass_fields__})

    @property
    def code(self) -> str:
        """Return the code that record numbers carry: the credit code, else the older one."""
        return self.credit_code or self.organization_code

    def as_dict(self) -> dict[str, str]:
        """Return the fields by name."""
        return asdict(self)
