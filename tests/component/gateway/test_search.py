"""Search, suggestions and statistics over HTTP: what is asked of search and how it is shown."""

import csv
import io

import pytest

from tests.component.gateway.conftest import Site

API = "/api/v1/public"
FILTERS = (
    "q=%E4%BF%9D%E6%B8%A9&kind=ENTERPRISE&state=PUBLISHED&region=370300&year=2024&class_code=QB01"
    "&disclosure=TEXT&credit_code=91370321QBEX00013L&published_from=2024-01-01"
    "&published_to=2024-12-31&indicator=%E6%B0%B4%E5%88%86&indicator_unit=%25&indicator_low=0.5"
    "&indicator_high=-2&with_facets=true&limit=3&enterprise=%E5%90%AF%E6%A0%87&title=%E6%9D%AF"
    "&number=0001&product=BW-500&barcode=06901234567892"
)


class TestSearch:
    def test_hands_every_filter_on(self, site: Site) -> None:
        answer = site.browser().request("GET", f"{API}/declarations?{FILTERS}")

        assert answer.status == 200
        (asked,) = (asked for name, asked in site.state.calls if name == "search_declarations")
        assert asked == {
            "query": "保温",
            "kind": "ENTERPRISE",
            "state": "PUBLISHED",
            "region": "3703",
            "year": 2024,
            "class_code": "QB01",
            "disclosure": "TEXT",
            "credit_code": "91370321QBEX00013L",
            "published_from": "2024-01-01",
            "published_to": "2024-12-31",
            "indicator_name": "水分",
            "indicator_unit": "%",
            "indicator_low": 0.5,
            "indicator_high": -2.0,
            "enterprise": "启标",
            "title": "杯",
            "number": "0001",
            "product": "BW-500",
            "barcode": "06901234567892",
            "with_facets": True,
            "limit": 3,
        }

    def test_names_the_values_of_facets(self, site: Site) -> None:
        site.state.publish()

        found = site.browser().request("GET", f"{API}/declarations?with_facets=true").json

        facets = found["facets"]
        assert facets["kind"] == [{"value": "ENTERPRISE", "label": "企业标准", "count": 1}]
        assert facets["state"][0]["label"] == "现行"
        assert facets["region"] == [{"value": "37", "label": "山东省", "count": 1}]
        assert facets["disclosure"][0]["label"] == "标准文本"
        assert facets["year"][0]["label"] == "2024"
        assert facets["class_code"][0]["label"] == "类 QB010101"
        assert not facets["is_estimate"]

    def test_asks_for_names_once(self, site: Site) -> None:
        browser = site.browser()
        for page in range(3):
            browser.request("GET", f"{API}/declarations?with_facets=true&limit={page + 1}")

        assert site.state.count("search_declarations") == 3
        assert site.state.count("list_divisions") == 1

    def test_shows_facets_even_when_names_cannot_be_had(self, site: Site) -> None:
        site.state.publish()
        site.state.failures["list_divisions"] = RuntimeError("away")

        found = site.browser().request("GET", f"{API}/declarations?with_facets=true").json

        assert found["facets"]["region"] == [{"value": "37", "label": "37", "count": 1}]

    def test_gives_no_facets_unasked(self, site: Site) -> None:
        found = site.browser().request("GET", f"{API}/declarations").json

        assert found["facets"] is None
        assert found["did_you_mean"] == []
        assert found["is_total_capped"] is False

    @pytest.mark.parametrize(
        "query",
        [
            "kind=OTHER",
            "state=DRAFT",
            "region=3",
            "region=37x",
            "year=1234",
            "year=20250",
            "class_code=%3B",
            "disclosure=BOTH",
            "published_from=2024-02-30",
            "published_to=yesterday",
            "barcode=12ab567",
            "barcode=123456",
            "indicator_low=much",
            "indicator_high=1e999",
            "with_facets=1",
            "limit=0",
            "unknown=1",
        ],
    )
    def test_refuses_what_is_no_filter_in_chinese(self, site: Site, query: str) -> None:
        answer = site.browser().request("GET", f"{API}/declarations?{query}")

        assert answer.status in {400, 422}
        details = [error["detail"] for error in answer.json["errors"]]
        assert details
        assert all(any("\u4e00" <= character <= "\u9fff" for character in text) for text in details)
        assert site.state.count("search_declarations") == 0


class TestSearchPage:
    def test_marks_what_was_found_and_nothing_else(self, site: Site) -> None:
        site.state.publish(title="<b>保温杯</b>")
        site.state.shown = {
            "highlights": {
                "number": [[0, 2]], "title": [[3, 5]], "enterprise_name": [], "product_summary": [],
            },
            "snippet": {
                "text": "内胆<不锈钢", "ranges": [[3, 6]],
                "is_cut_before": True, "is_cut_after": False,
            },
        }  # fmt: skip

        page = site.browser().get("/search").text

        assert "&lt;b&gt;<mark>保温</mark>杯&lt;/b&gt;</a>" in page
        assert "…内胆&lt;<mark>不锈钢</mark></p>" in page
        assert "<b>" not in page

    def test_asks_whether_another_number_was_meant(self, site: Site) -> None:
        site.state.meant = ["GB/T 13456-2014"]

        page = site.browser().get("/search?q=GB%2FT+13465").text

        assert "您要找的是" in page
        assert 'href="/search?q=GB%2FT+13456-2014">' in page
        assert ">GB/T 13456-2014</a>" in page


class TestSuggestions:
    def test_gives_what_goes_on_with_what_was_typed(self, site: Site) -> None:
        answer = site.browser().request("GET", f"{API}/suggestions?q=%E4%BF%9D")

        assert answer.json == {
            "items": [{"kind": "PRODUCT", "text": "保温杯", "count": 2, "ranges": [[0, 3]]}]
        }

    def test_needs_something_typed(self, site: Site) -> None:
        assert site.browser().request("GET", f"{API}/suggestions").status == 422
        assert site.browser().request("GET", f"{API}/suggestions?q=").json == {"items": []}


class TestStatistics:
    def test_names_what_is_counted(self, site: Site) -> None:
        found = site.browser().request("GET", f"{API}/statistics").json

        assert found["region_name"] == "全国"
        assert found["total"] == {"declarations": 3, "products": 5, "enterprises": 2}
        labels = {name: found[name][0]["label"] for name in found if name.startswith("by_")}
        assert labels == {
            "by_region": "山东省",
            "by_kind": "企业标准",
            "by_state": "现行",
            "by_month": "2024-11",
            "by_class": "类 QB010101",
        }

    @pytest.mark.parametrize(
        ("given", "asked"),
        [("", ""), ("37", "37"), ("370000", "37"), ("370300", "3703"), ("370321", "370321")],
    )
    def test_takes_a_region_of_any_level(self, site: Site, given: str, asked: str) -> None:
        site.browser().request("GET", f"{API}/statistics?region={given}")

        assert ("get_statistics", {"region": asked}) in site.state.calls

    def test_comes_as_a_table_too(self, site: Site) -> None:
        answer = site.browser().request("GET", f"{API}/statistics.csv?region=37")

        rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert rows[0] == ["分组", "代码", "名称", "标准数", "产品数", "企业数"]
        assert rows[1] == ["合计", "37", "山东省淄博市桓台县", "3", "5", "2"]
        assert ["标准种类", "ENTERPRISE", "企业标准", "3", "5", "2"] in rows
