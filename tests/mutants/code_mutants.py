"""Mutants of code: one small change of one function, as text that keeps the lines of all others."""

import ast
import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

BODIES: Final = ("body", "orelse", "finalbody")
"""The fields of statements that are blocks."""
_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
}  # fmt: skip
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)

_Change = tuple[str, ast.AST, ast.AST]
"""The kind, the node that is replaced, and by which."""


@dataclass(frozen=True)
class Mutant:
    """A change: where it is, what is replaced, and by what."""

    path: str
    function: str
    kind: str
    number: int
    """Which of its kind in the function."""
    line: int
    block: int
    """The line of the first statement of the block that it is in."""
    start: int
    end: int
    original: str
    text: str

    @property
    def id(self) -> str:
        """The mutant's name, which stays the same while its function does."""
        return f"{self.path}::{self.function}::{self.kind}{self.number}"

    def __str__(self) -> str:
        shown = f"{' '.join(self.original.split())[:60]} → {' '.join(self.text.split())[:60]}"
        return f"{self.path}:{self.line} {self.function}: {self.kind}: {shown}"

    def apply(self, source: bytes) -> bytes:
        """The source with the change."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def block_of(statements: list[ast.stmt]) -> int:
    """The line that names a block: that of its first statement after a docstring."""
    return code_of(statements)[0].lineno if code_of(statements) else 0


def code_of(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without a docstring."""
    first = statements[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return statements[1:] if is_text else statements


def mutants(path: str, source: str, only: str | None = None) -> Iterator[Mutant]:
    """Every mutant of the functions of a module, or of one of them, that compiles."""
    module = _Module(path, source)
    for function, name in _functions(ast.parse(source), ""):
        if only not in (None, name):
            continue
        counts: dict[str, int] = {}
        for block, change in _changes(function):
            counts[change[0]] = counts.get(change[0], -1) + 1
            mutant = module.mutant(name, counts[change[0]], block, change)
            if mutant.text != mutant.original and _compiles(mutant.apply(module.source)):
                yield mutant


def draw(files: list[Path], root: Path, number: int, generator: random.Random) -> list[Mutant]:
    """Mutants of as many functions as can be: a function, then one of its kinds, then one of those."""
    sources = {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in files}
    functions = [
        (path, name) for path, source in sources.items() for _node, name in _functions(ast.parse(source), "")
    ]
    functions.sort()
    generator.shuffle(functions)
    drawn = list[Mutant]()
    for path, name in functions:
        if len(drawn) == number:
            break
        kinds: dict[str, list[Mutant]] = {}
        for one in mutants(path, sources[path], name):
            kinds.setdefault(one.kind, []).append(one)
        if kinds:
            drawn.append(generator.choice(kinds[generator.choice(sorted(kinds))]))
    return drawn


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """The functions of a module and of its classes; inner ones belong to the function around them."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, _FUNCTIONS) and code_of(node.body):
            yield node, prefix + node.name


def _changes(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[int, _Change]]:
    block = block_of(function.body)
    code = code_of(function.body)
    if len(code) > 1:
        whole = ast.Module(code, [])
        yield block, ("body", whole, ast.Return(ast.Constant(None)))
    for statement in code:
        yield from _visit(statement, block)


def _visit(node: ast.AST, block: int) -> Iterator[tuple[int, _Change]]:
    if isinstance(node, ast.JoinedStr) or (isinstance(node, _FUNCTIONS) and not code_of(node.body)):
        return  # Python 3.11 does not know where the parts of an f-string are
    yield from ((block, change) for change in _changes_of(node))
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        children = [
            one for one in (value if isinstance(value, list) else [value]) if isinstance(one, ast.AST)
        ]
        is_block = name in BODIES and children and isinstance(children[0], ast.stmt)
        inner = code_of(children) if is_block else children  # type: ignore[arg-type]
        for child in inner:
            yield from _visit(child, inner[0].lineno if is_block else block)  # type: ignore[attr-defined]


def _changes_of(node: ast.AST) -> Iterator[_Change]:
    yield from _changes_of_statement(node)
    yield from _changes_of_condition(node)
    yield from _changes_of_expression(node)


def _changes_of_statement(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "call", node, ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.AugAssign():
            yield "assignment", node, ast.Pass()
        case ast.Raise() if "NotImplementedError" not in ast.dump(node):
            yield "raise", node, ast.Pass()
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield "return", node, ast.Return(ast.Constant(None))


def _changes_of_condition(node: ast.AST) -> Iterator[_Change]:
    tests: list[ast.expr] = []
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
    for test in tests:
        if not isinstance(node, ast.While):
            yield "condition", test, ast.Constant(True)
        yield "condition", test, ast.Constant(False)


def _changes_of_expression(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=[op]):
            yield "comparison", node, _with(node, ops=[_COMPARISONS[type(op)]()])
        case ast.BoolOp(op=op):
            yield "boolean", node, _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "negation", node, operand
        case ast.BinOp(op=op) if type(op) in _ARITHMETIC:
            yield "arithmetic", node, _with(node, op=_ARITHMETIC[type(op)]())
        case _:
            yield from _changes_of_parts(node)


def _changes_of_parts(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Constant(value=bool() | int() | float() | str() as value):
            yield "constant", node, ast.Constant(_other(value))
        case ast.Call(keywords=keywords):
            for index, keyword in enumerate(keywords):
                if keyword.arg:
                    kept = [*keywords[:index], *keywords[index + 1 :]]
                    yield "argument", node, _with(node, keywords=kept)
        case ast.Dict(keys=keys, values=values):
            for index in range(len(keys)):
                rest = [one for at, one in enumerate(keys) if at != index]
                kept_values = [one for at, one in enumerate(values) if at != index]
                yield "item", node, _with(node, keys=rest, values=kept_values)


def _with(node: ast.AST, **fields: Any) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _other(value: bool | float | str) -> bool | float | str:
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return "" if value else "mutated"
    return value + 1


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class _Module:
    """A module's bytes, and where its lines begin."""

    def __init__(self, path: str, source: str) -> None:
        self.path = path
        self.source = source.encode()
        self._starts = [0]
        for line in self.source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def mutant(self, function: str, number: int, block: int, change: _Change) -> Mutant:
        kind, node, new = change
        first, last = (node.body[0], node.body[-1]) if isinstance(node, ast.Module) else (node, node)
        start = self._starts[first.lineno - 1] + first.col_offset  # type: ignore[attr-defined]
        end = self._starts[last.end_lineno - 1] + last.end_col_offset  # type: ignore[attr-defined]
        lines = "\n" * (last.end_lineno - first.lineno)  # type: ignore[attr-defined]
        text = ast.unparse(ast.fix_missing_locations(new))
        # in parentheses an expression means the same everywhere, and may have the lines that it had
        text = f"({text}{lines})" if isinstance(new, ast.expr) else f"{text}{lines}"
        original = self.source[start:end].decode()
        line = first.lineno  # type: ignore[attr-defined]
        return Mutant(self.path, function, kind, number, line, block, start, end, original, text)
