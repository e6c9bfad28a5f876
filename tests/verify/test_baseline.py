from pathlib import Path

import pytest

from mockserver.errors import InvalidBaselineError
from mockserver.verify import baseline
from mockserver.verify.finding import Finding


def test_write_and_read(tmp_path: Path) -> None:
    found = [
        Finding("stories", "schema", "get_a", "one/two", "message", "/a"),
        Finding("lint", "x", None, "y", "z"),
    ]
    baseline.write_baseline(tmp_path / "b.json", found)
    assert baseline.read_baseline(tmp_path / "b.json") == {"stories:schema:get_a:one/two:/a", "lint:x:-:y:"}
    text = (tmp_path / "b.json").read_text()
    baseline.write_baseline(tmp_path / "b.json", reversed(found))
    assert (tmp_path / "b.json").read_text() == text, "findings are sorted"
    baseline.write_baseline(tmp_path / "b.json", [])
    assert baseline.read_baseline(tmp_path / "b.json") == frozenset()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accepted": [1]}', '{"accepted": 5}'])
def test_invalid_baselines(text: str, tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(InvalidBaselineError, match="is not a baseline; create one with --accept"):
        baseline.read_baseline(tmp_path / "b.json")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidBaselineError, match="cannot be read"):
        baseline.read_baseline(tmp_path / "b.json")
