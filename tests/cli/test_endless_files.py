"""Commands that read a user's file end with one line if the file has no end."""

import io
from pathlib import Path

import pytest

from mockserver.cli import main
from mockserver.errors import FileTooLargeError
from mockserver.formats import yaml_cache, yaml_loader
from mockserver.formats.bounded_file import read_file, read_stream
from mockserver.server.http_server import Server

ENDLESS = Path("/dev/zero")
RECORDED = Path(__file__).parents[1] / "verify" / "recorded" / "mitmproxy.har"
LIVE = ("verify", "ortto", "--url", "http://127.0.0.1:9")


def ended(*words: str) -> object:
    with pytest.raises(SystemExit) as end:
        main([*words])
    return end.value.code


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("mockserver: ")
    assert len(line) < 500
    return str(line)


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
@pytest.mark.parametrize(
    "words",
    [
        ("needs", "FILE"),
        ("impact", "FILE", "FILE", "--needs", "FILE"),
        ("check", "FILE", "--vendor", "ortto"),
        ("check", str(RECORDED), "--vendor", "ortto", "--seen", "FILE"),
        ("routes", "--overlay", "FILE"),
        ("lint", "--overlay", "FILE"),
        (*LIVE, "--credentials", "FILE"),
        (*LIVE, "--baseline", "FILE"),
        (*LIVE, "--contract", "FILE"),
        ("new", "shop", "--from", "FILE"),
        ("serve", "--port", "0", "--scenario", "FILE"),
        ("replay", "FILE"),
    ],
    ids=lambda words: "-".join(words[::2]).replace("/", "_")[-30:],
)
def test_one_line(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(*(str(ENDLESS) if word == "FILE" else word for word in words)) == 2
    assert str(ENDLESS) in (line := one_line(capsys)) or ENDLESS.name in line


@pytest.mark.skipif(not ENDLESS.exists(), reason="this system has no endless file")
def test_an_endless_state(served: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("snapshot", "import", str(ENDLESS), "--url", served.url) == 2
    assert "is not an exported state: it is larger than 64,000,000 bytes" in one_line(capsys)


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
    assert ended("new", "shop", "--from", str(file), "--into", str(tmp_path / "new")) == 2
    assert f"api.json has {half.lower()}, half a character, in a text; correct it" in one_line(capsys)
