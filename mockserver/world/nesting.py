"""Transactions that nest, and all that they put off until it is needed: savepoints, writing, what is to be
done after the commit.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

Key = tuple[str, str, str]
"""Space, kind and id."""

Document = tuple[str, str, str, str, int, bytes | None]
"""Space, kind, id, parent, rank and body."""

_MOST_KEPT = 256


@dataclass(slots=True)
class _Level:
    """One open transaction or savepoint: the documents that it keeps back, and how much was to do after the
    commit when it began.
    """

    to_do: int
    opened: bool = False
    kept: dict[Key, Document] = field(default_factory=dict)


class Nesting:
    """The transactions that one connection has open; whoever has the connection has this.

    A document that is put is kept back, so that most calls write what they have to write in one statement.
    Whoever asks the database, and not for one document by its key, must let it be written down before.
    """

    def __init__(
        self,
        run: Callable[[str], object],
        put: Callable[[Collection[Document]], object],
        begin: str,
        is_open: Callable[[], bool],
        alone: int = 0,
    ) -> None:
        """`run` runs a statement and `put` writes documents; `begin` is the first statement; `is_open`: the
        database has not undone it itself. Up to `alone` documents are written without a transaction, if there
        is nothing else: `put` does it in one statement, and nobody else can come between reading and writing.
        """
        self._run = run
        self._put = put
        self._begin = begin
        self._is_open = is_open
        self._alone = alone
        self._levels: list[_Level] = []
        self._after_commit: list[Callable[[], None]] = []

    @property
    def depth(self) -> int:
        """How many are open."""
        return len(self._levels)

    def enter(self) -> None:
        """Begins a transaction or, within one, a savepoint."""
        level = _Level(len(self._after_commit))
        if not self._levels and not self._alone:
            self._run(self._begin)
            level.opened = True
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
        """Inserts the document or replaces the one of its key, at the latest at the end."""
        if not self._levels:
            self._put((document,))
            return
        kept = self._levels[-1].kept
        kept[document[:3]] = document
        if len(kept) > _MOST_KEPT:
            self.write_down()

    def kept(self, key: Key) -> Document | None:
        """The document of that key, if it is kept back."""
        for level in reversed(self._levels):
            if key in level.kept:
                return level.kept[key]
        return None

    def keeps_any(self, space: str, kind: str) -> bool:
        """Whether any document of that kind is kept back."""
        return any(key[0] == space and key[1] == kind for level in self._levels for key in level.kept)

    def write_down(self) -> None:
        """Writes what is kept back: the database is to be asked for more than one document by its key."""
        if any(level.kept for level in self._levels):
            self.write()

    def write(self) -> None:
        """Begins in earnest what was only entered, and writes what is kept back: more is to be written."""
        for depth, level in enumerate(self._levels, 1):
            if not level.opened:
                self._run(f"SAVEPOINT s{depth}" if depth > 1 else self._begin)
                level.opened = True
            if level.kept:
                self._put(level.kept.values())
                level.kept.clear()

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        self._after_commit.append(action)
        self.settle()

    def settle(self) -> None:
        """Does what waits for the commit, if it is through."""
        while self._after_commit and not self._levels:
            self._after_commit.pop(0)()

    def _keep(self, level: _Level) -> None:
        depth = len(self._levels)
        if depth > 1:
            if level.opened:
                self._run(f"RELEASE SAVEPOINT s{depth}")
            self._levels[-2].kept.update(level.kept)
        elif not level.opened and len(level.kept) <= self._alone:
            if level.kept:
                self._put(level.kept.values())
        else:
            self.write_down()
            self._run("COMMIT")

    def _undo(self, level: _Level) -> None:
        del self._after_commit[level.to_do :]
        level.kept.clear()
        if not level.opened or not self._is_open():
            return  # nothing was written, or the database (of a full disk, say) has already undone everything
        depth = len(self._levels)
        if depth > 1:
            self._run(f"ROLLBACK TO SAVEPOINT s{depth}")
            self._run(f"RELEASE SAVEPOINT s{depth}")
        else:
            self._run("ROLLBACK")
