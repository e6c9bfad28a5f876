"""Nested transactions with a write buffer, lazy savepoints and after-commit actions."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

SpaceKind = tuple[str, str]
"""A space and a kind: what the write buffer is grouped by."""

Document = tuple[str, str, str, str, int, bytes | None]
"""Space, kind, id, parent, rank and body."""

_MAX_BUFFERED = 256


@dataclass(slots=True)
class _Savepoint:
    """One open transaction or savepoint: its buffered documents by kind and id, the number of puts, and the
    number of after-commit actions that were pending when it began.
    """

    after_commit: int = 0
    opened: bool = False
    buffered: dict[SpaceKind, dict[str, Document]] = field(default_factory=dict)
    puts: int = 0


class TransactionStack:
    """The open transactions of one connection; used by one thread at a time.

    Documents are buffered: one statement writes a batch of them, and a document that is put repeatedly is
    written once. Flush a kind before its documents are queried.
    """

    def __init__(
        self,
        run: Callable[[str], object],
        put: Callable[[Collection[Document]], object],
        begin: str,
        is_open: Callable[[], bool],
    ) -> None:
        """`run` runs a statement, `put` writes documents, `begin` is the first statement, and `is_open` says
        whether the database still has the transaction (it may have rolled it back itself).
        """
        self._run = run
        self._put = put
        self._begin = begin
        self._is_open = is_open
        self._levels: list[_Savepoint] = []
        self._after_commit: list[Callable[[], None]] = []

    @property
    def depth(self) -> int:
        """The number of open transactions and savepoints."""
        return len(self._levels)

    def enter(self) -> None:
        """Begins a transaction or, inside one, a savepoint."""
        level = _Savepoint(len(self._after_commit))
        if not self._levels:
            self._run(self._begin)
            level.opened = True
        self._levels.append(level)

    def leave(self, commit: bool) -> None:
        """Ends the innermost transaction or savepoint: commits it or rolls it back."""
        level = self._levels[-1]
        try:
            if commit:
                self._commit(level)
            else:
                self._roll_back(level)
        except BaseException:
            self._roll_back(level)
            raise
        finally:
            self._levels.pop()
        if commit:
            self.run_after_commit()

    def put(self, document: Document) -> None:
        """Inserts the document or replaces the one with its key."""
        if not self._levels:
            self._put((document,))
            return
        level = self._levels[-1]
        level.buffered.setdefault(document[:2], {})[document[2]] = document
        level.puts += 1
        if level.puts > _MAX_BUFFERED:
            self.flush_all()

    def buffered(self, kind: SpaceKind, id: str) -> Document | None:
        """The buffered document of that kind and id, if there is one."""
        for level in reversed(self._levels):
            group = level.buffered.get(kind)
            if group and id in group:
                return group[id]
        return None

    def flush(self, kinds: Iterable[SpaceKind]) -> None:
        """Writes the buffer if it holds documents of these kinds."""
        for depth in range(len(self._levels), 0, -1):
            if not self._levels[depth - 1].buffered.keys().isdisjoint(kinds):
                self._flush_levels(depth)
                return

    def flush_all(self) -> None:
        """Opens pending savepoints and writes the whole buffer, before any other write."""
        self._flush_levels(len(self._levels))

    def after_commit(self, action: Callable[[], None]) -> None:
        """Runs the action after the outermost commit; immediately outside transactions."""
        self._after_commit.append(action)
        self.run_after_commit()

    def run_after_commit(self) -> None:
        """Runs the pending after-commit actions unless a transaction is open."""
        while self._after_commit and not self.depth:
            self._after_commit.pop(0)()

    def _flush_levels(self, depth: int) -> None:
        for number, level in enumerate(self._levels[:depth]):
            if not level.opened:
                self._run(f"SAVEPOINT s{number}")
                level.opened = True
            if level.buffered:
                documents = [document for group in level.buffered.values() for document in group.values()]
                self._put(documents)
                level.buffered.clear()
                level.puts = 0

    def _commit(self, level: _Savepoint) -> None:
        if self.depth == 1:
            self.flush_all()
            self._run("COMMIT")
            return
        if level.opened:
            self._run(f"RELEASE SAVEPOINT {self._savepoint}")
        below = self._levels[-2]
        for kind, group in level.buffered.items():
            below.buffered.setdefault(kind, {}).update(group)
        below.puts += level.puts

    def _roll_back(self, level: _Savepoint) -> None:
        del self._after_commit[level.after_commit :]
        level.buffered.clear()
        if not level.opened or not self._is_open():
            return  # nothing was written, or the database (on a full disk, say) has rolled back everything
        if self.depth > 1:
            self._run(f"ROLLBACK TO SAVEPOINT {self._savepoint}")
            self._run(f"RELEASE SAVEPOINT {self._savepoint}")
        else:
            self._run("ROLLBACK")

    @property
    def _savepoint(self) -> str:
        return f"s{len(self._levels) - 1}"
