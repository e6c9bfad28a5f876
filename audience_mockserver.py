"""Guard beside the package `mockserver`: refuses to start where another distribution has overwritten it.

MockServer's own Python client installs a package, a pytest plugin and fixtures of the same names. This module
is outside of that package, so it still runs when the package's files are those of the other distribution.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

_OWN = "audience_mockserver"


def find_conflict(folders: Iterable[str]) -> str | None:
    """One line that names a distribution with the same package, and the fix; None if there is none."""
    for folder in folders:
        for record in sorted(Path(folder).glob("*mockserver*.dist-info/RECORD")):
            name, _, version = record.parent.name.removesuffix(".dist-info").partition("-")
            files = record.read_text(encoding="utf-8", errors="replace").splitlines()
            if name.lower() != _OWN and any(file.startswith("mockserver/__init__.py,") for file in files):
                other = name.replace("_", "-")
                fix = (
                    f"pip uninstall {other}, then pip install --force-reinstall --no-deps audience-mockserver"
                )
                return (
                    f"{other} {version} installs the same package as audience-mockserver (mockserver); {fix}"
                )
    return None


def __getattr__(name: str) -> object:
    """`plugin`, the entry point: checked when pytest loads it, before it loads the plugin itself.

    Raises `pytest.UsageError` beside such a distribution.
    """
    if name != "plugin":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    conflict = find_conflict(sys.path)
    if conflict:
        import pytest  # needed only here: the command line must start without it

        raise pytest.UsageError(f"mockserver: {conflict}")
    return sys.modules[__name__]


def main() -> None:
    """The command `mockserver`."""
    conflict = find_conflict(sys.path)
    if conflict:
        print(f"mockserver: {conflict}", file=sys.stderr)  # noqa: T201 - click comes with the package
        sys.exit(2)
    from mockserver.cli import main as run  # after the check: the package may not be ours

    run()
