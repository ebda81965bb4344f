"""Settings of standards; the only module here that reads the environment."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Final

from chassis.config import DEVELOPMENT_KEY, CommonSettings, database_url, positive, setting

# The seven fields of a product (手册 4.1), as requests name them.
_PRODUCT_FIELDS: Final = (
    "name",
    "generic_name",
    "barcode",
    "brand",
    "specification",
    "model",
    "class_code",
)
_KINDS: Final = ("NATIONAL", "INDUSTRY", "LOCAL", "GROUP", "ENTERPRISE")
_BARCODE_RULES: Final = {"warn": "WARN", "refuse": "REFUSE"}


def _product_fields(text: str) -> tuple[str, ...]:
    names = tuple(text.split())
    unknown = [name for name in names if name not in _PRODUCT_FIELDS]
    if unknown:
        raise ValueError("must be fields of a product: " + ", ".join(_PRODUCT_FIELDS))
    return names


def _kinds(text: str) -> tuple[str, ...]:
    names = tuple(text.upper().split())
    unknown = [name for name in names if name not in _KINDS]
    if unknown:
        raise ValueError("must be kinds of standard: " + ", ".join(_KINDS))
    return names


def _barcode_rule(text: str) -> str:
    if text not in _BARCODE_RULES:
        raise ValueError("must be warn or refuse")
    return _BARCODE_RULES[text]


def _time_of_day(text: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError("must be a time of day such as 03:15")
    return text


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Hold what standards can be told from outside."""

    service: ClassVar[str] = "standards"

    database_url: str = setting(
        "STANDARDS_DATABASE_URL",
        default="sqlite:///var/standards.db",
        parse=database_url,
        secret=False,
        help="database of declarations, uploads and the public log",
    )
    required_product_fields: tuple[str, ...] = setting(
        "STANDARDS_REQUIRED_PRODUCT_FIELDS",
        default=("name", "model", "class_code"),
        parse=_product_fields,
        help="product fields without which nothing can be published",
    )
    barcode_rule: str = setting(
        "STANDARDS_BARCODE_RULE",
        default="WARN",
        parse=_barcode_rule,
        help="what a barcode with a wrong check digit leads to: `warn` or `refuse`",
    )
    requires_test_method: bool = setting(
        "STANDARDS_REQUIRES_TEST_METHOD",
        default=True,
        help="whether every indicator needs a test method before it can be submitted",
    )
    regional_rules: Path | None = setting(
        "STANDARDS_REGIONAL_RULES",
        default=None,
        help="JSON or CSV file with what regions ask of the numbers of enterprise standards",
    )
    withdrawable_kinds: tuple[str, ...] = setting(
        "STANDARDS_WITHDRAWABLE_KINDS",
        default=("ENTERPRISE",),
        parse=_kinds,
        help="kinds of standard that can be withdrawn (废止, 停止执行)",
    )
    review_days: int = setting(
        "STANDARDS_REVIEW_DAYS",
        default=730,
        parse=positive,
        help="days after a publication, or the last answer, until is asked whether it goes on",
    )
    review_repeat_days: int = setting(
        "STANDARDS_REVIEW_REPEAT_DAYS",
        default=30,
        parse=positive,
        help="days until that is asked again",
    )
    review_repeats: int = setting(
        "STANDARDS_REVIEW_REPEATS",
        default=3,
        parse=positive,
        help="how often is asked again before the public sees that there is no answer",
    )
    upload_seconds: timedelta = setting(
        "STANDARDS_UPLOAD_SECONDS",
        default=timedelta(hours=24),
        help="how long an uploaded file waits for its declaration",
    )
    uploads_per_hour: int = setting(
        "STANDARDS_UPLOADS_PER_HOUR",
        default=60,
        parse=positive,
        help="how many files one enterprise may upload in an hour",
    )
    snapshot_time: str = setting(
        "STANDARDS_SNAPSHOT_TIME",
        default="03:15",
        parse=_time_of_day,
        help="when, in Beijing, the nightly snapshot of everything public is made: `hh:mm`",
    )
    snapshot_days: int = setting(
        "STANDARDS_SNAPSHOT_DAYS",
        default=30,
        parse=positive,
        help="days that snapshots and deltas are kept; the newest two always are",
    )
    log_key: str = setting(
        "STANDARDS_LOG_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="Ed25519 key that signs the heads of the Merkle log: `id:base64` of its 32 bytes",
    )
    log_old_keys: str = setting(
        "STANDARDS_LOG_OLD_KEYS",
        default="",
        help="public keys that signed heads before, for ever: `id:base64`, separated by `,`",
    )
