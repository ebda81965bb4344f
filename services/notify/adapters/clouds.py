"""Alibaba Cloud and Tencent Cloud, through their own libraries."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525 import models as aliyun_models
from alibabacloud_dysmsapi20170525.client import Client as AliyunClient
from alibabacloud_tea_openapi import utils_models as aliyun_openapi
from darabonba.core import DaraCore
from darabonba.runtime import RuntimeOptions
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models as tencent_models
from tencentcloud.sms.v20210111.sms_client import SmsClient

from services.notify.adapters.outbound import CONNECT_SECONDS, Session, was_never_sent
from services.notify.adapters.providers import NotSentError, Provider, RefusedError
from services.notify.adapters.sealing import Letter
from services.notify.config import SmsAddress
from services.notify.domain.templates import places_of

CHINA: Final = "+86"
# Its debug lines hold phone numbers and codes.
logging.getLogger("tencentcloud_sdk_common").disabled = True

_ALIYUN_BUSY: Final = frozenset({"isp.SYSTEM_ERROR", "isv.BUSINESS_LIMIT_CONTROL"})
_UNSURE: Final = ("InternalError", "isp.", "SYSTEM", "ServiceUnavailable", "Throttling.Unknown")


class CloudProvider(Provider):
    """Send by a template that is registered with the cloud; it forgets ids, so nothing twice."""

    def __init__(self, name: str, address: SmsAddress) -> None:
        super().__init__(name, weight=address.weight, has_receipts=address.has_receipts)
        self._address = address

    def _template(self, letter: Letter) -> str:
        """Return the cloud's id of a template.

        Raises:
            RefusedError: it is registered with others only.
        """
        try:
            return self._address.templates[letter.template]
        except KeyError:
            raise RefusedError from None


class AliyunProvider(CloudProvider):
    """Send through ``SendSms`` of Alibaba Cloud; receipts name our message id as ``out_id``."""

    def __init__(
        self, name: str, address: SmsAddress, *, timeout: float, allows_loopback: bool
    ) -> None:
        super().__init__(name, address)
        parts = urlsplit(address.url)
        self._runtime = RuntimeOptions(
            connect_timeout=int(CONNECT_SECONDS * 1000),
            read_timeout=int(timeout * 1000),
        )
        self._client = AliyunClient(
            aliyun_openapi.Config(
                access_key_id=address.key_id,
                access_key_secret=address.secret,
                endpoint=parts.netloc,
                protocol=parts.scheme,
            )
        )
        _guard_aliyun(parts.scheme, parts.netloc, Session(allows_loopback=allows_loopback))

    def _send(self, letter: Letter, message_id: str) -> str | None:
        request = aliyun_models.SendSmsRequest(
            phone_numbers=letter.phone,
            sign_name=self._address.sign_name,
            template_code=self._template(letter),
            template_param=json.dumps(dict(letter.values), ensure_ascii=False),
            out_id=message_id,
        )
        try:
            body = self._client.send_sms_with_options(request, self._runtime).body
        except Exception as error:
            if was_never_sent(error):
                raise NotSentError from None
            if 400 <= int(getattr(error, "status_code", 0) or 0) < 500:  # noqa: PLR2004
                _raise_refusal(str(getattr(error, "code", "") or ""))
            raise
        if body.code != "OK":
            _raise_refusal(str(body.code), busy=_ALIYUN_BUSY)
            raise ConnectionError("an answer that says nothing")
        return str(body.biz_id) if body.biz_id else None


class TencentProvider(CloudProvider):
    """Send through ``SendSms`` of Tencent Cloud; receipts name its own serial number."""

    def __init__(
        self, name: str, address: SmsAddress, *, timeout: float, allows_loopback: bool
    ) -> None:
        super().__init__(name, address)
        parts = urlsplit(address.url)
        http = HttpProfile(
            protocol=parts.scheme, endpoint=parts.netloc, reqMethod="POST", reqTimeout=int(timeout)
        )
        profile = ClientProfile(httpProfile=http, disable_region_breaker=True)
        credential = Credential(address.key_id, address.secret)
        self._client = SmsClient(credential, address.region, profile)
        connection = self._client.request.conn
        connection.timeout = (CONNECT_SECONDS, timeout)
        connection._session = Session(allows_loopback=allows_loopback)  # noqa: SLF001 - see outbound

    def _send(self, letter: Letter, message_id: str) -> str | None:
        request = tencent_models.SendSmsRequest()
        request.SmsSdkAppId = self._address.app_id
        request.SignName = self._address.sign_name
        request.TemplateId = self._template(letter)
        request.TemplateParamSet = [letter.values[name] for name in places_of(letter.template)]
        request.PhoneNumberSet = [CHINA + letter.phone]
        request.SessionContext = message_id
        try:
            answer = self._client.SendSms(request)
        except TencentCloudSDKException as error:
            if was_never_sent(error):
                raise NotSentError from None
            code = str(error.get_code() or "")
            if code not in {"ClientNetworkError", "ServerNetworkError"}:
                _raise_refusal(code)
            raise
        (status,) = answer.SendStatusSet
        if status.Code != "Ok":
            _raise_refusal(str(status.Code))
            raise ConnectionError("an answer that says nothing")
        return str(status.SerialNo) if status.SerialNo else None


def _raise_refusal(code: str, *, busy: frozenset[str] = frozenset()) -> None:
    """Raise when a code says that the message was certainly not taken."""
    if code in busy or code.startswith(("RequestLimitExceeded", "LimitExceeded", "Throttling")):
        raise NotSentError
    if code and not code.startswith(_UNSURE) and not code.isdigit():
        raise RefusedError


def _guard_aliyun(protocol: str, host: str, session: Session) -> None:
    """Let the library use our session; it keeps one for each host under a key of its own making."""
    pool = DaraCore._resolve_pool_maxsize({})  # noqa: SLF001 - see outbound
    sessions: dict[str, Any] = DaraCore._sessions  # noqa: SLF001
    port = 80
    sessions[f"{protocol}://{host}:{port}:pool={pool}"] = session


def kinds() -> Mapping[str, type[AliyunProvider] | type[TencentProvider]]:
    """Return the providers by their kind."""
    return {"aliyun": AliyunProvider, "tencent": TencentProvider}
