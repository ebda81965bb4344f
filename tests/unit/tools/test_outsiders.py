"""tools.outsiders without a broker: what it asks rabbitmqctl for, and what when that fails."""

import json
import sys
from pathlib import Path

import pytest

from tools import outsiders
from tools.outsiders import Ctl, OutsiderError

# Stands for rabbitmqctl: notes how it was called, knows one user, fails when told to.
SCRIPT = """
import json, pathlib, sys
folder = pathlib.Path(sys.argv[1])
arguments, given = sys.argv[2:], sys.stdin.read()
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps([arguments, given]) + "\\n")
if arguments[1] == "list_users":
    print(json.dumps([{"user": "operator", "tags": ["administrator"]}]))
if arguments[1] == (folder / "fails").read_text():
    sys.exit("as told")
"""


@pytest.fixture
def ctl(tmp_path: Path) -> Ctl:
    script = tmp_path / "ctl.py"
    script.write_text(SCRIPT)
    (tmp_path / "fails").write_text("")
    return Ctl([sys.executable, str(script), str(tmp_path)])


def calls(folder: Path) -> list[tuple[list[str], str]]:
    lines = (folder / "calls").read_text().splitlines()
    return [(arguments[1:], given) for arguments, given in map(json.loads, lines)]


class TestAdd:
    def test_gives_no_right_but_to_read_the_stream(self, ctl: Ctl, tmp_path: Path) -> None:
        outsiders.add(ctl, "office")

        asked = [arguments for arguments, _ in calls(tmp_path)]
        assert ["set_permissions", "-p", "/", "office", "^$", "^$", r"^public\.events$"] in asked
        assert ["set_user_tags", "office", "outsider"] in asked

    def test_hands_the_password_over_where_nobody_sees_it(self, ctl: Ctl, tmp_path: Path) -> None:
        password = outsiders.add(ctl, "office")

        assert len(password) == 48
        assert (["add_user", "office"], f"{password}\n") in calls(tmp_path)
        assert not any(password in " ".join(arguments) for arguments, _ in calls(tmp_path))

    def test_leaves_no_half_made_user(self, ctl: Ctl, tmp_path: Path) -> None:
        (tmp_path / "fails").write_text("set_permissions")

        with pytest.raises(OutsiderError, match="as told"):
            outsiders.add(ctl, "office")

        assert calls(tmp_path)[-1][0] == ["delete_user", "office"]

    @pytest.mark.parametrize("name", ["ab", "-rf", "Office", "a b c", "büro"])
    def test_refuses_what_is_no_name(self, ctl: Ctl, name: str) -> None:
        with pytest.raises(OutsiderError, match="a name has"):
            outsiders.add(ctl, name)

    def test_leaves_a_user_alone_that_exists(self, ctl: Ctl, tmp_path: Path) -> None:
        with pytest.raises(OutsiderError, match="operator exists"):
            outsiders.add(ctl, "operator")

        assert [arguments[0] for arguments, _ in calls(tmp_path)] == ["list_users"]


class TestRemove:
    def test_touches_nobody_else(self, ctl: Ctl, tmp_path: Path) -> None:
        for change in (outsiders.remove, outsiders.renew):
            with pytest.raises(OutsiderError, match="no outsider"):
                change(ctl, "operator")

        assert {arguments[0] for arguments, _ in calls(tmp_path)} == {"list_users"}


class TestMain:
    def test_says_what_could_not_be_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert outsiders.main(["--ctl", "/nowhere/rabbitmqctl", "list"]) == 1
        assert "/nowhere/rabbitmqctl" in capsys.readouterr().err
