"""The pytests that tests start: without a plugin that takes half a second to import."""

import os
from typing import Final

import pytest

_OPTIONS: Final = "PYTEST_ADDOPTS"


def leave_out_schemathesis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the pytests that this run starts leave out the plugin of Schemathesis: its command needs none."""
    monkeypatch.setenv(_OPTIONS, f"{os.environ.get(_OPTIONS, '')} -p no:schemathesis".strip())
