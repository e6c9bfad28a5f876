"""The project's own sources, read as text: what the laws are held against."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mockserver"


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name; those of a vendor's template are none yet."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if not {"_data", "template"} & {*path.parts}]
    return {_dotted(path): path for path in paths}


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """Every module of ours that a module imports, with the statement."""
    known = modules()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = _start(path, node)
            names = [
                f"{start}.{alias.name}" if f"{start}.{alias.name}" in known else start for alias in node.names
            ]
        else:
            continue
        yield from ((name, node) for name in names if name.partition(".")[0] == "mockserver")


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


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
