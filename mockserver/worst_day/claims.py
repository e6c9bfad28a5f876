"""Claims about a client: what is always true, and what is true sometimes."""

from threading import Lock


class Claims:
    """Claims that the client, its test or an invariant makes; `sometimes` names those that must be met once.

    A claim that is made nowhere but named here counts as one that was never true.
    """

    def __init__(self, *, sometimes: tuple[str, ...] | list[str] = ()) -> None:
        self._lock = Lock()
        self._broken: dict[str, int] = {}
        self._sometimes: dict[str, int] = dict.fromkeys(sometimes, 0)

    def always(self, name: str, condition: object) -> None:
        """Claim that the condition is true whenever this line is reached."""
        with self._lock:
            if not condition:
                self._broken[name] = self._broken.get(name, 0) + 1

    def sometimes(self, name: str, condition: object) -> None:
        """Claim that the condition is true at least once in a search."""
        with self._lock:
            self._sometimes[name] = self._sometimes.get(name, 0) + bool(condition)

    @property
    def counts(self) -> dict[str, int]:
        """How often each `sometimes` claim was true."""
        return dict(self._sometimes)

    @property
    def never(self) -> list[str]:
        """The `sometimes` claims that were never true."""
        return [name for name, count in self._sometimes.items() if not count]

    def forget_broken(self) -> None:
        """Begin a run: what earlier runs broke does not count."""
        with self._lock:
            self._broken.clear()

    def assert_always(self) -> None:
        """Assert that no `always` claim was broken since the start of the run. Raises AssertionError."""
        broken = sorted(self._broken)
        if broken:
            raise AssertionError(f"not always true: {', '.join(broken)}")
