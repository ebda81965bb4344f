"""The journey with its files in an S3 object store instead of a folder."""

from pathlib import Path

import pytest

from chassis.blobs import open_store
from tests.fakes.s3_server import S3Server
from tools import launch
from tools.demo import Journey

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


class TestObjectStore:
    @pytest.mark.proves("C7")
    def test_serves_the_whole_journey(self, tmp_path: Path) -> None:
        """Upload, inspection in a child process, publication, reading by anybody."""
        with S3Server(tmp_path) as server:
            url = server.url(server.create_bucket("qibiao-files"))
            with launch.Stack(tmp_path / "system", environment={"STORAGE_URL": url}) as stack:
                before = {info.key for info in open_store(url).keys("uploads/")}

                Journey(stack.url, lambda _line: None).run()

                stored = {info.key for info in open_store(url).keys("uploads/")} - before
        assert stored
        assert {f"{key.removesuffix('.txt')}.txt" for key in stored} <= stored
        assert not (tmp_path / "system" / "blobs").exists()
