"""By which words a declaration is to be found beside those of its document."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.standards.domain import documents
from services.standards.models import Version
from services.standards.models.catalogue import CatalogueStandard
from services.standards.queries.classes import find_classes


def find_wording(session: Session, versions: Sequence[Version]) -> dict[str, dict[str, Any]]:
    """Return what to find some versions by, by declaration id.

    Each is ``{english_title, class_names}``: the English name of the catalogue standard that was
    chosen, empty without, and the names of its product classes by code, from the top down.
    """
    contents = {version.declaration_id: documents.read(version.document) for version in versions}
    titles = _english_titles(session, contents)
    codes = {code: None for content in contents.values() for code in _codes(content)}
    names = {
        code: [step["name"] for step in view["path"]]
        for code, view in find_classes(session, codes).items()
    }
    return {
        declaration_id: {
            "english_title": titles.get(content.get("catalogue_id"), ""),
            "class_names": {code: names[code] for code in _codes(content) if code in names},
        }
        for declaration_id, content in contents.items()
    }


def _english_titles(
    session: Session, contents: Mapping[str, Mapping[str, Any]]
) -> dict[str | None, str]:
    chosen = {content["catalogue_id"] for content in contents.values() if content["catalogue_id"]}
    if not chosen:
        return {}
    rows = session.execute(
        sa.select(CatalogueStandard.id, CatalogueStandard.english_title).where(
            CatalogueStandard.id.in_(chosen)
        )
    )
    return {row.id: row.english_title for row in rows}


def _codes(content: Mapping[str, Any]) -> list[str]:
    return [product["class_code"] for product in content["products"] if product["class_code"]]
