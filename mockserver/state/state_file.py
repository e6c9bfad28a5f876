"""The file of an exported state: a zip archive with a manifest and a line of JSON for each document.

Equal states give equal bytes: entries, lines and members have a fixed order, and entries a fixed time. The
schema is contracts/state.schema.yaml.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from jsonschema_rs import ValidationError, Validator, validator_for

from mockserver.errors import InvalidStateError
from mockserver.formats import yaml_cache
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.json_size import has_more_values
from mockserver.paths import contracts
from mockserver.storage.store import Row

FORMAT: Final = "audience-mockserver-state"
VERSION: Final = 1
MAX_FILE: Final = 32 * 1024 * 1024
MAX_UNPACKED: Final = 128 * 1024 * 1024
MAX_LINE: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 102  # the manifest, world.jsonl and 100 vendors
MAX_DOCUMENTS: Final = 1_000_000
MAX_VALUES: Final = 2_000_000
_SUFFIX: Final = ".zip"
_MANIFEST: Final = "manifest.json"
_WORLD: Final = "world"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_LEVEL: Final = 6
_UNIX: Final = 3
_MODE: Final = 0o644 << 16
_MAX_MESSAGE: Final = 200
_READ_ERRORS: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError)
_EXPORT_AGAIN: Final = "export the state again"
_GIVE_ANOTHER: Final = "give a file that `mockserver snapshot export` wrote"

Document = tuple[str, Row]
"""A document's kind, and its row."""


class WorldState(NamedTuple):
    """An exported state: the manifest, and the documents by which the world differs from its seed data."""

    manifest: dict[str, Any]
    documents: list[Document]


def is_state_file(name: object) -> bool:
    """Whether the text names the file of an exported state."""
    return isinstance(name, str) and name.lower().endswith(_SUFFIX)


def load_state(path: str | Path) -> WorldState:
    """The state in the file. Raises `InvalidStateError`."""
    return unpack(read_state(path), str(path))


def read_state(path: str | Path) -> bytes:
    """The bytes of the file, unchecked. Raises `InvalidStateError` if it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
        raise InvalidStateError(str(path), what, _GIVE_ANOTHER) from error


def vendor_of(kind: str) -> str | None:
    """The vendor that has documents of this kind; None for those of the server itself."""
    return None if kind.startswith("_") else kind.replace("/", ".").partition(".")[0]


def pack(state: WorldState) -> bytes:
    """The file of a state. Raises `InvalidStateError` if it would be too large to be read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        text = orjson.dumps(state.manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
        _add(archive, _MANIFEST, text + b"\n")
        ordered = sorted(state.documents, key=lambda one: (vendor_of(one[0]) or "", one[0], one[1].id))
        unpacked = len(text)
        for vendor, documents in groupby(ordered, key=lambda one: vendor_of(one[0])):
            lines = [_to_line(*one) for one in documents]
            unpacked += sum(map(len, lines))
            if unpacked > MAX_UNPACKED or max(map(len, lines)) > MAX_LINE or len(ordered) > MAX_DOCUMENTS:
                raise _too_large("the state")
            _add(archive, f"{vendor or _WORLD}.jsonl", b"".join(lines))
    if file.tell() > MAX_FILE:
        raise _too_large("the state")
    return file.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, _LEVEL)


def _to_line(kind: str, row: Row) -> bytes:
    line: dict[str, Any] = {"kind": kind, "id": row.id}
    if row.parent:
        line["parent"] = row.parent
    if row.rank:
        line["rank"] = row.rank
    if row.body is None:
        line["deleted"] = True
    else:
        line["body"] = orjson.Fragment(row.body)
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def unpack(content: bytes, where: str = "the state") -> WorldState:
    """The state in the content of a file, which `where` names. Raises `InvalidStateError`."""
    if len(content) > MAX_FILE:
        raise _too_large(where)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = _checked_names(archive, where)
            manifest = _read_manifest(archive.read(_MANIFEST), f"{where}, {_MANIFEST}")
            documents: list[Document] = []
            for name in names:
                content = archive.read(name)
                if len(documents) + content.count(b"\n") > MAX_DOCUMENTS:
                    raise _too_large(where)
                documents += _read_lines(content, name, where)
    except InvalidStateError:
        raise
    except _READ_ERRORS as error:
        raise InvalidStateError(where, f"damaged or not a state: {error}", _EXPORT_AGAIN) from error
    _check_numbers(manifest, documents, where)
    return WorldState(manifest, documents)


