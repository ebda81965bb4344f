"""What ``accounts`` answers about teams, machine keys, bureaus and staff."""

from typing import TypedDict

from contracts.rpc.accounts import OwnEnterprise


class Member(TypedDict):
    """Somebody of a team."""

    account_id: str
    username: str
    name: str
    role: str
    phone_masked: str
    joined_at: str
    is_self: bool


class OpenInvitation(TypedDict):
    """An invitation that can still be accepted."""

    invitation_id: str
    name: str
    role: str
    phone_masked: str
    expires_at: str


class Team(TypedDict):
    """``list_team``."""

    members: list[Member]
    invitations: list[OpenInvitation]
    limit: int


class Invited(TypedDict):
    """``invite_member``."""

    invitation_id: str
    expires_at: str


class MachineKey(TypedDict):
    """One key, without the key itself, also ``set_key_quota``; no quota of its own is ``None``."""

    key_id: str
    name: str
    start: str
    scopes: list[str]
    created_at: str
    expires_at: str
    last_used_at: str | None
    replaced_by_id: str | None
    is_active: bool
    per_minute: int | None
    per_day: int | None


class MachineKeyMade(MachineKey):
    """``make_machine_key``, ``rotate_machine_key``: the key, this once."""

    key: str


class MachineKeyUsed(MachineKey):
    """A key in ``list_machine_keys``: how often it was used in its present day and minute."""

    used_today: int
    used_this_minute: int


class KeyQuota(TypedDict):
    """How often each key may be used."""

    per_minute: int
    per_day: int


class MachineKeys(TypedDict):
    """``list_machine_keys``."""

    items: list[MachineKeyUsed]
    scopes: list[str]
    limit: int
    quota: KeyQuota


class Quota(TypedDict):
    """How often a key may still be used; ``reset`` in seconds."""

    limit: int
    remaining: int
    reset: int


class KeyKnown(TypedDict):
    """``get_key_token``."""

    actor_token: str
    key_id: str
    scopes: list[str]
    expires_at: str
    quota: Quota


class KeyChecked(TypedDict):
    """``check_key``: a key that still opens something."""

    key_id: str
    scopes: list[str]
    expires_at: str


class ExportedAccount(TypedDict):
    """An account in ``export_enterprise``; numbers in full only of the one who asks."""

    account_id: str
    username: str
    name: str
    roles: list[str]
    state: str
    id_number: str
    phone: str
    created_at: str
    password_changed_at: str
    terms_version: str | None
    terms_accepted_at: str | None
    is_self: bool


class ExportedSession(TypedDict):
    """A session in ``export_enterprise``, without its token."""

    session_id: str
    account_id: str
    created_at: str
    last_seen_at: str
    expires_at: str
    ended_at: str | None
    end_reason: str | None
    network: str
    user_agent: str


class ExportedInvitation(TypedDict):
    """An invitation in ``export_enterprise``, without its link."""

    invitation_id: str
    name: str
    role: str
    state: str
    phone_masked: str
    created_by: str
    created_at: str
    expires_at: str


class EnterpriseExport(TypedDict):
    """``export_enterprise``: ``capped`` names the parts that hold more rows than are shown."""

    exported_at: str
    enterprise: OwnEnterprise
    accounts: list[ExportedAccount]
    sessions: list[ExportedSession]
    machine_keys: list[MachineKey]
    invitations: list[ExportedInvitation]
    capped: list[str]


class AreaEnterprise(TypedDict):
    """One enterprise of a bureau's area."""

    enterprise_id: str
    name: str
    credit_code: str | None
    organization_code: str
    region: str
    bureau_code: str | None
    registered_at: str
    frozen_at: str | None
    freeze_reason: str | None


class AreaEnterprises(TypedDict):
    """``list_area_enterprises``."""

    items: list[AreaEnterprise]
    total: int
    page: int
    page_size: int


class PhoneChange(TypedDict):
    """``propose_phone_change``, ``approve_phone_change``, ``reject_phone_change``."""

    change_id: str
    account_id: str
    username: str
    enterprise_name: str
    phone_masked: str
    reason: str
    state: str
    made_by: str
    made_at: str
    decided_by: str | None
    decision_note: str | None
    effective_at: str | None


class StaffAccount(TypedDict):
    """One account in ``list_staff``."""

    account_id: str
    username: str
    name: str
    roles: list[str]
    region: str | None
    created_at: str
    enrolled_at: str | None


class StaffAccounts(TypedDict):
    """``list_staff``."""

    items: list[StaffAccount]
