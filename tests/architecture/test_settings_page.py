"""The page for operators names every setting, as the code has it."""

import pytest

from chassis import config
from tools import settings_page


class TestSettingsPage:
    def test_is_fresh(self) -> None:
        assert settings_page.main(["--check"]) == 0

    def test_names_every_variable(self) -> None:
        page = settings_page.PAGE.read_text(encoding="utf-8")

        missing = [name for name in config.known_variables() if f"`{name}`" not in page]

        assert missing == []

    def test_a_page_without_a_place_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no place"):
            settings_page.with_table("# nothing here\n")
