"""A checkout of this project to write to, for tests of what writes to it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path, PurePath
from typing import Final

from tests.house.sources import ROOT

_BUILT: Final = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
_PATIENCE: Final = 120.0


class Checkout:
    """A copy of this project without its history and what was built of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(folder)}
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():  # else it was taken away since it was committed
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)  # with its time, which compiled modules are kept by
                if name.endswith(".py"):
                    _copy_compiled(ROOT / name, folder / name)

    def files(self) -> dict[str, bytes]:
        """Everything in it, empty folders too."""
        return {
            path.relative_to(self.folder).as_posix(): b"" if path.is_dir() else path.read_bytes()
            for path in self.folder.rglob("*")
            if not set(_BUILT) & {*path.parts}
        }

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
    """Gives a copied module what Python and pytest have compiled of it: this takes them seconds of CPU."""
    found, place = (Path(cache_from_source(str(one))) for one in (source, copy))
    for compiled in found.parent.glob(f"{found.stem}*.pyc"):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(compiled, place.parent / compiled.name)
