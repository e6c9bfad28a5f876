"""Transactions that nest: savepoints begun in earnest when something is written, and what to do after all."""

from collections.abc import Callable
from dataclasses import dataclass

Run = Callable[[str], object]


@dataclass(slots=True)
class _Level:
    """One open transaction or savepoint, and how much was to do after the commit when it began."""

    opened: bool
    to_do: int


class Nesting:
    """The transactions that one connection has open; whoever has the connection has this."""

    def __init__(self, run: Run, begin: str, is_open: Callable[[], bool]) -> None:
        """`run` runs a statement, `begin` is the first; `is_open`: the database has not undone it itself."""
        self._run = run
        self._begin = begin
        self._is_open = is_open
        self._levels: list[_Level] = []
        self._after_commit: list[Callable[[], None]] = []

    def enter(self) -> None:
        """Begins a transaction or, within one, a savepoint."""
        if not self._levels:
            self._run(self._begin)
        self._levels.append(_Level(not self._levels, len(self._after_commit)))

    def leave(self, good: bool) -> None:
        """Ends the innermost one: keeps what was written in it, or undoes it."""
        level = self._levels[-1]
        try:
            if good and level.opened:
                self._run(f"RELEASE SAVEPOINT s{len(self._levels)}" if self._levels[1:] else "COMMIT")
            elif not good:
                self._undo(level)
        except BaseException:
            self._undo(level)
            raise
        finally:
            self._levels.pop()
        if good:
            self.settle()

    def write(self) -> None:
        """Begins in earnest what was only entered: something is about to be written."""
        for depth, level in enumerate(self._levels, 1):
            if not level.opened:
                self._run(f"SAVEPOINT s{depth}")
                level.opened = True

    def after_commit(self, action: Callable[[], None]) -> None:
        """Does this once what is written now can no longer be rolled back; at once outside transactions."""
        self._after_commit.append(action)
        self.settle()

    def settle(self) -> None:
        """Does what waits for the commit, if it is through."""
        while self._after_commit and not self._levels:
            self._after_commit.pop(0)()

    def _undo(self, level: _Level) -> None:
        del self._after_commit[level.to_do :]
        if not level.opened or not self._is_open():
            return  # nothing was written, or the database (of a full disk, say) has already undone everything
        depth = len(self._levels)
        if depth > 1:
            self._run(f"ROLLBACK TO SAVEPOINT s{depth}")
            self._run(f"RELEASE SAVEPOINT s{depth}")
        else:
            self._run("ROLLBACK")
