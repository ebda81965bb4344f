"""Sessions: whose page is it, and did our own page ask."""

import pytest
from werkzeug.datastructures import Headers

from gateway.errors import CrossSiteRequestError
from gateway.sessions import check_same_site


class TestCheckSameSite:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Host": "qb.cn"},
            {"Host": "qb.cn", "Origin": "https://qb.cn"},
            {"Host": "QB.cn:8000", "Origin": "http://qb.cn:8000", "Sec-Fetch-Site": "same-origin"},
            {"Host": "qb.cn", "Sec-Fetch-Site": "none"},
        ],
    )
    def test_lets_our_own_pages_and_programs_in(self, headers: dict[str, str]) -> None:
        check_same_site(Headers(headers))

    @pytest.mark.proves("F8")
    @pytest.mark.parametrize(
        "headers",
        [
            {"Host": "qb.cn", "Origin": "https://evil.cn"},
            {"Host": "qb.cn", "Origin": "null"},
            {"Host": "qb.cn", "Origin": "https://qb.cn.evil.cn"},
            {"Host": "qb.cn", "Origin": "https://qb.cn:444"},
            {"Host": "qb.cn", "Sec-Fetch-Site": "cross-site"},
            {"Host": "qb.cn", "Sec-Fetch-Site": "same-site"},
            {"Host": "qb.cn", "Origin": "https://qb.cn", "Sec-Fetch-Site": "cross-site"},
            {"Host": "qb.cn", "Origin": ""},
        ],
    )
    def test_refuses_other_sites(self, headers: dict[str, str]) -> None:
        with pytest.raises(CrossSiteRequestError):
            check_same_site(Headers(headers))
