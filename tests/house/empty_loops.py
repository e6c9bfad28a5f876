"""Finds tests that can pass without an assertion: all of theirs are in loops that may be empty."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_WRAPPERS: Final = frozenset(
    [
        *(
            "enumerate",
            "zip",
            "sorted",
            "reversed",
            "list",
            "tuple",
            "set",
            "iter",
            "product",
            "permutations",
        ),
        *("combinations", "islice", "chain", "items", "keys", "values"),
    ]
)
_ASSERTING: Final = ("assert", "check", "expect", "raises", "fail", "verify", "warns")
_LOOP: Final = re.compile(r"\s*(async for|for|while)\b")
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)


def find_uncertain_tests(path: Path) -> Iterator[str]:
    """The tests of a file whose every assertion is in a loop over something that may be empty."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    loops = [number for number, line in enumerate(lines, 1) if _LOOP.match(line)]
    if not loops:  # most files have some, most tests none: to look into all takes three times as long
        return
    tree = ast.parse(text)
    known = _constants(tree)
    for node in _functions(tree):
        inside = any(node.lineno <= number <= (node.end_lineno or 0) for number in loops)
        if node.name.startswith("test_") and inside:
            certain, in_loops = _count(node.body, known, certain=True)
            if in_loops and not certain:
                yield f"{path.name}::{node.name}"


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions below a node; they stand in the bodies of statements."""
    for one in _statements(node):
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
            yield one
        yield from _functions(one)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    for word in ("body", "orelse", "finalbody", "handlers", "cases"):
        yield from getattr(node, word, ())


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The values of the names that the module assigns once at its top."""
    return {name: value for node in tree.body for name, value in _assigned(node).items()}


def _count(body: list[ast.stmt], known: Mapping[str, ast.expr], *, certain: bool) -> tuple[int, int]:
    """The assertions that certainly run, and those in loops that may be empty."""
    runs, loops = 0, 0
    for node in body:
        known = {**known, **_assigned(node)}
        inner, inside = _inner(node)
        here = certain
        if isinstance(node, _LOOPS):
            here = certain and isinstance(node, ast.For) and _is_never_empty(node.iter, known)
        for one in inner:
            below, in_loops = _count(one, known, certain=here)
            runs, loops = runs + below, loops + in_loops
        asserted = sum(map(_asserts, inside))
        runs, loops = runs + asserted * certain, loops + asserted * (not certain)
    return runs, loops


def _inner(node: ast.stmt) -> tuple[list[list[ast.stmt]], list[ast.AST]]:
    """The blocks of a statement, and what runs with the statement itself."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [], []
    blocks = [getattr(node, word) for word in ("body", "orelse", "finalbody") if getattr(node, word, None)]
    blocks += [one.body for one in [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]]
    if not blocks:
        return [], [node]
    heads = [one.context_expr for one in getattr(node, "items", ())]
    return blocks, [*heads, *filter(None, [getattr(node, "iter", None), getattr(node, "test", None)])]


def _asserts(node: ast.AST) -> bool:
    """Whether the statement asserts, itself or by a function that is named so."""
    if isinstance(node, ast.Assert):
        return True
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    names = (str(getattr(one, "attr", "") or getattr(one, "id", "")) for one in calls)
    return any(name.lstrip("_").startswith(_ASSERTING) for name in names)


def _assigned(node: ast.stmt) -> dict[str, ast.expr]:
    """The values that a statement gives to names."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return {}
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
        pairs = [*zip(target.elts, node.value.elts, strict=False)]
    else:
        pairs = [(target, node.value)]
    return {name.id: value for name, value in pairs if isinstance(name, ast.Name)}


def _is_never_empty(node: ast.expr, known: Mapping[str, ast.expr]) -> bool:
    """Whether a loop over the expression certainly runs."""
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return any(not isinstance(one, ast.Starred) or _is_never_empty(one.value, known) for one in node.elts)
    if isinstance(node, ast.Dict):
        return bool(node.keys)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(node.value)
    if isinstance(node, ast.Name):
        value = known.get(node.id)
        others = {name: one for name, one in known.items() if name != node.id}  # a name may be of itself
        return value is not None and _is_never_empty(value, others)
    if isinstance(node, ast.BinOp):
        return _is_never_empty(node.left, known) or _is_never_empty(node.right, known)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return all(not one.ifs and _is_never_empty(one.iter, known) for one in node.generators)
    if isinstance(node, ast.Call):
        return _call_is_never_empty(node, known)
    return isinstance(node, ast.JoinedStr)


def _call_is_never_empty(node: ast.Call, known: Mapping[str, ast.expr]) -> bool:
    name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
    if name == "range":
        bounds = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:2]]
        return all(isinstance(one, int) for one in bounds) and len(range(*bounds)) > 0  # type: ignore[arg-type]
    if name == "split" and isinstance(node.func, ast.Attribute):
        return _is_never_empty(node.func.value, known)
    if name not in _WRAPPERS:
        return False
    over = [node.func.value] if isinstance(node.func, ast.Attribute) and not node.args else node.args
    return bool(over) and all(_is_never_empty(one, known) for one in over)
