"""Settings: declared once with type, default and help; read from the environment at start.

A service's ``config.py`` derives a frozen dataclass from `CommonSettings` and adds its own
variables with `setting`. ``python -m chassis.config`` prints them all as the table of
docs/operations.md.
"""

import dataclasses
import importlib
import os
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, Self

PRODUCTION: Final = "production"
# Stands for keys that everybody knows: working ones are derived from it, production refuses it.
DEVELOPMENT_KEY: Final = "development"
SERVICES: Final = ("accounts", "registry", "standards", "search", "notify")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off", ""})


class ConfigError(Exception):
    """List everything that is wrong with the settings, at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


@dataclass(frozen=True)
class Variable:
    """Describe one environment variable."""

    name: str
    type: str
    default: str | None
    help: str
    is_secret: bool
    services: tuple[str, ...]


def setting(  # noqa: PLR0913 - each says one thing about the variable
    name: str,
    *,
    default: Any = MISSING,  # noqa: ANN401 - a value of the field's type, or its text
    help: str,  # noqa: A002 - reads as in argparse
    secret: bool = False,
    development_only: bool = False,
    parse: Callable[[str], Any] | None = None,
) -> Any:  # noqa: ANN401 - stands where a dataclass wants a value
    """Declare one setting; ``{SERVICE}`` in the name stands for the service's name in capitals.

    ``parse`` turns the text into the value and raises ValueError, whose text is shown, when it
    cannot. ``secret`` ones are not printed, and their default is refused in production;
    ``development_only`` ones must not be set there at all.
    """
    details = {
        "name": name,
        "help": help,
        "secret": secret,
        "development_only": development_only,
        "parse": parse,
    }
    return dataclasses.field(default=default, metadata=details, kw_only=True, repr=not secret)


def database_url(text: str) -> str:
    """Return the URL when its driver is one we can use.

    Raises:
        ValueError: the driver is unknown, or would stop all green threads (psycopg 3, which
            ``postgresql://`` means to SQLAlchemy).
    """
    if text.startswith(("sqlite:///", "postgresql+psycopg2://")):
        return text
    raise ValueError("must begin with sqlite:/// or postgresql+psycopg2://")


def choice(*allowed: str) -> Callable[[str], str]:
    """Return a parser that takes one of a few words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text

    return parse


def positive(text: str) -> int:
    """Return a whole number above zero.

    Raises:
        ValueError: it is none.
    """
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ValueError("must be a whole number above 0")
    return int(text)


@dataclass(frozen=True)
class CommonSettings:
    """Hold what every service and the gateway share."""

    service: ClassVar[str] = ""
    unused: ClassVar[frozenset[str]] = frozenset()
    """Names of settings of this class that a service has no use for: it neither reads nor wants
    them, least of all keys."""

    environment: str = setting(
        "ENVIRONMENT",
        default="development",
        parse=choice("development", "test", PRODUCTION),
        help="`production` refuses default keys and everything made for tests",
    )
    bus_url: str = setting(
        "BUS_URL",
        default="inprocess://",
        secret=False,
        help="`inprocess://`, or `amqp://user:password@host:5672/vhost`, several separated by `;`",
    )
    storage_url: str = setting(
        "STORAGE_URL",
        default="file://./var/blobs",
        help="where files are kept: `file://<folder>` or `s3://KEY:SECRET@bucket?endpoint=https://…`",
    )
    upload_max_bytes: int = setting(
        "UPLOAD_MAX_BYTES", default=52_428_800, parse=positive, help="largest file taken"
    )
    data_dir: Path = setting(
        "DATA_DIR", default=Path("var"), help="folder of the process's own files"
    )
    log_level: str = setting(
        "LOG_LEVEL",
        default="INFO",
        parse=choice("DEBUG", "INFO", "WARNING", "ERROR"),
        help="least important message that is written",
    )
    crypto: str = setting(
        "CRYPTO",
        default="standard",
        parse=choice("standard", "sm"),
        help="`standard` (AES-GCM, HMAC-SHA-256) or `sm` (SM4-GCM, HMAC-SM3)",
    )
    data_keys: str = setting(
        "DATA_KEYS",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="keys of personal data at rest: `id:base64`, separated by `,`, the current one first",
    )
    index_key: str = setting(
        "INDEX_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="key of the blind index of personal data, base64",
    )
    seal_keys: str = setting(
        "SEAL_KEYS",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="keys of what travels sealed: `id:base64`, separated by `,`, the current one first",
    )
    signing_key: str = setting(
        "{SERVICE}_SIGNING_KEY",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="Ed25519 private key that signs the actor tokens of the service, base64",
    )
    actor_public_keys: str = setting(
        "ACTOR_PUBLIC_KEYS",
        default=DEVELOPMENT_KEY,
        secret=True,
        help="Ed25519 public keys that verify actor tokens: `service:base64`, separated by `,`",
    )
    max_workers: int = setting(
        "{SERVICE}_MAX_WORKERS",
        default=50,
        parse=positive,
        help="how many calls and events the service works on at the same time",
    )
    stop_seconds: float = setting(
        "STOP_SECONDS", default=15.0, help="how long a stopping process finishes its work"
    )
    ops_port: int = setting(
        "OPS_PORT", default=0, help="port of /livez, /readyz and /metrics; 0 takes a free one"
    )
    ops_host: str = setting(
        "OPS_HOST",
        default="127.0.0.1",
        help="address of /livez, /readyz and /metrics; `0.0.0.0` lets other machines ask",
    )
    clock_offset_file: Path | None = setting(
        "CLOCK_OFFSET_FILE",
        default=None,
        development_only=True,
        help="file with the seconds by which time is moved, for tests",
    )
    fault: str = setting(
        "FAULT",
        default="",
        development_only=True,
        help="fail points, for tests: `point:action:probability`, separated by `,`",
    )

    retry_scale: float = setting(
        "RETRY_SCALE",
        default=1.0,
        development_only=True,
        help="factor of all waits of the retry ladder, for tests",
    )

    @property
    def is_production(self) -> bool:
        """Say whether this is the real thing."""
        return self.environment == PRODUCTION

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Return the settings that the environment gives.

        Raises:
            ConfigError: with every mistake found.
        """
        source = os.environ if environ is None else environ
        problems: list[str] = []
        values = {
            declared.name: _read(declared, kind, cls.service, source, problems)
            for declared, kind in _declared(cls)
        }
        if source.get("ENVIRONMENT") == PRODUCTION:
            problems += cls._production_problems(source)
        if problems:
            raise ConfigError(problems)
        return cls(**values)

    @classmethod
    def variables(cls) -> list[Variable]:
        """Return the environment variables that this class reads."""
        return [_describe(declared, kind, cls.service) for declared, kind in _declared(cls)]

    @classmethod
    def _production_problems(cls, source: Mapping[str, str]) -> list[str]:
        problems = []
        for declared, _kind in _declared(cls):
            name = _name(declared, cls.service)
            text = source.get(name, "")
            if declared.metadata["development_only"] and text:
                problems.append(f"{name}: refused when ENVIRONMENT=production")
            is_default = not text or text == _show(declared.default)
            if declared.metadata["secret"] and is_default and declared.default is not MISSING:
                problems.append(f"{name}: the default is known to everybody; set it in production")
        return problems


def known_variables() -> dict[str, Variable]:
    """Return every environment variable of all services and the gateway, by name."""
    known: dict[str, Variable] = {}
    for package in (*(f"services.{name}" for name in SERVICES), "gateway"):
        for variable in _settings_of(package).variables():
            earlier = known.get(variable.name)
            services = (*(earlier.services if earlier else ()), *variable.services)
            known[variable.name] = dataclasses.replace(variable, services=services)
    return known


def documentation() -> str:
    """Return the table of all settings for docs/operations.md."""
    known = known_variables()
    everyone = len(SERVICES) + 1
    lines = ["| variable | read by | type | default | meaning |", "| --- | --- | --- | --- | --- |"]
    for name in sorted(known):
        variable = known[name]
        readers = "all" if len(variable.services) == everyone else ", ".join(variable.services)
        default = "**required**" if variable.default is None else f"`{variable.default}`"
        lines.append(
            f"| `{name}` | {readers} | {variable.type} | {'' if default == '``' else default} "
            f"| {variable.help}{' (secret)' if variable.is_secret else ''} |"
        )
    return "\n".join(lines) + "\n"


def _settings_of(package: str) -> type[CommonSettings]:
    settings: type[CommonSettings] = importlib.import_module(f"{package}.config").Settings
    return settings


def _declared(cls: type[CommonSettings]) -> list[tuple["dataclasses.Field[Any]", Any]]:
    kinds = typing.get_type_hints(cls)
    return [
        (declared, kinds[declared.name])
        for declared in dataclasses.fields(cls)
        if "name" in declared.metadata and declared.metadata["name"] not in cls.unused
    ]


def _name(declared: "dataclasses.Field[Any]", service: str) -> str:
    return str(declared.metadata["name"]).replace("{SERVICE}", service.upper())


def _read(
    declared: "dataclasses.Field[Any]",
    kind: Any,  # noqa: ANN401 - a type or a union
    service: str,
    source: Mapping[str, str],
    problems: list[str],
) -> Any:  # noqa: ANN401 - of the declared type
    name = _name(declared, service)
    text = source.get(name, "").strip()
    if not text:
        if declared.default is MISSING:
            problems.append(f"{name}: is required: {declared.metadata['help']}")
            return None
        return declared.default
    try:
        return (declared.metadata["parse"] or _parser(kind))(text)
    except ValueError as error:
        # The value itself is not repeated: it may be a secret.
        problems.append(f"{name}: {error}")
        return None


def _parser(kind: Any) -> Callable[[str], Any]:  # noqa: ANN401 - a type or a union
    return _PARSERS[_plain(kind)]


def _plain(kind: Any) -> Any:  # noqa: ANN401 - a type or a union
    """Return the type that a text is turned into: ``Path`` of ``Path | None``."""
    if kind in _PARSERS:
        return kind
    return next(part for part in typing.get_args(kind) if part is not type(None))


def _parse_bool(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("must be 1 or 0")


def _parse_number(kind: type[int] | type[float], what: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            return kind(text)
        except ValueError:
            raise ValueError(f"must be {what}") from None

    return parse


def _parse_seconds(text: str) -> timedelta:
    return timedelta(seconds=_parse_number(float, "a number of seconds")(text))


_PARSERS: Final[dict[Any, Callable[[str], Any]]] = {
    str: str,
    Path: Path,
    bool: _parse_bool,
    int: _parse_number(int, "a whole number"),
    float: _parse_number(float, "a number"),
    timedelta: _parse_seconds,
    tuple[str, ...]: lambda text: tuple(text.split()),
}


def _describe(declared: "dataclasses.Field[Any]", kind: Any, service: str) -> Variable:  # noqa: ANN401
    plain = _plain(kind)
    labels = {tuple[str, ...]: "words", timedelta: "seconds", Path: "path"}
    return Variable(
        name=_name(declared, service),
        type=labels.get(plain, getattr(plain, "__name__", str(plain))),
        default=None if declared.default is MISSING else _show(declared.default),
        help=declared.metadata["help"],
        is_secret=declared.metadata["secret"],
        services=(service or "gateway",),
    )


def _show(default: Any) -> str:  # noqa: ANN401 - of the declared type
    if default is None:
        return ""
    if isinstance(default, bool):
        return str(int(default))
    if isinstance(default, timedelta):
        return f"{default.total_seconds():g}"
    if isinstance(default, tuple):
        return " ".join(default)
    return str(default)


if __name__ == "__main__":
    sys.stdout.write(documentation())
