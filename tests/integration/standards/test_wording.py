"""By which words search finds a declaration beside those of its document."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from services.standards import queries
from services.standards.models import ClassScheme, ProductClass
from services.standards.models.catalogue import CatalogueStandard
from tests.integration.standards.test_kinds import list_in_catalogue

if TYPE_CHECKING:
    from tests.integration.standards.conftest import Office


def new_classes(office: "Office") -> None:
    """Load a list of two classes, one above the other."""
    named = {"scheme": "T", "version": "1"}
    with office.database.transaction() as tx:
        scheme = ClassScheme(
            **named, content_sha256="0", class_count=2, loaded_at=datetime.now(UTC)
        )
        scheme.make_current(is_default=True)
        tx.session.add(scheme)
        tx.session.flush()
        for level, (code, parent, name) in enumerate((("21", "", "器皿"), ("2106", "21", "杯")), 1):
            tx.session.add(
                ProductClass(
                    **named,
                    code=code,
                    parent_code=parent,
                    level=level,
                    name=name,
                    folded_name=name,
                    folded_above="",
                    is_leaf=level == 2,
                )
            )


def test_is_told_with_the_current_version(office: "Office") -> None:
    catalogue_id = list_in_catalogue(office, "GB/T 29606-2013")
    with office.database.transaction() as tx:
        tx.session.get_one(CatalogueStandard, catalogue_id).english_title = "Vacuum cups"
    new_classes(office)
    product = {"name": "保温杯", "model": "1", "class_code": "2106"}

    picked = office.publish(
        office.save(
            kind="NATIONAL", catalogue_id=catalogue_id, number={}, title="", products=[product]
        )
    )
    typed = office.publish_new()

    with office.database.read() as session:
        current = queries.find_current(session, declaration_id=picked["declaration_id"])
        other = queries.find_current(session, declaration_id=typed["declaration_id"])
        scanned = queries.scan_versions(session, after="", limit=10)["items"]
    assert current["english_title"] == "Vacuum cups"
    assert current["class_names"] == {"2106": ["器皿", "杯"]}
    assert other["english_title"] == ""
    assert {item["declaration_id"]: item for item in scanned} == {
        item["declaration_id"]: item for item in (current, other)
    }
