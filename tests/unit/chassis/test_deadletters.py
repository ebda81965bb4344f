"""The command that lists, shows and replays dead letters."""

import json
from collections.abc import Callable

import pytest

from chassis import deadletters
from chassis.deadletters import Letter


class FakeLetters:
    """Hold letters in a list."""

    def __init__(self) -> None:
        self.letters = [
            Letter("a1", "search.handle_x", "boom", "e1", '{"id": "e1"}'),
            Letter("b2", "notify.send", "gone", "e2", "{}"),
        ]
        self.replayed: list[str] = []

    def list(self, handler: str | None = None, limit: int = 10) -> list[Letter]:
        return [one for one in self.letters if handler in (None, one.handler)][:limit]

    def replay(self, wanted: Callable[[Letter], bool]) -> int:
        self.replayed = [one.id for one in self.letters if wanted(one)]
        return len(self.replayed)


@pytest.fixture
def letters() -> FakeLetters:
    return FakeLetters()


def command(letters: FakeLetters, *arguments: str) -> tuple[int, str]:
    printed: list[str] = []
    code = deadletters.run(letters, deadletters.parse(arguments), printed.append)
    return code, "".join(printed)


class TestList:
    def test_names_them_all(self, letters: FakeLetters) -> None:
        code, text = command(letters, "list")

        assert code == 0
        assert "a1  search.handle_x  e1  boom" in text
        assert "2 dead letter(s)" in text

    def test_of_one_handler(self, letters: FakeLetters) -> None:
        _, text = command(letters, "list", "--handler", "notify.send")

        assert "a1" not in text
        assert "1 dead letter(s)" in text


class TestShow:
    def test_tells_everything(self, letters: FakeLetters) -> None:
        code, text = command(letters, "show", "a1")

        assert code == 0
        assert json.loads(text)["reason"] == "boom"

    def test_unknown_letter(self, letters: FakeLetters) -> None:
        assert command(letters, "show", "zz") == (1, "")


class TestReplay:
    def test_named_ones(self, letters: FakeLetters) -> None:
        assert command(letters, "replay", "b2") == (0, "1 replayed\n")
        assert letters.replayed == ["b2"]

    def test_all_of_one_handler(self, letters: FakeLetters) -> None:
        command(letters, "replay", "--all", "--handler", "search.handle_x")

        assert letters.replayed == ["a1"]

    def test_nothing_by_mistake(self, letters: FakeLetters) -> None:
        code, _ = command(letters, "replay")

        assert code == 2
        assert letters.replayed == []

    def test_unknown_letter(self, letters: FakeLetters) -> None:
        assert command(letters, "replay", "zz")[0] == 1
