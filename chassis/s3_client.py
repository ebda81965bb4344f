"""A client of one S3 server that asks that host and no other, and tells its failures in our words.

No redirect, no proxy, no file and no variable of the environment leads it elsewhere.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar
from urllib import parse

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from chassis.blob_store import BlobNotFoundError, BlobStoreUnavailableError

T = TypeVar("T")

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 10
PAGE_KEYS: Final = 1000
_ATTEMPTS: Final = 2
_CONNECTIONS: Final = 50
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchUpload"})


class HostRefusedError(OSError):
    """Refuse to ask a host that is not the configured one."""


def new_client(
    options: Mapping[str, str], *, key_id: str, secret: str, hosts: frozenset[str]
) -> Any:  # noqa: ANN401 - made at run time
    """Return a client; ``options`` has ``endpoint``, perhaps ``region`` and ``addressing``."""
    session = botocore.session.Session()
    for name in ("config_file", "credentials_file"):
        session.set_config_variable(name, os.devnull)
    client = session.create_client(
        "s3",
        endpoint_url=options["endpoint"],
        region_name=options.get("region", "us-east-1"),
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": options.get("addressing", "path")},
            # Newer checksums are unknown to most stores that speak S3.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=_CONNECTIONS,
            proxies={},
            ignore_configured_endpoint_urls=True,
        ),
    )

    def check_host(request: Any, **_: object) -> None:  # noqa: ANN401 - theirs
        if parse.urlsplit(request.url).netloc not in hosts:
            raise HostRefusedError

    def forbid_redirects(params: dict[str, Any], **_: object) -> None:
        # What botocore takes for a redirected request it does not redirect again.
        params["context"].setdefault("s3_redirect", {})["redirected"] = True

    client.meta.events.register("before-call.s3", forbid_redirects)
    client.meta.events.register("before-send.s3", check_host)
    return client


def ask(call: Callable[..., T], **options: Any) -> T:  # noqa: ANN401 - S3's own parameters
    """Send one request.

    Raises:
        BlobNotFoundError: there is no such object, or no such upload.
        BlobStoreUnavailableError: anything else that went wrong.
    """
    return translated(partial(call, **options))


def translated(call: Callable[[], T]) -> T:
    """Return what ``call`` returns; raise what `ask` raises."""
    try:
        return call()
    except ClientError as error:
        if code_of(error) in _MISSING:
            raise BlobNotFoundError(code_of(error)) from error
        raise BlobStoreUnavailableError(reason=code_of(error)) from error
    except (BotoCoreError, HTTPError, OSError) as error:
        raise BlobStoreUnavailableError(reason=type(error).__name__) from error


def code_of(error: ClientError) -> str:
    """Return the server's own code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def pages(
    call: Callable[..., Any], where: Mapping[str, object], *marks: str
) -> Iterator[Mapping[str, Any]]:
    """Yield the pages of a listing, each fetched when it is wanted."""
    position: dict[str, str] = {}
    while True:
        page = ask(call, **where, **position)
        yield page
        if not page.get("IsTruncated"):
            return
        position = {mark: page[f"Next{mark}"] for mark in marks}
