"""Settings of ``accounts``."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from chassis.config import CommonSettings, choice, database_url, positive, setting


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what ``accounts`` can be told from outside."""

    service: ClassVar[str] = "accounts"

    database_url: str = setting(
        "ACCOUNTS_DATABASE_URL",
        default="sqlite:///var/accounts.db",
        parse=database_url,
        help="database of enterprises, accounts and sessions",
    )
    audit_heads_file: Path | None = setting(
        "ACCOUNTS_AUDIT_HEADS_FILE",
        default=None,
        help="file of the hourly ends of all audit chains, on a disk that others look after; "
        "unset: `audit-heads.jsonl` in DATA_DIR",
    )
    password_profile: str = setting(
        "ACCOUNTS_PASSWORD_PROFILE",
        default="modern",
        parse=choice("modern", "manual", "mlps"),
        help="`modern`: 8-64 characters, no common ones; `manual`: the letter of the operating "
        "manual; `mlps`: also three classes of characters",
    )
    argon2_memory_kib: int = setting(
        "ACCOUNTS_ARGON2_MEMORY_KIB",
        default=19_456,
        parse=positive,
        help="memory of one password hash, in KiB",
    )
    argon2_passes: int = setting(
        "ACCOUNTS_ARGON2_PASSES", default=2, parse=positive, help="passes of one password hash"
    )
    is_bureau_required: bool = setting(
        "ACCOUNTS_BUREAU_REQUIRED",
        default=True,
        help="whether an applicant must name the bureau 所属质检局",
    )
    flow_life: timedelta = setting(
        "ACCOUNTS_REGISTRATION_SECONDS",
        default=timedelta(hours=1),
        help="how long an unfinished registration is kept",
    )
    code_life: timedelta = setting(
        "ACCOUNTS_CODE_SECONDS", default=timedelta(minutes=5), help="how long an SMS code is valid"
    )
    code_interval: timedelta = setting(
        "ACCOUNTS_CODE_INTERVAL_SECONDS",
        default=timedelta(seconds=60),
        help="how long a phone waits for the next SMS code",
    )
    code_tries: int = setting(
        "ACCOUNTS_CODE_TRIES", default=5, parse=positive, help="tries before an SMS code is void"
    )
    codes_per_phone_hour: int = setting(
        "ACCOUNTS_CODES_PER_PHONE_HOUR", default=5, parse=positive, help="SMS codes to one phone"
    )
    codes_per_phone_day: int = setting(
        "ACCOUNTS_CODES_PER_PHONE_DAY", default=10, parse=positive, help="SMS codes to one phone"
    )
    codes_per_organization_day: int = setting(
        "ACCOUNTS_CODES_PER_ORGANIZATION_DAY",
        default=10,
        parse=positive,
        help="SMS codes for the registration of one organisation",
    )
    codes_per_network_hour: int = setting(
        "ACCOUNTS_CODES_PER_NETWORK_HOUR",
        default=20,
        parse=positive,
        help="SMS codes asked for by one network (/24, /48)",
    )
    captcha_life: timedelta = setting(
        "ACCOUNTS_CAPTCHA_SECONDS", default=timedelta(minutes=2), help="how long a captcha is valid"
    )
    login_failures: int = setting(
        "ACCOUNTS_LOGIN_FAILURES",
        default=5,
        parse=positive,
        help="wrong passwords before an account is locked",
    )
    login_lock: timedelta = setting(
        "ACCOUNTS_LOGIN_LOCK_SECONDS",
        default=timedelta(minutes=15),
        help="how long a locked account waits",
    )
    logins_per_network: int = setting(
        "ACCOUNTS_LOGINS_PER_NETWORK",
        default=60,
        parse=positive,
        help="login attempts of one network (/24, /48) in a quarter of an hour",
    )
    session_idle: timedelta = setting(
        "ACCOUNTS_SESSION_IDLE_SECONDS",
        default=timedelta(minutes=30),
        help="how long a session lives without use",
    )
    session_life: timedelta = setting(
        "ACCOUNTS_SESSION_SECONDS",
        default=timedelta(hours=12),
        help="how long a session lives at most",
    )
    terms_title: str = setting(
        "ACCOUNTS_TERMS_TITLE",
        default="企业产品标准信息公共服务平台服务条款",
        help="title of the terms of service",
    )
    terms_file: Path | None = setting(
        "ACCOUNTS_TERMS_FILE",
        default=None,
        help="JSON file with `version` and `text` that replaces the terms that come along",
    )
    key_calls_per_minute: int = setting(
        "ACCOUNTS_KEY_CALLS_PER_MINUTE",
        default=600,
        parse=positive,
        help="requests of one machine key in a minute",
    )
    key_calls_per_day: int = setting(
        "ACCOUNTS_KEY_CALLS_PER_DAY",
        default=100_000,
        parse=positive,
        help="requests of one machine key in a day",
    )
    key_calls_per_minute_most: int = setting(
        "ACCOUNTS_KEY_CALLS_PER_MINUTE_MOST",
        default=6_000,
        parse=positive,
        help="requests in a minute that an operator may grant to a single key",
    )
    key_calls_per_day_most: int = setting(
        "ACCOUNTS_KEY_CALLS_PER_DAY_MOST",
        default=2_000_000,
        parse=positive,
        help="requests in a day that an operator may grant to a single key",
    )
    public_url: str = setting(
        "PUBLIC_URL",
        default="http://localhost:8000",
        help="address of the web site as people reach it, for links in messages",
    )
    help_url: str = setting(
        "ACCOUNTS_HELP_URL",
        default="https://www.cods.org.cn/",
        help="where enterprises can look up their own record of the code database",
    )

    @property
    def audit_heads_path(self) -> Path:
        """Return where the ends of the audit chains are kept."""
        return self.audit_heads_file or self.data_dir / "audit-heads.jsonl"
