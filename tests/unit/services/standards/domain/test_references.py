"""What a declaration cites, whether that is in force, and whether it is below it."""

from dataclasses import replace
from typing import Any

import pytest

from services.standards.domain import number_forms, references
from services.standards.domain.catalogue import CatalogueState
from services.standards.domain.checks import Finding, Severity
from services.standards.domain.disclosure import Deviation, Disclosure
from services.standards.domain.drafts import DraftContent
from services.standards.domain.indicators import (
    Bound,
    CatalogueMethod,
    CustomMethod,
    Indicator,
    NumericRequirement,
    Symbol,
    TextRequirement,
)
from services.standards.domain.kinds import DisclosureMode
from services.standards.domain.references import Cited, Force, Reference, Role, Standing

RECOMMENDED = "GB/T 29606-2013"
MANDATORY = "GB 4806.9-2016"


def at_most(value: str, name: str = "铅") -> Indicator:
    right = Bound(Symbol.LESS_OR_EQUAL, value)
    return Indicator(name, NumericRequirement(right=right, unit="mg/kg"))


def content(*indicators: Indicator, number: str = "Q/3333-2014", **stated: Any) -> DraftContent:
    return DraftContent(
        number=number_forms.read_number(number),
        title="保温杯",
        mode=DisclosureMode.INDICATORS,
        indicators=indicators,
        disclosure=Disclosure(**stated),
    )


def reference(
    number: str,
    *indicators: Indicator,
    role: Role = Role.NAMED,
    state: CatalogueState | None = CatalogueState.CURRENT,
    **known: str,
) -> Reference:
    standing = None if state is None else Standing(number, "示例标准", state, **known)
    cited = Cited(number_forms.read_number(number), "/here", role)
    return Reference(cited, standing, indicators)


def below(said: DraftContent, *known: Reference) -> list[tuple[str, str, str]]:
    return [
        (found.code.removeprefix("standards.check_"), found.severity.value, found.pointer)
        for found in references.find_below(said, known)
    ]


class TestListCited:
    def test_reads_every_box_that_may_cite(self) -> None:
        """企业标准化促进办法 Art. 12: methods cite 国家标准, 行业标准."""
        rows = (
            replace(at_most("1"), test_method=CatalogueMethod("GB/T 5009.12-2017")),
            replace(at_most("1"), test_method=CustomMethod("按 QB/T 1-2014 第 5 章")),
            Indicator("外观", TextRequirement(content="应符合 GB 4806.9-2016")),
            replace(at_most("1"), level_note="严于 GB/T 29606-2013，见 GB 4806.9-2016"),
        )

        cited = references.list_cited(content(*rows, recommended_number=f"{RECOMMENDED}《杯》"))

        assert [(entry.number.text, entry.pointer, entry.role) for entry in cited] == [
            (RECOMMENDED, "/disclosure/recommended_number", Role.NAMED),
            ("GB/T 5009.12-2017", "/indicators/0/test_method", Role.CITED),
            ("QB/T 1-2014", "/indicators/1/test_method", Role.CITED),
            (MANDATORY, "/indicators/2/requirement", Role.CITED),
        ]

    def test_begins_with_a_standard_of_others_itself(self) -> None:
        typed = content(number="QB/T 1-2014")
        picked = replace(typed, catalogue_id="c-1")

        assert [(entry.pointer, entry.role) for entry in references.list_cited(typed)] == [
            ("/number", Role.OWN)
        ]
        assert references.list_cited(picked)[0].pointer == "/catalogue_id"
        assert references.list_cited(content()) == []

    def test_is_bounded(self) -> None:
        note = " ".join(f"GB {serial}-2010" for serial in range(1, 290))
        rows = [
            replace(at_most("1"), level_note=note.replace("GB", prefix))
            for prefix in ("GB", "HJ", "QB", "YY")
        ]

        assert len(references.list_cited(content(*rows))) == references.MAX_CITED

    def test_what_only_the_text_cites_comes_behind(self) -> None:
        cited = references.list_cited(content(recommended_number=RECOMMENDED))
        numbers = [number_forms.read_number(text) for text in (RECOMMENDED, MANDATORY)]

        both = references.add_from_text(cited, numbers)

        assert [(entry.number.text, entry.role) for entry in both] == [
            (RECOMMENDED, Role.NAMED),
            (MANDATORY, Role.IN_TEXT),
        ]
        assert both[1].pointer == "/upload_id"


