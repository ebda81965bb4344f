"""A page as a person or a screen reader meets it: headings, links, fields, tables, marks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "input", "br", "hr"}


@dataclass
class Element:
    """Be one element with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)

    def find(self, tag: str, **attributes: str) -> Iterator["Element"]:
        """Yield the elements of a tag below this one; ``class_`` is one of its classes."""
        for child in self.children:
            if isinstance(child, str):
                continue
            if child.tag == tag and all(child.has(*pair) for pair in attributes.items()):
                yield child
            yield from child.find(tag, **attributes)

    def has(self, name: str, value: str) -> bool:
        """Say whether an attribute has a value."""
        if name == "class_":
            return value in self.attributes.get("class", "").split()
        return self.attributes.get(name.replace("_", "-")) == value

    @property
    def text(self) -> str:
        """Return what is read here, blanks made one."""
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return " ".join("".join(parts).split())


class WebPage(HTMLParser):
    """Read a page; one whose tags do not close in order fails."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page")
        self._open = [self.root]
        self.feed(html)
        self.close()
        assert self._open == [self.root], [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    @property
    def main(self) -> Element:
        """Return the one main part."""
        (found,) = self.root.find("main")
        return found

    @property
    def title(self) -> str:
        """Return the page's own heading."""
        (found,) = self.root.find("h1")
        return found.text

    def headings(self, level: int = 2) -> list[str]:
        """Return the headings of a level in order."""
        return [heading.text for heading in self.main.find(f"h{level}")]

    def links(self) -> dict[str, str]:
        """Return where the links of the main part lead, by their text."""
        return {link.text: link.attributes["href"] for link in self.main.find("a")}

    def fields(self) -> dict[str, str]:
        """Return what the fields of the forms hold, by their names; nothing of unticked ones."""
        found = {
            each.attributes["name"]: each.attributes.get("value", "")
            for each in self.main.find("input")
            if each.attributes.get("type") != "radio" or "checked" in each.attributes
        }
        found |= {each.attributes["name"]: each.text for each in self.main.find("textarea")}
        for each in self.main.find("select"):
            chosen = [one for one in each.find("option") if "selected" in one.attributes]
            found[each.attributes["name"]] = chosen[0].attributes["value"] if chosen else ""
        return found

    def wrongs(self) -> dict[str, str]:
        """Return what is said to be wrong with which field; each is told by its description."""
        ids = {each.attributes.get("id"): each for each in self._all()}
        return {
            element.attributes.get("name") or element.attributes["id"]: " ".join(
                ids[name].text
                for name in element.attributes["aria-describedby"].split()
                if name.endswith("-wrong")
            )
            for element in self._all()
            if element.attributes.get("aria-invalid") == "true"
        }

    def facts(self) -> dict[str, str]:
        """Return what definition lists say."""
        names = [term.text for term in self.main.find("dt")]
        return dict(zip(names, [each.text for each in self.main.find("dd")], strict=True))

    def tables(self) -> list[list[list[str]]]:
        """Return the rows of each table, its head first."""
        return [
            [[cell.text for cell in row.children if isinstance(cell, Element)]
             for row in table.find("tr")]
            for table in self.main.find("table")
        ]  # fmt: skip

    def faults(self) -> list[str]:
        """Return what keeps people with a screen reader, or a strict browser, from the page."""
        found = [
            f"style or script inside the page: {name}"
            for name in ("style", "script")
            for element in self.root.find(name)
            if element.attributes.get("type") != "application/ld+json"
        ]
        (html,) = self.root.find("html")
        if html.attributes.get("lang") != "zh-CN":
            found.append("no language")
        if len(list(self.root.find("h1"))) != 1:
            found.append("not one h1")
        ids = [element.attributes["id"] for element in self._all() if "id" in element.attributes]
        found += [f"id twice: {name}" for name in set(ids) if ids.count(name) > 1]
        labelled = {label.attributes.get("for") for label in self.root.find("label")}
        wrapped = [field for label in self.root.find("label") for field in label.find("input")]
        for element in self._all():
            if (
                element.tag in {"input", "select", "textarea"}
                and element.attributes.get("type") != "hidden"
                and element.attributes.get("id") not in labelled
                and not any(element is field for field in wrapped)
            ):
                found.append(f"no label: {element.attributes}")
            if element.tag == "img" and "alt" not in element.attributes:
                found.append(f"no alt: {element.attributes}")
            if any(name == "style" or name.startswith("on") for name in element.attributes):
                found.append(f"inline: {element.attributes}")
            pointed_ids = element.attributes.get("aria-describedby", "").split()
            found += [f"described by nothing: {name}" for name in pointed_ids if name not in ids]
            pointed = element.attributes.get("aria-labelledby")
            if pointed is not None and pointed not in ids:
                found.append(f"labelled by nothing: {pointed}")
        return found

    def _all(self) -> Iterator[Element]:
        waiting = [self.root]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [child for child in element.children if isinstance(child, Element)]
