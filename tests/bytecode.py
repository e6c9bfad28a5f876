"""Compiled modules, kept for one run where the environment asks Python to keep none."""

import os
import shutil
import sys
import tempfile

import pytest

_NEVER = "PYTHONDONTWRITEBYTECODE"
_PREFIX = "PYTHONPYCACHEPREFIX"


def keep_for_run(config: pytest.Config) -> None:
    """Has this run's processes and workers share one folder of compiled modules, removed at its end.

    The tests start hundreds of processes. Each of them would compile several hundred modules, for half of its
    time, where `PYTHONDONTWRITEBYTECODE` keeps the checkout clean; this folder is outside it.
    """
    if not sys.dont_write_bytecode:
        return
    folder = tempfile.mkdtemp(prefix="bytecode-")
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.delenv(_NEVER, raising=False)
    monkeypatch.setitem(os.environ, _PREFIX, folder)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", folder)
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    config.add_cleanup(monkeypatch.undo)
