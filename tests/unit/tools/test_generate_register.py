"""tools.generate_register: national proportions, the same for the same seed, any part of it."""

import itertools
import json
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from services.registry.domain import codes
from services.search.domain.documents import read_document, read_standing
from services.standards.domain import products
from tools.generate_register import (
    NATIONAL_DECLARATIONS,
    NATIONAL_ENTERPRISES,
    NATIONAL_PRODUCTS,
    Plan,
    Publication,
    Register,
    read_words,
)
from tools.generate_register.__main__ import main

REGISTER = Register(Plan(declarations=20_000))


@pytest.fixture(scope="module")
def publications() -> list[Publication]:
    return list(REGISTER.publications())


class TestRegister:
    def test_is_the_same_for_the_same_seed(self) -> None:
        plan = Plan(declarations=50)
        other = replace(plan, seed=2)

        assert list(Register(plan).publications()) == list(Register(plan).publications())
        assert list(Register(plan).publications()) != list(Register(other).publications())

    def test_gives_any_part_as_it_is_in_the_whole(self, publications: list[Publication]) -> None:
        part = list(REGISTER.publications(1_990, 2_010))

        assert part == publications[1_990:2_010]
        assert list(REGISTER.publications(19_999)) == publications[-1:]

    def test_has_national_proportions(self, publications: list[Publication]) -> None:
        products_made = sum(len(entry.document["products"]) for entry in publications)

        assert Plan().enterprises == NATIONAL_ENTERPRISES
        assert products_made / len(publications) == pytest.approx(
            NATIONAL_PRODUCTS / NATIONAL_DECLARATIONS, rel=0.03
        )
        assert REGISTER.plan.enterprises == 2_953
        kinds = Counter(entry.document["kind"] for entry in publications)
        assert set(kinds) == {"ENTERPRISE", "NATIONAL", "INDUSTRY", "LOCAL", "GROUP"}
        assert {entry.state for entry in publications} == {"PUBLISHED", "WITHDRAWN"}
        modes = Counter(entry.document["disclosure_mode"] for entry in publications)
        assert modes["FULL_TEXT"] > modes["INDICATORS"] > modes["NONE"] > 0

    def test_goes_forward_in_time_and_repeats_no_number(
        self, publications: list[Publication]
    ) -> None:
        times = [entry.document["published_at"] for entry in publications]

        assert all(first <= second for first, second in itertools.pairwise(times))
        assert len({entry.declaration_id for entry in publications}) == len(publications)
        assert len({entry.document["record_number"] for entry in publications}) == len(publications)

    def test_some_words_are_common_and_most_are_rare(self, publications: list[Publication]) -> None:
        titles = Counter(entry.document["title"] for entry in publications).most_common()

        assert titles[0][1] > 20 * titles[len(titles) // 2][1]

    def test_has_codes_with_right_check_characters(self, publications: list[Publication]) -> None:
        for entry in publications[:500]:
            enterprise = entry.document["enterprise"]
            assert codes.is_credit_code(enterprise["credit_code"])
            assert codes.is_organization_code(enterprise["organization_code"])
            for product in entry.document["products"]:
                if product["barcode"]:
                    assert products.is_barcode(product["barcode"])
                    assert product["barcode"].startswith("2")

    def test_can_be_indexed(self, publications: list[Publication]) -> None:
        for entry in publications[:300]:
            current = entry.as_current_version()
            assert current["sha256"] == sha256(current["document"].encode()).hexdigest()
            read = read_document(
                declaration_id=entry.declaration_id,
                sequence=current["sequence"],
                text=current["document"],
                sha256=current["sha256"],
                extracted=REGISTER.extracted_text(entry, 500),
                standing=read_standing(current),
            )
            assert read.values["title"] == entry.document["title"]

    def test_uses_the_words_of_real_files(self, shared_data: Path) -> None:
        register = Register(Plan(declarations=2_000), words=read_words(shared_data))

        titles = {entry.document["title"] for entry in register.publications()}

        assert len(titles) > 1_000


class TestCommand:
    def test_prints_lines(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["--declarations", "30", "--start", "10", "--stop", "13"]) == 0

        lines = capsys.readouterr().out.splitlines()
        assert [json.loads(line)["version"] for line in lines] == [1, 1, 1]
