"""How many wrong handlers the stories notice: `python -m tests.verify.handler_mutants ortto --count 60`.

Each mutant changes one statement of one function of a vendor: it drops a call made for its effect, turns a
condition into true or false, or changes a constant that is returned or stored. It runs in its own process.
"""

import argparse
import ast
import copy
import os
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from mockserver import vendors
from mockserver.app import create_app
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.verify.runner import Target, VerifyOptions, verify

_NOTICED, _UNNOTICED, _BROKEN = 0, 1, 2
_WITHOUT_HANDLERS = ("population", "default_content", "backstage")


@dataclass(frozen=True)
class Mutant:
    """One change: the module, the function with it, the line, and what changes."""

    module: str
    function: str
    line: int
    change: str
    make_code: Callable[[], CodeType]
    """The code of the changed function; compiled only for the mutants that are run."""

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}.{self.function}:{self.line} {self.change}"


def mutants(vendor: str) -> list[Mutant]:
    """Every mutant of the vendor's handlers and rules, in order of modules and lines."""
    package = import_module(f"mockserver.vendors.{vendor}")
    found: list[Mutant] = []
    for path in sorted(Path(next(iter(package.__path__))).glob("*.py")):
        if path.stem not in _WITHOUT_HANDLERS:
            name = f"mockserver.vendors.{vendor}" + ("" if path.stem == "__init__" else f".{path.stem}")
            found += _of_module(import_module(name), path)
    return found


def _of_module(module: ModuleType, path: Path) -> Iterator[Mutant]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    owners: list[ast.Module | ast.ClassDef] = [tree]
    owners += [node for node in tree.body if isinstance(node, ast.ClassDef)]
    for owner in owners:
        for function in (node for node in owner.body if isinstance(node, ast.FunctionDef)):
            name = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
            name += function.name
            for index, change in _changes(function):
                line = int(getattr(list(ast.walk(function))[index], "lineno", 0))
                make_code = partial(_changed_code, tree, path, name, index, change)
                yield Mutant(module.__name__, name, line, change, make_code)


def _changed_code(tree: ast.Module, path: Path, name: str, index: int, change: str) -> CodeType:
    changed = copy.deepcopy(tree)
    _apply(_find(changed, name), index, change)
    return _code_of(compile(ast.fix_missing_locations(changed), str(path), "exec"), name)


def _changes(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    for index, node in enumerate(ast.walk(function)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield index, "drop the call"
        elif isinstance(node, ast.If):
            yield index, "condition is true"
            yield index, "condition is false"
        elif isinstance(node, ast.Dict) and any(isinstance(one, ast.Constant) for one in node.values):
            yield index, "wrong constant"
        elif isinstance(node, ast.Return) and node.value is not None:
            yield index, "return None"
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and not isinstance(
                    value, ast.Constant | ast.Dict | ast.List
                ):
                    yield index, f"wrong text: {key.value!s}"


def _apply(function: ast.FunctionDef, index: int, change: str) -> None:
    """Makes the change."""
    node = list(ast.walk(function))[index]
    if isinstance(node, ast.Expr):
        node.value = ast.copy_location(ast.Constant(None), node.value)
    elif isinstance(node, ast.If):
        node.test = ast.copy_location(ast.Constant(change == "condition is true"), node.test)
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.Dict) and change.startswith("wrong text: "):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        node.values[keys.index(change.removeprefix("wrong text: "))] = ast.Constant("wrong")
    elif isinstance(node, ast.Dict):
        at = next(at for at, one in enumerate(node.values) if isinstance(one, ast.Constant))
        node.values[at] = ast.Constant(_other(node.values[at]))


def _other(node: ast.expr) -> bool | int | str:
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return f"{value}x" if isinstance(value, str) else 1


def _find(tree: ast.Module, name: str) -> ast.FunctionDef:
    owner, _, function = name.rpartition(".")
    body = tree.body
    if owner:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner)
    return next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == function)


def _code_of(code: CodeType, name: str) -> CodeType:
    for part in name.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == part)
    return code


def is_noticed(vendor: str, mutant: Mutant) -> int:
    """Runs the stories in a child process: noticed, unnoticed, or a mutant that cannot be run."""
    child = os.fork()
    if child == 0:
        result = _BROKEN
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            result = _run(vendor, mutant)
        finally:
            os._exit(result)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _run(vendor: str, mutant: Mutant) -> int:
    found: object = import_module(mutant.module)
    for part in mutant.function.split("."):
        found = vars(found)[part] if isinstance(found, type) else getattr(found, part)
    function = getattr(found, "__func__", None) or getattr(found, "fget", None) or found
    function = getattr(function, "func", function)  # a cached property
    if not isinstance(function, FunctionType):
        return _BROKEN
    function.__code__ = mutant.make_code()
    server = Server(create_app(vendors=(vendor,))).start()

    def make_target() -> Target:
        world = Control(server.url).create_world(scenario="demo")
        credentials = world.credentials(vendor)
        return Target(world.url(vendor), credentials, world.name, f"{server.url}/_mock")

    cases = verify(vendors.find(vendor), make_target, VerifyOptions(phases=("stories",), writes=True))
    return _NOTICED if any(case.findings or case.obstacle for case in cases) else _UNNOTICED


def main() -> None:
    """Prints the mutants that the stories do not notice, then the counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("vendor")
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--change", default="", help="only changes that start with this text")
    parser.add_argument("--handlers", action="store_true", help="only the functions of operations")
    given = parser.parse_args()
    operations = vendors.find(given.vendor).contract.operations if given.handlers else None
    every = [
        one
        for one in mutants(given.vendor)
        if (operations is None or one.function in operations) and one.change.startswith(given.change)
    ]
    some = random.Random(given.seed).sample(every, min(given.count, len(every)))
    results = {mutant: is_noticed(given.vendor, mutant) for mutant in sorted(some, key=str)}
    for mutant, result in results.items():
        if result == _UNNOTICED:
            sys.stdout.write(f"unnoticed: {mutant}\n")
    ran = [result for result in results.values() if result in (_NOTICED, _UNNOTICED)]
    counts = f"{ran.count(_NOTICED)} of {len(ran)} mutants noticed ({len(every)} in all)"
    sys.stdout.write(f"{given.vendor}: {counts}\n")


if __name__ == "__main__":
    main()
