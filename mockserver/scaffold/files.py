"""Writes a set of files atomically: all or none, without overwriting new ones."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path


def write_all(new: Mapping[Path, bytes], changed: Mapping[Path, bytes]) -> None:
    """Creates the `new` files and replaces the `changed` ones.

    Raises `OSError` (`FileExistsError` for a new file that exists) after undo everything.
    """
    with ExitStack() as undo:
        for path, content in new.items():
            _make_folders(path.parent, undo)
            _create(path, content, undo)
        for path, content in changed.items():
            _replace(path, content, undo)
        undo.pop_all()


def _make_folders(folder: Path, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undo.callback(one.rmdir)


def _create(path: Path, content: bytes, undo: ExitStack) -> None:
    with path.open("xb") as file:
        undo.callback(path.unlink, missing_ok=True)
        file.write(content)


def _replace(path: Path, content: bytes, undo: ExitStack) -> None:
    original = path.read_bytes()
    draft = path.with_name(f"{path.name}.draft")
    _create(draft, content, undo)
    shutil.copymode(path, draft)
    draft.replace(path)
    undo.callback(path.write_bytes, original)
