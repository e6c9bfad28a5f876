"""A checkout of this project to write to, for tests of what writes to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path, PurePath
from typing import Final

import pytest

from mockserver import paths
from tests.house.sources import ROOT

_BUILT: Final = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
_PATIENCE: Final = 120.0


class Checkout:
    """A copy of this project without its history and what was built of it; only some of it, if so asked."""

    def __init__(self, folder: Path, *names: str, compiled: bool = True) -> None:
        """Copies these files and folders, or else all, with what is `compiled` of them for its processes."""
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(folder)}
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *names]
        found = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        # Those that were taken away since they were committed are no files.
        paths = [PurePath(name) for name in filter(None, found.split("\0")) if (ROOT / name).is_file()]
        for parent in {path.parent for path in paths}:
            (folder / parent).mkdir(parents=True, exist_ok=True)
            if compiled:
                _copy_compiled(ROOT / parent, folder / parent)
        for path in paths:
            shutil.copy2(ROOT / path, folder / path)  # with its time, which compiled modules are kept by

    def files(self) -> dict[str, bytes]:
        """Everything in it, empty folders too."""
        found: dict[str, bytes] = {}
        for place, folders, names in os.walk(self.folder):
            folders[:] = [one for one in folders if one not in _BUILT]
            here = Path(place)
            start = here.relative_to(self.folder)
            found |= {(start / one).as_posix(): b"" for one in folders}
            found |= {(start / one).as_posix(): (here / one).read_bytes() for one in names}
        return found

    def restore(self, files: Mapping[str, bytes]) -> None:
        """Makes it what `files()` has returned before."""
        now = self.files()
        for name in sorted(now, reverse=True):  # what a folder has before the folder
            path = self.folder / name
            if files.get(name) != now[name]:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        folders = {folder.as_posix() for name in files for folder in PurePath(name).parents}
        for name in files.keys() - folders:
            if files[name] != now.get(name):
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(files[name])

    @contextmanager
    def as_own(self) -> Iterator[None]:
        """A block in which the commands of this process take it for their own checkout."""
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(paths, "_PACKAGE", self.folder / "mockserver")
            yield

    def python(self, module: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """One `python -m module …` on this package, to its end."""
        return self.run("-m", module, *words)

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """One `python …` on this package, to its end."""
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def serve(self, *words: str) -> "subprocess.Popen[str]":
        """A `mockserver serve …` on a free port; its first line tells which."""
        command = [sys.executable, "-m", "mockserver", "serve", "--port", "0", *words]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True
        )


def _copy_compiled(source: Path, copy: Path) -> None:
    """Gives the modules of a folder what Python and pytest have compiled of them, for seconds of CPU."""
    found, place = (Path(cache_from_source(str(one / "any.py"))).parent for one in (source, copy))
    if found.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        for compiled in found.glob("*.pyc"):
            shutil.copyfile(compiled, place / compiled.name)
