"""The pytests that tests start: without plugins that take half a second each to import."""

import os
import subprocess
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pytest

_OPTIONS: Final = "PYTEST_ADDOPTS"
_LEFT_OUT: Final = "-p no:schemathesis -p no:faker"

ALONE: Final = MappingProxyType({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
"""The environment of a pytest that loads no installed plugin."""
OURS: Final = ("-p", "no:cacheprovider", "-p", "mockserver.pytest_plugin")
"""The options of such a pytest that loads ours, and writes nothing."""


def leave_out_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the pytests that this run starts leave out plugins: our tests use none of these."""
    monkeypatch.setenv(_OPTIONS, f"{os.environ.get(_OPTIONS, '')} {_LEFT_OUT}".strip())


def run_alone(
    *words: str, cwd: Path, timeout: float = 120, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """One `pytest -q …` in a process of its own, to its end, with our plugin alone."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *OURS, *words],
        cwd=cwd,
        env={**os.environ, **ALONE, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
