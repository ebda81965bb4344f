"""A key that is used for a long time is asked about again and again."""

import pytest

from chassis.errors import DomainError, UnavailableError
from gateway.errors import KeyMalformedError
from gateway.feed.streams import CHECK_SECONDS, TRUST_SECONDS, Check


class Accounts:
    """Say of a key what the test wants; a clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.asked = 0
        self.failure: DomainError | None = None

    def ask(self) -> None:
        """Be asked."""
        self.asked += 1
        if self.failure is not None:
            raise self.failure

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def seconds_until_refused(self, check: Check) -> float:
        """Move the clock on until the key is not trusted any more."""
        begun = self.now
        while check.passes():
            self.now += 1.0
        return self.now - begun


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


class TestCheck:
    def test_is_made_once_in_a_while(self, accounts: Accounts) -> None:
        check = Check(accounts.ask, accounts.clock)
        for _ in range(int(CHECK_SECONDS * 4)):
            accounts.now += 1.0
            assert check.passes()

        assert accounts.asked == 4

    def test_without_a_key_nobody_is_asked(self, accounts: Accounts) -> None:
        check = Check(None, accounts.clock)
        accounts.now += 10_000

        assert check.passes()

    @pytest.mark.parametrize("failure", [KeyMalformedError(), UnavailableError()])
    def test_a_key_that_ended_or_cannot_be_checked_is_over_within_a_minute(
        self, accounts: Accounts, failure: DomainError
    ) -> None:
        check = Check(accounts.ask, accounts.clock)
        accounts.failure = failure

        seconds = accounts.seconds_until_refused(check)

        assert CHECK_SECONDS <= seconds <= TRUST_SECONDS + 5 < 60

    def test_a_short_outage_does_not_end_it(self, accounts: Accounts) -> None:
        check = Check(accounts.ask, accounts.clock)
        accounts.now += CHECK_SECONDS
        accounts.failure = UnavailableError()
        assert check.passes()
        accounts.failure = None
        accounts.now += 10
        assert check.passes()
        accounts.now += TRUST_SECONDS

        assert check.passes()
