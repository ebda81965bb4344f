"""Write a search as an Atom feed (RFC 4287): what was published, the newest first."""

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.etree import ElementTree as ET

from gateway.labels import KINDS, STATES

CONTENT_TYPE: Final = "application/atom+xml; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
# Of a feed without entries: it has never changed.
_NEVER: Final = "2015-01-01T00:00:00Z"
# What no XML document may hold.
_NO_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _ATOM)


def write(items: Sequence[Mapping[str, Any]], *, site: str, query: str, title: str) -> bytes:
    """Return the feed of some hits of a search, whose ``query`` is a query string in fixed order.

    The id of an entry is that of the declaration, the id of the feed follows from the query: both
    stay whatever the address of the site is.
    """
    feed = ET.Element(f"{{{_ATOM}}}feed", {"xml:lang": "zh-CN"})
    newest = sorted(items, key=lambda item: str(item["published_at"]), reverse=True)
    _add(feed, "id", f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'qibiao:search?{query}')}")
    _add(feed, "title", title)
    _add(feed, "updated", str(newest[0]["published_at"]) if newest else _NEVER)
    _add(feed, "link", rel="self", type="application/atom+xml", href=f"{site}/search.atom?{query}")
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site}/search?{query}")
    for item in newest:
        _add_entry(feed, item, site)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _add_entry(feed: ET.Element, item: Mapping[str, Any], site: str) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    state = STATES.get(str(item["state"]), "")
    about = f"企业：{item['enterprise_name']}。状态：{state}。"
    if item["product_summary"]:
        about += f"产品：{item['product_summary']}。"
    _add(entry, "id", f"urn:uuid:{item['declaration_id']}")
    _add(entry, "title", f"{item['number']} {item['title']}")
    _add(entry, "updated", str(item["published_at"]))
    _add(entry, "published", str(item["published_at"]))
    _add(entry, "link", rel="alternate", type="text/html", href=f"{site}/s/{item['record_number']}")
    _add(ET.SubElement(entry, f"{{{_ATOM}}}author"), "name", str(item["enterprise_name"]))
    _add(entry, "category", term=str(item["kind"]), label=KINDS.get(str(item["kind"]), ""))
    _add(entry, "summary", about)


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> None:
    plain = {key: _NO_XML.sub("", value) for key, value in attributes.items()}
    ET.SubElement(parent, f"{{{_ATOM}}}{name}", plain).text = _NO_XML.sub("", text) or None
