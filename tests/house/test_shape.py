"""Laws 4, 5 and 6: names, sizes, one reader of the environment, no module-level mutable state."""

import ast
from pathlib import Path
from statistics import mean

from tests.house.each_module import each_module
from tests.house.sources import PACKAGE, functions, modules, nodes, tree

BANNED = {"utils", "util", "helpers", "helper", "managers", "manager", "common", "base", "misc"}
MOST_LINES = 400
MOST_LINES_OF_A_FUNCTION = 45
MOST_MEAN_LINES_OF_FUNCTIONS = 12
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_banned_names() -> None:
    assert [name for name in modules() if BANNED & set(name.split("."))] == []


@each_module
def test_sizes(name: str, path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, f"{name}: split it by meaning"
    for function in functions(path):
        assert length(function) <= MOST_LINES_OF_A_FUNCTION, f"{name}.{function.name} is too long"


def test_functions_are_short_on_the_whole() -> None:
    assert mean(length(one) for path in modules().values() for one in functions(path)) <= (
        MOST_MEAN_LINES_OF_FUNCTIONS
    )


@each_module
def test_public_things_are_documented(name: str, path: Path) -> None:
    assert ast.get_docstring(tree(path)), f"{name} has no docstring"
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name}.{node.name} has no docstring"


@each_module
def test_the_environment_is_read_in_one_module(name: str, path: Path) -> None:
    if name == "mockserver.environment":
        return
    read = [node for node in nodes(path, ast.Attribute) if _is_os(node)]
    assert [node.lineno for node in read if node.attr in {"environ", "getenv"}] == []


def _is_os(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "os"


@each_module
def test_no_mutable_state_in_modules(name: str, path: Path) -> None:
    """Constants may be dictionaries, but nothing may write to them or be declared global."""
    constants = {
        target.id
        for node in tree(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, MUTABLE)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    assert [node.lineno for node in nodes(path, ast.Global)] == [], "declares a global"
    written = [
        (function.name, node.value.id)
        for node in nodes(path, ast.Subscript)
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id in constants
        for function in functions(path)
        if function.lineno <= node.lineno <= (function.end_lineno or 0)
    ]
    assert written == [], "writes to a constant"


def test_nothing_is_left_to_do() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert texts
    words = ("TODO", "FIXME", "XXX")
    assert [path for path, text in texts.items() if any(word in text for word in words)] == []
