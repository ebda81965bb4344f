"""Product classes: the three boxes of 产品分类, and a search for the nearest (手册 4.1, FAQ 23)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors
from services.standards.domain import folding
from services.standards.models import ClassScheme, ProductClass

MAX_WORDS: Final = 8
MAX_PAIRS: Final = 20

_Key = tuple[str, str, str]


class ClassSchemeNotFoundError(errors.DomainError):
    """Say that there is no such list of classes, or none at all."""

    code = "standards.class_scheme_not_found"


class ProductClassNotFoundError(errors.DomainError):
    """Say that the list has no such class."""

    code = "standards.product_class_not_found"


def find_current_schemes(
    session: Session, *, scheme: str
) -> tuple[ClassScheme | None, ClassScheme | None]:
    """Return the current version of a scheme, and the scheme offered where none is named."""
    offered = session.scalars(
        sa.select(ClassScheme).where(ClassScheme.is_current).with_for_update()
    ).all()
    current = next((entry for entry in offered if entry.scheme == scheme), None)
    default = next((entry for entry in offered if entry.is_default), None)
    return current, default


def has_class_version(session: Session, *, scheme: str, version: str) -> bool:
    """Tell whether a version of a scheme was loaded."""
    return session.get(ClassScheme, (scheme, version)) is not None


def list_class_children(
    session: Session, *, parent: str, scheme: str, version: str
) -> dict[str, Any]:
    """Return the classes below one, or the highest ones; as for one that is no parent, none.

    Raises:
        ClassSchemeNotFoundError: there is no such list.
        ProductClassNotFoundError: the list has no such parent.
    """
    wanted = _find_scheme(session, scheme, version)
    if parent and session.get(ProductClass, (wanted.scheme, wanted.version, parent)) is None:
        raise ProductClassNotFoundError
    rows = session.scalars(
        sa.select(ProductClass)
        .where(
            ProductClass.scheme == wanted.scheme,
            ProductClass.version == wanted.version,
            ProductClass.parent_code == parent,
        )
        .order_by(ProductClass.code)
    )
    items = [
        {"code": row.code, "name": row.name, "level": row.level, "is_leaf": row.is_leaf}
        for row in rows
    ]
    return {"scheme": wanted.scheme, "version": wanted.version, "items": items}


def get_product_class(session: Session, *, code: str, scheme: str, version: str) -> dict[str, Any]:
    """Return one class with those above it.

    Raises:
        ClassSchemeNotFoundError: there is no such list.
        ProductClassNotFoundError: the list has no such class.
    """
    wanted = _find_scheme(session, scheme, version)
    row = session.get(ProductClass, (wanted.scheme, wanted.version, code))
    if row is None:
        raise ProductClassNotFoundError
    (view,) = _views(session, [row])
    return {"scheme": wanted.scheme, "version": wanted.version, **view}


def search_classes(
    session: Session, *, query: str, scheme: str, version: str, limit: int
) -> dict[str, Any]:
    """Return the lowest classes that hold every word, themselves or in those above them.

    Where none does, those that have most in common with what was typed: FAQ 23 says that the
    nearest will do (`找到最为贴近的即可`).

    Raises:
        ClassSchemeNotFoundError: there is no such list.
    """
    wanted = _find_scheme(session, scheme, version)
    words = folding.fold_for_search(query).split()[:MAX_WORDS]
    found: Sequence[ProductClass] = []
    if words:
        statement = _holding(words, folding.clean_text(query), wanted)
        found = session.scalars(statement.limit(limit)).all()
    is_nearest = not found
    if is_nearest and (pairs := _pairs(words)):
        found = session.scalars(_resembling(pairs, wanted).limit(limit)).all()
    return {
        "scheme": wanted.scheme,
        "version": wanted.version,
        "is_nearest": is_nearest and bool(found),
        "items": _views(session, found),
    }


def find_classes(session: Session, codes: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return those of some codes that a current list has, each with its path.

    What is missing is no fault by itself: classes may be typed, and old declarations have codes of
    lists that are gone. The list offered by default comes first where several have a code.
    """
    if not codes:
        return {}
    rows = session.scalars(
        sa.select(ProductClass)
        .join(
            ClassScheme,
            (ClassScheme.scheme == ProductClass.scheme)
            & (ClassScheme.version == ProductClass.version),
        )
        .where(ClassScheme.is_current, ProductClass.code.in_(set(codes)))
        .order_by(ClassScheme.is_default, ClassScheme.scheme.desc())
    ).all()
    return {
        row.code: {"scheme": row.scheme, "version": row.version, **view}
        for row, view in zip(rows, _views(session, rows), strict=True)
    }


