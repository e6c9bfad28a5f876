"""All files or none, whatever comes between."""

from pathlib import Path

import pytest

from mockserver.scaffold.files import write


def seen(folder: Path) -> dict[str, bytes]:
    """Everything in the folder, folders too."""
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


def test_files_are_made_with_their_folders_and_changed(folder: Path) -> None:
    (folder / "own" / "first").chmod(0o640)
    write({folder / "new" / "deep" / "one": b"1", folder / "new" / "two": b"2"}, {folder / "own/first": b"3"})
    assert seen(folder) == {
        **{"new": b"", "new/deep": b"", "new/deep/one": b"1", "new/two": b"2"},
        **{"own": b"", "own/first": b"3", "own/second": b"this too"},
    }
    assert (folder / "own" / "first").stat().st_mode & 0o777 == 0o640


def test_what_is_there_is_not_overwritten(folder: Path) -> None:
    before = seen(folder)
    with pytest.raises(FileExistsError):
        write({folder / "new" / "one": b"1", folder / "own" / "first": b"2"}, {})
    assert seen(folder) == before


@pytest.mark.parametrize("place", ["own/first/one", "own/missing/one"])
def test_a_file_that_cannot_be_written_undoes_the_others(folder: Path, place: str) -> None:
    before = seen(folder)
    changed = {folder / "own" / "first": b"changed", folder / place: b"never"}
    with pytest.raises(OSError, match=place):
        write({folder / "new" / "one": b"1"}, changed)
    assert seen(folder) == before


def test_an_interruption_undoes_them_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = seen(folder)

    def interrupt(_draft: Path, target: Path) -> None:
        assert seen(folder) != before, "it comes in the midst of it"
        raise KeyboardInterrupt(target)

    monkeypatch.setattr(Path, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write({folder / "new" / "one": b"1"}, {folder / "own" / "second": b"2"})
    assert seen(folder) == before
