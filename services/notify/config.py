"""Settings of notify; the only module here that reads the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from chassis.config import CommonSettings, database_url, positive, setting

_DEVELOPMENT_SCHEMES: Final = ("console", "file", "http", "aliyun+http", "tencent+http")
_SCHEMES: Final = ("https", "aliyun", "tencent", *_DEVELOPMENT_SCHEMES)
_CLOUDS: Final = ("aliyun", "tencent")
_MAX_WEIGHT: Final = 1000


@dataclass(frozen=True)
class SmsAddress:
    """Be one provider as the setting names it.

    ``kind`` is console, file, http, aliyun or tencent; ``url`` has no secrets and no options.
    """

    kind: str
    url: str
    key_id: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    receipt_token: str = field(default="", repr=False)
    weight: int = 0
    sign_name: str = ""
    app_id: str = ""
    region: str = ""
    has_receipts: bool = False
    templates: Mapping[str, str] = field(default_factory=dict)

    @property
    def lacks(self) -> list[str]:
        """Return what such a provider needs besides."""
        needed = {
            "console": (),
            "file": (),
            "http": ("secret",),
            "aliyun": ("key_id", "secret", "sign_name", "templates"),
            "tencent": ("key_id", "secret", "sign_name", "app_id", "templates"),
        }
        return [name for name in needed[self.kind] if not getattr(self, name)]


def read_address(text: str) -> SmsAddress:
    """Return what one address of ``NOTIFY_SMS_URLS`` says.

    ``https://host/path?secret=…`` is a generic signed service,
    ``aliyun://<key id>:<secret>@<host>?sign=…&<TEMPLATE>=SMS_1…`` and
    ``tencent://<secret id>:<secret key>@<host>?app=…&sign=…&region=…&<TEMPLATE>=…`` are clouds;
    each may have ``weight``, and ``receipt``, the token of its receipts.

    Raises:
        ValueError: it is none, or lacks something; no part of it is repeated.
    """
    parts = urlsplit(text)
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"must be addresses that begin with one of {', '.join(_SCHEMES)}")
    options = dict(parse_qsl(parts.query))
    address = SmsAddress(
        kind=_kind(parts),
        url=_plain(parts),
        key_id=unquote(parts.username or ""),
        secret=unquote(parts.password or "") or options.get("secret", ""),
        receipt_token=options.get("receipt", ""),
        weight=_weight(options.get("weight", "0")),
        sign_name=options.get("sign", ""),
        app_id=options.get("app", ""),
        region=options.get("region", "ap-guangzhou"),
        has_receipts=bool(options.get("receipt")),
        templates={name: value for name, value in options.items() if name.isupper()},
    )
    if address.lacks:
        raise ValueError(f"{address.kind} needs {', '.join(address.lacks)}")
    return address


def _kind(parts: SplitResult) -> str:
    name = parts.scheme.partition("+")[0]
    return "http" if name == "https" else name


def _plain(parts: SplitResult) -> str:
    if parts.scheme in {"console", "file"}:
        return unquote(parts.path)
    is_plain = parts.scheme.endswith("http")
    port = f":{parts.port}" if parts.port else ""
    if not parts.hostname:
        raise ValueError("an address without a host")
    return f"{'http' if is_plain else 'https'}://{parts.hostname}{port}{parts.path}"


def _weight(text: str) -> int:
    if not text.isdigit() or int(text) > _MAX_WEIGHT:
        raise ValueError(f"a weight is a whole number up to {_MAX_WEIGHT}")
    return int(text)


def _sms_urls(text: str) -> tuple[str, ...]:
    urls = tuple(text.split())
    for url in urls:
        read_address(url)
    return urls


def _host_names(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split())


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what notify can be told from outside."""

    service: ClassVar[str] = "notify"

    database_url: str = setting(
        "NOTIFY_DATABASE_URL",
        default="sqlite:///var/notify.db",
        parse=database_url,
        secret=False,
        help="database of messages",
    )
    sms_urls: tuple[str, ...] = setting(
        "NOTIFY_SMS_URLS",
        default=("console://",),
        parse=_sms_urls,
        secret=True,
        help="SMS providers, see “SMS” above: `https://…`, `aliyun://…`, `tencent://…`, "
        "`console://`, `file:<path>`; without weights the first is tried first",
    )
    sms_per_hour: int = setting(
        "NOTIFY_SMS_PER_HOUR",
        default=5,
        parse=positive,
        help="how many messages one phone gets in an hour",
    )
    sms_per_day: int = setting(
        "NOTIFY_SMS_PER_DAY",
        default=10,
        parse=positive,
        help="how many messages one phone gets in a day",
    )
    sms_interval_seconds: int = setting(
        "NOTIFY_SMS_INTERVAL_SECONDS",
        default=50,
        parse=positive,
        help="seconds between two codes to one phone; a little below the 60 that accounts keeps",
    )
    sms_circuit_floor: int = setting(
        "NOTIFY_SMS_CIRCUIT_FLOOR",
        default=300,
        parse=positive,
        help="messages in an hour that never open the circuit, however few there were before",
    )
    sms_slow_seconds: float = setting(
        "NOTIFY_SMS_SLOW_SECONDS",
        default=5.0,
        help="a provider that answers more slowly three times in a row loses its turn",
    )
    sms_timeout_seconds: float = setting(
        "NOTIFY_SMS_TIMEOUT_SECONDS",
        default=10.0,
        help="seconds to wait for a provider's answer; after that nobody knows if it was sent",
    )

    webhooks_per_owner: int = setting(
        "NOTIFY_WEBHOOKS_PER_OWNER",
        default=10,
        parse=positive,
        help="how many webhooks an enterprise, a bureau or the platform may have",
    )
    webhook_patience_hours: int = setting(
        "NOTIFY_WEBHOOK_PATIENCE_HOURS",
        default=120,
        parse=positive,
        help="hours in which a webhook may take nothing at all before it is disabled",
    )
    webhook_test_hosts: tuple[str, ...] = setting(
        "NOTIFY_WEBHOOK_TEST_HOSTS",
        default=(),
        parse=_host_names,
        development_only=True,
        help="hosts, blank-separated, that webhooks may reach by http and wherever they lie, "
        "for tests",
    )

    @property
    def sms_addresses(self) -> list[SmsAddress]:
        """Return the providers."""
        return [read_address(url) for url in self.sms_urls]

    @classmethod
    def _production_problems(cls, source: Mapping[str, str]) -> list[str]:
        problems = super()._production_problems(source)
        urls = source.get("NOTIFY_SMS_URLS", "console://").split()
        if any(urlsplit(url).scheme in _DEVELOPMENT_SCHEMES for url in urls):
            problems.append(
                "NOTIFY_SMS_URLS: console and file send nothing to phones, and http is read by all"
            )
        return problems
