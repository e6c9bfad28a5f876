"""The file of an exported state: a zip archive with a manifest and a line of JSON for each document.

Equal states give equal bytes: entries, lines and members have a fixed order, and entries a fixed time. The
schema is contracts/state.schema.yaml.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import InvalidStateError
from mockserver.state.archive_file import ArchiveKind, add_entry
from mockserver.storage.store import Row

FORMAT: Final = "audience-mockserver-state"
VERSION: Final = 1
MAX_FILE: Final = 32 * 1024 * 1024
MAX_UNPACKED: Final = 128 * 1024 * 1024
MAX_LINE: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 102  # the manifest, world.jsonl and 100 vendors
MAX_DOCUMENTS: Final = 1_000_000
_SUFFIX: Final = ".zip"
_MANIFEST: Final = "manifest.json"
_WORLD: Final = "world"
_LEVEL: Final = 6
_EXPORT_AGAIN: Final = "export the state again"
_KIND: Final = ArchiveKind(
    format=FORMAT,
    version=VERSION,
    max_file=MAX_FILE,
    schema="state.schema.yaml",
    error=InvalidStateError,
    damage="damaged or not a state",
    again=_EXPORT_AGAIN,
    writer="mockserver snapshot export",
)

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
    return _KIND.read(path)


def vendor_of(kind: str) -> str | None:
    """The vendor that has documents of this kind; None for those of the server itself."""
    return None if kind.startswith("_") else kind.replace("/", ".").partition(".")[0]


def pack(state: WorldState) -> bytes:
    """The file of a state. Raises `InvalidStateError` if it would be too large to be read."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        text = orjson.dumps(state.manifest, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
        add_entry(archive, _MANIFEST, text + b"\n", zipfile.ZIP_DEFLATED, _LEVEL)
        ordered = sorted(state.documents, key=lambda one: (vendor_of(one[0]) or "", one[0], one[1].id))
        unpacked = len(text)
        for vendor, documents in groupby(ordered, key=lambda one: vendor_of(one[0])):
            lines = [_to_line(*one) for one in documents]
            unpacked += sum(map(len, lines))
            if unpacked > MAX_UNPACKED or max(map(len, lines)) > MAX_LINE or len(ordered) > MAX_DOCUMENTS:
                raise _too_large("the state")
            name = f"{vendor or _WORLD}.jsonl"
            add_entry(archive, name, b"".join(lines), zipfile.ZIP_DEFLATED, _LEVEL)
    if file.tell() > MAX_FILE:
        raise _too_large("the state")
    return file.getvalue()


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
    with _KIND.opened(content, where) as archive:
        names = _checked_names(archive, where)
        manifest = _KIND.read_manifest(archive.read(_MANIFEST), f"{where}, {_MANIFEST}")
        documents: list[Document] = []
        for name in names:
            content = archive.read(name)
            if len(documents) + content.count(b"\n") > MAX_DOCUMENTS:
                raise _too_large(where)
            documents += _read_lines(content, name, where)
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
        raise InvalidStateError(where, what, _KIND.give_another)
    return [one for one in names if one != _MANIFEST]


def _is_entry(name: str) -> bool:
    stem = name.removesuffix(".jsonl")
    return stem != name and stem.isascii() and stem.isalnum()


def _read_lines(content: bytes, name: str, where: str) -> Iterator[Document]:
    vendor, seen = name.removesuffix(".jsonl"), set[tuple[str, str]]()
    for number, text in enumerate(content.split(b"\n"), 1):
        place = f"{where}, {name}:{number}"
        if len(text) > MAX_LINE:
            raise _too_large(where)
        if not text:
            continue
        line = _KIND.parse(text, place)
        _KIND.validate("document", line, place)
        if (vendor_of(line["kind"]) or _WORLD) != vendor:
            what = f"kind {line['kind']!r} belongs into another entry"
            raise InvalidStateError(place, what, _EXPORT_AGAIN)
        if (key := (line["kind"], line["id"])) in seen:
            raise InvalidStateError(
                place, f"a second document {line['id']!r} of this kind", "remove one of them"
            )
        seen.add(key)
        body = None if "deleted" in line else orjson.dumps(line["body"])
        yield line["kind"], Row(line["id"], line.get("parent", ""), line.get("rank", 0), body)


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


def _too_large(where: str) -> InvalidStateError:
    mega = 1024 * 1024
    what = (
        f"larger than {MAX_FILE // mega} MB, or unpacked {MAX_UNPACKED // mega} MB, {MAX_DOCUMENTS} documents"
        f" or {MAX_LINE // mega} MB in a line"
    )
    fix = "export a world with fewer changes, or generate records by the scenario's `people`"
    return InvalidStateError(where, what, fix)
