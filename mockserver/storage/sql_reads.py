"""SQL for single values: a scalar subquery for each, several of which fit into one SELECT."""

from typing import Any, Final, NamedTuple

from mockserver.storage.reads import Body, BodyOfParent, FirstBaseRank, FirstRank, LastRank, Read
from mockserver.storage.transactions import SpaceKind

_BODY: Final = "(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = ?)"
_BODY_OF_PARENT: Final = (
    "(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = "
    "(SELECT parent FROM docs WHERE space = ? AND kind = ? AND id = ?))"
)
_LAST_RANK: Final = (
    # `max(rank)` lets PostgreSQL choose the index on ids, and read the whole list for one number.
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? ORDER BY rank DESC, id DESC LIMIT 1)"
)
_FIRST_RANK: Final = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND body IS NOT NULL"
    " ORDER BY rank, id LIMIT 1)"
)
_FIRST_BASE_RANK: Final = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND NOT EXISTS"
    " (SELECT 1 FROM docs own WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    " ORDER BY rank, id LIMIT 1)"
)


class Select(NamedTuple):
    """A statement with one row of values."""

    statement: str
    values: tuple[Any, ...]
    reads: tuple[SpaceKind, ...]
    """The (space, kind) pairs it reads; buffered writes to these are flushed first."""


def select(*reads: Read) -> Select:
    """One SELECT for all of the values."""
    parts = list(map(_subquery, reads))
    return Select(
        "SELECT " + ", ".join([part.statement for part in parts]),
        tuple([value for part in parts for value in part.values]),
        tuple(dict.fromkeys([kind for part in parts for kind in part.reads])),
    )


def _subquery(read: Read) -> Select:
    match read:
        case Body(space, kind, id):
            return Select(_BODY, (space, kind, id), ((space, kind),))
        case BodyOfParent(space, kind, child_kind, child):
            values = (space, kind, space, child_kind, child)
            return Select(_BODY_OF_PARENT, values, ((space, kind), (space, child_kind)))
        case LastRank(space, kind, parent):
            return Select(_LAST_RANK, (space, kind, parent), ((space, kind),))
        case FirstRank(space, kind, parent):
            return Select(_FIRST_RANK, (space, kind, parent), ((space, kind),))
        case FirstBaseRank(space, base, kind, parent):
            return Select(_FIRST_BASE_RANK, (base, kind, parent, space), ((space, kind), (base, kind)))
