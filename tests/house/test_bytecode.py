"""The processes of a run compile each module once, also where the environment asks Python to keep none."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import bytecode


class Config(ExitStack):
    """Of pytest's configuration, what is called at the end of a run."""

    def add_cleanup(self, function: object) -> None:
        self.callback(function)  # type: ignore[arg-type]


def compiled(folder: str) -> list[str]:
    return [path.name for path in Path(folder).rglob("one_module*.pyc")]


def test_a_process_leaves_compiled_modules_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "one_module.py").write_text("")
    with Config() as run:
        bytecode.keep_for_run(run)  # type: ignore[arg-type]
        folder = sys.pycache_prefix
        assert folder is not None
        assert compiled(folder) == []
        subprocess.run([sys.executable, "-c", "import one_module"], check=True)
        assert len(compiled(folder)) == 1
    assert not Path(folder).exists()
    assert sys.dont_write_bytecode
    assert list(tmp_path.iterdir()) == [tmp_path / "one_module.py"]


def test_a_run_that_keeps_them_in_the_checkout_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = sys.pycache_prefix
    with Config() as run:
        bytecode.keep_for_run(run)  # type: ignore[arg-type]
        assert sys.pycache_prefix == before
