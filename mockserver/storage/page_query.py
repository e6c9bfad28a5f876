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
        after = (max(-_MAX_INTEGER, min(self.after[0], _MAX_INTEGER)), self.after[1]) if self.after else ()
        own = (self.space, self.kind, self.parent, *after)
        if self.base is None:
            return (*own, limit, skip)
        enough = min(self.limit + self.skip, _MAX_INTEGER)
        below = (self.base, self.kind, self.parent, *after, self.space)
        return (*own, enough, *below, enough, limit, skip)

    def reads(self) -> tuple[tuple[str, str], ...]:
        """The (space, kind) pairs that it reads."""
        return ((self.space, self.kind), (self.base or self.space, self.kind))


@cache
def page_statement(has_base: bool, after: bool, newest_first: bool) -> str:
    """A SELECT for the whole page; `after`: the query has a cursor.

    Each branch is ordered and limited by itself: only then do planners merge two index searches.
    """
    order = "ORDER BY rank DESC, id DESC" if newest_first else "ORDER BY rank, id"
    beyond = f"AND (rank, id) {'<' if newest_first else '>'} (?, ?) " if after else ""
    rows = f"SELECT id, parent, rank, body FROM docs WHERE space = ? AND kind = ? AND parent = ? {beyond}"
    own = f"{rows}AND body IS NOT NULL {order} LIMIT ?"
    if not has_base:
        return f"{own} OFFSET ?"
    unhidden = (
        "AND NOT EXISTS (SELECT 1 FROM docs own "
        "WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    )
    below = f"{rows}{unhidden} {order} LIMIT ?"
    both = f"SELECT * FROM ({own}) AS own UNION ALL SELECT * FROM ({below}) AS below"
    return f"SELECT id, parent, rank, body FROM ({both}) AS both_parts {order} LIMIT ? OFFSET ?"
