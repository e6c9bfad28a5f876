"""A cache of parsed YAML: reading JSON takes a twentieth of the time, and a start then needs no YAML parser.

It holds the shipped contracts and fixtures, as JSON files in the user's cache folder, which other users can
neither read nor write. Each entry starts with a hash of the YAML text and of the code that parsed it, so an
edited file or another parser never gets a stale entry.
"""

import hashlib
import time
import uuid
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from mockserver import environment
from mockserver.errors import FileTooLargeError, InvalidYamlError
from mockserver.formats.bounded_file import read_file
from mockserver.formats.private_folder import find_private, is_own, write_privately
from mockserver.paths import contracts, fixtures

_PARSER: Final = "mockserver.formats.yaml_loader"
_PARSER_FILE: Final = Path(__file__).with_name("yaml_loader.py")
_MAX_AGE: Final = 90 * 86_400  # seconds; entries of deleted checkouts and environments would pile up


def read(path: Path, folder: Path | None = None) -> Any:
    """The document in the file. `folder` holds the cache, by default the user's cache folder.

    Raises `InvalidYamlError` and `OSError`; a cache that cannot be read or written only costs time.
    """
    text = _text(path)
    wanted = folder or _folder(path)
    folder = find_private(wanted) if wanted else None
    if folder is None:
        return _parse(text)
    digest = hashlib.sha256(_PARSER_FILE.read_bytes() + text).hexdigest().encode()
    location = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    entry = folder / f"{path.parent.name}-{path.stem}-{location}.json"
    with suppress(OSError, ValueError):
        entry_digest, _, document = entry.read_bytes().partition(b"\n")
        if entry_digest == digest and is_own(entry):
            return orjson.loads(document)
    parsed = _parse(text)
    with suppress(OSError, TypeError):
        document = orjson.dumps(parsed)
        if orjson.loads(document) == parsed:  # YAML has numbers that JSON lacks
            _write_atomically(entry, digest + b"\n" + document)
            _delete_old_entries(folder)
    return parsed


def _text(path: Path) -> bytes:
    try:
        return read_file(path)
    except FileTooLargeError as error:
        raise InvalidYamlError(str(error)) from None


def _parse(text: bytes) -> Any:
    loader = import_module(_PARSER)
    try:
        return loader.parse(text)
    except loader.YAMLError as error:
        raise InvalidYamlError(" ".join(str(error).split())) from None


def _folder(path: Path) -> Path | None:
    """The cache folder, for the files that are shipped; None for any other."""
    is_shipped = path.is_relative_to(contracts()) or path.is_relative_to(fixtures())
    return environment.cache() if is_shipped else None


def _write_atomically(entry: Path, text: bytes) -> None:
    """Writes the file in one step, since other processes may start at the same time."""
    draft = entry.with_name(f"{entry.name}.{uuid.uuid4().hex}")
    try:
        write_privately(draft, text)
        draft.replace(entry)
    finally:
        draft.unlink(missing_ok=True)


def _delete_old_entries(folder: Path) -> None:
    oldest = time.time() - _MAX_AGE
    for entry in folder.glob("*.json*"):
        with suppress(OSError):  # another process deletes them too
            if entry.stat().st_mtime < oldest:
                entry.unlink()
