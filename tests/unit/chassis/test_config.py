"""Settings: all mistakes at once, and nothing known to everybody in production."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

import pytest

from chassis import config
from chassis.config import CommonSettings, ConfigError, database_url, setting


@dataclass(frozen=True)
class Settings(CommonSettings):
    service: ClassVar[str] = "shop"

    database_url: str = setting(
        "SHOP_DATABASE_URL",
        default="sqlite:///var/shop.db",
        parse=database_url,
        help="database of the shop",
    )
    window: timedelta = setting("SHOP_SECONDS", default=timedelta(minutes=5), help="how long")
    is_open: bool = setting("SHOP_OPEN", default=True, help="whether")
    urls: tuple[str, ...] = setting("SHOP_URLS", default=("console://",), help="where")
    pin: str = setting("SHOP_PIN", default="0000", secret=True, help="key")


@dataclass(frozen=True)
class StrictSettings(CommonSettings):
    owner: str = setting("SHOP_OWNER", help="who owns it")


KEYS = dict.fromkeys(
    (
        "DATA_KEYS",
        "INDEX_KEY",
        "SEAL_KEYS",
        "SHOP_SIGNING_KEY",
        "ACTOR_PUBLIC_KEYS",
        "SHOP_PIN",
    ),
    "real",
)
PRODUCTION = {"ENVIRONMENT": "production", **KEYS}


class TestFromEnv:
    def test_has_defaults_that_run_embedded(self) -> None:
        settings = Settings.from_env({})

        assert settings.bus_url == "inprocess://"
        assert settings.database_url == "sqlite:///var/shop.db"
        assert settings.data_dir == Path("var")
        assert settings.clock_offset_file is None
        assert not settings.is_production

    def test_reads_each_type(self) -> None:
        settings = Settings.from_env(
            {
                "SHOP_SECONDS": "1.5",
                "SHOP_OPEN": "no",
                "SHOP_URLS": "a://x  b://y",
                "SHOP_MAX_WORKERS": " 7 ",
                "CLOCK_OFFSET_FILE": "var/offset",
                "STOP_SECONDS": "2.5",
            }
        )

        assert settings.window == timedelta(seconds=1.5)
        assert settings.is_open is False
        assert settings.urls == ("a://x", "b://y")
        assert settings.max_workers == 7
        assert settings.clock_offset_file == Path("var/offset")
        assert settings.stop_seconds == 2.5

    def test_tells_all_mistakes_at_once(self) -> None:
        environ = {
            "SHOP_DATABASE_URL": "postgresql://u:geheim@h/d",
            "SHOP_SECONDS": "soon",
            "SHOP_OPEN": "perhaps",
            "SHOP_MAX_WORKERS": "0",
            "OPS_PORT": "x",
            "LOG_LEVEL": "LOUD",
        }

        with pytest.raises(ConfigError) as caught:
            Settings.from_env(environ)

        named = {problem.partition(":")[0] for problem in caught.value.problems}
        assert named == set(environ)
        assert "geheim" not in str(caught.value)

    def test_asks_for_what_has_no_default(self) -> None:
        with pytest.raises(ConfigError, match="SHOP_OWNER"):
            StrictSettings.from_env({"SHOP_OWNER": ""})

    @pytest.mark.parametrize(
        "url", ["postgresql://h/d", "postgresql+psycopg://h/d", "mysql://h/d", "sqlite://"]
    )
    def test_refuses_drivers_that_stop_green_threads(self, url: str) -> None:
        with pytest.raises(ConfigError, match="SHOP_DATABASE_URL"):
            Settings.from_env({"SHOP_DATABASE_URL": url})


class TestProduction:
    def test_takes_real_keys(self) -> None:
        assert Settings.from_env(PRODUCTION).is_production

    @pytest.mark.parametrize("name", sorted(KEYS))
    @pytest.mark.parametrize("is_set", [False, True])
    def test_refuses_keys_that_everybody_knows(self, name: str, *, is_set: bool) -> None:
        default = "0000" if name == "SHOP_PIN" else "development"
        value = default if is_set else ""

        with pytest.raises(ConfigError, match=name):
            Settings.from_env({**PRODUCTION, name: value})

    @pytest.mark.parametrize("name", ["FAULT", "CLOCK_OFFSET_FILE"])
    def test_refuses_what_is_made_for_tests(self, name: str) -> None:
        with pytest.raises(ConfigError, match=name):
            Settings.from_env({**PRODUCTION, name: "x:raise:1"})


class TestSecrets:
    def test_are_not_shown(self) -> None:
        settings = Settings.from_env({"SHOP_PIN": "geheim", "DATA_KEYS": "1:geheim"})

        assert "geheim" not in repr(settings)


class TestVariables:
    def test_describe_themselves(self) -> None:
        variables = {variable.name: variable for variable in Settings.variables()}

        assert variables["SHOP_SECONDS"].type == "seconds"
        assert variables["SHOP_SECONDS"].default == "300"
        assert variables["SHOP_URLS"].default == "console://"
        assert variables["SHOP_OPEN"].default == "1"
        assert variables["SHOP_PIN"].is_secret
        assert variables["CLOCK_OFFSET_FILE"].type == "path"
        assert variables["SHOP_SIGNING_KEY"].services == ("shop",)

    def test_without_default_say_so(self) -> None:
        (owner,) = [v for v in StrictSettings.variables() if v.name == "SHOP_OWNER"]

        assert owner.default is None


class TestKnownVariables:
    def test_cover_every_service_and_the_gateway(self) -> None:
        known = config.known_variables()

        assert {f"{name.upper()}_DATABASE_URL" for name in config.SERVICES} <= set(known)
        assert set(known["BUS_URL"].services) == {*config.SERVICES, "gateway"}
        assert all(variable.help for variable in known.values())

    def test_make_a_table_with_a_row_each(self) -> None:
        lines = config.documentation().splitlines()

        assert len(lines) == len(config.known_variables()) + 2
        assert all(line.count("|") == lines[0].count("|") for line in lines)
