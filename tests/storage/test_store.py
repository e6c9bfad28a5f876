"""The store compared with a dictionary as its model, by random operations on spaces and their bases."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
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

from mockserver.storage import collection as collection_module
from mockserver.storage import memory_transaction
from mockserver.storage import sql_store as sql_store_module
from mockserver.storage import sqlite as sqlite_module
from mockserver.storage import store as store_module
from mockserver.storage import transactions as transactions_module
from mockserver.storage.reads import Body, FirstBaseRank, FirstRank, LastRank, Read
from mockserver.storage.store import Cursor, Row, Space
from mockserver.storage.urls import open_store
from tests import postgres
from tests.examples import few_or_many

KINDS = ("person", "list")
PARENTS = ("", "p")
IDS = ("1", "10", "2", "é", "Z")
BASED = ("w/1", "w/2", "s/1")
FREE = ("w/3", "s/3")

Key = tuple[str, str]
Rows = dict[Key, Row]

kinds = st.sampled_from(KINDS)
ids = st.sampled_from(IDS)
id_starts = st.sampled_from(["", "1", "é"])
parents = st.sampled_from(PARENTS)
ranks = st.integers(-1, 1) | st.sampled_from([2**62, -(2**62)])
bodies = st.binary(max_size=3)
spaces = st.sampled_from(BASED + FREE)
rows = st.builds(Row, ids, parents, ranks, bodies)


class UndoError(Exception):
    """Raised to roll back a transaction."""


class StoreMachine(RuleBasedStateMachine):
    """`own` is the model: the own rows of each space, tombstones included (body None)."""

    def url(self) -> str:
        return "memory:"

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        # Small pages, so that iterating over five rows reads several.
        self.stack.enter_context(mock.patch.object(store_module, "_PAGE_SIZE", 2))
        # Small buffers, so that they overflow.
        self.stack.enter_context(mock.patch.object(transactions_module, "_MAX_BUFFERED", 3))
        self.stack.enter_context(mock.patch.object(memory_transaction, "MANY_CHANGES", 3))
        self.stack.enter_context(mock.patch.object(sqlite_module, "_MAX_ROWS_PER_INSERT", 2))
        self.stack.enter_context(mock.patch.object(sql_store_module, "_PAGE_OF_SPACE", 2))
        # Pages that skip a row jump, instead of walking up to it.
        self.stack.enter_context(mock.patch.object(collection_module, "_WALK", 0))
        self.store = open_store(self.url())
        self.stack.callback(self.store.close)
        self.base: Rows = {}
        self.own: dict[str, Rows] = {name: {} for name in BASED + FREE}
        self.open_transactions: list[tuple[AbstractContextManager[None], dict[str, Rows]]] = []
        self.lists_are_read = True
        self.prepared = {
            (name, kind): self.store.prepare(*_reads(name, kind))
            for name, kind in itertools.product(BASED, KINDS)
        }

    def teardown(self) -> None:
        for transaction, _ in reversed(self.open_transactions):
            transaction.__exit__(None, None, None)
        self.stack.close()

    def space(self, name: str) -> Space:
        return self.store.space(name, "b" if name in BASED else None)

    def expected_list(self, name: str, kind: str, parent: str) -> list[Row]:
        """The list in the model, in order."""
        below = self.base if name in BASED else {}
        seen = {**below, **self.own[name]}
        found = [
            row
            for (row_kind, _), row in seen.items()
            if row_kind == kind and row.parent == parent and row.body is not None
        ]
        return sorted(found, key=lambda row: (row.rank, row.id))

    def expected_row(self, name: str, kind: str, id: str) -> Row | None:
        row = self.own[name].get((kind, id)) or (self.base.get((kind, id)) if name in BASED else None)
        return row if row is not None and row.body is not None else None

    @initialize(filled=st.dictionaries(st.tuples(kinds, ids), st.tuples(parents, ranks, bodies)))
    def create_base(self, filled: dict[Key, tuple[str, int, bytes]]) -> None:
        self.base = {(kind, id): Row(id, *rest) for (kind, id), rest in filled.items()}
        for kind in KINDS:
            self.store.space("b").bulk_insert(
                kind, [row for (row_kind, _), row in self.base.items() if row_kind == kind]
            )

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
        was_there = self.expected_row(name, kind, id) is not None
        assert self.space(name).delete(kind, id) is was_there
        self.remove_from_model(name, kind, id)

    def remove_from_model(self, name: str, kind: str, id: str) -> None:
        if name in BASED and (kind, id) in self.base:
            self.own[name][kind, id] = Row(id, "", 0, None)
        else:
            self.own[name].pop((kind, id), None)

    @rule(name=spaces, kind=kinds, filled=st.lists(rows, unique_by=lambda row: row.id))
    def bulk_insert(self, name: str, kind: str, filled: list[Row]) -> None:
        fresh = [row for row in filled if (kind, row.id) not in self.own[name]]
        self.space(name).bulk_insert(kind, iter(fresh))
        self.own[name].update({(kind, row.id): row for row in fresh})

    @rule(name=spaces)
    def reset(self, name: str) -> None:
        self.store.delete_space(name)
        self.own[name] = {}

    @rule(name=spaces, kinds=st.sampled_from(["", *KINDS, *(kind[:1] for kind in KINDS)]), ids=id_starts)
    def discard(self, name: str, kinds: str, ids: str) -> None:
        """The reset of a part of a space."""
        self.store.discard(name, kinds, ids)
        self.own[name] = {
            (kind, id): row
            for (kind, id), row in self.own[name].items()
            if not (kind.startswith(kinds) and id.startswith(ids))
        }

    @rule(pair=st.sampled_from([*itertools.permutations(BASED, 2), *itertools.permutations(FREE, 2)]))
    def copy(self, pair: tuple[str, str]) -> None:
        """The operation behind forks, snapshots and restores."""
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
    def toggle_reading_lists(self) -> None:
        """Reading a list flushes the buffer, so lists must not be read after each step."""
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
        expected = self.expected_list(name, kind, parent)
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
    def iterate_while_it_changes(
        self, name: str, kind: str, parent: str, newest_first: bool, at: int, changed: Row, removed: bool
    ) -> None:
        """Unchanged rows are read once each, in order, whatever happens to another row."""
        expected = self.expected_list(name, kind, parent)
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
    def every_document_equals_the_model(self) -> None:
        for name, kind, id in itertools.product(self.own, KINDS, IDS):
            assert self.space(name).get(kind, id) == self.expected_row(name, kind, id)

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def all_documents_equal_the_model(self) -> None:
        for name, own in self.own.items():
            expected = [(kind, row) for (kind, _id), row in sorted(own.items())]
            assert list(self.store.documents(name)) == expected
            assert self.space(name).own_kinds() == {kind for kind, _id in own}

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def every_list_equals_the_model(self) -> None:
        for name, kind in itertools.product(self.own, KINDS):
            space = self.space(name)
            for parent in PARENTS:
                expected = self.expected_list(name, kind, parent)
                assert space.page(kind, parent, limit=100) == expected
                assert space.page(kind, parent, limit=100, newest_first=True) == expected[::-1]
                assert list(space.iterate(kind, parent)) == expected
                assert space.count(kind, parent) == len(expected)

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def every_kind_equals_the_model(self) -> None:
        for name, kind in itertools.product(self.own, KINDS):
            space = self.space(name)
            own = {id: row for (row_kind, id), row in self.own[name].items() if row_kind == kind}
            assert list(_scanned(space.own, kind)) == [own[id] for id in sorted(own)]
            expected = [row for id in sorted(IDS) if (row := self.expected_row(name, kind, id))]
            assert list(_scanned(space.scan, kind)) == expected
            assert space.count_all(kind) == len(expected)

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def scalar_queries_equal_the_model(self) -> None:
        for name, kind in itertools.product(BASED, KINDS):
            own = [
                row for (row_kind, _), row in self.own[name].items() if row_kind == kind and not row.parent
            ]
            there = [row.rank for row in own if row.body is not None]
            hidden = {id for row_kind, id in self.own[name] if row_kind == kind}
            below = [
                row.rank
                for (row_kind, id), row in self.base.items()
                if row_kind == kind and not row.parent and id not in hidden
            ]
            bodies = [row and row.body for row in (self.own[name].get((kind, id)) for id in IDS)]
            expected = (
                max([row.rank for row in own], default=None),
                *map(_min_or_none, (there, below)),
                *bodies,
            )
            assert self.store.fetch(*_reads(name, kind)) == expected
            assert self.prepared[name, kind]() == expected, "as when it was prepared before all changes"

    @precondition(lambda self: self.lists_are_read)
    @invariant()
    def paging_returns_the_whole_list(self) -> None:
        for name in ("w/1", "w/3"):
            for limit, newest_first in itertools.product((1, 2), (False, True)):
                expected = self.expected_list(name, "person", "")
                assert (
                    list(self.read_pages(name, limit, newest_first)) == expected[:: -1 if newest_first else 1]
                )

    def read_pages(self, name: str, limit: int, newest_first: bool) -> Iterator[Row]:
        after: Cursor | None = None
        while found := self.space(name).page("person", limit=limit, after=after, newest_first=newest_first):
            yield from found
            assert after != found[-1].cursor, "the cursor did not advance"
            after = found[-1].cursor


def _scanned(scan: Callable[..., list[Row]], kind: str) -> Iterator[Row]:
    """Everything that `scan` finds, in pages of two."""
    after = ""
    while found := scan(kind, after=after, limit=2):
        yield from found
        assert after < found[-1].id, "the page did not advance"
        after = found[-1].id


def _reads(name: str, kind: str) -> list[Read]:
    """All kinds of single values, those without a parent."""
    return [
        LastRank(name, kind),
        FirstRank(name, kind),
        FirstBaseRank(name, "b", kind),
        *[Body(name, kind, id) for id in IDS],
    ]


def _min_or_none(ranks: list[int]) -> int | None:
    return min(ranks, default=None)


class FileMachine(StoreMachine):
    """The state machine on a SQLite file."""

    def url(self) -> str:
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        return f"sqlite:///{folder}/store.db"


class PostgresMachine(StoreMachine):
    """The state machine on PostgreSQL."""

    cluster: postgres.Cluster

    def url(self) -> str:
        return self.stack.enter_context(self.cluster.database())


def run(machine: type[StoreMachine], examples: int, steps: int) -> None:
    chosen = settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    run_state_machine_as_test(
        machine, settings=settings(chosen, suppress_health_check=[HealthCheck.too_slow])
    )


@few_or_many(20, 300)
def test_in_memory(examples: int) -> None:
    run(StoreMachine, examples, 25)


@few_or_many(5, 50)
def test_on_a_file(examples: int) -> None:
    run(FileMachine, examples, 15)


@few_or_many(2, 30)
def test_on_postgres(cluster: postgres.Cluster, examples: int) -> None:
    PostgresMachine.cluster = cluster
    run(PostgresMachine, examples, 15)
