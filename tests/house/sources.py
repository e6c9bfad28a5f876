"""The project's own sources, read as text: what the laws are held against."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mockserver"
Node = TypeVar("Node", bound=ast.AST)


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name; those of a vendor's template are none yet."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if not {"_data", "template"} & {*path.parts}]
    return {_dotted(path): path for path in paths}


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def nodes(path: Path, kind: type[Node]) -> Iterator[Node]:
    """The nodes of a module that are of this kind."""
    return (node for node in _by_kind(path)[kind] if isinstance(node, kind))


@cache
def _by_kind(path: Path) -> Mapping[type[ast.AST], list[ast.AST]]:
    """Every node of a module; checks share the walk, which takes longer than what they do with it."""
    found: defaultdict[type[ast.AST], list[ast.AST]] = defaultdict(list)
    for node in ast.walk(tree(path)):
        found[type(node)].append(node)
    return found


@cache
def imports(path: Path) -> list[tuple[str, ast.stmt]]:
    """Every module of ours that a module imports, with the statement."""
    return [
        (name, node)
        for node in (*nodes(path, ast.Import), *nodes(path, ast.ImportFrom))
        for name in _imported(path, node)
        if name.partition(".")[0] == "mockserver"
    ]


def _imported(path: Path, node: ast.stmt) -> list[str]:
    if not isinstance(node, ast.ImportFrom):
        return [alias.name for alias in getattr(node, "names", ())]
    start, known = _start(path, node), modules()
    return [f"{start}.{alias.name}" if f"{start}.{alias.name}" in known else start for alias in node.names]


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones too."""
    return [*nodes(path, ast.FunctionDef), *nodes(path, ast.AsyncFunctionDef)]


@cache
def vendors() -> list[str]:
    """Every vendor that has a folder, here or in the contracts."""
    folders = [*(PACKAGE / "vendors").iterdir(), *(ROOT / "contracts").iterdir()]
    return sorted({folder.name for folder in folders if folder.is_dir()} - {"__pycache__", "control"})


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _start(path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = _dotted(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - node.level + 1]
    return ".".join([*package, *([node.module] if node.module else [])])
