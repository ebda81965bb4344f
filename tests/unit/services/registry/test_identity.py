"""Identity numbers: two forms of the resident ID, and documents of others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from services.registry.domain import identity
from services.registry.domain.identity import IdNumberType
from services.registry.domain.matching import IdIndexes, same_id_number

BODIES = st.from_regex(
    r"[1-9][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True
)


def long_number(body: str) -> str:
    return body + str(mod_11_2.calc_check_digit(body))


def indexes(number: str) -> IdIndexes:
    return IdIndexes(
        full=number, short=identity.short_form(number), is_short_form=identity.is_short_form(number)
    )


class TestForms:
    @pytest.mark.proves("R-029")
    @given(BODIES)
    def test_either_form_stands_for_the_other(self, body: str) -> None:
        """手册 FAQ 4."""
        number = long_number(body)
        short = number[:6] + number[8:17]

        assert identity.short_form(number) == identity.short_form(short) == short
        assert same_id_number(indexes(short), indexes(number))
        assert same_id_number(indexes(number), indexes(short))
        assert same_id_number(indexes(number), indexes(number))

    def test_two_long_ones_that_share_the_short_form_differ(self) -> None:
        old, young = long_number("37032119050101001"), long_number("37032120050101001")

        assert identity.short_form(old) == identity.short_form(young)
        assert not same_id_number(indexes(old), indexes(young))

    def test_passports_are_compared_as_they_are(self) -> None:
        assert same_id_number(indexes("E12345678"), indexes("E12345678"))
        assert not same_id_number(indexes("E12345678"), indexes("E12345679"))
        assert not same_id_number(indexes("370321650101001"), indexes("E12345679"))

    def test_folding(self) -> None:
        assert identity.fold_id_number(" １１０１０１ 19900101001ｘ ") == "11010119900101001X"


class TestAcceptable:
    @given(BODIES)
    def test_resident_id_needs_its_check_character(self, body: str) -> None:
        number = long_number(body)
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")

        assert identity.is_acceptable(number, IdNumberType.RESIDENT_ID)
        assert not identity.is_acceptable(wrong, IdNumberType.RESIDENT_ID)

    @pytest.mark.parametrize(
        "number", ["370321196501010012", "370303196001010013", "110228196001010017"]
    )
    def test_of_people_older_than_their_county(self, number: str) -> None:
        """County codes change over a life time; they are not looked up."""
        assert identity.is_acceptable(number, IdNumberType.RESIDENT_ID)

    @pytest.mark.parametrize(
        ("number", "kind", "is_good"),
        [
            ("130503670401001", IdNumberType.RESIDENT_ID, True),
            ("13050367040100", IdNumberType.RESIDENT_ID, False),
            ("H12345678", IdNumberType.TRAVEL_PERMIT, True),
            ("E12345678", IdNumberType.PASSPORT, True),
            ("E123", IdNumberType.PASSPORT, False),
            ("护照", IdNumberType.PASSPORT, False),
        ],
    )
    def test_by_type(self, number: str, kind: IdNumberType, *, is_good: bool) -> None:
        assert identity.is_acceptable(number, kind) is is_good

    @pytest.mark.parametrize(
        ("number", "kind"),
        [
            ("370321196501010012", IdNumberType.RESIDENT_ID),
            ("370321650101001", IdNumberType.RESIDENT_ID),
            ("H12345678", IdNumberType.TRAVEL_PERMIT),
            ("12345678", IdNumberType.TRAVEL_PERMIT),
            ("E12345678", IdNumberType.PASSPORT),
        ],
    )
    def test_type_is_guessed(self, number: str, kind: IdNumberType) -> None:
        assert identity.guess_type(number) is kind
