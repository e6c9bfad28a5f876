"""The store against a dictionary: whatever is done to spaces on a base, they read as it does."""

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.storage import sqlite as sqlite_module
from mockserver.storage import store as store_module
from mockserver.storage import transactions as transactions_module
from mockserver.storage.scalar_query import (
    body_query,
    first_base_rank_query,
    first_own_rank_query,
    last_rank_query,
)
from mockserver.storage.store import Cursor, Row, Space
from mockserver.storage.urls import open_store
from tests import postgres

KINDS = ("person", "list")
PARENTS = ("", "p")
IDS = ("1", "10", "2", "é", "Z")
BASED = ("w/1", "w/2", "s/1")
FREE = ("w/3", "s/3")

Key = tuple[str, str]
Rows = dict[Key, Row]

kinds = st.sampled_from(KINDS)
ids = st.sampled_from(IDS)
parents = st.sampled_from(PARENTS)
ranks = st.integers(-1, 1) | st.sampled_from([2**62, -(2**62)])
bodies = st.binary(max_size=3)
spaces = st.sampled_from(BASED + FREE)
rows = st.builds(Row, ids, parents, ranks, bodies)


class UndoError(Exception):
    """What rolls a transaction of these tests back."""


class StoreMachine(RuleBasedStateMachine):
    """`own` is the model: each space's differences, hiding rows included (body None)."""

    def url(self) -> str:
        return "memory:"

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        # Pages so small that a walk over five rows turns some.
        self.stack.enter_context(mock.patch.object(store_module, "_PAGE_SIZE", 2))
        # And so little is kept back that it is sometimes too much.
        self.stack.enter_context(mock.patch.object(transactions_module, "_MAX_BUFFERED", 3))
        self.stack.enter_context(mock.patch.object(sqlite_module, "_MAX_ROWS_PER_INSERT", 2))
        self.stack.enter_context(mock.patch.object(sqlite_module, "_MAX_CACHED_RESULTS", 20))
        self.stack.enter_context(mock.patch.object(sqlite_module, "_MAX_CACHED_ROWS", 3))
        self.store = open_store(self.url())
        self.stack.callback(self.store.close)
        self.base: Rows = {}
        self.own: dict[str, Rows] = {name: {} for name in BASED + FREE}
        self.open_transactions: list[tuple[AbstractContextManager[None], dict[str, Rows]]] = []
        self.lists_are_read = True

    def teardown(self) -> None:
        for transaction, _ in reversed(self.open_transactions):
            transaction.__exit__(None, None, None)
        self.stack.close()

    def space(self, name: str) -> Space:
        return self.store.space(name, "b" if name in BASED else None)

    def listed(self, name: str, kind: str, parent: str) -> list[Row]:
        """The list as the model has it, in order."""
        below = self.base if name in BASED else {}
        seen = {**below, **self.own[name]}
        found = [
            row
            for (of, _), row in seen.items()
            if of == kind and row.parent == parent and row.body is not None
        ]
        return sorted(found, key=lambda row: (row.rank, row.id))

    def there(self, name: str, kind: str, id: str) -> Row | None:
        row = self.own[name].get((kind, id)) or (self.base.get((kind, id)) if name in BASED else None)
        return row if row is not None and row.body is not None else None

    @initialize(filled=st.dictionaries(st.tuples(kinds, ids), st.tuples(parents, ranks, bodies)))
    def freeze_a_base(self, filled: dict[Key, tuple[str, int, bytes]]) -> None:
        self.base = {(kind, id): Row(id, *rest) for (kind, id), rest in filled.items()}
        for kind in KINDS:
            self.store.bulk_insert("b", kind, [row for (of, _), row in self.base.items() if of == kind])

    @rule(name=spaces, kind=kinds, row=rows)
    def put(self, name: str, kind: str, row: Row) -> None:
        self.space(name).put(kind, row)
        self.own[name][kind, row.id] = row

    @rule(name=spaces, kind=kinds, id=ids, parent=parents, rank=ranks)
    def move(self, name: str, kind: str, id: str, parent: str, rank: int) -> None:
        row = self.space(name).get(kind, id)
        if row is not None:
            self.put(name, kind, row._replace(parent=parent, rank=rank))

    @rule(name=spaces, kind=kinds, id=ids)
    def remove(self, name: str, kind: str, id: str) -> None:
        was_there = self.there(name, kind, id) is not None
        assert self.space(name).delete(kind, id) is was_there
        self.take_from_model(name, kind, id)

    def take_from_model(self, name: str, kind: str, id: str) -> None:
        if name in BASED and (kind, id) in self.base:
            self.own[name][kind, id] = Row(id, "", 0, None)
        else:
            self.own[name].pop((kind, id), None)

    @rule(name=spaces, kind=kinds, filled=st.lists(rows, unique_by=lambda row: row.id))
    def fill(self, name: str, kind: str, filled: list[Row]) -> None:
        fresh = [row for row in filled if (kind, row.id) not in self.own[name]]
        self.space(name).bulk_insert(kind, iter(fresh))
        self.own[name].update({(kind, row.id): row for row in fresh})

    @rule(name=spaces)
    def reset(self, name: str) -> None:
        self.store.delete_space(name)
        self.own[name] = {}

    @rule(pair=st.sampled_from([*itertools.permutations(BASED, 2), *itertools.permutations(FREE, 2)]))
    def copy(self, pair: tuple[str, str]) -> None:
        """A fork, a snapshot and a restore are all this."""
        source, target = pair
        self.store.delete_space(target)
        self.store.copy(source, target)
        self.own[target] = dict(self.own[source])

    @precondition(lambda self: len(self.open_transactions) < 3)
    @rule()
    def begin(self) -> None:
        transaction = self.store.transaction()
        transaction.__enter__()
        self.open_transactions.append((transaction, {name: dict(own) for name, own in self.own.items()}))

    @precondition(lambda self: self.open_transactions)
    @rule()
    def commit(self) -> None:
        transaction, _ = self.open_transactions.pop()
        transaction.__exit__(None, None, None)

    @precondition(lambda self: self.open_transactions)
    @rule()
    def roll_back(self) -> None:
        transaction, self.own = self.open_transactions.pop()
        undo = UndoError()
        assert not transaction.__exit__(UndoError, undo, None)

    @rule()
    def read_lists_or_do_not(self) -> None:
        """Who reads a list has written down what was kept back; so it must not be read after each step."""
        self.lists_are_read = not self.lists_are_read

    @rule(
        name=spaces,
        kind=kinds,
        parent=parents,
        limit=st.integers(0, 7) | st.just(10**30),
        after=st.none() | st.builds(Cursor, ranks, ids),
        skip=st.integers(0, 4) | st.just(10**30),
        newest_first=st.booleans(),
    )
    def page(
        self,
        name: str,
        kind: str,
        parent: str,
        limit: int,
        after: Cursor | None,
        skip: int,
        newest_first: bool,
    ) -> None:
        expected = self.listed(name, kind, parent)
        if newest_first:
            expected.reverse()
        if after is not None:
            expected = [
                row
                for row in expected
                if ((row.rank, row.id) < after if newest_first else (row.rank, row.id) > after)
            ]
        found = self.space(name).page(
            kind, parent, limit=limit, after=after, skip=skip, newest_first=newest_first
        )
        assert found == expected[skip : skip + limit]

    @rule(
        name=spaces,
        kind=kinds,
        parent=parents,
        newest_first=st.booleans(),
        at=st.integers(0, 4),
        changed=rows,
        removed=st.booleans(),
    )
    def walk_while_it_changes(
        self, name: str, kind: str, parent: str, newest_first: bool, at: int, changed: Row, removed: bool
    ) -> None:
        """Rows that nobody touches are met once each, in order, whatever happens to another one."""
        expected = self.listed(name, kind, parent)
        if newest_first:
            expected.reverse()
        found = []
        for number, row in enumerate(self.space(name).iterate(kind, parent, newest_first=newest_first)):
            found.append(row)
            if number == at and removed:
                self.remove(name, kind, changed.id)
            elif number == at:
                self.put(name, kind, changed)
        untouched = [row for row in expected if row.id != changed.id]
        assert [row for row in found if row.id != changed.id] == untouched

    @invariant()
    def every_document_reads_as_the_model_has_it(self) -> None:
        for name, kind, id in itertools.product(self.own, KINDS, IDS):
            assert self.space(name).get(kind, id) == self.there(name, kind, id)

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def every_list_reads_as_the_model_does(self) -> None:
        for name, kind in itertools.product(self.own, KINDS):
            space = self.space(name)
            for parent in PARENTS:
                expected = self.listed(name, kind, parent)
                assert space.page(kind, parent, limit=100) == expected
                assert space.page(kind, parent, limit=100, newest_first=True) == expected[::-1]
                assert list(space.iterate(kind, parent)) == expected
                assert space.count(kind, parent) == len(expected)

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def questions_are_answered_as_the_model_does(self) -> None:
        for name, kind in itertools.product(BASED, KINDS):
            own = [row for (of, _), row in self.own[name].items() if of == kind and not row.parent]
            there = [row.rank for row in own if row.body is not None]
            hidden = {id for of, id in self.own[name] if of == kind}
            below = [
                row.rank
                for (of, id), row in self.base.items()
                if of == kind and not row.parent and id not in hidden
            ]
            bodies = [row and row.body for row in (self.own[name].get((kind, id)) for id in IDS)]
            questions = [
                last_rank_query(name, kind),
                first_own_rank_query(name, kind),
                first_base_rank_query(name, "b", kind),
                *[body_query(name, kind, id) for id in IDS],
            ]
            expected = max([row.rank for row in own], default=None), *map(_least, (there, below)), *bodies
            assert self.store.fetch(*questions) == expected

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def cursors_lead_through_the_whole_list(self) -> None:
        for name in ("w/1", "w/3"):
            for limit, newest_first in itertools.product((1, 2), (False, True)):
                expected = self.listed(name, "person", "")
                assert (
                    list(self.turn_pages(name, limit, newest_first)) == expected[:: -1 if newest_first else 1]
                )

    def turn_pages(self, name: str, limit: int, newest_first: bool) -> Iterator[Row]:
        after: Cursor | None = None
        while found := self.space(name).page("person", limit=limit, after=after, newest_first=newest_first):
            yield from found
            assert after != found[-1].cursor, "the page did not go on"
            after = found[-1].cursor


def _least(ranks: list[int]) -> int | None:
    return min(ranks, default=None)


class FileMachine(StoreMachine):
    """The same on a file."""

    def url(self) -> str:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        return f"sqlite:///{folder}/store.db"


class PostgresMachine(StoreMachine):
    """The same on PostgreSQL."""

    cluster: postgres.Cluster

    def url(self) -> str:
        return self.stack.enter_context(self.cluster.database())


StoreMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
FileMachine.TestCase.settings = settings(
    StoreMachine.TestCase.settings, max_examples=10, stateful_step_count=15
)
TestInMemory = StoreMachine.TestCase
TestOnFile = FileMachine.TestCase


def test_on_postgres(cluster: postgres.Cluster) -> None:
    PostgresMachine.cluster = cluster
    run_state_machine_as_test(
        PostgresMachine, settings=settings(FileMachine.TestCase.settings, max_examples=4)
    )
