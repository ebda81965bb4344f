"""Make HTML pages from templates: one look, Chinese dates, nothing that needs JavaScript."""

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import jinja2

from gateway.labels import (
    DEVIATIONS,
    ENTERPRISE_FIELDS,
    KINDS,
    MARKS,
    MODES,
    STATES,
    SUBJECTS,
    WITHDRAWAL_REASONS,
)
from gateway.requirement_words import requirement_words

_HERE: Final = Path(__file__).parent
STATIC: Final = _HERE / "static"
_BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


class Pages:
    """Render templates that are compiled once."""

    def __init__(self, *, is_production: bool) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            beijing=beijing,
            beijing_date=beijing_date,
            mark=mark_text,
            query=query_string,
            highlight=highlight,
            file_size=file_size,
            in_words=requirement_words,
            method=method_words,
        )
        self._environment.globals.update(
            kinds=KINDS,
            states=STATES,
            modes=MODES,
            subjects=SUBJECTS,
            deviations=DEVIATIONS,
            withdrawal_reasons=WITHDRAWAL_REASONS,
            static=static_url,
            is_production=is_production,
        )

    def render(self, template: str, context: Mapping[str, Any], *, as_of: datetime | None) -> str:
        """Return the page; ``as_of`` is shown when the data are not of now."""
        return self._environment.get_template(template).render({**context, "as_of": as_of})


def beijing(moment: str | datetime | None) -> str:
    """Return a moment as people in China write it."""
    local = _local(moment)
    return local.strftime("%Y年%m月%d日 %H:%M") if local else ""


def beijing_date(moment: str | datetime | None) -> str:
    """Return the day of a moment."""
    local = _local(moment)
    return local.strftime("%Y-%m-%d") if local else ""


def mark_text(mark: Mapping[str, Any]) -> str:
    """Return a mark as one sentence; of a kind that is not known here, nothing."""
    detail = mark["detail"]
    changed = (ENTERPRISE_FIELDS.get(name, name) for name in detail.get("changed", ()))
    replaced_by = detail.get("replaced_by")
    return MARKS.get(mark["kind"], "").format(
        since=beijing_date(mark["since"]),
        changed="、".join(changed),
        due_at=beijing_date(detail.get("due_at")),
        number=detail.get("number", ""),
        replaced_by=f" {replaced_by} " if replaced_by else "其他标准",
        standards="、".join(_cited(entry) for entry in detail.get("standards", ())),
    )


def _cited(entry: Mapping[str, Any]) -> str:
    """Return a standard that is cited, and the one in its place where there is one."""
    replaced_by = entry.get("replaced_by")
    return f"{entry['number']}（由 {replaced_by} 代替）" if replaced_by else str(entry["number"])


def file_size(size: int) -> str:
    """Return a number of bytes as people say it."""
    kib = -(-size // 1024)
    return f"{kib} KB" if kib < 1024 else f"{size / 1024 / 1024:.1f} MB"  # noqa: PLR2004


def method_words(method: Mapping[str, Any] | None) -> str:
    """Return a test method as pages show it."""
    if not method:
        return "—"
    if method["kind"] == "CUSTOM":
        return str(method["content"])
    return f"{method['number']} {method['title']}"


def query_string(values: Mapping[str, Any], **changes: Any) -> str:  # noqa: ANN401 - query values
    """Return a query string of the values that are set, some of them changed."""
    merged = {**values, **changes}
    return urlencode({name: value for name, value in merged.items() if value not in {None, ""}})


def highlight(text: str, ranges: Sequence[Sequence[int]]) -> list[tuple[str, bool]]:
    """Return the pieces of a text, and whether each is in one of the ranges of characters."""
    pieces, place = [], 0
    for start, end in ranges:
        pieces += [(text[place:start], False), (text[start:end], True)]
        place = end
    return [piece for piece in (*pieces, (text[place:], False)) if piece[0]]


def static_files() -> dict[str, tuple[bytes, str]]:
    """Return content and type of every file that is served as it is."""
    return {
        path.relative_to(STATIC).as_posix(): (path.read_bytes(), _content_type(path))
        for path in sorted(STATIC.glob("*"))
        if path.is_file()
    }


def static_url(name: str) -> str:
    """Return the address of a static file; it changes with the content and may be kept for ever."""
    return f"/static/{name}?v={_VERSIONS[name]}"


def _content_type(path: Path) -> str:
    kind = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _local(moment: str | datetime | None) -> datetime | None:
    if not moment:
        return None
    parsed = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return parsed.astimezone(_BEIJING)


_VERSIONS: Final = {
    name: hashlib.sha256(content).hexdigest()[:12]
    for name, (content, _kind) in static_files().items()
}
