"""docker-compose.yml fits the tree, the settings and the Dockerfile."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis import config
from tools import make_env

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("accounts", "registry", "standards", "search", "notify", "gateway")
VARIABLE = re.compile(r"\$\{(\w+)(:?[?-][^}]*)?\}")
# Read by the images of other makers, or by compose itself.
FOREIGN = {"POSTGRES_PASSWORD", "SITE_ADDRESS", "SITE_PORT"}
SECRET = re.compile(r"PASSWORD|_KEYS?$")


def texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for entry in value.values() for text in texts(entry)]
    if isinstance(value, list):
        return [text for entry in value for text in texts(entry)]
    return [str(value)]


class TestParts:
    def test_every_service_of_the_tree_is_there(self) -> None:
        folders = {path.parent.name for path in (ROOT / "services").glob("*/__main__.py")}

        assert folders <= set(PARTS)
        assert set(OURS) <= set(PARTS)

    def test_there_are_several_gateways_behind_the_door(self) -> None:
        assert PARTS["gateway"]["deploy"]["replicas"] == 2
        assert "ports" not in PARTS["gateway"]
        assert [name for name, part in PARTS.items() if "ports" in part] == ["nginx"]

    @pytest.mark.parametrize("name", OURS)
    def test_can_be_scaled(self, name: str) -> None:
        part = PARTS[name]

        assert not {"container_name", "ports", "hostname"} & set(part)
        networks = part["networks"]
        assert isinstance(networks, list), "no fixed address"

    @pytest.mark.parametrize("name", [*OURS, "prepare"])
    def test_is_built_for_its_service(self, name: str) -> None:
        build = PARTS[name]["build"]

        assert build["args"]["SERVICE"] == ("all" if name == "prepare" else name)
        assert build.get("target", "service") == ("gateway" if name == "gateway" else "service")

    @pytest.mark.parametrize("name", OURS)
    def test_starts_after_migration_and_topology(self, name: str) -> None:
        condition = PARTS[name]["depends_on"]["prepare"]["condition"]

        assert condition == "service_completed_successfully"
        assert PARTS["prepare"]["command"] == ["python", "-m", "chassis.runner", "prepare"]

    @pytest.mark.parametrize("name", [*OURS, "prepare"])
    def test_may_do_little(self, name: str) -> None:
        part = PARTS[name]

        assert part["read_only"] is True
        assert part["cap_drop"] == ["ALL"]
        assert part["security_opt"] == ["no-new-privileges:true"]

    @pytest.mark.parametrize("name", sorted(PARTS))
    def test_images_have_a_version(self, name: str) -> None:
        image = PARTS[name]["image"]

        assert re.search(r":\d+(\.\d+)*(-[a-z0-9]+)?$", image), image

    @pytest.mark.parametrize("name", sorted(set(PARTS) - {"prepare"}))
    def test_tells_its_health(self, name: str) -> None:
        check = " ".join(PARTS[name]["healthcheck"]["test"])

        paths = re.findall(r":\d+(/[\w/]+)", check)
        assert set(paths) <= {"/livez", "/readyz"}
        if name in OURS:
            assert paths == ["/livez"]

    def test_files_that_are_mounted_exist(self) -> None:
        mounts = [text for part in PARTS.values() for text in texts(part.get("volumes", []))]

        for mount in mounts:
            source, _, rest = mount.partition(":")
            if source.startswith("."):
                assert (ROOT / source).is_file(), mount
                assert rest.endswith(":ro")
            else:
                assert source in COMPOSE["volumes"]


class TestSettings:
    @pytest.mark.parametrize("name", [*OURS, "prepare"])
    def test_every_variable_is_a_setting(self, name: str) -> None:
        assert set(PARTS[name]["environment"]) <= set(config.known_variables())

    @pytest.mark.parametrize("name", OURS)
    def test_reads_no_other_service_s_variables(self, name: str) -> None:
        others = {other.upper() for other in OURS if other != name}

        assert not [
            variable for variable in PARTS[name]["environment"] if variable.split("_")[0] in others
        ]

    @pytest.mark.parametrize("name", [*OURS, "prepare"])
    def test_production_accepts_them(self, name: str) -> None:
        given = make_env.values("site.example", "https://sms.example/send?secret=s")
        environ = {
            variable: VARIABLE.sub(lambda match: resolve(match, given), str(value))
            for variable, value in PARTS[name]["environment"].items()
        }

        for reader in OURS if name == "prepare" else [name]:
            package = "gateway" if reader == "gateway" else f"services.{reader}"
            settings = importlib.import_module(f"{package}.config").Settings.from_env(environ)

            assert settings.is_production
            user = "operator" if name == "prepare" else name
            assert settings.bus_url.startswith(f"amqp://{user}:")

    def test_secrets_have_no_default(self) -> None:
        for text in texts(COMPOSE):
            for variable, rest in VARIABLE.findall(text):
                if SECRET.search(variable):
                    assert not rest.startswith((":-", "-")), variable

    def test_each_is_demanded_somewhere_or_has_a_default(self) -> None:
        found = [match for text in texts(COMPOSE) for match in VARIABLE.findall(text)]
        safe = {variable for variable, rest in found if rest}

        assert {variable for variable, _ in found} == safe

    def test_make_env_writes_all_that_is_demanded(self) -> None:
        found = [match for text in texts(COMPOSE) for match in VARIABLE.findall(text)]
        demanded = {variable for variable, rest in found if "?" in rest[:2]}

        assert demanded == set(make_env.values("", ""))

    @pytest.mark.parametrize("name", OURS)
    def test_has_a_user_of_its_own_everywhere(self, name: str) -> None:
        environment = PARTS[name]["environment"]

        assert environment["BUS_URL"].startswith(f"amqp://{name}:${{{name.upper()}_BUS_PASSWORD}}")
        if name != "gateway":
            url = environment[f"{name.upper()}_DATABASE_URL"]
            assert url.startswith(f"postgresql+psycopg2://{name}:")
            assert url.endswith(f"/{name}")


class TestDeploy:
    def test_the_database_script_knows_every_service(self) -> None:
        script = (ROOT / "deploy/postgres/10-databases.sh").read_text(encoding="utf-8")
        databases = re.search(r"for service in ([a-z ]+); do", script)

        assert databases is not None
        assert set(databases[1].split()) == set(OURS) - {"gateway"}

    def test_the_proxy_that_is_believed_has_that_address(self) -> None:
        address = PARTS["nginx"]["networks"]["front"]["ipv4_address"]

        assert PARTS["gateway"]["environment"]["GATEWAY_TRUSTED_PROXIES"] == address

    def test_scripts_can_be_run(self) -> None:
        for script in ("deploy/postgres/10-databases.sh", "deploy/rabbitmq/start.sh"):
            assert (ROOT / script).stat().st_mode & 0o111


def resolve(match: re.Match[str], given: dict[str, str]) -> str:
    variable, rest = match[1], match[2] or ""
    if variable in given:
        return given[variable]
    assert rest.startswith(":-"), variable
    return rest[2:]
