"""What a provider's answer means, and what is never written down."""

import logging
import stat
from pathlib import Path

import pytest

from services.notify.adapters.assembling import new_providers
from services.notify.adapters.providers import (
    ConsoleProvider,
    FileProvider,
    NotSentError,
    Provider,
)
from services.notify.adapters.sealing import Letter
from services.notify.config import Settings
from services.notify.usecases.messages import Outcome

LETTER = Letter(phone="13912345678", text="验证码：012345")


class Broken(Provider):
    """Fail in a given way."""

    def __init__(self, error: Exception) -> None:
        super().__init__("broken")
        self._error = error

    def _send(self, letter: Letter, message_id: str) -> None:
        del letter, message_id
        raise self._error


class TestProvider:
    @pytest.mark.proves("E7")
    @pytest.mark.parametrize(
        ("error", "outcome"),
        [
            (NotSentError(), Outcome.NOT_SENT),
            (TimeoutError("13912345678"), Outcome.UNKNOWN),
            (ValueError("012345"), Outcome.UNKNOWN),
        ],
    )
    def test_turns_every_failure_into_an_outcome(self, error: Exception, outcome: Outcome) -> None:
        assert Broken(error).send(LETTER, message_id="m").outcome is outcome

    def test_logs_nothing_personal(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)

        ConsoleProvider("console://").send(LETTER, message_id="m-1")
        Broken(ValueError("13912345678 012345")).send(LETTER, message_id="m-2")

        written = "".join(str(record.__dict__) for record in caplog.records)
        assert "m-1" in written
        assert "13912345678" not in written
        assert "012345" not in written
        assert "13912345678" not in repr(LETTER)


class TestFileProvider:
    def test_appends_to_a_file_of_its_own(self, tmp_path: Path) -> None:
        path = tmp_path / "sub" / "sms.log"
        provider = FileProvider("file", path)

        outcomes = [provider.send(LETTER, message_id=name).outcome for name in ("a", "b")]

        assert outcomes == [Outcome.SENT, Outcome.SENT]
        assert [line.split("\t")[0] for line in path.read_text("utf-8").splitlines()] == ["a", "b"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_has_not_sent_what_it_cannot_write(self, tmp_path: Path) -> None:
        provider = FileProvider("file", tmp_path)

        assert provider.send(LETTER, message_id="a").outcome is Outcome.NOT_SENT


class TestNewProviders:
    def test_reads_the_setting(self, tmp_path: Path) -> None:
        urls = f"console:// file:{tmp_path}/sms.log file:{tmp_path}/more.log"

        providers = new_providers(Settings.from_env({"NOTIFY_SMS_URLS": urls}))

        assert [type(provider) for provider in providers] == [
            ConsoleProvider,
            FileProvider,
            FileProvider,
        ]
        assert [provider.name for provider in providers] == ["console", "file", "file-2"]
