"""Compiled modules, kept in pytest's cache where the environment asks Python to keep none."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

_TESTS: Final = Path(__file__).parent
_NEVER: Final = "PYTHONDONTWRITEBYTECODE"
_PREFIX: Final = "PYTHONPYCACHEPREFIX"


def keep(config: pytest.Config) -> None:
    """Has this run's processes and workers, and those of later runs, share one folder of compiled modules.

    The tests start hundreds of processes. Each of them would compile several hundred modules, for half of its
    time, where `PYTHONDONTWRITEBYTECODE` keeps the checkout clean. A worker would take two thirds of its time
    to collect the tests for compiling them. Needs the plugin of pytest's cache to be configured.
    """
    if not sys.dont_write_bytecode:
        return
    folder = _folder(config)
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.delenv(_NEVER, raising=False)
    monkeypatch.setitem(os.environ, _PREFIX, str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", str(folder))
    config.add_cleanup(monkeypatch.undo)


def import_own_part(config: pytest.Config, is_wanted: Callable[[Path], bool]) -> None:
    """Has a worker of a run of all tests import its part of the files before it collects them.

    Each worker collects all files in the same order. In a new checkout each would compile all of them at
    the same moment, for two thirds of that time; this way each compiles a part and finds the rest compiled.
    """
    worker = getattr(config, "workerinput", None)
    if worker is None or config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    number, count = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    files = [file for file in sorted(_TESTS.rglob("test_*.py")) if is_wanted(file)]
    for file in files[number::count]:
        name = ".".join(file.relative_to(_TESTS.parent).with_suffix("").parts)
        with suppress(Exception):  # collecting it says what is wrong
            import_module(name)


def _folder(config: pytest.Config) -> Path:
    """A folder in pytest's cache, without a cache one for this run alone."""
    cache = getattr(config, "cache", None)
    if cache is None:
        folder = Path(tempfile.mkdtemp(prefix="bytecode-"))
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        return folder
    folder = Path(cache.mkdir("bytecode"))
    temporary = folder.joinpath(*Path(tempfile.gettempdir()).resolve().parts[1:])
    # No later run imports the modules that this run's tests wrote.
    config.add_cleanup(lambda: shutil.rmtree(temporary, ignore_errors=True))
    return folder
