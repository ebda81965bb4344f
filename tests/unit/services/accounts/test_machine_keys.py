"""The shape of machine keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.accounts.domain import machine_keys


class TestKeys:
    def test_are_told_from_everything_else(self) -> None:
        keys = {machine_keys.new_key() for _ in range(100)}

        assert len(keys) == 100
        assert all(machine_keys.is_key(key) for key in keys)
        assert {len(key) for key in keys} == {42}

    @given(place=st.integers(4, 41), character=st.sampled_from("aZ5"))
    def test_one_wrong_character_is_seen(self, place: int, character: str) -> None:
        key = machine_keys.PREFIX + "A" * 32
        key += machine_keys._checksum("A" * 32)
        wrong = key[:place] + character + key[place + 1 :]

        assert machine_keys.is_key(wrong) is (wrong == key)

    @pytest.mark.parametrize(
        "text", ["", "qbk_", "qbk_" + "é" * 38, "QBK_" + "A" * 38, "qbk_" + "A" * 38 + "\n"]
    )
    def test_others_are_none(self, text: str) -> None:
        assert not machine_keys.is_key(text)

    def test_are_recognised_by_their_beginning(self) -> None:
        key = machine_keys.new_key()

        assert machine_keys.start_of(key) == key[:12]
