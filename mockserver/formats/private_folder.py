"""A folder that only its owner can read and write, for files that a process trusts."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS: Final = 0o077


def find_private(folder: Path) -> Path | None:
    """The folder, created if necessary; one in the temporary folder if another user owns it, or None."""
    name = f"audience-mockserver-{_user()}"
    return next(iter(_private((folder, Path(tempfile.gettempdir()) / name))), None)


def is_own(path: Path) -> bool:
    """Whether the file or folder belongs to the user of this process. Raises `OSError` if there is none."""
    return path.stat().st_uid == _user() or _user() < 0


def write_privately(path: Path, content: bytes) -> None:
    """Writes a new file, which only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _private(folders: Iterable[Path]) -> Iterable[Path]:
    for folder in folders:
        with suppress(OSError):
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_dir() and is_own(folder):
                if folder.stat().st_mode & _OTHERS:  # made by an earlier release
                    folder.chmod(0o700)
                yield folder


def _user() -> int:
    """The id of the user; -1 where there is none (Windows), and folders of users are private anyway."""
    return os.getuid() if hasattr(os, "getuid") else -1
