"""Every way to send an SMS, against servers on this machine that check the real signatures."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notify.adapters.assembling import new_providers
from services.notify.adapters.outbound import is_forbidden
from services.notify.adapters.providers import Provider
from services.notify.adapters.sealing import Letter
from services.notify.config import Settings
from services.notify.usecases.messages import Outcome
from tests.fakes.sms_providers import (
    FakeAliyun,
    FakeProvider,
    FakeSigned,
    FakeTencent,
    url_of,
)

ROOT = Path(__file__).resolve().parents[3]
CODE = Letter(
    phone="13912345678",
    text="【企标平台】注册验证码：012345",
    template="REGISTRATION_CODE",
    values={"minutes": "5", "code": "012345"},
)
KINDS = [FakeAliyun, FakeTencent, FakeSigned]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def fake(request: pytest.FixtureRequest) -> Iterator[FakeProvider]:
    with request.param() as running:
        yield running


def provider_of(url: str, timeout: float = 3.0) -> Provider:
    settings = Settings.from_env(
        {"NOTIFY_SMS_URLS": url, "NOTIFY_SMS_TIMEOUT_SECONDS": str(timeout)}
    )
    (provider,) = new_providers(settings)
    return provider


class TestSending:
    @pytest.mark.proves("R-048", "R-209")
    def test_is_accepted_with_the_real_signature(self, fake: FakeProvider) -> None:
        attempt = provider_of(url_of(fake)).send(CODE, message_id="m-1")

        assert fake.refused == []
        (message,) = fake.taken
        assert attempt.outcome is Outcome.SENT
        assert attempt.reference in {"biz-1", "sid-1", "own-1"}
        assert message.phone.removeprefix("+86") == CODE.phone
        assert message.message_id == "m-1"

    def test_tells_the_template_and_its_values(self) -> None:
        with FakeAliyun() as aliyun, FakeTencent() as tencent:
            provider_of(url_of(aliyun)).send(CODE, message_id="m")
            provider_of(url_of(tencent)).send(CODE, message_id="m")

            there, here = aliyun.taken[0].content, tencent.taken[0].content
        assert (there["TemplateCode"], there["SignName"]) == ("T1", "企标")
        assert json.loads(there["TemplateParam"]) == {"code": "012345", "minutes": "5"}
        assert (here["TemplateId"], here["SignName"]) == ("T1", "企标")
        assert (here["SmsSdkAppId"], here["TemplateParamSet"]) == ("1400000001", ["012345", "5"])

    def test_is_refused_with_another_key(self, fake: FakeProvider) -> None:
        attempt = provider_of(url_of(fake, secret="wrong")).send(CODE, message_id="m")

        assert fake.refused == ["signature"]
        assert fake.taken == []
        assert attempt.outcome is Outcome.NOT_SENT

    @pytest.mark.proves("E7")
    def test_was_not_sent_when_nobody_is_there(self, fake: FakeProvider) -> None:
        url = url_of(fake)
        fake.__exit__()
        try:
            attempt = provider_of(url).send(CODE, message_id="m")
        finally:
            fake.__enter__()

        assert attempt.outcome is Outcome.NOT_SENT
        assert attempt.is_provider_fault

    @pytest.mark.proves("E7")
    def test_nobody_knows_after_an_error_that_follows_acceptance(self, fake: FakeProvider) -> None:
        fake.after_accept = lambda: (500, {}, {"Code": "InternalError"})

        attempt = provider_of(url_of(fake)).send(CODE, message_id="m")

        assert len(fake.taken) == 1
        assert attempt.outcome is Outcome.UNKNOWN

    @pytest.mark.proves("E7")
    def test_nobody_knows_when_the_answer_takes_too_long(self, fake: FakeProvider) -> None:
        def hesitate() -> None:
            time.sleep(2.5)

        fake.after_accept = hesitate

        attempt = provider_of(url_of(fake), timeout=1.0).send(CODE, message_id="m")

        assert attempt.outcome is Outcome.UNKNOWN
        assert len(fake.taken) == 1

    def test_tells_nothing_to_the_log(
        self, fake: FakeProvider, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)

        provider_of(url_of(fake)).send(CODE, message_id="m-1")

        ours = [record for record in caplog.records if not record.name.startswith("urllib3")]
        written = "".join(str(record.__dict__) for record in ours)
        assert "m-1" in written
        assert not [
            text for text in ("13912345678", "012345", "provider-secret") if text in written
        ]

    def test_an_unregistered_template_is_for_others(self) -> None:
        letter = Letter(CODE.phone, "x", "INVITATION", {"enterprise": "x", "url": "y"})
        with FakeAliyun() as aliyun, FakeTencent() as tencent:
            attempts = [
                provider_of(url_of(fake)).send(letter, message_id="m") for fake in (aliyun, tencent)
            ]

        assert [attempt.outcome for attempt in attempts] == [Outcome.NOT_SENT] * 2
        assert not any(attempt.is_provider_fault for attempt in attempts)


class TestRefusals:
    @pytest.mark.parametrize(
        ("code", "is_fault"),
        [("isv.MOBILE_NUMBER_ILLEGAL", False), ("isv.BUSINESS_LIMIT_CONTROL", True)],
    )
    def test_of_alibaba(self, code: str, is_fault: bool) -> None:  # noqa: FBT001 - a case
        with FakeAliyun() as fake:
            fake.after_accept = lambda: (200, {}, {"Code": code, "Message": "no", "RequestId": "r"})
            attempt = provider_of(url_of(fake)).send(CODE, message_id="m")

        assert attempt.outcome is Outcome.NOT_SENT
        assert attempt.is_provider_fault is is_fault

    @pytest.mark.parametrize(
        ("code", "outcome"),
        [
            ("FailedOperation.PhoneNumberInBlacklist", Outcome.NOT_SENT),
            ("LimitExceeded.PhoneNumberDailyLimit", Outcome.NOT_SENT),
            ("InternalError.Timeout", Outcome.UNKNOWN),
        ],
    )
    def test_of_tencent(self, code: str, outcome: Outcome) -> None:
        status = {"SerialNo": "", "Code": code, "Message": "no"}
        answer = {"Response": {"SendStatusSet": [status], "RequestId": "r"}}
        with FakeTencent() as fake:
            fake.after_accept = lambda: (200, {}, answer)
            attempt = provider_of(url_of(fake)).send(CODE, message_id="m")

        assert attempt.outcome is outcome

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            (400, Outcome.NOT_SENT),
            (409, Outcome.SENT),
            (429, Outcome.NOT_SENT),
            (502, Outcome.UNKNOWN),
            (503, Outcome.NOT_SENT),
        ],
    )
    def test_of_a_signed_service(self, status: int, outcome: Outcome) -> None:
        with FakeSigned() as fake:
            fake.after_accept = lambda: (status, {}, {})
            attempt = provider_of(url_of(fake)).send(CODE, message_id="m")

        assert attempt.outcome is outcome


class TestOutside:
    @pytest.mark.proves("F22")
    def test_no_redirect_is_followed(self, fake: FakeProvider) -> None:
        with FakeSigned() as elsewhere:
            target = {"Location": f"http://{elsewhere.host}/x"}
            fake.behave = lambda _: (302, target, {})

            attempt = provider_of(url_of(fake)).send(CODE, message_id="m")

            assert elsewhere.asked == []
        assert attempt.outcome is not Outcome.SENT

    @pytest.mark.proves("F22")
    def test_production_never_talks_to_its_own_machine(self, fake: FakeProvider) -> None:
        from services.notify.adapters import clouds, signed_http  # noqa: PLC0415

        address = Settings.from_env({"NOTIFY_SMS_URLS": url_of(fake)}).sms_addresses[0]
        kinds = {**clouds.kinds(), "http": signed_http.SignedHttpProvider}
        provider = kinds[address.kind]("x", address, timeout=3.0, allows_loopback=False)

        attempt = provider.send(CODE, message_id="m")

        assert attempt.outcome is Outcome.NOT_SENT
        assert fake.asked == []

    @pytest.mark.proves("F22")
    @pytest.mark.parametrize(
        ("address", "is_refused"),
        [
            ("169.254.169.254", True),
            ("100.100.100.200", True),
            ("fe80::1", True),
            ("fe80::1%eth0", True),
            ("::ffff:169.254.169.254", True),
            ("0.0.0.0", True),  # noqa: S104 - looked at, not bound
            ("127.0.0.1", True),
            ("::1", True),
            ("224.0.0.1", True),
            ("203.0.113.5", False),
            ("10.1.2.3", False),
        ],
    )
    def test_some_addresses_are_no_provider_s(
        self,
        address: str,
        is_refused: bool,  # noqa: FBT001 - a case
    ) -> None:
        assert is_forbidden(address, allows_loopback=False) is is_refused

    def test_tests_may_use_this_machine(self) -> None:
        assert not is_forbidden("127.0.0.1", allows_loopback=True)


_PROBE = """
import chassis.green
chassis.green.patch()
import sys, time, eventlet
from services.notify.adapters.assembling import new_providers
from services.notify.adapters.sealing import Letter
from services.notify.config import Settings
(provider,) = new_providers(Settings.from_env({"NOTIFY_SMS_URLS": sys.argv[1]}))
letter = Letter("13912345678", "x", "REGISTRATION_CODE", {"code": "1", "minutes": "5"})
ticks = []
def tick():
    while True:
        ticks.append(time.monotonic())
        eventlet.sleep(0.02)
eventlet.spawn(tick)
eventlet.sleep(0.1)
ticks.clear()
pool = eventlet.GreenPool(10)
begun = time.monotonic()
outcomes = list(pool.imap(lambda n: provider.send(letter, message_id=str(n)).outcome, range(10)))
seconds = time.monotonic() - begun
print(len(outcomes), sum(o == "SENT" for o in outcomes), round(seconds, 2), len(ticks))
"""


class TestGreenThreads:
    @pytest.mark.proves("E7")
    def test_ten_slow_calls_stop_nobody(self, fake: FakeProvider) -> None:
        """Ten calls of one second, one after the other, would take ten and let nothing else run."""
        fake.after_accept = lambda: time.sleep(1.0)

        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", _PROBE, url_of(fake)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        count, sent, seconds, ticks = done.stdout.split()
        assert (count, sent) == ("10", "10")
        assert float(seconds) < 8
        assert int(ticks) >= 10
