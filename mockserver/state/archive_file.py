"""Zip archives that a server writes and reads again: a manifest and further entries, checked by a schema."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from lzma import LZMAError
from pathlib import Path
from typing import Any, Final, NamedTuple

from jsonschema_rs import Validator, validator_for

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_cache
from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.json_size import has_more_values
from mockserver.formats.json_text import parse_json
from mockserver.paths import contracts

MAX_VALUES: Final = 2_000_000
"""The values of one JSON text in an archive."""
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = 0o644 << 16
_MAX_MESSAGE: Final = 200
_READ_ERRORS: Final = (
    *(zipfile.BadZipFile, zlib.error, LZMAError, OSError, EOFError),
    *(RuntimeError, ValueError),  # a password, an unknown method of compression; a wrong name
)


class ArchiveKind(NamedTuple):
    """A kind of archives: its format, and the error and the words for a file that is not one.

    `schema` is a file of contracts/ with definitions by part; `writer` is the command that writes such files.
    """

    format: str
    version: int
    max_file: int
    schema: str
    error: type[InvalidScenarioError]
    damage: str
    again: str
    writer: str

    @property
    def give_another(self) -> str:
        """The fix for a file that is something else."""
        return f"give a file that `{self.writer}` wrote"

    def read(self, path: str | Path) -> bytes:
        """The bytes of a file, unchecked, and one more than it may have. Raises `error`."""
        try:
            with Path(path).open("rb") as file:
                return file.read(self.max_file + 1)
        except OSError as error:
            raise self.error(str(path), f"cannot be read: {error.strerror}", self.give_another) from error

    @contextmanager
    def opened(self, content: bytes, where: str) -> Iterator[zipfile.ZipFile]:
        """The archive of a file's content, to be read in the block. Raises `error`."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield archive
        except self.error:
            raise
        except _READ_ERRORS as error:
            raise self.error(where, f"{self.damage}: {error}", self.again) from error

    def parse(self, text: bytes, where: str) -> Any:
        """The value of a JSON text. Raises `error`."""
        if has_more_values(text, MAX_VALUES):
            raise self.error(where, f"more than {MAX_VALUES} JSON values", self.again)
        try:
            return parse_json(text)
        except ValueError as error:
            raise self.error(where, f"invalid JSON: {error}", self.again) from error

    def read_manifest(self, text: bytes, where: str) -> dict[str, Any]:
        """The manifest. Raises `error`, also for one of a newer version."""
        manifest = self.parse(text, where)
        if not isinstance(manifest, dict) or manifest.get("format") != self.format:
            raise self.error(where, f"the format is not {self.format}", self.again)
        version = manifest.get("version")
        if isinstance(version, int) and version > self.version:
            what = f"version {version} of the format is newer than this release reads ({self.version})"
            product = str(manifest.get("product"))[:40]
            fix = f"install release {product} of audience-mockserver, or a later one"
            raise self.error(where, what, fix)
        self.validate("manifest", manifest, where)
        return manifest

    def validate(self, part: str, value: Any, where: str) -> None:
        """Raises `error` for the first violation of the part's schema."""
        validator = _validator(self.schema, part)
        if not validator.is_valid(value):
            error = next(iter(validator.iter_errors(value)))
            message = error.message
            if len(message) > _MAX_MESSAGE:
                message = f"{message[:_MAX_MESSAGE]} …"
            place = f"{where} at {format_pointer(error.instance_path) or 'the root'}"
            raise self.error(place, message, f"see contracts/{self.schema}")


def add_entry(
    archive: zipfile.ZipFile, name: str, content: bytes, method: int, level: int | None = None
) -> None:
    """Adds an entry; equal contents give equal bytes."""
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    archive.writestr(entry, content, method, level)


@lru_cache(8)
def _validator(schema: str, part: str) -> Validator:
    document = yaml_cache.read(contracts() / schema)
    return validator_for({**document, "$ref": f"#/$defs/{part}"}, validate_formats=True)
