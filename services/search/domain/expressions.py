"""What is asked of one row of the index, in a form of its own; each engine gets it in its words.

Rows are found by phrases of tagged tokens (`tokens.Tag`). Nothing a user typed gets into a phrase
but letters of `tokens.encode`, so there is nothing to quote and nothing an engine may refuse.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Phrase:
    """Ask for tokens that follow one another; the last may go on where it ``is_open``."""

    tokens: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True)
class AnyOf:
    """Ask for one of several."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class AllOf:
    """Ask for all of several."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Without:
    """Ask for what is in ``kept`` and not in ``dropped``."""

    kept: "Expression"
    dropped: "Expression"


Expression: TypeAlias = Phrase | AnyOf | AllOf | Without


def any_of(parts: Iterable[Expression]) -> Expression:
    """Return what asks for one of the parts, of which there is at least one."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, AnyOf) else (part,)
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else AnyOf(unique)


def all_of(parts: Iterable[Expression]) -> Expression:
    """Return what asks for all of the parts, of which there is at least one."""
    flat: list[Expression] = []
    for part in parts:
        flat += part.parts if isinstance(part, AllOf) else (part,)
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else AllOf(unique)


def to_tsquery(asked: Expression) -> str:
    """Return the expression as PostgreSQL reads a ``tsquery``."""
    match asked:
        case Phrase(tokens, is_open):
            text = "<->".join(tokens) + (":*" if is_open else "")
            return text if len(tokens) == 1 else f"({text})"
        case AnyOf(parts):
            return f"({'|'.join(map(to_tsquery, parts))})"
        case AllOf(parts):
            return f"({'&'.join(map(to_tsquery, parts))})"
        case Without(kept, dropped):
            return f"({to_tsquery(kept)}&!{to_tsquery(dropped)})"


def to_fts5(asked: Expression) -> str:
    """Return the expression as FTS5 reads a query."""
    match asked:
        case Phrase(tokens, is_open):
            return f'"{" ".join(tokens)}"' + ("*" if is_open else "")
        case AnyOf(parts):
            return f"({' OR '.join(map(to_fts5, parts))})"
        case AllOf(parts):
            return f"({' AND '.join(map(to_fts5, parts))})"
        case Without(kept, dropped):
            return f"({to_fts5(kept)} NOT {to_fts5(dropped)})"


def is_met(asked: Expression, row: Sequence[str]) -> bool:
    """Do what both engines do, one row at a time: what they are tested against."""
    match asked:
        case Phrase(tokens, is_open):
            return any(
                _begins(row[place : place + len(tokens)], tokens, is_open=is_open)
                for place in range(len(row))
            )
        case AnyOf(parts):
            return any(is_met(part, row) for part in parts)
        case AllOf(parts):
            return all(is_met(part, row) for part in parts)
        case Without(kept, dropped):
            return is_met(kept, row) and not is_met(dropped, row)


def _begins(found: Sequence[str], tokens: tuple[str, ...], *, is_open: bool) -> bool:
    if len(found) != len(tokens) or tuple(found[:-1]) != tokens[:-1]:
        return False
    return found[-1].startswith(tokens[-1]) if is_open else found[-1] == tokens[-1]
