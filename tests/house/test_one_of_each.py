"""Rule 3: nothing is implemented twice; what a reader would search for exists once."""

import ast
import re

import pytest

from tests.house.sources import PACKAGE, ROOT, functions, modules, nodes

HOMES = {
    # an expression that only an implementation needs, and the one module that may contain it
    r"\bget_close_matches\b": "mockserver.formats.suggestions",
    r"\"~1\"": "mockserver.formats.json_pointer",
    r"isinstance\(\w+, bool\) (==|!=) isinstance\(\w+, bool\)": "mockserver.formats.json_pointer",
    r"\bcrc32\(key\b": "mockserver.state.hash_index",
}
NAMES = {
    "resolve": {"mockserver.formats.json_pointer", "mockserver.contract.document", "mockserver.state.worlds"},
    "json_equal": {"mockserver.formats.json_pointer"},
    "suggest": {"mockserver.formats.suggestions"},
}


@pytest.mark.parametrize(("pattern", "home"), HOMES.items())
def test_one_implementation(pattern: str, home: str) -> None:
    found = {name for name, path in modules().items() if re.search(pattern, path.read_text(encoding="utf-8"))}
    assert found == {home}


@pytest.mark.parametrize(("name", "homes"), NAMES.items())
def test_one_definition(name: str, homes: set[str]) -> None:
    found = {module for module, path in modules().items() for one in functions(path) if one.name == name}
    assert found == homes


def test_no_lookup_by_hand() -> None:
    """`value[int(token)] if isinstance(value, list) else value[token]` is `json_pointer.resolve`."""
    choices = [
        (f"{name}:{node.lineno}", ast.unparse(node.body))
        for name, path in modules().items()
        for node in nodes(path, ast.IfExp)
    ]
    assert choices
    assert [place for place, text in choices if "int(token)" in text] == []


def test_no_exception_outside_the_tree() -> None:
    """Every exception of the core is defined in errors.py; a vendor's own derive from one of those."""
    tree_of_errors = ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8"))
    known = {node.name for node in tree_of_errors.body if isinstance(node, ast.ClassDef)}
    assert known
    assert modules()
    for name, path in modules().items():
        if name == "mockserver.errors":
            continue
        for node in nodes(path, ast.ClassDef):
            if _is_exception(node):
                assert name.startswith("mockserver.vendors."), f"{name}.{node.name} belongs into errors.py"
                assert {ast.unparse(base) for base in node.bases} & known, f"{name}.{node.name}"


def test_exceptions_are_named_and_drawn() -> None:
    module = ast.parse((PACKAGE / "errors.py").read_text(encoding="utf-8"))
    drawn = ast.get_docstring(module) or ""
    assert any(isinstance(node, ast.ClassDef) for node in module.body)
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            assert node.name.endswith("Error") or node.name in {"Problem", "PlannedProblem"}
            assert node.name == "MockserverError" or re.search(rf"── {node.name}\b", drawn), node.name


def test_no_exception_is_exempt_from_its_name() -> None:
    rule = "N818"
    files = [one for folder in (PACKAGE, ROOT / "tests") for one in folder.rglob("*.py")]
    assert files
    assert [one for one in files if f"noqa: {rule}" in one.read_text(encoding="utf-8")] == []


def _is_exception(node: ast.ClassDef) -> bool:
    names = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    return any(name.endswith(("Error", "Exception")) or name == "Problem" for name in names)
