"""The web console: static files, which show what the control API returns to the browser."""

import gzip
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

PAGE: Final = "index.html"
_FOLDER: Final = Path(__file__).parent
_CONTENT_TYPES: Final = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
    }
)


@dataclass(frozen=True)
class Asset:
    """A file of the console."""

    content: bytes
    content_type: str

    @cached_property
    def etag(self) -> str:
        return sha256(self.content).hexdigest()[:16]

    @cached_property
    def packed(self) -> bytes:
        """The content as gzip, a third of the size."""
        return gzip.compress(self.content, mtime=0)


def asset_names() -> list[str]:
    """The names of all files of the console, below its folder."""
    found = (path for path in _FOLDER.rglob("*") if path.suffix in _CONTENT_TYPES)
    return sorted(path.relative_to(_FOLDER).as_posix() for path in found)


def read_asset(name: str) -> Asset | None:
    """The file of this name; None if the console has no such file."""
    if name not in asset_names():  # compared as text: no path leads out of the folder
        return None
    file = _FOLDER / name
    return Asset(file.read_bytes(), _CONTENT_TYPES[file.suffix])
