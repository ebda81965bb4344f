"""Where snapshots come from: a platform over HTTP, or a folder of files downloaded before."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import requests

PAGE: Final = 500
_PIECE: Final = 256 * 1024
_PATIENCE: Final = 900.0
_TIMEOUT: Final = 60
_BUSY: Final = frozenset({429, 502, 503, 504})
_GONE: Final = 416
_PARTIAL: Final = 206
_OK: Final = 200


class SourceError(RuntimeError):
    """The source does not give what is needed; the text says what."""


class AlteredFileError(SourceError):
    """A file is not the one that its manifest describes."""


class Source(Protocol):
    """Give out snapshots and, where there is one, the feed."""

    has_feed: bool

    def snapshots(self) -> list[dict[str, Any]]:
        """Return what there is, newest first."""
        ...

    def manifest(self, snapshot_id: str) -> dict[str, Any]:
        """Return the manifest of a snapshot."""
        ...

    def file(self, snapshot_id: str, file: Mapping[str, Any]) -> Path:
        """Return the path of a file that is as its manifest says.

        Raises:
            AlteredFileError: it is not.
        """
        ...

    def events(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the public events after a position, up to now."""
        ...

    def document(self, declaration_id: str, version: int) -> bytes:
        """Return the canonical document of a version."""
        ...


class FolderSource:
    """Read snapshots that lie in a folder: ``<snapshot id>/manifest.json`` and its files."""

    has_feed = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def snapshots(self) -> list[dict[str, Any]]:
        """Return what lies in the folder, newest first.

        Raises:
            SourceError: nothing does.
        """
        found = [
            json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(self._folder.glob("*/manifest.json"))
        ]
        if not found:
            raise SourceError(f"no */manifest.json in {self._folder}")
        return sorted(
            found, key=lambda each: (int(each["position"]), str(each["created_at"])), reverse=True
        )

    def manifest(self, snapshot_id: str) -> dict[str, Any]:
        """Return a manifest.

        Raises:
            SourceError: it is not there.
        """
        path = self._folder / snapshot_id / "manifest.json"
        if not path.is_file():
            raise SourceError(f"{path} is missing")
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def file(self, snapshot_id: str, file: Mapping[str, Any]) -> Path:
        """Return the path of a file that is as its manifest says.

        Raises:
            AlteredFileError: it is not, or is missing.
        """
        path = self._folder / snapshot_id / str(file["name"])
        if not path.is_file():
            raise AlteredFileError(f"{snapshot_id}/{file['name']} is missing")
        if _sha256(path) != file["sha256"]:
            raise AlteredFileError(f"{snapshot_id}/{file['name']} is not what the manifest says")
        return path

    def events(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield nothing: a folder has no feed."""
        del after
        yield from ()

    def document(self, declaration_id: str, version: int) -> bytes:
        """Refuse: a folder has no feed, so nobody asks.

        Raises:
            SourceError: always.
        """
        raise SourceError(f"no document of {declaration_id} version {version}: there is no feed")


class HttpSource:
    """Ask a platform, keep the files in a folder, and go on with those begun before."""

    has_feed = True

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url.rstrip("/") + "/api/v1"
        self._folder = folder
        self._kept = FolderSource(folder)
        self._http = requests.Session()
        self._http.trust_env = False

    def snapshots(self) -> list[dict[str, Any]]:
        """Return what the platform offers, newest first."""
        return list(self._json("/snapshots")["items"])

    def manifest(self, snapshot_id: str) -> dict[str, Any]:
        """Return a manifest, and keep it beside the files."""
        answer = self._get(f"/snapshots/{snapshot_id}/manifest")
        path = self._folder / snapshot_id / "manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(answer.content)
        return dict(answer.json())

    def file(self, snapshot_id: str, file: Mapping[str, Any]) -> Path:
        """Download a file, or what is missing of it.

        Raises:
            AlteredFileError: what came is not what the manifest says, twice.
        """
        path = self._folder / snapshot_id / str(file["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            if not path.exists() or path.stat().st_size < file["bytes"]:
                self._download(snapshot_id, file, path)
            try:
                return self._kept.file(snapshot_id, file)
            except AlteredFileError:
                path.unlink(missing_ok=True)
        raise AlteredFileError(f"{snapshot_id}/{file['name']} is not what the manifest says")

    def events(self, after: int) -> Iterator[dict[str, Any]]:
        """Yield the public events after a position, up to now.

        Raises:
            SourceError: the log does not reach back so far.
        """
        while True:
            page = self._json("/events", after=after, limit=PAGE)
            yield from page["items"]
            if page["next_after"] == after:
                return
            after = int(page["next_after"])

    def document(self, declaration_id: str, version: int) -> bytes:
        """Return the canonical document of a version."""
        return self._get(f"/declarations/{declaration_id}/versions/{version}").content

    def _download(self, snapshot_id: str, file: Mapping[str, Any], path: Path) -> None:
        have = path.stat().st_size if path.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{file["sha256"]}"'} if have else {}
        answer = self._get(f"/snapshots/{snapshot_id}/files/{file['name']}", headers=headers)
        mode = "ab" if answer.status_code == _PARTIAL else "wb"
        with path.open(mode) as target:
            for piece in answer.iter_content(_PIECE):
                target.write(piece)

    def _json(self, path: str, **query: object) -> dict[str, Any]:
        return dict(self._get(path, query=query).json())

    def _get(
        self,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Ask, again while the platform is busy.

        Raises:
            SourceError: it is away, or refuses.
        """
        give_up_at = time.monotonic() + _PATIENCE
        while True:
            try:
                answer = self._http.get(
                    self._url + path,
                    params={name: str(value) for name, value in (query or {}).items()},
                    headers=dict(headers or {}),
                    timeout=_TIMEOUT,
                    stream=True,
                )
            except requests.RequestException as error:
                raise SourceError(f"{path}: {error}") from error
            if answer.status_code in {_OK, _PARTIAL}:
                return answer
            if answer.status_code not in _BUSY or time.monotonic() > give_up_at:
                hint = ": the log does not reach back so far" if answer.status_code == _GONE else ""
                raise SourceError(f"{path} answered {answer.status_code}{hint}")
            answer.close()
            time.sleep(min(float(answer.headers.get("Retry-After", 1)), 30.0))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
