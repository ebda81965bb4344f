"""Check a declaration before it goes out: collect what is known, and ask the rules (合规自检).

The words of a file lie in the blob store, which nothing inside a transaction waits for: a check is
made of two reads of the database with the reading of the file between them. What forbids a
submission is known from the database alone.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from chassis.uow import Transaction
from services.standards import queries
from services.standards.domain import checks, references
from services.standards.domain.checks import Finding
from services.standards.domain.citations import TextFacts
from services.standards.domain.drafts import DraftContent, Fault
from services.standards.domain.enterprises import EnterpriseSnapshot
from services.standards.domain.record_number import BEIJING
from services.standards.domain.references import Cited, Reference
from services.standards.domain.rules import PublicationRules
from services.standards.models import Declaration
from services.standards.queries import checks as known


@dataclass(frozen=True)
class Subject:
    """Hold what is checked: the declaration as it stands, and where the words of its file are."""

    declaration_id: str
    content: DraftContent
    has_text: bool
    words_key: str | None


def find_subject(session: Session, *, declaration_id: str, enterprise_id: str) -> Subject:
    """Return one of an enterprise's own declarations, draft or public, to check it.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
    """
    own = queries.find_own(session, declaration_id=declaration_id, enterprise_id=enterprise_id)
    upload = own.upload
    has_words = upload is not None and upload.extracted_sha256 is not None
    return Subject(
        declaration_id=own.id,
        content=own.content,
        has_text=upload is not None,
        words_key=upload.extracted_key if upload is not None and has_words else None,
    )


def check_declaration(  # noqa: PLR0913 - each is one fact of the check
    session: Session,
    *,
    subject: Subject,
    words: TextFacts | None,
    enterprise: EnterpriseSnapshot,
    rules: PublicationRules,
    is_committed: bool,
    now: datetime,
) -> dict[str, Any]:
    """Return everything that is to be said of a declaration before it is submitted."""
    content, today = subject.content, _today(now)
    cited = references.list_cited(content)
    if words is not None:
        cited = references.add_from_text(cited, words.cited)
    found = _look_up(session, cited, today)
    codes = {product.class_code for product in content.products if product.class_code}
    findings = [
        *checks.find_incomplete(
            content, has_text=subject.has_text, is_committed=is_committed, rules=rules
        ),
        *checks.find_number_faults(content, region=enterprise.region, rules=rules),
        *references.find_below(content, found),
        *checks.find_form_faults(content, today=today),
        *references.find_not_in_force(found),
        *references.find_unreadable(content),
        *checks.find_text_faults(content, has_text=subject.has_text, words=words),
        *checks.find_unknown_classes(content, known.find_known_classes(session, codes)),
    ]
    return {
        "declaration_id": subject.declaration_id,
        "findings": [_view(finding) for finding in checks.cap(findings)],
        "finding_count": len(findings),
        "is_publishable": checks.is_publishable(findings),
        "checked_at": queries.wire_time(now),
    }


def find_forbidden(
    tx: Transaction, declaration: Declaration, *, region: str, rules: PublicationRules
) -> list[Fault]:
    """Return what law or region forbids of a declaration that is about to go out.

    Only the database is asked: what merely the words of a file show never forbids anything.
    """
    content = declaration.content
    findings = checks.find_number_faults(content, region=region, rules=rules)
    if content.indicators:
        found = _look_up(tx.session, references.list_cited(content), _today(tx.now()))
        findings += references.find_below(content, found)
    return checks.to_faults(findings)


def _look_up(session: Session, cited: list[Cited], today: date) -> list[Reference]:
    numbers = [entry.number for entry in cited]
    standings = known.find_standings(session, numbers, today=today)
    compared = [entry.number for entry in cited if entry.role in references.COMPARED]
    indicators = known.find_indicators(session, compared)
    return [
        Reference(entry, standings.get(entry.number.key), indicators.get(entry.number.key, ()))
        for entry in cited
    ]


def _today(now: datetime) -> date:
    return now.astimezone(BEIJING).date()


def _view(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "pointer": finding.pointer,
        "basis": finding.basis,
        "params": dict(finding.params),
    }
