"""Files that are damaged, or made to harm, are refused in one line that names them."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.errors import InvalidArchiveError, InvalidSightingsError
from mockserver.verify.har import read_archive
from mockserver.verify.sightings import read_sightings

_CENTRAL, _LOCAL = b"PK\x01\x02", b"PK\x03\x04"


def _damaged(data: bytearray) -> None:
    start = data.index(b"a.har") + len("a.har")
    data[start : start + 4] = b"\xff" * 4


def _encrypted(data: bytearray) -> None:
    data[data.index(_LOCAL) + 6] |= 1
    data[data.index(_CENTRAL) + 8] |= 1


def _of_unknown_compression(data: bytearray) -> None:
    data[data.index(_LOCAL) + 8] = data[data.index(_CENTRAL) + 10] = 99


@pytest.mark.parametrize("change", [_damaged, _encrypted, _of_unknown_compression])
def test_a_zip_that_cannot_be_read(tmp_path: Path, change: Callable[[bytearray], None]) -> None:
    file = tmp_path / "all.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archived:
        archived.writestr("a.har", '{"log": {"entries": []}}' * 9)
    data = bytearray(file.read_bytes())
    change(data)
    file.write_bytes(data)
    with pytest.raises(InvalidArchiveError, match=r"the file a\.har cannot be read from the zip"):
        read_archive(file)


def test_sightings_that_are_nested_too_deeply(tmp_path: Path) -> None:
    file = tmp_path / "seen.json"
    file.write_text("[" * 100_000)
    with pytest.raises(InvalidSightingsError, match="cannot read"):
        read_sightings(file)
