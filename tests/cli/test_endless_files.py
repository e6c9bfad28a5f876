"""Commands that read a user's file end with one line if the file has no end."""

import io
from pathlib import Path

import pytest

from mockserver.errors import FileTooLargeError
from mockserver.formats import yaml_cache, yaml_loader
from mockserver.formats.bounded_file import read_file, read_stream
from mockserver.server.http_server import Server
from tests.cli.file_commands import each_command, refusal

ENDLESS = Path("/dev/zero")


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
@each_command
def test_one_line(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert ENDLESS.name in refusal(words, ENDLESS, capsys)


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
def test_an_endless_state(served: Server, capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(("snapshot", "import", "FILE", "--url", served.url), ENDLESS, capsys)
    assert "is not an exported state: it is larger than 64,000,000 bytes" in line


def test_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_bytes(b"12345")
    assert read_file(file, 5) == read_stream(io.BytesIO(b"12345"), 5) == b"12345"
    with pytest.raises(FileTooLargeError, match="larger than 4 bytes; give a smaller file"):
        read_file(file, 4)
    assert yaml_cache.read(file) == yaml_loader.read(file) == 12345


@pytest.mark.parametrize("half", ["\\ud800", "\\uDFFF"])
@pytest.mark.parametrize("place", ['{"%s": {}}', '{"a": {"description": "%s"}}'])
def test_half_a_character_in_a_document(
    half: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON can escape it, and no text in UTF-8 can have it."""
    file = tmp_path / "api.json"
    schema = '{"type": "object", "properties": ' + place % half + "}"
    reply = '{"description": "", "content": {"application/json": {"schema": ' + schema + "}}}"
    paths = '{"/a": {"get": {"operationId": "list_a", "responses": {"200": ' + reply + "}}}}"
    file.write_text('{"openapi": "3.1.0", "info": {"title": "A", "version": "1"}, "paths": ' + paths + "}")
    line = refusal(("new", "shop", "--from", "FILE", "--into", str(tmp_path / "new")), file, capsys)
    assert f"api.json has {half.lower()}, half a character, in a text; correct it" in line
