"""Transactions that nest, and all that they put off until it is needed: savepoints, writing, what is to be
done after the commit.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

Kind = tuple[str, str]
"""A space and a kind: what documents are kept back by."""

Document = tuple[str, str, str, str, int, bytes | None]
"""Space, kind, id, parent, rank and body."""

_MOST_KEPT = 256


@dataclass(slots=True)
class _Savepoint:
    """One open transaction or savepoint: the documents that it keeps back by kind and id, how many were put,
    and how much was to do after the commit when it began.
    """

    after_commit: int = 0
    opened: bool = False
    buffered: dict[Kind, dict[str, Document]] = field(default_factory=dict)
    puts: int = 0


class TransactionStack:
    """The transactions that one connection has open; whoever has the connection has this.

    A document that is put is kept back, so that many are written at once, and one that is put again and
    again only as it was the last time. Whoever asks the database about documents of a kind must let them be
    written down before.
    """

    def __init__(
        self,
        run: Callable[[str], object],
        put: Callable[[Collection[Document]], object],
        begin: str,
        is_open: Callable[[], bool],
        alone: bool = False,
    ) -> None:
        """`run` runs a statement and `put` writes documents; `begin` is the first statement; `is_open`: the
        database has not undone it itself. Where nobody else has the database, and it ends with us (`alone`),
        documents are kept back beyond the end of their transaction: below the first level is a ground.
        """
        self._run = run
        self._put = put
        self._begin = begin
        self._is_open = is_open
        self._levels = [_Savepoint(opened=True)] if alone else []
        self._ground = len(self._levels)
        self._after_commit: list[Callable[[], None]] = []

    @property
    def depth(self) -> int:
        """How many are open."""
        return len(self._levels) - self._ground

    def enter(self) -> None:
        """Begins a transaction or, within one, a savepoint."""
        level = _Savepoint(len(self._after_commit))
        if not self._levels:
            self._run(self._begin)
            level.opened = True
        elif not self.depth and self._levels[0].puts > _MOST_KEPT:
            self.flush_all()
        self._levels.append(level)

    def leave(self, good: bool) -> None:
        """Ends the innermost one: keeps what was written in it, or undoes it."""
        level = self._levels[-1]
        try:
            if good:
                self._keep(level)
            else:
                self._undo(level)
        except BaseException:
            self._undo(level)
            raise
        finally:
            self._levels.pop()
        if good:
            self.settle()

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one of its kind and id."""
        if not self._levels:
            self._put((document,))
            return
        level = self._levels[-1]
        level.buffered.setdefault(document[:2], {})[document[2]] = document
        level.puts += 1
        if level.puts > _MOST_KEPT:
            self.flush_all()

    def buffered(self, kind: Kind, id: str) -> Document | None:
        """The document of that kind and id, if it is kept back."""
        for level in reversed(self._levels):
            group = level.buffered.get(kind)
            if group and id in group:
                return group[id]
        return None

    def last_buffered(self, kind: Kind) -> Document | None:
        """Of the documents of that kind that are kept back the one that came last, if each was put once."""
        for level in reversed(self._levels):
            if kind in level.buffered:
                return next(reversed(level.buffered[kind].values()))
        return None

    def flush(self, kinds: Iterable[Kind]) -> None:
        """Writes what is kept back, if any of it is of these kinds: the database will be asked."""
        for depth in range(len(self._levels), 0, -1):
            if not self._levels[depth - 1].buffered.keys().isdisjoint(kinds):
                self._write(depth)
                return

    def flush_all(self) -> None:
        """Begins in earnest what was only entered, and writes what is kept back: more is to be written."""
        self._write(len(self._levels))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        self._after_commit.append(action)
        self.settle()

    def settle(self) -> None:
        """Does what waits for the commit, if it is through."""
        while self._after_commit and not self.depth:
            self._after_commit.pop(0)()

    def _write(self, depth: int) -> None:
        for place, level in enumerate(self._levels[:depth]):
            if not level.opened:
                self._run(self._begin if place == self._ground else f"SAVEPOINT s{place}")
                level.opened = True
            if level.buffered:
                documents = [document for group in level.buffered.values() for document in group.values()]
                self._put_together(documents) if place < self._ground else self._put(documents)
                level.buffered.clear()
                level.puts = 0

    def _put_together(self, documents: Collection[Document]) -> None:
        """Outside transactions: all or none, and once instead of one after the other."""
        self._run(self._begin)
        try:
            self._put(documents)
        except BaseException:
            self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def _keep(self, level: _Savepoint) -> None:
        if self.depth == 1 and level.opened:
            self.flush_all()
            self._run("COMMIT")
            return
        if level.opened:
            self._run(f"RELEASE SAVEPOINT {self._name}")
        below = self._levels[-2]
        for kind, group in level.buffered.items():
            below.buffered.setdefault(kind, {}).update(group)
        below.puts += level.puts

    def _undo(self, level: _Savepoint) -> None:
        del self._after_commit[level.after_commit :]
        level.buffered.clear()
        if not level.opened or not self._is_open():
            return  # nothing was written, or the database (of a full disk, say) has already undone everything
        if self.depth > 1:
            self._run(f"ROLLBACK TO SAVEPOINT {self._name}")
            self._run(f"RELEASE SAVEPOINT {self._name}")
        else:
            self._run("ROLLBACK")

    @property
    def _name(self) -> str:
        return f"s{len(self._levels) - 1}"
