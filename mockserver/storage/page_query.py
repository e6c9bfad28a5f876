"""SQL for one page of a list: the space's own rows and those of its base, in one order."""

from functools import cache
from typing import Any, Final, NamedTuple

# ruff: noqa: S608 - the statements are built from the constants here alone
_MAX_INTEGER: Final = 2**63 - 1
"""The largest integer of a database; callers send larger limits, and cursors of any size."""


class PageQuery(NamedTuple):
    """A page of a list: at most `limit` rows after the cursor `after` and `skip` further ones."""

    space: str
    base: str | None
    kind: str
    parent: str
    limit: int
    after: tuple[int, str] | None
    skip: int
    newest_first: bool

    def values(self) -> tuple[Any, ...]:
        """The values of `page_statement`, in its order."""
        limit, skip = min(self.limit, _MAX_INTEGER), min(self.skip, _MAX_INTEGER)
        own, base = self.own_and_base_values()
        return (*own[:-1], limit, skip) if self.base is None else (*own, *base, limit, skip)

    def reads(self) -> tuple[tuple[str, str], ...]:
        """The (space, kind) pairs that it reads."""
        return ((self.space, self.kind), (self.base or self.space, self.kind))

    def own_and_base_values(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The values of `own_statement` and of `base_statement`."""
        after = (max(-_MAX_INTEGER, min(self.after[0], _MAX_INTEGER)), self.after[1]) if self.after else ()
        enough = min(self.limit + self.skip, _MAX_INTEGER)
        own = (self.space, self.kind, self.parent, *after, enough)
        return own, (self.base, self.kind, self.parent, *after, self.space, enough)


@cache
def page_statement(has_base: bool, after: bool, newest_first: bool) -> str:
    """A SELECT for the whole page; `after`: the query has a cursor.

    Each branch is ordered and limited by itself: only then do planners merge two index searches.
    """
    own = own_statement(after, newest_first)
    if not has_base:
        return f"{own} OFFSET ?"
    below = base_statement(after, newest_first)
    both = f"SELECT * FROM ({own}) AS own UNION ALL SELECT * FROM ({below}) AS below"
    return (
        f"SELECT id, parent, rank, body FROM ({both}) AS both_parts {_order(newest_first)} LIMIT ? OFFSET ?"
    )


@cache
def own_statement(after: bool, newest_first: bool) -> str:
    """A SELECT for the space's own rows of a page."""
    return f"{_select(after, newest_first)}AND body IS NOT NULL {_order(newest_first)} LIMIT ?"


@cache
def base_statement(after: bool, newest_first: bool) -> str:
    """A SELECT for the base's rows of a page that the space does not hide."""
    unhidden = (
        "AND NOT EXISTS (SELECT 1 FROM docs own "
        "WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    )
    return f"{_select(after, newest_first)}{unhidden} {_order(newest_first)} LIMIT ?"


def _select(after: bool, newest_first: bool) -> str:
    beyond = f"AND (rank, id) {'<' if newest_first else '>'} (?, ?) " if after else ""
    return f"SELECT id, parent, rank, body FROM docs WHERE space = ? AND kind = ? AND parent = ? {beyond}"


def _order(newest_first: bool) -> str:
    return "ORDER BY rank DESC, id DESC" if newest_first else "ORDER BY rank, id"
