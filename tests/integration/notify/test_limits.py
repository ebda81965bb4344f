"""How many messages one phone gets, whoever asks and however often at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from services.notify.adapters.limits import SmsLimits
from services.notify.domain.delivery import FailureReason

if TYPE_CHECKING:
    from tests.integration.notify.conftest import PostOffice

CODE = "REGISTRATION_CODE"
NOTICE = "PASSWORD_CHANGED"


class TestSmsLimits:
    @pytest.mark.proves("F4")
    def test_lets_one_of_200_at_once_through(self, post_office: "PostOffice") -> None:
        limits = SmsLimits(post_office.settings)

        def ask(_: int) -> FailureReason | None:
            return limits.refusal(post_office.database, phone_mark="p", template=CODE)

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(ask, range(200)))

        assert answers.count(None) == 1
        assert answers.count(FailureReason.LIMITED) == 199

    @pytest.mark.proves("F4")
    def test_one_a_minute_five_an_hour_ten_a_day(self, post_office: "PostOffice") -> None:
        limits = SmsLimits(post_office.settings)
        passed = []

        for _ in range(24 * 12):
            if limits.refusal(post_office.database, phone_mark="p", template=CODE) is None:
                passed.append(post_office.clock.now())
            post_office.clock.advance(timedelta(minutes=5))

        assert len(passed) == 10
        gaps = [later - earlier for earlier, later in zip(passed, passed[5:], strict=False)]
        assert min(gaps) >= timedelta(hours=1)

    @pytest.mark.proves("F4")
    def test_notices_have_a_count_of_their_own(self, post_office: "PostOffice") -> None:
        limits = SmsLimits(post_office.settings)
        for _ in range(3):
            limits.refusal(post_office.database, phone_mark="p", template=CODE)

        answers = [
            limits.refusal(post_office.database, phone_mark="p", template=NOTICE) for _ in range(6)
        ]

        assert answers == [None] * 5 + [FailureReason.LIMITED]
