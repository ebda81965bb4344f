"""Where snapshots come from: a platform over HTTP, or a folder of files downloaded before."""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
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
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
_LONGEST: Final = 64 * 1024 * 1024  # bytes of an answer that is read as a whole


class SourceError(RuntimeError):
    """The source does not give what is needed; the text says what."""


class AlteredFileError(SourceError):
    """A file is not the one that its manifest describes."""


def check_manifest(manifest: object, snapshot_id: str) -> dict[str, Any]:
    """Return a manifest that is one, and names nothing but files in its own folder.

    Raises:
        SourceError: it is not; whoever wrote it may mean harm.
    """
    is_good = (
        isinstance(manifest, dict)
        and _NAME.fullmatch(snapshot_id) is not None
        and manifest.get("snapshot_id") == snapshot_id
        and isinstance(manifest.get("files"), list)
        and all(map(_is_file, manifest["files"]))
    )
    if not is_good:
        raise SourceError(f"the manifest of {snapshot_id!r} is not one")
    return dict(manifest)  # type: ignore[call-overload]


def _is_file(file: object) -> bool:
    if not isinstance(file, dict):
        return False
    name, size = file.get("name"), file.get("bytes")
    is_named = isinstance(name, str) and _NAME.fullmatch(name) is not None
    return is_named and isinstance(size, int) and isinstance(file.get("sha256"), str)


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
            check_manifest(_parse(path.read_bytes(), str(path)), path.parent.name)
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
        return check_manifest(_parse(path.read_bytes(), str(path)), snapshot_id)

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
        """Return a manifest, and keep it beside the files.

        Raises:
            SourceError: it is not one.
        """
        content = self._read(f"/snapshots/{snapshot_id}/manifest")
        manifest = check_manifest(_parse(content, "the manifest"), snapshot_id)
        path = self._folder / snapshot_id / "manifest.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return manifest

    def file(self, snapshot_id: str, file: Mapping[str, Any]) -> Path:
        """Download a file, or what is missing of it.

        Raises:
            AlteredFileError: what came is not what the manifest says, twice.
        """
        path = self._folder / snapshot_id / str(file["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        for _ in range(2):
            self._complete(snapshot_id, file, path)
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
            if page["next_after"] <= after:
                return
            after = int(page["next_after"])

    def document(self, declaration_id: str, version: int) -> bytes:
        """Return the canonical document of a version."""
        return self._read(f"/declarations/{declaration_id}/versions/{version}")

    def _complete(self, snapshot_id: str, file: Mapping[str, Any], path: Path) -> None:
        """Download what is missing, again where the connection broke.

        Raises:
            SourceError: it breaks without anything having come.
        """
        while (have := path.stat().st_size if path.exists() else -1) < file["bytes"]:
            try:
                self._download(snapshot_id, file, path)
            except requests.RequestException as error:
                if not path.exists() or path.stat().st_size <= have:
                    raise SourceError(f"{snapshot_id}/{file['name']}: {error}") from error
            else:
                return

    def _download(self, snapshot_id: str, file: Mapping[str, Any], path: Path) -> None:
        have = path.stat().st_size if path.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{file["sha256"]}"'} if have else {}
        answer = self._get(f"/snapshots/{snapshot_id}/files/{file['name']}", headers=headers)
        is_rest = answer.status_code == _PARTIAL
        room = int(file["bytes"]) - (have if is_rest else 0)
        with closing(answer), path.open("ab" if is_rest else "wb") as target:
            for piece in answer.iter_content(_PIECE):
                target.write(piece[:room])
                room -= len(piece)
                if room < 0:
                    return  # more than was said: its hash tells

    def _json(self, path: str, **query: object) -> dict[str, Any]:
        found = _parse(self._read(path, query=query), path)
        if not isinstance(found, dict):
            raise SourceError(f"{path} answered something else")
        return found

    def _read(self, path: str, *, query: Mapping[str, object] | None = None) -> bytes:
        """Return a whole answer.

        Raises:
            SourceError: it is away, refuses, breaks off, or sends more than anything can need.
        """
        content = bytearray()
        with closing(self._get(path, query=query)) as answer:
            try:
                for piece in answer.iter_content(_PIECE):
                    content += piece
                    if len(content) > _LONGEST:
                        raise SourceError(f"{path} answered too much")
            except requests.RequestException as error:
                raise SourceError(f"{path}: {error}") from error
        return bytes(content)

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
            told = answer.headers.get("Retry-After", "")
            time.sleep(min(int(told), 30) if told.isdecimal() else 1)


def _parse(content: bytes, what: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{what}: not JSON") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
