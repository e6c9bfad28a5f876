"""Scalar subqueries: single values from the store, several of which fit into one SELECT."""

from typing import Any, NamedTuple

from mockserver.storage.transactions import SpaceKind

_BODY = "(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = ?)"
_PARENT_BODY = (
    "(SELECT body FROM docs WHERE space = ? AND kind = ? AND id = "
    "(SELECT parent FROM docs WHERE space = ? AND kind = ? AND id = ?))"
)
_LAST_RANK = "(SELECT max(rank) FROM docs WHERE space = ? AND kind = ? AND parent = ?)"
_FIRST_OWN_RANK = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND body IS NOT NULL"
    " ORDER BY rank, id LIMIT 1)"
)
_FIRST_BASE_RANK = (
    "(SELECT rank FROM docs WHERE space = ? AND kind = ? AND parent = ? AND NOT EXISTS"
    " (SELECT 1 FROM docs own WHERE own.space = ? AND own.kind = docs.kind AND own.id = docs.id)"
    " ORDER BY rank, id LIMIT 1)"
)


class ScalarQuery(NamedTuple):
    """A scalar subquery; several can be combined into one SELECT."""

    statement: str
    values: tuple[Any, ...]
    reads: tuple[SpaceKind, ...]
    """The (space, kind) pairs it reads; buffered writes to these are flushed first."""


def body_query(space: str, kind: str, id: str) -> ScalarQuery:
    """The body of the space's own row; None if there is none."""
    return ScalarQuery(_BODY, (space, kind, id), ((space, kind),))


def parent_body_query(space: str, kind: str, child_kind: str, child: str) -> ScalarQuery:
    """The body of the row whose id is the parent of another row."""
    values = (space, kind, space, child_kind, child)
    return ScalarQuery(_PARENT_BODY, values, ((space, kind), (space, child_kind)))


def last_rank_query(space: str, kind: str, parent: str = "") -> ScalarQuery:
    """The greatest rank among the space's own rows of a list, tombstones included; None if there are none."""
    return ScalarQuery(_LAST_RANK, (space, kind, parent), ((space, kind),))


def first_own_rank_query(space: str, kind: str, parent: str = "") -> ScalarQuery:
    """The smallest rank among the space's own rows of a list; None if there are none."""
    return ScalarQuery(_FIRST_OWN_RANK, (space, kind, parent), ((space, kind),))


def first_base_rank_query(space: str, base: str, kind: str, parent: str = "") -> ScalarQuery:
    """The smallest rank among the base's rows of a list that the space does not hide; None without any."""
    return ScalarQuery(_FIRST_BASE_RANK, (base, kind, parent, space), ((space, kind), (base, kind)))


def combine(*queries: ScalarQuery) -> ScalarQuery:
    """Several queries as one SELECT statement with one row."""
    statement = "SELECT " + ", ".join([query.statement for query in queries])
    values = tuple([value for query in queries for value in query.values])
    reads = dict.fromkeys([kind for query in queries for kind in query.reads])
    return ScalarQuery(statement, values, tuple(reads))