def list_leaves(session: Session, *, limit: int) -> list[dict[str, Any]]:
    """Return the lowest classes of the list offered by default, in order; none without a list."""
    default = session.scalars(sa.select(ClassScheme).where(ClassScheme.is_default)).one_or_none()
    if default is None:
        return []
    rows = session.scalars(_leaves(default).order_by(ProductClass.code).limit(limit)).all()
    return _views(session, rows)


def _find_scheme(session: Session, scheme: str, version: str) -> ClassScheme:
    statement = sa.select(ClassScheme)
    if not scheme:
        statement = statement.where(ClassScheme.is_default)
    elif not version:
        statement = statement.where(ClassScheme.scheme == scheme, ClassScheme.is_current)
    else:
        statement = statement.where(ClassScheme.scheme == scheme, ClassScheme.version == version)
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise ClassSchemeNotFoundError
    return found


def _leaves(wanted: ClassScheme) -> sa.Select[ProductClass]:
    return sa.select(ProductClass).where(
        ProductClass.scheme == wanted.scheme,
        ProductClass.version == wanted.version,
        ProductClass.is_leaf,
    )


def _holding(words: Sequence[str], code: str, wanted: ClassScheme) -> sa.Select[ProductClass]:
    named = [ProductClass.folded_name.contains(word, autoescape=True) for word in words]
    anywhere = [
        sa.or_(in_name, ProductClass.folded_above.contains(word, autoescape=True))
        for word, in_name in zip(words, named, strict=True)
    ]
    is_code = ProductClass.code == code
    rank = sa.case((is_code, 0), (sa.and_(*named), 1), else_=2)
    return (
        _leaves(wanted)
        .where(sa.or_(is_code, sa.and_(*anywhere)))
        .order_by(rank, sa.func.length(ProductClass.name), ProductClass.code)
    )


def _resembling(pairs: Sequence[str], wanted: ClassScheme) -> sa.Select[ProductClass]:
    """Return the statement that counts the pairs of characters a class shares with the words.

    The last ones count double: what a thing is stands at the end of its Chinese name.
    """
    score: sa.ColumnElement[int] = sa.literal(0)
    for position, pair in enumerate(pairs, start=1):
        factor = 2 if position > len(pairs) - 2 else 1
        for column, weight in ((ProductClass.folded_name, 3), (ProductClass.folded_above, 1)):
            is_shared = column.contains(pair, autoescape=True)
            score += sa.case((is_shared, weight * factor), else_=0)
    return (
        _leaves(wanted)
        .where(score > 0)
        .order_by(score.desc(), sa.func.length(ProductClass.name), ProductClass.code)
    )


def _pairs(words: Sequence[str]) -> list[str]:
    pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
    return list(dict.fromkeys(pairs))[:MAX_PAIRS]


def _views(session: Session, rows: Sequence[ProductClass]) -> list[dict[str, Any]]:
    """Return classes with their paths, in the order given.

    One question a level: joins of a table with itself go wrong where it was just filled, and the
    database does not know yet how large it is.
    """
    known: dict[_Key, ProductClass] = {}
    lowest = list(rows)
    while lowest:
        known |= {(row.scheme, row.version, row.code): row for row in lowest}
        above = {_parent_key(row) for row in lowest if row.parent_code} - known.keys()
        lowest = _find_all(session, above)
    return [_view(row, known) for row in rows]


def _find_all(session: Session, keys: Collection[_Key]) -> list[ProductClass]:
    codes: dict[tuple[str, str], set[str]] = {}
    for scheme, version, code in keys:
        codes.setdefault((scheme, version), set()).add(code)
    return [
        row
        for (scheme, version), wanted in codes.items()
        for row in session.scalars(
            sa.select(ProductClass).where(
                ProductClass.scheme == scheme,
                ProductClass.version == version,
                ProductClass.code.in_(wanted),
            )
        )
    ]


def _view(row: ProductClass, known: Mapping[_Key, ProductClass]) -> dict[str, Any]:
    path = [row]
    while path[0].parent_code:
        path.insert(0, known[_parent_key(path[0])])
    return {
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "is_leaf": row.is_leaf,
        "path": [{"code": step.code, "name": step.name} for step in path],
    }


def _parent_key(row: ProductClass) -> _Key:
    return row.scheme, row.version, row.parent_code