def _checked_names(archive: zipfile.ZipFile, where: str) -> list[str]:
    """The names of the entries with documents; their sizes and number are bounded before any is read."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(one.file_size for one in entries) > MAX_UNPACKED:
        raise _too_large(where)
    names = [one.filename for one in entries]
    unknown = [one for one in names if one != _MANIFEST and not _is_entry(one)]
    if len({*names}) < len(names) or _MANIFEST not in names or unknown:
        what = (
            f"unknown entry {unknown[0]!r}" if unknown else f"entries other than one {_MANIFEST} and *.jsonl"
        )
        raise InvalidStateError(where, what, "give a file that `mockserver snapshot export` wrote")
    return [one for one in names if one != _MANIFEST]


def _is_entry(name: str) -> bool:
    stem = name.removesuffix(".jsonl")
    return stem != name and stem.isascii() and stem.isalnum()


def _read_manifest(text: bytes, where: str) -> dict[str, Any]:
    manifest = _parse(text, where)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InvalidStateError(where, f"the format is not {FORMAT}", _EXPORT_AGAIN)
    version = manifest.get("version")
    if isinstance(version, int) and version > VERSION:
        what = f"version {version} of the format is newer than this release reads ({VERSION})"
        product = str(manifest.get("product"))[:40]
        raise InvalidStateError(
            where, what, f"install release {product} of audience-mockserver, or a later one"
        )
    _validate("manifest", manifest, where)
    return manifest


def _read_lines(content: bytes, name: str, where: str) -> Iterator[Document]:
    vendor, seen = name.removesuffix(".jsonl"), set[tuple[str, str]]()
    for number, text in enumerate(content.split(b"\n"), 1):
        place = f"{where}, {name}:{number}"
        if len(text) > MAX_LINE:
            raise _too_large(where)
        if not text:
            continue
        line = _parse(text, place)
        _validate("document", line, place)
        if (vendor_of(line["kind"]) or _WORLD) != vendor:
            what = f"kind {line['kind']!r} belongs into another entry"
            raise InvalidStateError(place, what, _EXPORT_AGAIN)
        if (key := (line["kind"], line["id"])) in seen:
            raise InvalidStateError(
                place, f"a second document {line['id']!r} of this kind", "remove one of them"
            )
        seen.add(key)
        body = None if "deleted" in line else _to_body(line["body"], place)
        yield line["kind"], Row(line["id"], line.get("parent", ""), line.get("rank", 0), body)


def _to_body(value: Any, where: str) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError as error:  # deeper than JSON is written
        raise InvalidStateError(where, f"invalid body: {error}", _EXPORT_AGAIN) from error


def _check_numbers(manifest: dict[str, Any], documents: Iterable[Document], where: str) -> None:
    """Refuses a file that has lost, or got, lines."""
    numbers = dict.fromkeys(manifest["vendors"], 0)
    for kind, _row in documents:
        vendor = vendor_of(kind)
        if vendor is not None:
            numbers[vendor] = numbers.get(vendor, 0) + 1
    for vendor, number in numbers.items():
        expected = manifest["vendors"].get(vendor, {}).get("documents", 0)
        if number != expected:
            what = f"{number} documents of {vendor}, where the manifest has {expected}"
            raise InvalidStateError(where, what, "export the state again, or correct the manifest")


def _parse(text: bytes, where: str) -> Any:
    if has_more_values(text, MAX_VALUES):
        raise InvalidStateError(where, f"more than {MAX_VALUES} JSON values", _EXPORT_AGAIN)
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise InvalidStateError(where, f"invalid JSON: {error}", _EXPORT_AGAIN) from error


def _validate(part: str, value: Any, where: str) -> None:
    validator = _validator(part)
    if validator.is_valid(value):
        return
    error: ValidationError = next(iter(validator.iter_errors(value)))
    message = error.message if len(error.message) <= _MAX_MESSAGE else f"{error.message[:_MAX_MESSAGE]} …"
    place = f"{where} at {format_pointer(error.instance_path) or 'the root'}"
    raise InvalidStateError(place, message, "see contracts/state.schema.yaml")


@lru_cache(2)
def _validator(part: str) -> Validator:
    schema = yaml_cache.read(contracts() / "state.schema.yaml")
    return validator_for({**schema, "$ref": f"#/$defs/{part}"}, validate_formats=True)


def _too_large(where: str) -> InvalidStateError:
    mega = 1024 * 1024
    what = (
        f"larger than {MAX_FILE // mega} MB, or unpacked {MAX_UNPACKED // mega} MB, {MAX_DOCUMENTS} documents"
        f" or {MAX_LINE // mega} MB in a line"
    )
    fix = "export a world with fewer changes, or generate records by the scenario's `people`"
    return InvalidStateError(where, what, fix)
