"""Tables of ``accounts``."""

from services.accounts.models.auditing import (
    AuditHead,
)
from services.accounts.models.base import (
    Base,
)
from services.accounts.models.people import (
    Account,
    AccountRole,
    AccountState,
    Captcha,
    EndReason,
    Enterprise,
    FlowStep,
    LoginSession,
    OneTimeCode,
    RegistrationFlow,
    RoleRow,
)
from services.accounts.models.proofs import (
    FlowKind,
    KnownNetwork,
    ProofFlow,
    ProofStep,
    RegistrationFacts,
)
from services.accounts.models.staff import (
    BureauPhoneChange,
    EnterpriseFreeze,
    InitialPassword,
    PendingLogin,
    PhoneChangeState,
    PhoneChangeStateError,
    SecondFactor,
)
from services.accounts.models.team import (
    AccountClosure,
    Invitation,
    InvitationState,
    MachineKey,
)

__all__ = [
    "Account",
    "AccountClosure",
    "AccountRole",
    "AccountState",
    "AuditHead",
    "Base",
    "BureauPhoneChange",
    "Captcha",
    "EndReason",
    "Enterprise",
    "EnterpriseFreeze",
    "FlowKind",
    "FlowStep",
    "InitialPassword",
    "Invitation",
    "InvitationState",
    "KnownNetwork",
    "LoginSession",
    "MachineKey",
    "OneTimeCode",
    "PendingLogin",
    "PhoneChangeState",
    "PhoneChangeStateError",
    "ProofFlow",
    "ProofStep",
    "RegistrationFacts",
    "RegistrationFlow",
    "RoleRow",
    "SecondFactor",
]