class TestForceOf:
    @pytest.mark.parametrize(
        ("number", "force"),
        [
            ("GB 4806.9-2016", Force.MANDATORY),
            ("GB/T 29606-2013", Force.RECOMMENDED),
            ("QB/T 1-2014", Force.RECOMMENDED),
            ("HJ 554-2010", Force.RECOMMENDED),
            ("DB44/26-2001", Force.RECOMMENDED),
            ("GB/Z 1-2014", Force.OTHER),
            ("T/CAS 115-2015", Force.OTHER),
        ],
    )
    def test_is_what_the_law_says(self, number: str, force: Force) -> None:
        """标准化法 Art. 2: 行业标准、地方标准是推荐性标准; only GB binds everybody."""
        assert references.force_of(number_forms.read_number(number)) is force


class TestFindNotInForce:
    """企业标准化促进办法 Art. 15: what changes is to be brought up to date."""

    def test_names_what_takes_the_place_of_a_replaced_one(self) -> None:
        old = reference(RECOMMENDED, state=CatalogueState.SUPERSEDED, replaced_by="GB/T 1-2024")

        found = references.find_not_in_force([old])

        assert found == [
            Finding(
                "standards.check_standard_replaced",
                Severity.WARNING,
                "/here",
                "企业标准化促进办法 第十五条",
                {"number": RECOMMENDED, "title": "示例标准", "replaced_by": "GB/T 1-2024"},
            )
        ]

    def test_warns_of_a_withdrawn_one_and_hints_at_one_to_come(self) -> None:
        gone = reference(RECOMMENDED, state=CatalogueState.WITHDRAWN)
        coming = reference(MANDATORY, state=CatalogueState.UPCOMING, effective_on="2027-01-01")

        found = references.find_not_in_force([gone, coming])

        assert [(entry.code, entry.severity) for entry in found] == [
            ("standards.check_standard_withdrawn", Severity.WARNING),
            ("standards.check_standard_upcoming", Severity.HINT),
        ]
        assert found[1].params["effective_on"] == "2027-01-01"

    def test_says_nothing_of_what_is_in_force_or_unknown(self) -> None:
        known, unknown = reference(RECOMMENDED), reference(MANDATORY, state=None)

        assert references.find_not_in_force([known, unknown]) == []


class TestFindUnreadable:
    def test_hints_at_a_name_that_holds_no_number(self) -> None:
        """企业标准化促进办法 Art. 14."""
        found = references.find_unreadable(content(recommended_number="不锈钢真空杯标准"))

        assert [(entry.code, entry.severity) for entry in found] == [
            ("standards.check_recommended_unreadable", Severity.HINT)
        ]
        assert references.find_unreadable(content(recommended_number=RECOMMENDED)) == []
        assert references.find_unreadable(content()) == []


