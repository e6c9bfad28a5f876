"""The file of a replay capsule: a zip archive of its start, its steps and the texts of their replies.

Equal capsules give equal bytes. The schema is contracts/capsule.schema.yaml.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import InvalidCapsuleError
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.json_text import parse_json
from mockserver.state.archive_file import ArchiveKind, add_entry

FORMAT: Final = "audience-mockserver-capsule"
VERSION: Final = 1
MAX_FILE: Final = 16 * 1024 * 1024
MAX_UNPACKED: Final = 128 * 1024 * 1024
MAX_STEPS: Final = 10_000
_ENTRIES: Final = ("manifest.json", "start.zip", "steps.jsonl", "bodies.json")
_RECORD_AGAIN: Final = "record the capsule again"
_KIND: Final = ArchiveKind(
    format=FORMAT,
    version=VERSION,
    max_file=MAX_FILE,
    schema="capsule.schema.yaml",
    error=InvalidCapsuleError,
    damage="damaged or no capsule",
    again=_RECORD_AGAIN,
    writer="mockserver capsule record",
)
_SMALL: Final = 48 * 1024
_WHOLE_BODIES: Final = (1 << 30, 16_384, 4_096, 1_024, 256, 0)
"""The lengths up to which texts of replies are kept whole, tried in turn until the file is small."""
_MAX_PARTS: Final = 40


class Capsule(NamedTuple):
    """A capsule: the manifest, the exported state that it starts with, the steps, and replies."""

    manifest: dict[str, Any]
    start: bytes
    steps: list[dict[str, Any]]
    bodies: list[str]

    def title(self, step: dict[str, Any]) -> str:
        """The step in a few words."""
        if "action" in step:
            return f"action {step['number']} ({step['action']})"
        called = f"{step['vendor']} {step['operation'] or 'no operation'}" if step.get("vendor") else ""
        return f"exchange {step['number']} ({called or 'an unknown vendor'})"


def digest(text: str) -> str:
    """The digest of a text, as capsules have it."""
    return hashlib.blake2s(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def json_digest(value: Any) -> str:
    """The digest of a JSON value, whatever the order of its members."""
    return hashlib.blake2s(orjson.dumps(value, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def digests_of(text: str) -> dict[str, str]:
    """The digest of a text ("") and, if it is JSON, those of its members, two levels deep."""
    found = {"": digest(text)}
    try:
        value = parse_json(text)
    except ValueError:
        return found
    first: list[tuple[tuple[Any, ...], Any]] = [((name,), one) for name, one in _members(value)]
    second = [((*above, name), part) for above, one in first for name, part in _members(one)]
    for tokens, one in [*first, *second]:  # all of the first level before any of the second
        if len(found) > _MAX_PARTS:
            break
        found[format_pointer(tokens)] = json_digest(one)
    return found


def _members(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return [*value.items()]
    return [*enumerate(value)] if isinstance(value, list) else []


def pack(capsule: Capsule) -> bytes:
    """The file of a capsule; to keep it small, long texts of replies are replaced by digests.

    Raises `InvalidCapsuleError` if it would be too large to be read.
    """
    content = b""
    for most in _WHOLE_BODIES:
        content = _pack(_shortened(capsule, most))
        if len(content) <= _SMALL:
            break
    if len(content) > MAX_FILE or len(capsule.steps) > MAX_STEPS:
        raise _too_large("the capsule")
    return content


def _shortened(capsule: Capsule, most: int) -> Capsule:
    """The capsule with digests in place of the texts with more than `most` characters, each text once."""
    places: dict[str, int] = {}
    steps = []
    for step in capsule.steps:
        if "reply" in step:
            text = capsule.bodies[step["reply"]["body"]]
            body: Any = places.setdefault(text, len(places)) if len(text) <= most else digests_of(text)
            step = {**step, "reply": {**step["reply"], "body": body}}
        steps.append(step)
    return capsule._replace(steps=steps, bodies=[*places])


def _pack(capsule: Capsule) -> bytes:
    file = io.BytesIO()
    lines = [orjson.dumps(step, option=orjson.OPT_APPEND_NEWLINE) for step in capsule.steps]
    manifest = orjson.dumps(capsule.manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    contents = (manifest + b"\n", capsule.start, b"".join(lines), orjson.dumps(capsule.bodies))
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in zip(_ENTRIES, contents, strict=True):
            method = zipfile.ZIP_STORED if name.endswith(".zip") else zipfile.ZIP_LZMA
            add_entry(archive, name, content, method)
    return file.getvalue()


def read_capsule(path: str | Path) -> bytes:
    """The bytes of the file, unchecked. Raises `InvalidCapsuleError` if it cannot be read."""
    return _KIND.read(path)


def unpack(content: bytes, where: str = "the capsule") -> Capsule:
    """The capsule in the content of a file, which `where` names. Raises `InvalidCapsuleError`."""
    if len(content) > MAX_FILE:
        raise _too_large(where)
    with _KIND.opened(content, where) as archive:
        entries = archive.infolist()
        if sorted(one.filename for one in entries) != sorted(_ENTRIES):
            raise InvalidCapsuleError(where, f"entries other than {', '.join(_ENTRIES)}", _RECORD_AGAIN)
        if sum(one.file_size for one in entries) > MAX_UNPACKED:
            raise _too_large(where)
        manifest, start, steps, bodies = [_read(archive, name) for name in _ENTRIES]
    found = _KIND.read_manifest(manifest, f"{where}, manifest.json")
    texts = _KIND.parse(bodies, f"{where}, bodies.json")
    if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
        raise InvalidCapsuleError(f"{where}, bodies.json", "not an array of texts", _RECORD_AGAIN)
    if steps.count(b"\n") > MAX_STEPS:
        raise _too_large(where)
    lines = [*_read_steps(steps.splitlines(), len(texts), where)]
    calls = sum("action" not in step for step in lines)
    if calls != found["exchanges"]:
        what = f"{calls} exchanges, where the manifest has {found['exchanges']}"
        raise InvalidCapsuleError(where, what, _RECORD_AGAIN)
    return Capsule(found, start, lines, texts)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """The entry, of which no more is unpacked than its head declares."""
    declared = archive.getinfo(name).file_size
    with archive.open(name) as file:
        content = file.read(declared + 1)
    if len(content) != declared:
        raise ValueError(f"{name} is not as long as declared")
    return content


def _read_steps(lines: Iterable[bytes], texts: int, where: str) -> Iterable[dict[str, Any]]:
    last = 0
    for at, line in enumerate(lines, 1):
        place = f"{where}, steps.jsonl:{at}"
        step: Any = _KIND.parse(line, place)
        _KIND.validate("step", step, place)
        body = step["reply"]["body"] if "reply" in step else None
        if isinstance(body, int) and body >= texts:
            raise InvalidCapsuleError(place, f"bodies.json has no text {body}", _RECORD_AGAIN)
        if "action" not in step:
            if step["number"] != last + 1:
                raise InvalidCapsuleError(place, f"exchange {step['number']} after {last}", _RECORD_AGAIN)
            last = step["number"]
        yield step


def _too_large(where: str) -> InvalidCapsuleError:
    mega = 1024 * 1024
    what = f"larger than {MAX_FILE // mega} MB, or unpacked {MAX_UNPACKED // mega} MB, or {MAX_STEPS} steps"
    return InvalidCapsuleError(where, what, "reset the world before what matters, and record it again")
