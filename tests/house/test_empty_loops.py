"""Every test asserts something whatever it finds: not only in a loop over what may be empty."""

from pathlib import Path

import pytest

from tests.house.empty_loops import find_uncertain_tests
from tests.house.sources import ROOT


def test_no_test_asserts_only_in_a_loop_that_may_be_empty() -> None:
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    assert files
    assert [one for file in files for one in find_uncertain_tests(file)] == []


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        ("for one in find():\n        assert one", True),
        ("for one in (1, 2):\n        assert one", False),
        ("for one in WORDS:\n        assert one", False),
        ("for one in NOTHING:\n        assert one", True),
        ("for one in sorted(WORDS):\n        assert one", False),
        ("for _ in range(3):\n        assert find()", False),
        ("words = [1]\n    for one in words:\n        assert one", False),
        ("words = find()\n    for one in words:\n        assert one", True),
        ("for one in [word for word in WORDS]:\n        assert one", False),
        ("for one in [word for word in WORDS if word]:\n        assert one", True),
        ("for _ in range(count):\n        assert find()", True),
        ("for one in (1, 2):\n        for two in find(one):\n            assert two", True),
        ("found = find()\n    assert found\n    for one in found:\n        assert one", False),
        ("for one in find():\n        with pytest.raises(ValueError):\n            one()", True),
        ("while find():\n        assert find", True),
        ("if find():\n        assert find", False),
        ("find()", False),
    ],
)
def test_such_tests_are_found(tmp_path: Path, body: str, is_found: bool) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(f"WORDS = ('a',)\nNOTHING = ()\n\n\ndef test_it():\n    {body}\n")
    assert [*find_uncertain_tests(file)] == (["test_it.py::test_it"] if is_found else [])
