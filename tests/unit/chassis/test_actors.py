"""Who asks is stated by a signature, and by nothing else."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from chassis import actors
from chassis.actors import ActorSigner, ActorVerifier, development_key
from chassis.clock import VirtualClock
from chassis.config import CommonSettings
from chassis.errors import UnauthenticatedError


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(datetime(2026, 3, 2, 9, 0, tzinfo=UTC))


@pytest.fixture
def accounts(clock: VirtualClock) -> ActorSigner:
    return ActorSigner("accounts", clock=clock)


@pytest.fixture
def verifier(clock: VirtualClock) -> ActorVerifier:
    return ActorVerifier(clock=clock)


def forged(**claims: object) -> str:
    base = {"iss": "accounts", "sub": "user:1", "iat": 1772442000, "exp": 1772442060}
    return jwt.encode(
        {**base, **claims}, development_key("accounts"), "EdDSA", headers={"kid": "accounts"}
    )


@pytest.mark.proves("F20")
class TestToken:
    def test_states_everything(self, accounts: ActorSigner, verifier: ActorVerifier) -> None:
        token = accounts.sign(
            "user:1",
            enterprise_id="e1",
            roles=["OWNER", "FILER"],
            region="31",
            scopes=["feed"],
            name="李",
        )

        actor = verifier.verify(token)

        assert (actor.subject, actor.enterprise_id, actor.region) == ("user:1", "e1", "31")
        assert actor.roles == {"OWNER", "FILER"}
        assert actor.scopes == {"feed"}
        assert (actor.issuer, actor.name) == ("accounts", "李")

    def test_lives_a_minute_at_most(
        self, accounts: ActorSigner, verifier: ActorVerifier, clock: VirtualClock
    ) -> None:
        token = accounts.sign("user:1", ttl=3600)
        verifier.verify(token)

        clock.advance(timedelta(seconds=63))

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    def test_a_long_one_is_refused_whoever_signed_it(self, verifier: ActorVerifier) -> None:
        with pytest.raises(UnauthenticatedError):
            verifier.verify(forged(exp=1772442000 + 600))

    def test_one_from_the_future_is_refused(self, verifier: ActorVerifier) -> None:
        with pytest.raises(UnauthenticatedError):
            verifier.verify(forged(iat=1772442000 + 90, exp=1772442000 + 150))

    @pytest.mark.parametrize("claim", ["iss", "sub", "iat", "exp"])
    def test_nothing_may_be_missing(self, verifier: ActorVerifier, claim: str) -> None:
        claims = {"iss": "accounts", "sub": "user:1", "iat": 1772442000, "exp": 1772442060}
        del claims[claim]
        token = jwt.encode(
            claims, development_key("accounts"), "EdDSA", headers={"kid": "accounts"}
        )

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    def test_another_key_is_refused(self, clock: VirtualClock, verifier: ActorVerifier) -> None:
        token = ActorSigner("accounts", development_key("search"), clock).sign("user:1")

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
    def test_what_is_no_token_is_refused(self, verifier: ActorVerifier, token: str) -> None:
        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    def test_a_symmetric_one_made_of_the_public_key_is_refused(
        self, verifier: ActorVerifier
    ) -> None:
        public = actors.public_text(development_key("accounts"))
        claims = {"iss": "accounts", "sub": "user:1", "iat": 1772442000, "exp": 1772442060}
        token = jwt.encode(claims, public.ljust(32), "HS256", headers={"kid": "accounts"})

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    def test_the_issuer_is_the_one_who_signed(self, verifier: ActorVerifier) -> None:
        claims = {"iss": "accounts", "sub": "user:1", "iat": 1772442000, "exp": 1772442060}
        token = jwt.encode(claims, development_key("search"), "EdDSA", headers={"kid": "search"})

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)


class TestService:
    def test_may_speak_for_itself(self, clock: VirtualClock, verifier: ActorVerifier) -> None:
        actor = verifier.verify(ActorSigner("search", clock=clock).for_service())

        assert actor.subject == "service:search"
        assert actor.is_service
        assert actor.roles == {"SERVICE"}

    @pytest.mark.parametrize("subject", ["user:1", "service:accounts", "service:"])
    def test_may_speak_for_nobody_else(
        self, clock: VirtualClock, verifier: ActorVerifier, subject: str
    ) -> None:
        token = ActorSigner("search", clock=clock).sign(subject, roles=["OWNER"])

        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)

    def test_accounts_cannot_make_a_user_a_service(
        self, accounts: ActorSigner, verifier: ActorVerifier
    ) -> None:
        actor = verifier.verify(accounts.sign("user:1", roles=["SERVICE", "OWNER"]))

        assert actor.roles == {"OWNER"}

    def test_its_token_is_signed_anew_in_time(
        self, clock: VirtualClock, verifier: ActorVerifier
    ) -> None:
        signer = ActorSigner("search", clock=clock)
        first = signer.for_service()

        same = signer.for_service()
        clock.advance(timedelta(seconds=31))
        later = signer.for_service()
        clock.jump(timedelta(days=-1))
        earlier = signer.for_service()

        assert first == same
        assert len({first, later, earlier}) == 3
        assert verifier.verify(earlier).subject == "service:search"


class TestKeys:
    def test_development_keys_are_the_default(self) -> None:
        settings = CommonSettings()

        assert actors.private_key(settings) is None
        assert actors.public_keys(settings) is None

    def test_set_keys_are_read(self, clock: VirtualClock) -> None:
        key = development_key("somebody")
        text = f"search:{actors.public_text(key)}, accounts:{actors.public_text(key)}"
        verifier = ActorVerifier(actors.read_public_keys(text), clock)

        token = ActorSigner("search", key, clock).for_service()

        assert verifier.verify(token).subject == "service:search"
        with pytest.raises(UnauthenticatedError):
            verifier.verify(ActorSigner("search", clock=clock).for_service())

    @pytest.mark.parametrize("text", ["search:x", "search:" + "A" * 8, "search"])
    def test_bad_keys_are_named(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"base64|32 bytes"):
            actors.read_public_keys(text)
