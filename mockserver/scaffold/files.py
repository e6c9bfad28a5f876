"""Files that are written all together or not at all; what is there already is never overwritten."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path


def write(new: Mapping[Path, bytes], changed: Mapping[Path, bytes]) -> None:
    """Writes new files, and others anew. Raises `OSError`, and then all is as it was before.

    A new file that is there already is a `FileExistsError`.
    """
    with ExitStack() as undoing:
        for path, content in new.items():
            _make_folders(path.parent, undoing)
            _create(path, content, undoing)
        for path, content in changed.items():
            _replace(path, content, undoing)
        undoing.pop_all()


def _make_folders(folder: Path, undoing: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undoing.callback(one.rmdir)


def _create(path: Path, content: bytes, undoing: ExitStack) -> None:
    with path.open("xb") as file:
        undoing.callback(path.unlink, missing_ok=True)
        file.write(content)


def _replace(path: Path, content: bytes, undoing: ExitStack) -> None:
    before = path.read_bytes()
    draft = path.with_name(f"{path.name}.draft")
    _create(draft, content, undoing)
    shutil.copymode(path, draft)
    draft.replace(path)
    undoing.callback(path.write_bytes, before)
