"""Laws 4, 5 and 6: names, sizes, one reader of the environment, no module-level mutable state."""

import ast
from pathlib import Path
from statistics import mean

import pytest

from tests.house.sources import PACKAGE, functions, modules, tree

BANNED = {"utils", "util", "helpers", "helper", "managers", "manager", "common", "base", "misc"}
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 45
MOST_MEAN_LINES_OF_FUNCTIONS = 12
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("name", modules())
def test_no_banned_names(name: str) -> None:
    assert not BANNED & set(name.split("."))


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_sizes(name: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, f"{name}: split it by meaning"
    for function in functions(path):
        assert length(function) <= MOST_LINES_OF_A_FUNCTION, f"{name}.{function.name} is too long"


def test_functions_are_short_on_the_whole() -> None:
    assert mean(length(one) for path in modules().values() for one in functions(path)) <= (
        MOST_MEAN_LINES_OF_FUNCTIONS
    )


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_public_things_are_documented(name: str, path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name} has no docstring"
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_the_environment_is_read_in_one_module(name: str, path: Path) -> None:
    if name == "mockserver.environment":
        return
    for node in ast.walk(tree(path)):
        assert not (
            isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"} and _is_os(node)
        ), name


def _is_os(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "os"


@pytest.mark.parametrize(("name", "path"), modules().items())
def test_no_mutable_state_in_modules(name: str, path: Path) -> None:
    """Constants may be dictionaries, but nothing may write to them or be declared global."""
    constants = {
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, MUTABLE)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    for function in functions(path):
        for node in ast.walk(function):
            assert not isinstance(node, ast.Global), f"{name}.{function.name} declares a global"
            written = (
                node.value if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) else None
            )
            written_name = written.id if isinstance(written, ast.Name) else ""
            assert written_name not in constants, f"{name}.{function.name} writes to {written_name}"


def test_nothing_is_left_to_do() -> None:
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not any(word in text for word in ("TODO", "FIXME", "XXX")), path
