"""The tools that score the tests by mutants of code: what is changed, what is reached, what is chosen."""

import ast
import importlib
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.sources import ROOT
from tests.mutants import forks, hits
from tests.mutants.code import AREAS, drawn, files_of_tests, run, summary
from tests.mutants.code_mutants import draw, mutants
from tests.mutants.reach_map import ReachMap, instrument

SOURCE = '''
class Shelf:
    """A shelf."""

    def find(self, name: str, most: int = 3) -> list[str]:
        """The books of a name."""
        if not name and most > 0:
            raise ValueError("no name")
        self.asked[name] = 1
        self.note(
            name,
            times=most + 1,
        )
        return [one for one in self.books if name in one][:most]
'''


def changed(kind: str) -> list[str]:
    """The lines that mutants of a kind change, as they are then."""
    before, found = SOURCE.splitlines(), []
    for one in mutants("shelf.py", SOURCE):
        after = one.apply(SOURCE.encode()).decode().splitlines()
        assert len(after) == len(before), "the other lines stay where they are"
        ast.parse("\n".join(after))
        if one.kind == kind:
            found += [
                new.strip() for new, old in zip(after, before, strict=True) if new != old and new.strip()
            ]
    return found


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("boolean", ["if (not name or most > 0):"]),
        ("negation", ["if (name) and most > 0:"]),
        ("raise", ["pass"]),
        ("assignment", ["pass"]),
        ("call", ["pass"]),
        ("return", ["return None"]),
        ("body", ["return None"]),
        (
            "comparison",
            [
                "if not name and (most >= 0):",
                "return [one for one in self.books if (name not in one)][:most]",
            ],
        ),
        ("arithmetic", ["times=(most - 1),"]),
    ],
)
def test_a_mutant_changes_one_thing(kind: str, lines: list[str]) -> None:
    assert changed(kind) == lines


def test_conditions_are_true_and_false() -> None:
    assert changed("condition") == [
        "if (True):",
        "if (False):",
        "return [one for one in self.books if (True)][:most]",
        "return [one for one in self.books if (False)][:most]",
    ]


def test_a_mutant_is_drawn_of_each_function_and_of_each_area_as_many() -> None:
    first = drawn(25, seed=3)
    assert {area: len(some) for area, some in first.items()} == dict.fromkeys(AREAS, 5)
    every = [one for some in first.values() for one in some]
    assert len({(one.path, one.function) for one in every}) == 25
    assert len({one.kind for one in every}) > 5


def test_a_seed_draws_the_same_and_another_others() -> None:
    files = sorted((ROOT / AREAS["client"]).rglob("*.py"))
    first, again, other = (draw(files, ROOT, 5, random.Random(seed)) for seed in (1, 1, 2))
    assert first == again
    assert {one.id for one in first} != {one.id for one in other}


def test_all_functions_are_drawn_if_there_are_not_enough(tmp_path: Path) -> None:
    (tmp_path / "shelf.py").write_text(SOURCE)
    assert [one.function for one in draw([tmp_path / "shelf.py"], tmp_path, 9, random.Random(1))] == [
        "Shelf.find"
    ]


def test_blocks_are_those_that_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "_seen", set())
    scope: dict[str, Any] = {}
    exec(compile(instrument(SOURCE, "shelf.py"), "shelf.py", "exec"), scope)  # noqa: S102
    with pytest.raises(ValueError, match="no name"):
        scope["Shelf"]().find("")
    assert hits._seen == {"shelf.py:7", "shelf.py:8"}
    blocks = {one.line: one.block for one in mutants("shelf.py", SOURCE) if one.kind != "body"}
    assert blocks == {7: 7, 8: 8, 9: 7, 10: 7, 12: 7, 14: 7}


