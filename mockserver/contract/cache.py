"""Our contracts as they were parsed before: YAML takes a fourth of a start, the same as JSON next to nothing.

What is kept stands in the user's cache folder under the hash of the contract's text and of the code that read
it: an edited contract, or another way of reading, is never taken for the kept one.
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
    """The document in the file. `folder` is where parsed ones are kept, by default the user's.

    Raises `yaml.YAMLError` and `OSError`, but for a folder that is not to be had, which only costs time.
    """
    text = path.read_bytes()
    folder = folder or _folder(path)
    if folder is None:
        return yaml_loader.parse(text)
    digest = hashlib.sha256(Path(yaml_loader.__file__).read_bytes() + text).hexdigest().encode()
    place = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    kept = folder / f"{path.parent.name}-{path.stem}-{place}.json"
    with suppress(OSError, ValueError):
        told, _, document = kept.read_bytes().partition(b"\n")
        if told == digest:
            return orjson.loads(document)
    parsed = yaml_loader.parse(text)
    with suppress(OSError, TypeError):
        document = orjson.dumps(parsed)
        if orjson.loads(document) == parsed:  # YAML has numbers that JSON lacks
            _write_atomically(kept, digest + b"\n" + document)
    return parsed


def _folder(path: Path) -> Path | None:
    """Only for what we ship: others may be anywhere, and gone tomorrow."""
    return environment.cache() if path.parent.parent == contracts() else None


def _write_atomically(place: Path, text: bytes) -> None:
    """Whole or not at all, whoever else starts at this moment."""
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f"{place.name}.{uuid.uuid4().hex}")
    try:
        draft.write_bytes(text)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
