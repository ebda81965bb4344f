"""Answers have exactly the fields that ``contracts.rpc`` promises."""

from typing import Any

from chassis.testing import Embedded
from contracts.rpc import search as search_contract
from contracts.rpc import standards as contract
from tests.component.standards.conftest import Clerk


def fields(answer: dict[str, Any]) -> set[str]:
    return set(answer)


def promised(kind: Any) -> set[str]:
    return set(kind.__annotations__) | {
        name
        for base in getattr(kind, "__orig_bases__", ())
        for name in getattr(base, "__annotations__", {})
    }


class TestAnswers:
    def test_are_as_promised(self, system: Embedded, clerk: Clerk) -> None:
        upload = clerk.upload()
        draft = clerk.save(upload_id=upload["upload_id"])
        commitment = clerk.ask("preview_commitment", declaration_id=draft["declaration_id"])
        template = clerk.ask("get_commitment_template", kind="ENTERPRISE")
        published = clerk.publish(draft)
        page = clerk.ask("list_declarations", kind="ENTERPRISE")
        anyone = system.client("standards", as_service=None)
        record = {"record_number": published["record_number"]}
        version = anyone.get_version(declaration_id=draft["declaration_id"], version=1)
        system.wait_idle()
        found = system.client("search", as_service=None).search_declarations()

        answers = [
            (upload, contract.Upload),
            (draft, contract.Declaration),
            (draft["text"], contract.AttachedText),
            (draft["products"][0], contract.Product),
            (commitment, contract.Commitment),
            (template, contract.CommitmentTemplate),
            (published, contract.Publication),
            (page, contract.ListPage),
            (page["items"][0], contract.ListItem),
            (clerk.ask("open_upload", file_name="a.pdf"), contract.OpenedUpload),
            (version, contract.Version),
            (version["extracted_text"], contract.ExtractedText),
            (anyone.get_public_declaration(**record), contract.PublicDeclaration),
            (anyone.get_public_text(**record), contract.PublicText),
            (anyone.list_events(), contract.EventPage),
            (system.client("standards").scan_versions(), contract.VersionPage),
            (found, search_contract.SearchPage),
            (found["items"][0], search_contract.SearchHit),
            (
                system.client("search").get_document(**record),
                search_contract.PublicDeclaration,
            ),
        ]

        for answer, kind in answers:
            assert fields(answer) == promised(kind), kind
