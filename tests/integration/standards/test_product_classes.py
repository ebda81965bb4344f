"""Lists of product classes: imported whole or not at all, chosen step by step, searched by word."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chassis.uow import Database
from services.standards import product_classes, queries
from services.standards.domain.product_classes import TreeFaultsError
from services.standards.product_classes import import_file, main
from services.standards.seeds import classes as seeds
from services.standards.usecases.classes import ClassVersionTakenError, Loading

NICE = "CNIPA-NICE"


def write(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("code", "level", "parent_code", "name"), *rows])
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return write(
        tmp_path / "small.csv",
        ("1", "1", "", "日用品"),
        ("11", "2", "1", "杯"),
        ("111", "3", "11", "保温杯"),
    )


@pytest.fixture
def stocked(database: Database) -> Database:
    """Return a database with the list that every installation begins with."""
    seeds.load_classes(database)
    return database


def children(database: Database, parent: str = "", **which: str) -> list[str]:
    with database.read() as session:
        found = queries.list_class_children(
            session, parent=parent, **{"scheme": "", "version": "", **which}
        )
    return [item["name"] for item in found["items"]]


def search(database: Database, query: str, **which: Any) -> dict[str, Any]:
    with database.read() as session:
        return queries.search_classes(
            session, query=query, **{"scheme": "", "version": "", "limit": 20, **which}
        )


def names(found: dict[str, Any]) -> list[str]:
    return [item["name"] for item in found["items"]]


class TestSeed:
    def test_is_loaded_once(self, database: Database) -> None:
        assert [seeds.load_classes(database) for _ in range(2)] == [True, False]

    def test_leaves_an_operators_choice_alone(self, stocked: Database, small: Path) -> None:
        import_file(stocked, small, scheme="OWN", version="1", makes_default=True)

        seeds.load_classes(stocked)

        assert children(stocked) == ["日用品"]

    def test_has_three_levels_everywhere_and_enough_to_choose_from(self, stocked: Database) -> None:
        with stocked.read() as session:
            leaves = queries.list_leaves(session, limit=1000)

        assert {len(leaf["path"]) for leaf in leaves} == {3}
        assert 150 <= len(leaves) <= 400
        assert len({leaf["code"] for leaf in leaves}) == len(leaves)


class TestSteps:
    @pytest.mark.proves("R-122")
    def test_lead_from_the_highest_class_to_a_leaf(self, stocked: Database) -> None:
        """手册 4.1: 产品分类 is three boxes, one below the other."""
        with stocked.read() as session:
            which = {"scheme": "", "version": ""}
            first = queries.list_class_children(session, parent="", **which)["items"]
            group = next(item for item in first if item["name"] == "文教体育和医疗")
            second = queries.list_class_children(session, parent=group["code"], **which)["items"]
            middle = next(item for item in second if item["name"] == "文具")
            third = queries.list_class_children(session, parent=middle["code"], **which)["items"]
            leaf = next(item for item in third if item["name"] == "教室装饰物和用品")

            chosen = queries.get_product_class(session, code=leaf["code"], **which)
            below = queries.list_class_children(session, parent=leaf["code"], **which)["items"]

        assert [item["level"] for item in (group, middle, leaf)] == [1, 2, 3]
        assert [item["is_leaf"] for item in (group, middle, leaf)] == [False, False, True]
        assert [step["name"] for step in chosen["path"]] == [
            "文教体育和医疗",
            "文具",
            "教室装饰物和用品",
        ]
        assert below == []

    def test_are_in_the_order_of_the_codes(self, stocked: Database) -> None:
        with stocked.read() as session:
            items = queries.list_class_children(session, parent="", scheme="", version="")["items"]

        assert [item["code"] for item in items] == sorted(item["code"] for item in items)

    def test_name_what_is_not_there(self, stocked: Database) -> None:
        with pytest.raises(queries.ProductClassNotFoundError):
            children(stocked, "QB99")
        with pytest.raises(queries.ClassSchemeNotFoundError):
            children(stocked, scheme="UNSPSC")
        with pytest.raises(queries.ClassSchemeNotFoundError):
            children(stocked, scheme="QIBIAO", version="1")
        with (
            stocked.read() as session,
            pytest.raises(queries.ProductClassNotFoundError),
        ):
            queries.get_product_class(session, code="2106", scheme="", version="")

    def test_need_a_list(self, database: Database) -> None:
        with pytest.raises(queries.ClassSchemeNotFoundError):
            children(database)
        with database.read() as session:
            assert queries.list_leaves(session, limit=10) == []


class TestSearch:
    @pytest.mark.proves("R-123")
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("保温杯", "保温杯和保温壶"),
            ("玻璃", "玻璃杯"),
            ("餐厨 不锈钢", "不锈钢餐具"),
            ("建材 玻璃", "平板玻璃"),
            ("QB020101", "保温杯和保温壶"),
            ("ＱＢ０２０１０１ 玻璃杯", None),
        ],
    )
    def test_finds_leaves_by_words_anywhere_on_their_way(
        self, stocked: Database, query: str, expected: str | None
    ) -> None:
        """手册 FAQ 23."""
        found = search(stocked, query)

        if expected is not None:
            assert expected in names(found)[:3]
            assert not found["is_nearest"]
        assert all(item["is_leaf"] for item in found["items"])

    @pytest.mark.proves("R-123")
    @pytest.mark.parametrize(
        ("query", "nearest"),
        [
            ("不锈钢真空保温杯", "保温杯和保温壶"),
            ("正宗咪咪虾条膨化食品", "膨化食品"),
            ("盼盼手撕面包", "面包"),
        ],
    )
    def test_offers_the_nearest_where_none_fits(
        self, stocked: Database, query: str, nearest: str
    ) -> None:
        """手册 FAQ 23: 找到最为贴近的即可."""
        found = search(stocked, query)

        assert found["is_nearest"]
        assert names(found)[0] == nearest

    @pytest.mark.parametrize("query", ["%", "_", "\\", "'; --", " ", "x", "杯%"])
    def test_takes_no_character_for_a_pattern(self, stocked: Database, query: str) -> None:
        found = search(stocked, query)

        assert [name for name in names(found) if query.strip() not in name] == []

    def test_stops_at_its_limit(self, stocked: Database) -> None:
        assert len(search(stocked, "食品", limit=5)["items"]) == 5


class TestVersions:
    def test_a_new_one_is_current_and_old_ones_stay(self, stocked: Database, small: Path) -> None:
        import_file(stocked, small, scheme="OWN", version="1")
        newer = write(small.with_name("newer.csv"), ("1", "1", "", "新类"))

        outcome, count = import_file(stocked, newer, scheme="OWN", version="2")

        assert (outcome, count) == (Loading.LOADED, 1)
        assert children(stocked, scheme="OWN") == ["新类"]
        assert children(stocked, scheme="OWN", version="1") == ["日用品"]
        assert children(stocked)[0] == "食品"

    def test_an_old_one_can_be_taken_back(self, stocked: Database, small: Path) -> None:
        import_file(stocked, small, scheme="QIBIAO", version="2027")
        outcome, _ = import_file(stocked, seeds.CLASSES, scheme=seeds.SCHEME, version=seeds.VERSION)

        assert outcome is Loading.MADE_CURRENT
        assert children(stocked)[0] == "食品"
        again, _ = import_file(stocked, seeds.CLASSES, scheme=seeds.SCHEME, version=seeds.VERSION)
        assert again is Loading.UNCHANGED

    def test_never_change(self, stocked: Database, small: Path) -> None:
        with pytest.raises(ClassVersionTakenError):
            import_file(stocked, small, scheme=seeds.SCHEME, version=seeds.VERSION)

        assert children(stocked)[0] == "食品"

    def test_codes_are_looked_up_in_what_is_current(self, stocked: Database, small: Path) -> None:
        import_file(stocked, small, scheme="OWN", version="1")

        with stocked.read() as session:
            found = queries.find_classes(session, ["111", "QB020101", "2106", "21-002"])
            nothing = queries.find_classes(session, [])

        assert {code: entry["scheme"] for code, entry in found.items()} == {
            "111": "OWN",
            "QB020101": "QIBIAO",
        }
        assert nothing == {}


class TestImport:
    def test_takes_a_real_list(self, stocked: Database, shared_data: Path) -> None:
        """The goods of the trademark office: 34 classes, 390 groups, 10,130 goods."""
        path = shared_data / "product_classification.csv"

        outcome, count = import_file(stocked, path, scheme=NICE, version="2018")

        assert (outcome, count) == (Loading.LOADED, 34 + 390 + 10_130)
        assert len(children(stocked, scheme=NICE)) == 34
        assert "保温瓶" in names(search(stocked, "保温瓶", scheme=NICE))
        with stocked.read() as session:
            leaf = queries.find_classes(session, ["NICE-0101-010061"])["NICE-0101-010061"]
        assert [step["name"] for step in leaf["path"]][1:] == ["工业气体，单质", "氨"]

    @pytest.mark.proves("R-123")
    def test_real_products_find_a_class_near_them(
        self, stocked: Database, shared_data: Path
    ) -> None:
        import_file(
            stocked, shared_data / "product_classification.csv", scheme=NICE, version="2018"
        )
        with (shared_data / "products_gtin.csv").open(encoding="utf-8", newline="") as file:
            hints = {row["category_hint"] for row in csv.DictReader(file)} - {""}

        missed = [hint for hint in hints if not search(stocked, hint, scheme=NICE)["items"]]

        assert len(missed) <= len(hints) // 5, missed

    def test_names_every_bad_row_and_takes_none(self, stocked: Database, shared_data: Path) -> None:
        """87 groups of the medical list have no name."""
        path = shared_data / "product_classification.csv"

        with pytest.raises(TreeFaultsError) as caught:
            import_file(stocked, path, scheme="NMPA-2017", version="2017")

        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(caught.value.faults) == 87
        assert all(",," in lines[fault.row - 1] for fault in caught.value.faults)
        with pytest.raises(queries.ClassSchemeNotFoundError):
            children(stocked, scheme="NMPA-2017")

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (None, "找不到文件"),
            (b"code,level\n1,1\n", "表头缺少以下列：parent_code、name"),
            ("code,level,parent_code,name\n1,1,,产品\n".encode("gb18030"), "UTF-8"),
        ],
    )
    def test_refuses_what_is_no_list(
        self, database: Database, tmp_path: Path, content: bytes | None, reason: str
    ) -> None:
        path = tmp_path / "list.csv"
        if content is not None:
            path.write_bytes(content)

        with pytest.raises(product_classes.UnreadableFileError, match=reason):
            import_file(database, path, scheme="OWN", version="1")


class TestCommand:
    @pytest.fixture
    def run(
        self, new_database_url: Callable[[str | None], str], capsys: pytest.CaptureFixture[str]
    ) -> Callable[..., tuple[int, str]]:
        url = new_database_url("standards")

        def run(*arguments: str, **environ: str) -> tuple[int, str]:
            code = main(arguments, {"STANDARDS_DATABASE_URL": url, **environ})
            printed = capsys.readouterr()
            return code, printed.out + printed.err

        return run

    def test_says_what_it_did(self, run: Callable[..., tuple[int, str]], small: Path) -> None:
        arguments = (str(small), "--scheme", "OWN", "--version", "1", "--default")

        assert run(*arguments) == (0, "导入完成：OWN 1，共 3 个类别，已启用\n")
        assert run(*arguments) == (0, "OWN 1 已导入并启用（3 个类别），没有变化\n")

    def test_names_rows_and_reasons(
        self, run: Callable[..., tuple[int, str]], tmp_path: Path
    ) -> None:
        rows = [("1", "1", "", "食品"), *[("x", "9", "7", "")] * 120]
        path = write(tmp_path / "bad.csv", *rows)

        code, printed = run(str(path), "--scheme", "OWN", "--version", "1")

        assert code == 1
        assert "第 3 行：级别应为 1、2 或 3\n" in printed
        assert "第 3 行：缺少名称\n" in printed
        assert "另有" in printed

    def test_fails_with_the_reason(self, run: Callable[..., tuple[int, str]], small: Path) -> None:
        named = ("--scheme", "OWN", "--version", "1")
        run(str(small), *named)
        other = write(small.with_name("other.csv"), ("1", "1", "", "其他"))
        empty = write(small.with_name("empty.csv"))

        assert run(str(other), *named) == (
            1,
            "导入失败：OWN 1 已存在，且内容不同，请使用新的版本号\n",
        )
        assert run(str(empty), *named) == (1, "导入失败：文件中没有 OWN 的类别\n")
        assert run("/nowhere.csv", *named) == (1, "导入失败：找不到文件：/nowhere.csv\n")
        assert run(str(small), *named, LOG_LEVEL="no")[0] == 1
        away = {"STANDARDS_DATABASE_URL": "postgresql+psycopg2://a:b@127.0.0.1:1/x"}
        assert run(str(small), *named, **away) == (1, "导入失败：数据库暂时不可用\n")

    def test_takes_only_plain_names(self, run: Callable[..., tuple[int, str]], small: Path) -> None:
        with pytest.raises(SystemExit):
            run(str(small), "--scheme", "../x", "--version", "1")
