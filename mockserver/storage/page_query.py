"""A page of a list, as statements: the space's own rows and those of its base, in one order."""

from functools import cache
from typing import Any, Final, NamedTuple

# ruff: noqa: S608 - the statements are built from the constants here alone
_LARGEST: Final = 2**63 - 1
"""The largest integer of a database; callers send larger limits, and cursors of any size."""


class PageQuery(NamedTuple):
    """Which page of which list."""

    space: str
    base: str | None
    kind: str
    parent: str
    limit: int
    after: tuple[int, str] | None
    skip: int
    newest_first: bool

    def values(self) -> tuple[Any, ...]:
        """The values of the statement that `page_statement` makes, in its order."""
        limit, skip = min(self.limit, _LARGEST), min(self.skip, _LARGEST)
        own, below = self.parts()
        return (*own[:-1], limit, skip) if self.base is None else (*own, *below, limit, skip)

    def reads(self) -> tuple[tuple[str, str], ...]:
        """The spaces and kinds that it asks about."""
        return ((self.space, self.kind), (self.base or self.space, self.kind))

    def parts(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Those of `own_statement` and of `below_statement`."""
        after = (max(-_LARGEST, min(self.after[0], _LARGEST)), self.after[1]) if self.after else ()
        enough = min(self.limit + self.skip, _LARGEST)
        own = (self.space, self.kind, self.parent, *after, enough)
        return own, (self.base, self.kind, self.parent, *after, self.space, enough)


@cache
def page_statement(based: bool, after: bool, newest_first: bool) -> str:
    """The whole page.

    Each branch is ordered and limited by itself: only so do planners merge two index searches.
    """
    own = own_statement(after, newest_first)
    if not based:
        return f"{own} OFFSET ?"
    below = below_statement(after, newest_first)
    both = f"SELECT * FROM ({own}) AS own UNION ALL SELECT * FROM ({below}) AS below"
    return (
        f"SELECT id, parent, rank, body FROM ({both}) AS both_parts {_order(newest_first)} LIMIT ? OFFSET ?"
    )


@cache
def own_statement(after: bool, newest_first: bool) -> str:
    """What the space itself has of a page."""
    return f"{_listed(after, newest_first)}AND body IS NOT NULL {_order(newest_first)} LIMIT ?"


@cache
def below_statement(after: bool, newest_first: bool) -> str:
    """What the base has of it and the space does not hide."""
    unhidden = (
        "AND NOT EXISTS (SELECT 1 FROM docs own "
        "WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    )
    return f"{_listed(after, newest_first)}{unhidden} {_order(newest_first)} LIMIT ?"


def _listed(after: bool, newest_first: bool) -> str:
    beyond = f"AND (rank, id) {'<' if newest_first else '>'} (?, ?) " if after else ""
    return f"SELECT id, parent, rank, body FROM docs WHERE space = ? AND kind = ? AND parent = ? {beyond}"


def _order(newest_first: bool) -> str:
    return "ORDER BY rank DESC, id DESC" if newest_first else "ORDER BY rank, id"
