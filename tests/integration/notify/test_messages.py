"""One message for each request, sent once or given up with a reason."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from services.notify.adapters.providers import NotSentError
from services.notify.domain import delivery
from services.notify.models import Message
from services.notify.usecases import messages
from services.notify.usecases.messages import Lineup
from tests.integration.notify.conftest import PHONE, Careful, Recorder

if TYPE_CHECKING:
    from tests.integration.notify.conftest import PostOffice

MINUTE = timedelta(minutes=1)


def begin(post_office: "PostOffice", provider: Recorder) -> None:
    """Take a message and crash before anything is known of it."""
    post_office.clock.advance(timedelta(seconds=1))
    with post_office.database.transaction() as tx:
        messages.begin_sending(
            tx=tx,
            lineup=Lineup(
                providers=[provider.name],
                repeatable=[provider.name] if provider.is_repeatable else [],
            ),
            limit=1,
        )


class TestAcceptMessage:
    @pytest.mark.proves("E7")
    def test_makes_one_message_of_a_request(self, post_office: "PostOffice") -> None:
        request = post_office.request()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: post_office.accept(request), range(8)))

        assert post_office.states() == [("CREATED", None)]

    def test_stores_nothing_in_clear(self, post_office: "PostOffice") -> None:
        post_office.accept()

        with post_office.database.read() as session:
            row = session.execute(sa.select(Message.__table__)).mappings().one()
        written = " ".join(str(value) for value in row.values())
        assert PHONE not in written
        assert "012345" not in written

    def test_gives_up_what_is_over_the_limit(self, post_office: "PostOffice") -> None:
        post_office.accept(is_limited=True)
        provider = Recorder()

        post_office.run(provider)

        assert post_office.states() == [("FAILED", "LIMITED")]
        assert provider.sent == []


class TestSending:
    @pytest.mark.proves("R-048", "R-209")
    def test_sends_once(self, post_office: "PostOffice") -> None:
        post_office.accept()
        provider = Recorder()

        tries = [post_office.run(provider) for _ in range(3)]

        ((_, letter),) = provider.sent
        assert letter.phone == PHONE
        assert "012345" in letter.text
        assert tries == [1, 0, 0]
        assert post_office.states() == [("SENT", None)]

    @pytest.mark.proves("E7")
    def test_tries_again_then_gives_up(self, post_office: "PostOffice") -> None:
        post_office.accept()
        provider = Recorder()
        provider.failures = [NotSentError() for _ in range(delivery.MAX_ATTEMPTS)]

        tries = 0
        for _ in range(10):
            tries += post_office.run(provider)
            post_office.clock.advance(MINUTE)

        assert tries == delivery.MAX_ATTEMPTS
        assert post_office.states() == [("FAILED", "REFUSED")]

    @pytest.mark.proves("E7")
    def test_goes_to_the_next_provider(self, post_office: "PostOffice") -> None:
        post_office.accept()
        first, second = Recorder("first"), Recorder("second")
        first.failures = [NotSentError()]
        post_office.run(first, second)

        post_office.clock.advance(delivery.PAUSES[0])
        post_office.run(first, second)

        assert (len(first.sent), len(second.sent)) == (0, 1)
        assert post_office.states() == [("SENT", None)]
        assert delivery.PAUSES[0] < timedelta(seconds=30)

    @pytest.mark.proves("E7")
    def test_outlasts_a_minute_without_any_provider(self, post_office: "PostOffice") -> None:
        post_office.accept(post_office.request(lifetime=5 * MINUTE))
        provider = Recorder()
        provider.failures = [NotSentError() for _ in range(delivery.MAX_ATTEMPTS)]
        begun = post_office.clock.now()

        while post_office.clock.now() - begun < MINUTE:
            post_office.run(provider)
        provider.failures.clear()
        for _ in range(60):
            post_office.run(provider)

        assert post_office.states() == [("SENT", None)]
        assert post_office.clock.now() - begun < 3 * MINUTE

    @pytest.mark.proves("E7")
    def test_does_not_repeat_what_may_have_been_sent(self, post_office: "PostOffice") -> None:
        post_office.accept()
        provider = Recorder()
        provider.failures = [TimeoutError()]

        post_office.run(provider)
        post_office.clock.advance(MINUTE)
        post_office.run(provider)

        assert provider.sent == []
        assert post_office.states() == [("FAILED", "UNKNOWN_OUTCOME")]

    @pytest.mark.proves("E7")
    def test_repeats_where_the_provider_knows_the_id(self, post_office: "PostOffice") -> None:
        post_office.accept()
        provider = Careful()
        provider.failures = [TimeoutError()]

        post_office.run(provider)
        post_office.clock.advance(MINUTE)
        post_office.run(provider)

        assert len(provider.sent) == 1
        assert post_office.states() == [("SENT", None)]

    @pytest.mark.proves("E7")
    def test_asks_nobody_else_about_what_may_have_been_sent(
        self, post_office: "PostOffice"
    ) -> None:
        post_office.accept()
        careful, other = Careful("careful"), Recorder("other")
        refusals = [NotSentError() for _ in range(delivery.MAX_ATTEMPTS - 1)]
        careful.failures = [TimeoutError(), *refusals]

        for _ in range(delivery.MAX_ATTEMPTS + 1):
            post_office.run(careful, other)
            post_office.clock.advance(MINUTE)

        assert other.sent == []
        assert post_office.states() == [("FAILED", "UNKNOWN_OUTCOME")]

    @pytest.mark.proves("E7")
    def test_does_not_send_what_has_expired(self, post_office: "PostOffice") -> None:
        post_office.accept(post_office.request(lifetime=5 * MINUTE))
        provider = Recorder()
        post_office.clock.advance(5 * MINUTE)

        post_office.run(provider)

        assert provider.sent == []
        assert post_office.states() == [("FAILED", "EXPIRED")]

    def test_is_shared_between_replicas(self, post_office: "PostOffice") -> None:
        for _ in range(30):
            post_office.accept()
        provider = Recorder()

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda _: post_office.run(provider), range(3)))

        assert len(provider.sent) == len({message_id for message_id, _ in provider.sent}) == 30

    def test_gives_up_when_the_only_one_to_ask_is_gone(self, post_office: "PostOffice") -> None:
        post_office.accept()
        careful, other = Careful("careful"), Recorder("other")
        careful.failures = [TimeoutError()]

        post_office.run(careful)
        post_office.clock.advance(MINUTE)
        post_office.run(other)

        assert other.sent == []
        assert post_office.states() == [("FAILED", "UNKNOWN_OUTCOME")]

    def test_keeps_what_the_sweeper_settled(self, post_office: "PostOffice") -> None:
        post_office.accept()
        slow = Recorder("slow")
        post_office.clock.advance(timedelta(seconds=1))
        with post_office.database.transaction() as tx:
            (begun,) = messages.begin_sending(tx=tx, lineup=Lineup(providers=["slow"]), limit=1)
        post_office.clock.advance(2 * MINUTE)
        post_office.run(slow)

        with post_office.database.transaction() as tx:
            messages.settle_sending(
                tx=tx,
                message_id=begun.message_id,
                outcome=messages.Outcome.SENT,
                is_repeatable=False,
            )

        assert post_office.states() == [("FAILED", "UNKNOWN_OUTCOME")]


class TestSweeping:
    @pytest.mark.proves("E7")
    @pytest.mark.parametrize(
        ("kind", "final"), [(Recorder, ("FAILED", "UNKNOWN_OUTCOME")), (Careful, ("SENT", None))]
    )
    def test_settles_what_a_crash_left(
        self, post_office: "PostOffice", kind: type[Recorder], final: tuple[str, str | None]
    ) -> None:
        provider = kind()
        post_office.accept()
        begin(post_office, provider)
        assert post_office.states() == [("SENDING", None)]

        for _ in range(2):
            post_office.clock.advance(delivery.SENDING_PATIENCE)
            post_office.run(provider)

        assert post_office.states() == [final]

    def test_leaves_a_try_that_is_on_alone(self, post_office: "PostOffice") -> None:
        provider = Recorder()
        post_office.accept()
        begin(post_office, provider)

        assert post_office.run(provider) == 0
        assert post_office.states() == [("SENDING", None)]


class TestForgetSecrets:
    def test_drops_phone_and_values_after_a_day(self, post_office: "PostOffice") -> None:
        post_office.accept()
        post_office.run(Recorder())
        kept = []

        for _ in range(2):
            with post_office.database.transaction() as tx:
                messages.forget_secrets(tx=tx)
            with post_office.database.read() as session:
                kept.append(session.scalars(sa.select(Message.phone_sealed)).one())
            post_office.clock.advance(delivery.SECRETS_KEPT + MINUTE)

        assert kept[0] is not None
        assert kept[1] is None
