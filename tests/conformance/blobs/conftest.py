"""Both stores: a folder, and an S3 server on loopback."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import blobs
from chassis.blobs import BlobStore
from tests.fakes.s3_server import S3Server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """Return a running S3 server."""
    with S3Server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket_url(s3: S3Server) -> str:
    """Return the address of an empty bucket."""
    return s3.url(s3.create_bucket(f"bucket-{os.urandom(6).hex()}"))


@pytest.fixture(params=["file", "s3", "s3 below a prefix"])
def store(request: Any, tmp_path: Path) -> BlobStore:
    """Return an empty store of either kind."""
    if request.param == "file":
        return blobs.open_store((tmp_path / "blobs").as_uri())
    url: str = request.getfixturevalue("bucket_url")
    return blobs.open_store(url.replace("?", "/some/where?") if "prefix" in request.param else url)
