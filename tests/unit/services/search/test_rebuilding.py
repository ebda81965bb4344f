"""What a rebuilt index is compared by."""

from services.search.domain.rebuilding import Held, add_lines, compare

A, B, C = (Held(name, 2, "PUBLISHED", name * 64) for name in "abc")
COUNTED = {"a": 2, "b": 2, "c": 2}


class TestCompare:
    def test_finds_nothing_between_equals(self) -> None:
        found = compare([A, B], [B, A], COUNTED)

        assert (found.outdated, found.unknown) == ((), ())

    def test_finds_what_is_missing_older_or_different(self) -> None:
        older = A._replace(sequence=1)
        different = B._replace(document_sha256="0" * 64)

        assert compare([A, B, C], [older, different], COUNTED).outdated == ("a", "b", "c")

    def test_lets_what_is_newer_be(self) -> None:
        newer = A._replace(sequence=3, state="WITHDRAWN")

        assert compare([A], [newer], COUNTED).outdated == ()

    def test_finds_what_is_not_counted_as_it_is(self) -> None:
        assert compare([A, B], [A, B], {"a": 1}).outdated == ("a", "b")

    def test_names_what_the_owner_did_not(self) -> None:
        assert compare([A], [A, C, B], COUNTED).unknown == ("b", "c")


class TestAddLines:
    def test_does_not_depend_on_order_or_pages(self) -> None:
        assert add_lines("", [A, B, C]) == add_lines(add_lines("", [C]), [B, A])

    def test_depends_on_every_part(self) -> None:
        changes = (
            {"declaration_id": "x"},
            {"sequence": 3},
            {"state": "WITHDRAWN"},
            {"document_sha256": "0" * 64},
        )
        sums = {add_lines("", [A._replace(**change), B]) for change in changes}

        assert len(sums | {add_lines("", [A, B])}) == 5

    def test_of_the_same_line_twice_is_another(self) -> None:
        assert len({add_lines("", []), add_lines("", [A]), add_lines("", [A, A])}) == 3
