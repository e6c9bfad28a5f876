"""The map of tests: which of them reach each block of code, found by an instrumented copy of the package."""

import ast
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.mutants.code_mutants import BODIES, block_of, code_of
from tests.mutants.hits import FILE_OF_MAP

_FILES_A_RUN: Final = 10
_SECONDS_A_RUN: Final = 1_800
_LETTERS: Final = 5
"""Words that begin alike are one: `limits` and `limiting`."""


@dataclass(frozen=True)
class Reaching:
    """A test, or a file of tests, that reaches a block, its seconds, and all blocks that it reaches."""

    test: str
    seconds: float
    blocks: tuple[str, ...]


@dataclass
class ReachMap:
    """The tests of each block."""

    _of_block: dict[str, list[Reaching]] = field(default_factory=dict)

    def add(self, file: str, found: dict[str, Any]) -> None:
        """Adds what the run of a file of tests found; tests that failed are left out."""
        tests = {name: one for name, one in found["tests"].items() if one["passed"] and "blocks" in one}
        for name, one in tests.items():
            self._add(name, one["seconds"], one["blocks"])
        if len(tests) == len(found["tests"]):
            self._add(file, sum(one["seconds"] for one in tests.values()), found["outside"])

    def _add(self, test: str, seconds: float, blocks: list[str]) -> None:
        reaching = Reaching(test, seconds, tuple(map(sys.intern, blocks)))
        for block in reaching.blocks:
            self._of_block.setdefault(block, []).append(reaching)

    def tests_of_module(self, block: str, seconds: float, without: Iterable[str] = ()) -> list[str]:
        """The tests for a block that runs when its module is loaded: those that reach any block of it."""
        start = f"{block.partition(':')[0]}:"
        found = [one for name, some in self._of_block.items() if name.startswith(start) for one in some]
        return self._chosen(block, [*{one.test: one for one in found}.values()], seconds, without)

    def tests_of(self, block: str, seconds: float, without: Iterable[str] = ()) -> list[str]:
        """The tests that reach the block, as many as take these seconds together.

        Those come first that reach blocks which no earlier one does, in the order of nearness: tests of the
        folder and of the module, of those the ones that reach few blocks, and last those with a database.
        """
        return self._chosen(block, self._of_block.get(block, []), seconds, without)

    def _chosen(
        self, block: str, tests: Iterable[Reaching], seconds: float, without: Iterable[str]
    ) -> list[str]:
        found = [one for one in tests if one.test not in {*without}]
        found.sort(key=lambda one: (_distance(one.test, block), len(one.blocks), one.test))
        seen, first, others = set[str](), list[Reaching](), list[Reaching]()
        for one in found:
            (others if seen.issuperset(one.blocks) else first).append(one)
            seen.update(one.blocks)
        chosen, left = list[str](), seconds
        for one in (*first, *others):
            if not chosen or one.seconds <= left:
                chosen.append(one.test)
                left -= one.seconds
        # the tests of a file one after another, so that they share its fixtures
        files = list(dict.fromkeys(name.partition("::")[0] for name in chosen))
        return sorted(chosen, key=lambda name: files.index(name.partition("::")[0]))


def _distance(test: str, block: str) -> tuple[bool, int]:
    """How far a test is: near by its folder and by words of the module in its name; a database is far."""
    parts = block.partition(":")[0].removeprefix("mockserver/").removesuffix(".py").split("/")
    folder, _, name = test.partition("::")[0].removeprefix("tests/").rpartition("/")
    words = [word for part in parts[1:] for word in part.split("_")]
    return "postgres" in test, -(folder == parts[0]) - sum(word[:_LETTERS] in name for word in words)


def instrument(source: str, path: str) -> str:
    """The source with a call at the beginning of each block of its functions."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in _statements(node):
                _mark(part, path)
    start = len(tree.body) - len(code_of(tree.body))
    while start < len(tree.body) and _is_future(tree.body[start]):
        start += 1
    tree.body.insert(start, ast.parse("from tests.mutants.hits import hit as __hit__").body[0])
    return ast.unparse(ast.fix_missing_locations(tree))


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _statements(function: ast.AST) -> Iterator[ast.AST]:
    """A function and what is in it that can have blocks, but no functions and classes in it."""
    yield function
    for node in ast.iter_child_nodes(function):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            yield from _statements(node)


def _mark(node: ast.AST, path: str) -> None:
    for name in BODIES:
        statements = getattr(node, name, None)
        if isinstance(statements, list) and statements and block_of(statements):
            call = ast.parse(f"__hit__({f'{path}:{block_of(statements)}'!r})").body[0]
            statements.insert(len(statements) - len(code_of(statements)), call)


def draw_map(checkout: Path, areas: Iterable[str], files: list[Path], kept: Path, root: Path) -> ReachMap:
    """The map of these test files of an instrumented copy; what is kept of earlier runs is not run again."""
    sources = [file for area in areas for file in sorted((checkout / area).rglob("*.py"))]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources))
    for file in sources:
        path = file.relative_to(checkout).as_posix()
        file.write_text(instrument(file.read_text(encoding="utf-8"), path), encoding="utf-8")
    parts = {}
    for file in files:
        name = file.relative_to(root).as_posix()
        key = hashlib.sha256(digest.digest() + name.encode() + file.read_bytes()).hexdigest()[:16]
        parts[name] = kept / f"{key}.json"
    missing = [name for name, part in parts.items() if not part.exists()]
    for start in range(0, len(missing), _FILES_A_RUN):
        some = missing[start : start + _FILES_A_RUN]
        print(f"map: {' '.join(some)}", flush=True)  # noqa: T201
        for name, found in _run(checkout, some).items():
            if name in some:
                parts[name].write_text(json.dumps(found), encoding="utf-8")
    result = ReachMap()
    for name, part in parts.items():
        if part.exists():
            result.add(name, json.loads(part.read_text(encoding="utf-8")))
    return result


def _run(checkout: Path, names: list[str]) -> dict[str, Any]:
    """What these files of tests reach, by file."""
    file = checkout / "map-of-tests"
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "tests.mutants.hits", *names]
    environment = {**os.environ, "PYTHONPATH": str(checkout), FILE_OF_MAP: str(file)}
    environment.pop("PYTEST_CURRENT_TEST", None)  # it marks the server of a test
    try:
        subprocess.run(
            [sys.executable, *words], cwd=checkout, env=environment, capture_output=True,
            timeout=_SECONDS_A_RUN, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        print("map: these tests take too long", flush=True)  # noqa: T201
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    file.unlink()
    return found
