from pathlib import Path

import pytest

from mockserver.errors import InvalidBaselineError
from mockserver.verify import baseline
from mockserver.verify.finding import Finding


def test_what_is_accepted_is_read_back(tmp_path: Path) -> None:
    found = [
        Finding("stories", "schema", "get_a", "one/two", "message", "/a"),
        Finding("lint", "x", None, "y", "z"),
    ]
    baseline.write(tmp_path / "b.json", found)
    assert baseline.read(tmp_path / "b.json") == {"stories:schema:get_a:one/two:/a", "lint:x:-:y:"}
    baseline.write(tmp_path / "b.json", [])
    assert baseline.read(tmp_path / "b.json") == frozenset()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accepted": [1]}', '{"accepted": 5}'])
def test_what_is_no_baseline(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InvalidBaselineError, match="is no baseline; write one with --accept"):
        baseline.read(tmp_path / "b.json")


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidBaselineError, match="cannot be read"):
        baseline.read(tmp_path / "b.json")