SHELF = """
from contextlib import contextmanager
from functools import cache

class Shelf:
    @property
    def most(self):
        return 3

    @cache
    def find(self):
        return super().__repr__() and "found"

@contextmanager
def opened():
    yield "open"
"""


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module that is loaded with its decorated functions."""
    (tmp_path / "shelf_of_mutants.py").write_text(SHELF)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("shelf_of_mutants")
    sys.modules.pop("shelf_of_mutants")


def test_a_fork_replaces_the_code_of_a_loaded_function(shelf: Any) -> None:
    """One after another; to find all functions takes most of the time."""
    functions = forks.loaded_functions()
    for function, old, new, found in (
        ("Shelf.most", "return 3", "return 4", [4, "found", "open"]),
        ("Shelf.find", '"found"', '"lost"', [4, "lost", "open"]),
        ("opened", '"open"', '"shut"', [4, "lost", "shut"]),
    ):
        request = {"file": shelf.__file__, "function": function, "source": SHELF.replace(old, new)}
        assert forks.replace_code(functions, request)
        with shelf.opened() as state:
            assert [shelf.Shelf().most, shelf.Shelf().find(), state] == found


def test_code_that_refers_to_other_things_outside_cannot_be_replaced(shelf: Any) -> None:
    source = SHELF.replace("super().__repr__() and ", "")
    request = {"file": shelf.__file__, "function": "Shelf.find", "source": source}
    functions = forks.loaded_functions()
    assert not forks.replace_code(functions, request)
    assert not forks.replace_code(functions, {**request, "function": "Shelf.lose"})


def passed(seconds: float, *blocks: str) -> dict[str, Any]:
    return {"passed": True, "seconds": seconds, "blocks": [*blocks]}


def test_the_nearest_and_most_specific_tests_are_chosen() -> None:
    block, other = "mockserver/state/jobs.py:9", "mockserver/state/jobs.py:20"
    tests = ReachMap()
    far, near, failed = passed(1, block), passed(2, block, other), {"passed": False}
    tests.add("tests/cli/test_a.py", {"tests": {"tests/cli/test_a.py::far": far}, "outside": []})
    found = {"tests/state/test_jobs.py::near": near, "tests/state/test_jobs.py::failed": failed}
    tests.add("tests/state/test_jobs.py", {"tests": found, "outside": [other]})
    assert tests.tests_of(block, 5) == ["tests/state/test_jobs.py::near", "tests/cli/test_a.py::far"]
    assert tests.tests_of(block, 2) == ["tests/state/test_jobs.py::near"]
    assert tests.tests_of(block, 0.5) == ["tests/state/test_jobs.py::near"], "one at least"
    assert tests.tests_of(block, 5, without=["tests/state/test_jobs.py::near"]) == [
        "tests/cli/test_a.py::far"
    ]
    assert tests.tests_of("mockserver/state/jobs.py:1", 5) == []
    assert tests.tests_of_module("mockserver/state/jobs.py:1", 5) == tests.tests_of(block, 5)
    assert tests.tests_of_module("mockserver/state/jobs_of_others.py:1", 5) == []


def test_tests_that_reach_more_are_chosen_before_near_ones_that_do_not() -> None:
    block, more = "mockserver/state/jobs.py:9", "mockserver/state/clock.py:4"
    found = {f"tests/state/test_jobs.py::{name}": passed(1, block) for name in "ab"}
    tests = ReachMap()
    tests.add("tests/state/test_jobs.py", {"tests": found, "outside": []})
    far = {"tests/cli/test_a.py::far": passed(1, block, more)}
    tests.add("tests/cli/test_a.py", {"tests": far, "outside": []})
    assert tests.tests_of(block, 2) == ["tests/state/test_jobs.py::a", "tests/cli/test_a.py::far"]


def test_a_file_of_tests_is_chosen_for_what_its_servers_reach() -> None:
    tests = ReachMap()
    found = {"tests/cli/test_a.py::one": passed(1, "mockserver/state/jobs.py:9")}
    tests.add("tests/cli/test_a.py", {"tests": found, "outside": ["mockserver/state/jobs.py:20"]})
    assert tests.tests_of("mockserver/state/jobs.py:20", 5) == ["tests/cli/test_a.py"]


def test_tests_that_read_the_code_do_not_judge() -> None:
    names = {file.relative_to(ROOT).as_posix() for file in files_of_tests(["tests"])}
    assert {"tests/state/test_jobs.py", "tests/vendors/test_ortto.py"} <= names
    assert not [name for name in names if name.startswith(("tests/house", "tests/mutants"))]


def test_the_score_is_by_area_and_of_all() -> None:
    verdicts = ["killed by tests/a.py::b", "survived", "not reached", "killed by tests/a.py::c"]
    results = [{"area": "state" if index else "client", "verdict": one} for index, one in enumerate(verdicts)]
    assert [*summary(results, "area")] == [
        "client          1 of    1 killed (100%); 0 survived, 0 not reached, 0 timed out",
        "state           1 of    3 killed (33%); 1 survived, 1 not reached, 0 timed out",
        "all             2 of    4 killed (50%); 1 survived, 1 not reached, 0 timed out",
    ]


@pytest.mark.thorough
def test_drawn_mutants_are_judged_and_the_results_kept(tmp_path: Path) -> None:
    some = {"client": drawn(100, seed=1)["client"][:4]}
    files = files_of_tests(["tests/client"])
    results = [*run(some, files, tmp_path, seconds=600, bound=120)]
    assert len(results) == 4
    assert sum(one["verdict"].startswith("killed by tests/client/") for one in results) >= 2, results
    # an interrupted run is continued
    assert [*run(some, files, tmp_path, seconds=0, bound=120)] == results
