"""`write_all` writes all files or none."""

from pathlib import Path

import pytest

from mockserver.scaffold.files import write_all


def contents(folder: Path) -> dict[str, bytes]:
    """Everything in the folder, including folders."""
    return {
        str(path.relative_to(folder)): b"" if path.is_dir() else path.read_bytes()
        for path in folder.rglob("*")
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "first").write_text("as it was")
    (tmp_path / "own" / "second").write_text("this too")
    return tmp_path


def test_files_are_created_and_changed(folder: Path) -> None:
    (folder / "own" / "first").chmod(0o640)
    write_all(
        {folder / "new" / "deep" / "one": b"1", folder / "new" / "two": b"2"}, {folder / "own/first": b"3"}
    )
    assert contents(folder) == {
        **{"new": b"", "new/deep": b"", "new/deep/one": b"1", "new/two": b"2"},
        **{"own": b"", "own/first": b"3", "own/second": b"this too"},
    }
    assert (folder / "own" / "first").stat().st_mode & 0o777 == 0o640


def test_existing_files_are_not_overwritten(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(FileExistsError):
        write_all({folder / "new" / "one": b"1", folder / "own" / "first": b"2"}, {})
    assert contents(folder) == before


@pytest.mark.parametrize("place", ["own/first/one", "own/missing/one"])
def test_failure_undoes_all_writes(folder: Path, place: str) -> None:
    before = contents(folder)
    changed = {folder / "own" / "first": b"changed", folder / place: b"never"}
    with pytest.raises(OSError, match=place):
        write_all({folder / "new" / "one": b"1"}, changed)
    assert contents(folder) == before


def test_interruption_undoes_all_writes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(folder)

    def interrupt(_draft: Path, target: Path) -> None:
        assert contents(folder) != before, "the interruption comes after some writes"
        raise KeyboardInterrupt(target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_all({folder / "new" / "one": b"1"}, {folder / "own" / "second": b"2"})
    assert contents(folder) == before
