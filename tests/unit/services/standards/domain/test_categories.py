"""Categories that the dialog of an indicator suggests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain.categories import suggest_categories

NAMES = st.text("标准指标温度技术理化 ", max_size=4)


class TestSuggestCategories:
    @pytest.mark.proves("R-112")
    def test_begins_with_the_tags_of_the_manual(self) -> None:
        """手册 4.1(2), figures: +标准 +指标 +温度 +技术."""
        assert suggest_categories({"理化": 7}, 0) == ["标准", "指标", "温度", "技术"]

    @pytest.mark.proves("R-112")
    def test_goes_on_with_what_was_used_most(self) -> None:
        """手册 4.1(2), figures: 换一换."""
        used = {"感官": 1, "理化": 9, "卫生": 3, "包装": 3, "标准": 99, " ": 5, "净含量": 1}

        pages = [suggest_categories(used, page) for page in range(5)]

        assert pages[1] == ["理化", "包装", "卫生", "净含量"]
        assert pages[2] == ["感官", "性能", "安全", "外观"]
        assert pages[3] == ["尺寸", "标准", "指标", "温度"]
        assert pages[4] == pages[0]

    @pytest.mark.proves("R-112")
    def test_shows_others_before_anything_was_used(self) -> None:
        first, second, third = (suggest_categories({}, page) for page in range(3))

        assert not set(first) & set(second)
        assert third == first

    def test_takes_names_in_the_order_given_and_once(self) -> None:
        used = ["气味", "ＰＨ", "ph", "气味", "安全"]

        assert suggest_categories(used, 1) == ["气味", "ＰＨ", "安全", "性能"]

    @given(st.dictionaries(NAMES, st.integers(0, 9), max_size=12), st.integers(0, 40))
    def test_is_always_four_different_tags(self, used: dict[str, int], page: int) -> None:
        tags = suggest_categories(used, page)

        assert len(set(tags)) == 4
        assert suggest_categories(dict(reversed(used.items())), page) == tags
