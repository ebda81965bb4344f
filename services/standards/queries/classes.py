"""Product classes: the three boxes of 产品分类, and a search for the nearest (手册 4.1, FAQ 23)."""

from collections.abc import Collection, Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from chassis import errors
from services.standards.domain import folding
from services.standards.models import ClassScheme, ProductClass

MAX_WORDS: Final = 8
MAX_PAIRS: Final = 20

_Found = sa.Select[ProductClass, ProductClass | None, ProductClass | None]


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
    leaf, *_ = levels = _levels()
    row = session.execute(_select(levels, wanted).where(leaf.code == code)).one_or_none()
    if row is None:
        raise ProductClassNotFoundError
    return {"scheme": wanted.scheme, "version": wanted.version, **_view(*row)}


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
    found = _run(session, _holding(words, query, wanted), limit) if words else []
    is_nearest = not found
    if is_nearest and (pairs := _pairs(words)):
        found = _run(session, _resembling(pairs, wanted), limit)
    return {
        "scheme": wanted.scheme,
        "version": wanted.version,
        "is_nearest": is_nearest and bool(found),
        "items": [_view(*row) for row in found],
    }


def find_classes(session: Session, codes: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return those of some codes that a current list has, each with its path.

    What is missing is no fault by itself: classes may be typed, and old declarations have codes of
    lists that are gone. The list offered by default comes first where several have a code.
    """
    if not codes:
        return {}
    levels = _levels()
    leaf, *_ = levels
    rows = session.execute(
        _select(levels, None)
        .add_columns(ClassScheme.scheme, ClassScheme.version)
        .join(
            ClassScheme,
            (ClassScheme.scheme == leaf.scheme) & (ClassScheme.version == leaf.version),
        )
        .where(ClassScheme.is_current, leaf.code.in_(set(codes)))
        .order_by(ClassScheme.is_default, ClassScheme.scheme.desc())
    )
    return {
        row[0].code: {"scheme": row[3], "version": row[4], **_view(row[0], row[1], row[2])}
        for row in rows
    }


def list_leaves(session: Session, *, limit: int) -> list[dict[str, Any]]:
    """Return the lowest classes of the list offered by default, in order; none without a list."""
    default = session.scalars(sa.select(ClassScheme).where(ClassScheme.is_default)).one_or_none()
    if default is None:
        return []
    levels = _levels()
    rows = session.execute(
        _select(levels, default).where(levels[0].is_leaf).order_by(levels[0].code).limit(limit)
    )
    return [_view(*row) for row in rows]


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


def _levels() -> tuple[type[ProductClass], type[ProductClass], type[ProductClass]]:
    return aliased(ProductClass), aliased(ProductClass), aliased(ProductClass)


def _select(
    levels: tuple[type[ProductClass], type[ProductClass], type[ProductClass]],
    wanted: ClassScheme | None,
) -> _Found:
    """Return the statement that finds a class together with the one or two above it."""
    leaf, middle, top = levels
    statement = sa.select(leaf, middle, top)
    for lower, upper in ((leaf, middle), (middle, top)):
        is_above = (
            (upper.scheme == lower.scheme)
            & (upper.version == lower.version)
            & (upper.code == lower.parent_code)
        )
        statement = statement.outerjoin(upper, is_above)
    if wanted is None:
        return statement
    return statement.where(leaf.scheme == wanted.scheme, leaf.version == wanted.version)


def _holding(words: Sequence[str], query: str, wanted: ClassScheme) -> _Found:
    leaf, middle, top = levels = _levels()
    named = [leaf.folded_name.contains(word, autoescape=True) for word in words]
    anywhere = [
        sa.or_(
            in_leaf,
            middle.folded_name.contains(word, autoescape=True),
            top.folded_name.contains(word, autoescape=True),
        )
        for word, in_leaf in zip(words, named, strict=True)
    ]
    is_code = leaf.code == folding.clean_text(query)
    return (
        _select(levels, wanted)
        .where(leaf.is_leaf, sa.or_(is_code, sa.and_(*anywhere)))
        .order_by(
            sa.case((is_code, 0), (sa.and_(*named), 1), else_=2),
            sa.func.length(leaf.name),
            leaf.code,
        )
    )


def _resembling(pairs: Sequence[str], wanted: ClassScheme) -> _Found:
    """Return the statement that counts the pairs of characters a class shares with the words.

    The last ones count double: what a thing is stands at the end of its Chinese name.
    """
    leaf, middle, top = levels = _levels()
    score: sa.ColumnElement[int] = sa.literal(0)
    for position, pair in enumerate(pairs, start=1):
        factor = 2 if position > len(pairs) - 2 else 1
        for entry, weight in ((leaf, 4), (middle, 2), (top, 1)):
            is_shared = entry.folded_name.contains(pair, autoescape=True)
            score += sa.case((is_shared, weight * factor), else_=0)
    return (
        _select(levels, wanted)
        .where(leaf.is_leaf, score > 0)
        .order_by(score.desc(), sa.func.length(leaf.name), leaf.code)
    )


def _pairs(words: Sequence[str]) -> list[str]:
    pairs = [word[at : at + 2] for word in words for at in range(len(word) - 1)]
    return list(dict.fromkeys(pairs))[:MAX_PAIRS]


def _run(
    session: Session, statement: _Found, limit: int
) -> list[tuple[ProductClass, ProductClass | None, ProductClass | None]]:
    return [(row[0], row[1], row[2]) for row in session.execute(statement.limit(limit))]


def _view(
    found: ProductClass, middle: ProductClass | None, top: ProductClass | None
) -> dict[str, Any]:
    path = [entry for entry in (top, middle, found) if entry is not None]
    return {
        "code": found.code,
        "name": found.name,
        "level": found.level,
        "is_leaf": found.is_leaf,
        "path": [{"code": entry.code, "name": entry.name} for entry in path],
    }
