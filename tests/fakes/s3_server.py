"""An S3 server of our own on loopback: moto in a process that can be killed."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from tools.backing import free_port
from tools.backing.processes import wait_until

KEY = "test-key+1"
SECRET = "a+secret/with:odd@signs"
# moto says of every unfinished upload that it began in 2010: here, when the server did.
PROGRAM = """
import datetime, importlib.util, sys
name = "moto.s3.responses"
spec = importlib.util.find_spec(name)
source = spec.loader.get_source(name)
assert source.count("2010-11-10T20:48:33.000Z") == 1, "moto has changed"
begun = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
sys.modules[name] = importlib.util.module_from_spec(spec)
exec(source.replace("2010-11-10T20:48:33.000Z", begun), sys.modules[name].__dict__)
from moto import server
server.main(["-H", "127.0.0.1", "-p", sys.argv[1]])
"""


class S3Server:
    """Serve buckets from memory; what was stored is gone with the process."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "s3.log"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Return the server's address."""
        return f"http://127.0.0.1:{self._port}"

    def url(self, bucket: str, *, endpoint: str = "") -> str:
        """Return the ``STORAGE_URL`` of a bucket."""
        user = f"{quote(KEY, safe='')}:{quote(SECRET, safe='')}"
        return f"s3://{user}@{bucket}?endpoint={endpoint or self.endpoint}"

    def client(self) -> Any:
        """Return a client that passes our store by."""
        session = botocore.session.Session()
        return session.create_client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    def create_bucket(self, name: str) -> str:
        """Create a bucket; return its name."""
        self.client().create_bucket(Bucket=name)
        return name

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-c", PROGRAM, str(self._port)],
                stdout=log,
                stderr=log,
            )
        wait_until(self._has_ended_or_answers, seconds=60)
        if self._process.poll() is not None or not self._answers():
            self.kill()
            text = self._log.read_text(errors="replace")
            raise RuntimeError(f"the S3 server did not start:\n{text[-2000:]}")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End the server at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _has_ended_or_answers(self) -> bool:
        return (self._process is not None and self._process.poll() is not None) or self._answers()

    def _answers(self) -> bool:
        try:
            self.client().list_buckets()
        except (BotoCoreError, OSError):
            return False
        return True
