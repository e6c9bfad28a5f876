"""Descriptions of single values to read: a store reads several of them at once, SQL in one statement."""

from typing import NamedTuple


class Body(NamedTuple):
    """The body of the space's own document; None if there is none."""

    space: str
    kind: str
    id: str


class BodyOfParent(NamedTuple):
    """The body of the document whose id is the parent of the document `child`, of another kind."""

    space: str
    kind: str
    child_kind: str
    child: str


class LastRank(NamedTuple):
    """The greatest rank among the space's own documents of a list, tombstones included; None without any."""

    space: str
    kind: str
    parent: str = ""


class FirstRank(NamedTuple):
    """The smallest rank among the space's own documents of a list; None if it has none."""

    space: str
    kind: str
    parent: str = ""


class FirstBaseRank(NamedTuple):
    """The smallest rank among the base's documents of a list that are not hidden; None without any."""

    space: str
    base: str
    kind: str
    parent: str = ""


Read = Body | BodyOfParent | LastRank | FirstRank | FirstBaseRank
