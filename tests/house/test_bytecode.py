"""The processes of a run compile each module once, also where the environment asks Python to keep none."""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import bytecode


class Config(ExitStack):
    """Of pytest's configuration, its cache and what is called at the end of a run."""

    cache: pytest.Cache | None = None

    def add_cleanup(self, function: object) -> None:
        self.callback(function)  # type: ignore[arg-type]


def compiled(folder: str | Path) -> list[str]:
    return [path.name for path in Path(folder).rglob("one_module*.pyc")]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module that a process of its own can import, where Python shall compile nothing."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    (folder / "one_module.py").write_text("")
    return folder / "one_module.py"


def import_it() -> None:
    subprocess.run([sys.executable, "-c", "import one_module"], check=True)


def test_a_process_leaves_compiled_modules_to_the_next(module: Path) -> None:
    with Config() as run:
        bytecode.keep(run)  # type: ignore[arg-type]
        folder = sys.pycache_prefix
        assert folder is not None
        assert compiled(folder) == []
        import_it()
        assert len(compiled(folder)) == 1
    assert not Path(folder).exists()
    assert sys.dont_write_bytecode
    assert list(module.parent.iterdir()) == [module]


def test_a_run_leaves_them_to_the_next_but_for_those_of_temporary_files(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    cache = pytest.Cache(tmp_path / "cache", pytestconfig, _ispytest=True)
    for temporary, left in [(tmp_path / "elsewhere", 1), (module.parent, 0)]:
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        with Config() as run:
            run.cache = cache
            bytecode.keep(run)  # type: ignore[arg-type]
            import_it()
            assert len(compiled(tmp_path / "cache")) == 1
        assert len(compiled(tmp_path / "cache")) == left


def test_a_run_that_keeps_them_in_the_checkout_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = sys.pycache_prefix
    with Config() as run:
        bytecode.keep(run)  # type: ignore[arg-type]
        assert sys.pycache_prefix == before
