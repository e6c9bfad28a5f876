"""A check of a module as one test of all modules.

A test for each module and check took a third of all tests, and longer to collect and report than to run.
"""

from collections.abc import Callable
from pathlib import Path

from tests.house.sources import modules

Check = Callable[[str, Path], None]


def each_module(check: Check) -> Callable[[], None]:
    """A test that runs the check on every module, and reports all that fail."""

    def test() -> None:
        failed = failures(check, modules())
        assert failed == [], "\n".join(failed)

    test.__name__, test.__module__, test.__doc__ = check.__name__, check.__module__, check.__doc__
    return test


def failures(check: Check, paths: dict[str, Path]) -> list[str]:
    """The modules that fail the check, each with its first failed assertion."""
    assert paths
    failed = []
    for name, path in paths.items():
        try:
            check(name, path)
        except AssertionError as error:
            failed.append(f"{name}: {error}")
    return failed
