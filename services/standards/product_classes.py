"""Import a list of product classes: ``python -m services.standards.product_classes FILE …``.

The file is CSV in UTF-8 with the columns ``code``, ``level`` (1 to 3), ``parent_code`` and
``name`` (or ``name_zh``); with a column ``scheme`` only the rows of ``--scheme`` are taken. All
rows go in or none: those that are wrong are named by number. The new version is offered from then
on, old ones stay readable; importing an old one again makes it current once more.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database
from services.standards.adapters import class_files
from services.standards.adapters.class_files import UnreadableFileError
from services.standards.config import Settings
from services.standards.domain import product_classes
from services.standards.domain.product_classes import RowFault, TreeFaultsError
from services.standards.usecases import classes
from services.standards.usecases.classes import ClassVersionTakenError, Loading

MAX_FAULTS: Final = 200

REASONS: Final = {
    product_classes.CODE_MALFORMED: "代码有误：1 至 40 个字母、数字、汉字或“.”“_”“-”，至少一个数字",
    product_classes.CODE_TWICE: "代码 {code} 重复",
    product_classes.LEVEL_MALFORMED: "级别应为 1、2 或 3",
    product_classes.NAME_MISSING: "缺少名称",
    product_classes.NAME_TOO_LONG: "名称超过 {limit} 个字符",
    product_classes.PARENT_UNEXPECTED: "一级类别不应有上级代码 {parent_code}",
    product_classes.PARENT_UNKNOWN: "上级代码 {parent_code} 不在文件中",
    product_classes.PARENT_OF_OTHER_LEVEL: "上级 {parent_code} 不是上一级类别",
    product_classes.TOO_MANY_CHILDREN: "同一上级之下超过 {limit} 个类别",
    product_classes.TOO_MANY_CLASSES: "类别超过 {limit} 个",
}
_OUTCOMES: Final = {
    Loading.LOADED: "导入完成：{scheme} {version}，共 {count} 个类别，已启用",
    Loading.MADE_CURRENT: "{scheme} {version} 此前已导入（{count} 个类别），已重新启用",
    Loading.UNCHANGED: "{scheme} {version} 已导入并启用（{count} 个类别），没有变化",
}


class EmptyFileError(Exception):
    """Refuse a file without a row of the scheme."""


def import_file(
    database: Database, path: Path, *, scheme: str, version: str, makes_default: bool = False
) -> tuple[Loading, int]:
    """Import a file; return what became of it and how many classes it has.

    Raises:
        UnreadableFileError: it is no list of classes.
        EmptyFileError: it has no row of this scheme.
        TreeFaultsError: rows of it are wrong.
        ClassVersionTakenError: the version is there with other content.
    """
    tree = product_classes.read_tree(class_files.read_rows(path, scheme))
    if not tree:
        raise EmptyFileError(scheme)
    with database.transaction() as tx:
        outcome = classes.load_classes(
            tx=tx, scheme=scheme, version=version, classes=tree, makes_default=makes_default
        )
    return outcome, len(tree)


def describe(fault: RowFault) -> str:
    """Return one line about a wrong row."""
    return f"第 {fault.row} 行：{REASONS[fault.reason].format_map(dict(fault.params))}"


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Run the import from the command line; return 0, or 1 with the reasons on standard error."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env(environ)
        clock = SystemClock(settings.clock_offset_file)
        database = Database(settings.database_url, service="standards", clock=clock)
        with closing(database):
            outcome, count = import_file(
                database,
                options.file,
                scheme=options.scheme,
                version=options.version,
                makes_default=options.default,
            )
    except TreeFaultsError as error:
        lines = [describe(fault) for fault in error.faults[:MAX_FAULTS]]
        more = len(error.faults) - len(lines)
        return _fail(f"{len(error.faults)} 处有误，没有导入任何一行", *lines, *_rest(more))
    except ClassVersionTakenError:
        return _fail(f"{options.scheme} {options.version} 已存在，且内容不同，请使用新的版本号")
    except EmptyFileError:
        return _fail(f"文件中没有 {options.scheme} 的类别")
    except DatabaseUnavailableError:
        return _fail("数据库暂时不可用")
    except (ConfigError, UnreadableFileError) as error:
        return _fail(str(error))
    line = _OUTCOMES[outcome].format(scheme=options.scheme, version=options.version, count=count)
    sys.stdout.write(line + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.standards.product_classes", description="导入产品分类表"
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="CSV（UTF-8）：code、level、parent_code、name"
    )
    parser.add_argument("--scheme", type=_name, required=True, help="分类表的名称，如 QIBIAO")
    parser.add_argument("--version", type=_name, required=True, help="版本，如 2026.1")
    parser.add_argument(
        "--default", action="store_true", help="没有指定分类表时使用此表（第一个导入的表自动如此）"
    )
    return parser


def _name(text: str) -> str:
    if not product_classes.is_scheme_name(text):
        raise argparse.ArgumentTypeError("1 至 40 个字母、数字或“.”“_”“-”")
    return text


def _rest(more: int) -> tuple[str, ...]:
    return (f"另有 {more} 处未列出",) if more > 0 else ()


def _fail(*lines: str) -> int:
    sys.stderr.write("导入失败：" + "\n".join(lines) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
