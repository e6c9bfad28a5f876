"""No test fails on a slow machine: an assertion that little time has passed has a generous bound."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CLOCKS = {"monotonic", "perf_counter", "process_time", "thread_time", "time"}
LEAST = 20
"""Seconds: what is avoided takes longer still, or an event is observed in place of the time."""


def tight_bounds(text: str) -> list[int]:
    """The lines of assertions that fail if something took a few seconds longer."""
    found: list[int] = []
    if not any(f"{clock}()" in text for clock in CLOCKS):
        return found  # most files: parsing takes long
    for scope in ast.walk(ast.parse(text)):
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
            spans = {
                target.id
                for node in ast.walk(scope)
                if isinstance(node, ast.Assign) and _is_span(node.value, set())
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            asserts = [node for node in ast.walk(scope) if isinstance(node, ast.Assert)]
            found += [one.lineno for one in asserts if any(_is_tight(*pair, spans) for pair in _pairs(one))]
    return sorted(set(found))


def _pairs(node: ast.Assert) -> Iterator[tuple[ast.expr, ast.cmpop, ast.expr]]:
    for one in ast.walk(node):
        if isinstance(one, ast.Compare):
            for (left, right), operator in zip(pairwise([one.left, *one.comparators]), one.ops, strict=True):
                yield left, operator, right


def _is_tight(left: ast.expr, operator: ast.cmpop, right: ast.expr, spans: set[str]) -> bool:
    if isinstance(operator, ast.Gt | ast.GtE):
        left, right = right, left
    elif not isinstance(operator, ast.Lt | ast.LtE):
        return False
    bound = right.value if isinstance(right, ast.Constant) else None
    return _is_span(left, spans) and not (isinstance(bound, int | float) and bound >= LEAST)


def _is_span(node: ast.expr, spans: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in spans
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub):
        return False
    call = node.left
    name = getattr(call.func, "attr", getattr(call.func, "id", "")) if isinstance(call, ast.Call) else ""
    return name in CLOCKS


@pytest.mark.parametrize(
    ("body", "is_tight"),
    [
        ("assert time.monotonic() - began < 3", True),
        ("assert 0.1 <= time.perf_counter() - began <= LIMIT / 2", True),
        ("took = monotonic() - began\n    assert 5 > took", True),
        ("assert time.monotonic() - began < 30", False),
        ("assert time.monotonic() - began >= 0.1", False),
        ("assert time.monotonic() < deadline", False),
        ("while time.monotonic() - began < 1: pass", False),
    ],
)
def test_tight_bounds_are_found(body: str, is_tight: bool) -> None:
    assert bool(tight_bounds(f"def test():\n    {body}\n")) == is_tight


def test_no_assertion_is_tight() -> None:
    files = sorted(TESTS.rglob("*.py"))
    assert len(files) > 200
    found = [f"{file.relative_to(TESTS)}:{line}" for file in files for line in tight_bounds(file.read_text())]
    assert not found, "let what is avoided take a minute, or observe an event: " + ", ".join(found)
