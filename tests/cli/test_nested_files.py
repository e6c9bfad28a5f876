"""Commands that read a user's file end with one line if the file is nested deeply, or has another shape."""

import json
from pathlib import Path

import pytest

from mockserver.cli import main
from mockserver.formats import yaml_loader
from mockserver.formats.json_text import MAX_DEPTH, parse_json
from tests.cli.file_commands import each_command, refusal


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


@pytest.fixture(params=[900, 100_000])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that is nested too deeply for code that walks it."""
    written = tmp_path / "deep.json"
    written.write_text(nested(request.param), encoding="utf-8")
    return written


@each_command
def test_one_line(words: tuple[str, ...], file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refusal(words, file, capsys)


def test_how_deep_a_document_may_be() -> None:
    for parse in (parse_json, yaml_loader.parse):
        assert parse(nested(MAX_DEPTH)) == json.loads(nested(MAX_DEPTH))
        with pytest.raises(
            (ValueError, yaml_loader.YAMLError), match=f"nested deeper than {MAX_DEPTH} levels"
        ):
            parse(nested(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        (1, "/tests 1 is not of type 'array'"),
        ([{"test": "a", "calls": []}], "/tests/0 'members' is a required property"),
        ([{"test": "a", "members": [{}], "calls": []}], "/tests/0/members/0 '"),
    ],
)
def test_needs_of_another_shape(
    tests: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "needs.json"
    file.write_text(json.dumps({"format": "mockserver-needs/1", "tests": tests}), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["needs", str(file)])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"does not hold needs: {message}" in line
