"""tools.generate_declarations: what is written is consistent, and the same for the same seed."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.accounts import seeds
from services.registry.domain import codes
from services.standards.domain import products, record_number
from services.standards.domain.kinds import StandardKind
from tools.generate_declarations import Plan, generate_batches
from tools.generate_declarations.enterprises import make_enterprises
from tools.generate_declarations.histories import BATCH, midnight
from tools.generate_declarations.rows import TABLES, columns_of

PLAN = Plan(declarations=2_000, until=datetime(2026, 11, 1, tzinfo=UTC), enterprises=10)

Rows = dict[str, list[dict[str, Any]]]


def generate(plan: Plan) -> Rows:
    rows: Rows = {name: [] for name in TABLES}
    for batch in generate_batches(plan):
        for name, entries in batch.rows.items():
            columns = columns_of(name)
            rows[name] += [dict(zip(columns, entry, strict=True)) for entry in entries]
    return rows


@pytest.fixture(scope="module")
def rows() -> Rows:
    return generate(PLAN)


def by_declaration(entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        found.setdefault(entry["declaration_id"], []).append(entry)
    return found


class TestGenerateBatches:
    def test_is_the_same_for_the_same_seed(self) -> None:
        plan = replace(PLAN, declarations=60)

        assert generate(plan) == generate(plan)
        assert generate(plan) != generate(replace(plan, seed=2))

    def test_gives_few_at_a_time(self) -> None:
        sizes = [batch.declarations for batch in generate_batches(PLAN)]

        assert sum(sizes) == PLAN.declarations
        assert max(sizes) <= BATCH

    def test_has_all_kinds_and_states(self, rows: Rows) -> None:
        kinds = Counter(row["kind"] for row in rows["declarations"])
        states = Counter(row["state"] for row in rows["declarations"])

        assert set(kinds) == set(StandardKind)
        assert kinds["ENTERPRISE"] > PLAN.declarations * 0.7
        assert set(states) == {"DRAFT", "PUBLISHED", "WITHDRAWN"}
        assert states["PUBLISHED"] > PLAN.declarations * 0.7

    def test_gives_each_declaration_a_few_products_and_rarely_very_many(self, rows: Rows) -> None:
        counts = Counter(Counter(row["declaration_id"] for row in rows["products"]).values())

        assert sum(counts.values()) == PLAN.declarations
        assert counts[1] > counts[2] > counts[4]
        assert max(counts) >= 200
        barcodes = [row["barcode"] for row in rows["products"] if row["barcode"]]
        assert all(products.is_barcode(barcode) for barcode in barcodes[:200])

    @pytest.mark.parametrize(("first_owns", "owned"), [(None, 200), (1_500, 1_500), (0, 0)])
    def test_gives_the_first_enterprise_its_part(self, first_owns: int | None, owned: int) -> None:
        found = generate(replace(PLAN, first_owns=first_owns))

        first = make_enterprises(1)[0].enterprise_id
        assert sum(row["enterprise_id"] == first for row in found["declarations"]) == owned

    def test_everything_happens_in_time(self, rows: Rows) -> None:
        made = [row["created_at"] for row in rows["declarations"]]

        assert made == sorted(made)
        for row in rows["declarations"]:
            moments = [row[name] for name in ("created_at", "published_at", "corrected_at")]
            moments += [row["withdrawn_at"], PLAN.until]
            known = [moment for moment in moments if moment is not None]
            assert known == sorted(known)
            assert row["updated_at"] <= PLAN.until


class TestConsistency:
    def test_counters_are_as_far_as_the_record_numbers(self, rows: Rows) -> None:
        counts: dict[str, list[int]] = {}
        for row in rows["declarations"]:
            if row["state"] != "DRAFT":
                assert record_number.is_record_number(row["record_number"])
                _, code, _, count = row["record_number"].split("-")
                counts.setdefault(code, []).append(int(count))

        counters = {row["enterprise_code"]: row["last"] for row in rows["record_counters"]}
        assert counters == {code: len(found) for code, found in counts.items()}
        for found in counts.values():
            assert found == list(range(1, len(found) + 1))

    def test_versions_say_what_the_declarations_say(self, rows: Rows) -> None:
        versions = by_declaration(rows["versions"])
        covered = by_declaration(rows["products"])
        for row in rows["declarations"]:
            found = versions.get(row["id"], [])
            assert [version["number"] for version in found] == list(
                range(1, row["published_version"] + 1)
            )
            for version in found:
                text = version["document"]
                assert version["document_sha256"] == hashlib.sha256(text.encode()).hexdigest()
                assert json.loads(text)["version"] == version["number"]
            if found:
                last = json.loads(found[-1]["document"])
                assert last["record_number"] == row["record_number"]
                assert last["number"]["text"] == row["number_text"]
                assert [product["model"] for product in last["products"]] == [
                    product["model"] for product in covered[row["id"]]
                ]

    def test_changes_of_all_sorts_are_among_the_versions(self, rows: Rows) -> None:
        changes = {row["change"] for row in rows["versions"]}

        assert changes == {"PUBLISHED", "CORRECTED", "PRODUCTS_ADDED"}

    def test_every_living_chain_and_no_other_has_its_number(self, rows: Rows) -> None:
        living = {
            (row["chain_id"], row["enterprise_id"], row["kind"], row["number_key"])
            for row in rows["declarations"]
            if row["state"] != "WITHDRAWN"
        }

        claims = [
            (row["chain_id"], row["enterprise_id"], row["kind"], row["number_key"])
            for row in rows["number_claims"]
        ]
        assert set(claims) == living
        assert len(claims) == len({claim[0] for claim in claims})
        assert len(claims) == len({claim[1:] for claim in claims})

    def test_revisions_belong_to_the_chain_of_what_they_revise(self, rows: Rows) -> None:
        known = {row["id"]: row for row in rows["declarations"]}
        revisions = [row for row in rows["declarations"] if row["supersedes_id"] is not None]

        assert revisions
        for row in revisions:
            old = known[row["supersedes_id"]]
            assert old["published_at"] < row["created_at"]
            assert old["withdrawn_at"] is None or old["withdrawn_at"] > row["updated_at"]
            for name in ("chain_id", "enterprise_id", "kind", "number_text", "title"):
                assert old[name] == row[name]
        drafts = [row["supersedes_id"] for row in revisions if row["state"] == "DRAFT"]
        assert drafts
        assert len(drafts) == len(set(drafts))

    def test_texts_and_indicators_are_where_they_are_disclosed(self, rows: Rows) -> None:
        texts = Counter(row["declaration_id"] for row in rows["uploads"])
        indicators = Counter(row["declaration_id"] for row in rows["indicators"])
        for row in rows["declarations"]:
            assert texts[row["id"]] == (row["disclosure_mode"] == "FULL_TEXT")
            assert (indicators[row["id"]] > 0) == (row["disclosure_mode"] == "INDICATORS")
            assert (row["catalogue_id"] is not None) == (row["disclosure_mode"] == "NONE")

    def test_every_publication_has_its_review(self, rows: Rows) -> None:
        published = {
            row["id"]: (row["published_at"], row["withdrawn_at"])
            for row in rows["declarations"]
            if row["published_at"] is not None
        }

        assert published == {
            row["declaration_id"]: (row["counted_from"], row["ended_at"]) for row in rows["reviews"]
        }


class TestMakeEnterprises:
    def test_begins_with_those_of_the_demonstration(self) -> None:
        known = [entry["enterprise_id"] for entry in seeds.demo_enterprises()]

        made = make_enterprises(len(known) + 3)

        assert [entry.enterprise_id for entry in made[: len(known)]] == known
        assert make_enterprises(1)[0].enterprise_id == known[0]

    def test_invents_codes_with_right_check_characters(self) -> None:
        known = len(seeds.demo_enterprises())

        invented = make_enterprises(472)[known:]

        assert all(codes.is_credit_code(entry.credit_code) for entry in invented)
        assert len({entry.credit_code for entry in invented}) == len(invented)
        assert len({entry.enterprise_id for entry in invented}) == len(invented)


class TestMidnight:
    def test_is_the_beginning_of_the_day(self) -> None:
        moment = datetime(2026, 11, 1, 23, 59, 59, 5, tzinfo=UTC)

        assert midnight(moment) == datetime(2026, 11, 1, tzinfo=UTC)