class TestFindBelow:
    @pytest.mark.parametrize("stated", list(Deviation))
    def test_below_a_mandatory_standard_is_forbidden_whatever_is_stated(
        self, stated: Deviation
    ) -> None:
        """标准化法 Art. 21: 企业标准的技术要求不得低于强制性国家标准."""
        said = content(at_most("2"), deviation=stated)

        found = below(said, reference(MANDATORY, at_most("1"), role=Role.CITED))

        assert found == [("below_mandatory", "BLOCK", "/indicators/0/requirement")]

    def test_at_or_above_a_mandatory_standard_is_good(self) -> None:
        """标准化法 Art. 21."""
        known = reference(MANDATORY, at_most("1"), at_most("1", "镉"), role=Role.CITED)

        assert below(content(at_most("1")), known) == []

    @pytest.mark.parametrize("role", [Role.NAMED, Role.CITED])
    def test_lower_than_recommended_must_be_stated(self, role: Role) -> None:
        """企业标准化促进办法 Art. 14."""
        known = reference(RECOMMENDED, at_most("1"), role=role)
        (found,) = references.find_below(content(at_most("2")), [known])

        assert (found.code, found.severity) == ("standards.check_lower_unstated", Severity.BLOCK)
        assert found.basis == "企业标准化促进办法 第十四条"
        assert found.params == {
            "name": "铅",
            "own": "铅 <= 2mg/kg",
            "reference": "铅 <= 1mg/kg",
            "number": RECOMMENDED,
        }
        for stated, is_found in (
            (Deviation.LOWER, False),
            (Deviation.FEWER_AND_LOWER, False),
            (Deviation.FEWER, True),
        ):
            assert bool(below(content(at_most("2"), deviation=stated), known)) is is_found

    def test_fewer_than_the_named_standard_must_be_stated(self) -> None:
        """企业标准化促进办法 Art. 14."""
        known = reference(RECOMMENDED, at_most("1"), at_most("1", "镉"))
        (found,) = references.find_below(content(at_most("1")), [known])

        assert (found.code, found.severity) == ("standards.check_fewer_unstated", Severity.BLOCK)
        assert found.params == {"number": RECOMMENDED, "count": "1", "names": "镉"}
        for stated, is_found in (
            (Deviation.FEWER, False),
            (Deviation.FEWER_AND_LOWER, False),
            (Deviation.LOWER, True),
        ):
            assert bool(below(content(at_most("1"), deviation=stated), known)) is is_found

    def test_fewer_than_a_cited_standard_only_warns(self) -> None:
        known = reference(RECOMMENDED, at_most("1"), at_most("1", "镉"), role=Role.CITED)
        other = reference("GB/T 1-2014", at_most("1", "镉"), role=Role.CITED)
        named = reference("GB/T 2-2014", at_most("1"))

        assert below(content(at_most("1")), known, other) == [
            ("fewer_than_cited", "WARNING", "/disclosure/recommended_number")
        ]
        assert below(content(at_most("1")), known, named) == []

    def test_a_named_standard_without_a_common_name_is_fewer_all_the_same(self) -> None:
        assert below(content(at_most("1")), reference(RECOMMENDED, at_most("1", "镉"))) == [
            ("fewer_unstated", "BLOCK", "/disclosure/deviation")
        ]

    def test_what_cannot_be_compared_is_a_hint(self) -> None:
        own = Indicator("铅", TextRequirement(content="不得检出"))
        partly = reference(RECOMMENDED, at_most("1"), replace(at_most("3"), condition="二级"))

        assert below(content(own), reference(RECOMMENDED, at_most("1"))) == [
            ("incomparable", "HINT", "/indicators/0/requirement")
        ]
        assert below(content(at_most("2")), partly) == [
            ("partly_lower", "HINT", "/indicators/0/requirement")
        ]

    @pytest.mark.parametrize(
        "state", [CatalogueState.WITHDRAWN, CatalogueState.SUPERSEDED, CatalogueState.UPCOMING]
    )
    def test_what_is_not_in_force_forbids_nothing(self, state: CatalogueState) -> None:
        rows = (at_most("1"), at_most("1", "镉"))
        said = content(at_most("2"))

        assert [row[1] for row in below(said, reference(MANDATORY, *rows, state=state))] == [
            "WARNING"
        ]
        assert [row[1] for row in below(said, reference(RECOMMENDED, *rows, state=state))] == [
            "WARNING",
            "WARNING",
        ]

    def test_what_is_unknown_to_the_catalogue_counts_as_in_force(self) -> None:
        known = reference(MANDATORY, at_most("1"), state=None)

        assert below(content(at_most("2")), known) == [
            ("below_mandatory", "BLOCK", "/indicators/0/requirement")
        ]

    def test_others_are_no_measure(self) -> None:
        """Group standards, the standard itself, and what only a text mentions."""
        said = content(at_most("2"))

        assert below(said, reference("T/CAS 115-2015", at_most("1"), at_most("1", "镉"))) == []
        assert below(said, reference(RECOMMENDED, at_most("1"), role=Role.OWN)) == []
        assert below(said, reference(RECOMMENDED, at_most("1"), role=Role.IN_TEXT)) == []
        assert below(content(), reference(RECOMMENDED, at_most("1"))) == []
        assert below(said, reference(RECOMMENDED)) == []

    def test_long_lists_of_names_are_cut(self) -> None:
        known = reference(RECOMMENDED, *(at_most("1", f"指标{serial}") for serial in range(30)))
        (found,) = references.find_below(content(at_most("1")), [known])

        assert found.params["count"] == "30"
        assert found.params["names"].count("、") == 9
