"""A cache of parsed contracts: parsing YAML takes a quarter of the start-up time, JSON next to nothing.

Entries are JSON files in the user's cache folder. Each starts with a hash of the contract's text and of the
code that parsed it, so an edited contract or another parser never gets a stale entry.
"""

import hashlib
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from mockserver import environment
from mockserver.formats import yaml_loader
from mockserver.paths import contracts


def read(path: Path, folder: Path | None = None) -> Any:
    """The document in the file. `folder` holds the cache, by default the user's cache folder.

    Raises `yaml.YAMLError` and `OSError`; a cache that cannot be read or written only costs time.
    """
    text = path.read_bytes()
    folder = folder or _folder(path)
    if folder is None:
        return yaml_loader.parse(text)
    digest = hashlib.sha256(Path(yaml_loader.__file__).read_bytes() + text).hexdigest().encode()
    location = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    entry = folder / f"{path.parent.name}-{path.stem}-{location}.json"
    with suppress(OSError, ValueError):
        entry_digest, _, document = entry.read_bytes().partition(b"\n")
        if entry_digest == digest:
            return orjson.loads(document)
    parsed = yaml_loader.parse(text)
    with suppress(OSError, TypeError):
        document = orjson.dumps(parsed)
        if orjson.loads(document) == parsed:  # YAML has numbers that JSON lacks
            _write_atomically(entry, digest + b"\n" + document)
    return parsed


def _folder(path: Path) -> Path | None:
    """The cache folder, for the contracts that are shipped; None for any other file."""
    return environment.cache() if path.parent.parent == contracts() else None


def _write_atomically(entry: Path, text: bytes) -> None:
    """Writes the file in one step, since other processes may start at the same time."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    draft = entry.with_name(f"{entry.name}.{uuid.uuid4().hex}")
    try:
        draft.write_bytes(text)
        draft.replace(entry)
    finally:
        draft.unlink(missing_ok=True)
