"""The pytests that tests start: without two plugins that take half a second each to import."""

import os
from typing import Final

import pytest

_OPTIONS: Final = "PYTEST_ADDOPTS"
_LEFT_OUT: Final = "-p no:schemathesis -p no:faker"


def leave_out_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the pytests that this run starts leave out plugins: our tests use none of these."""
    monkeypatch.setenv(_OPTIONS, f"{os.environ.get(_OPTIONS, '')} {_LEFT_OUT}".strip())
