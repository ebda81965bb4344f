"""Settings of notify."""

import pytest

from chassis.config import ConfigError
from services.notify.config import Settings


class TestSettings:
    def test_refuse_in_production_what_sends_nothing(self) -> None:
        with pytest.raises(ConfigError) as caught:
            Settings.from_env({"ENVIRONMENT": "production"})

        assert any("NOTIFY_SMS_URLS" in problem for problem in caught.value.problems)

    def test_refuse_unknown_providers(self) -> None:
        with pytest.raises(ConfigError):
            Settings.from_env({"NOTIFY_SMS_URLS": "pigeon://"})

    def test_take_several_providers(self) -> None:
        settings = Settings.from_env({"NOTIFY_SMS_URLS": "console:// file:/tmp/sms.log"})

        assert settings.sms_urls == ("console://", "file:/tmp/sms.log")

    def test_show_no_secret(self) -> None:
        url = "https://sms.example/send?secret=very-secret&receipt=also-secret"
        settings = Settings.from_env({"NOTIFY_SMS_URLS": url})

        written = repr(settings) + repr(settings.sms_addresses)

        assert "very-secret" not in written
        assert "also-secret" not in written
        assert settings.sms_addresses[0].url == "https://sms.example/send"

    @pytest.mark.parametrize(
        "url",
        [
            "https://sms.example/send",
            "https://?secret=s",
            "aliyun://dysmsapi.aliyuncs.com?sign=x&REGISTRATION_CODE=1",
            "aliyun://id:secret@dysmsapi.aliyuncs.com?sign=x",
            "aliyun://id:secret@dysmsapi.aliyuncs.com?REGISTRATION_CODE=1",
            "tencent://id:secret@sms.tencentcloudapi.com?sign=x&REGISTRATION_CODE=1",
            "https://sms.example/send?secret=very-secret&weight=many",
        ],
    )
    def test_refuse_what_lacks_something_and_repeat_none_of_it(self, url: str) -> None:
        with pytest.raises(ConfigError) as caught:
            Settings.from_env({"NOTIFY_SMS_URLS": url})

        assert "secret@" not in str(caught.value)
        assert "very-secret" not in str(caught.value)

    @pytest.mark.parametrize("scheme", ["http", "aliyun+http", "tencent+http"])
    def test_refuse_in_production_what_everybody_can_read(self, scheme: str) -> None:
        options = "secret=s&sign=x&app=1&REGISTRATION_CODE=1"
        url = f"{scheme}://id:secret@sms.example/send?{options}"
        with pytest.raises(ConfigError) as caught:
            Settings.from_env({"ENVIRONMENT": "production", "NOTIFY_SMS_URLS": url})

        assert any("NOTIFY_SMS_URLS" in problem for problem in caught.value.problems)
