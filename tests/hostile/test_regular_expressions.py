"""No regular expression that meets the text of a caller takes more than linear time.

Python's are counted step by step. Those of contracts run in jsonschema-rs, whose engine is linear for every
pattern without look-around and back-references.
"""

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from re import _constants as sre
from re import _parser as parser
from typing import Any, NamedTuple

import pytest

import mockserver
from mockserver import vendors
from mockserver.contract.contract import Contract
from mockserver.contract.schema import Schema
from mockserver.paths import contracts
from tests.hostile.regex_steps import ANCHORED, grows_faster_than_its_text
from tests.house.sources import ROOT

FUNCTIONS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split")
COSTS = ("match", "search")
"""The methods that take less than all others but `fullmatch`, the least first."""
NAMED = re.compile(rf"\.({'|'.join(FUNCTIONS)})\b")
OWN_TEXT = ("cli", "scaffold", "verify", "contract/lint", "pytest_plugin.py", "__main__.py")
OPTIONAL = {"mockserver.redirection.urllib3_future"}  # it can be imported beside urllib3-future alone
"""Parts that read the files and the options of the person who runs them, not what callers send."""

TRUSTED = ("contract/error_messages._DIFFERENT",)
"""Patterns that read the text of contracts only."""


class Use(NamedTuple):
    """One pattern and the method that it is used with."""

    where: str
    pattern: str
    flags: int
    method: str


@cache
def sources() -> list[tuple[str, list[ast.AST]]]:
    """The nodes of each module that names one of the functions."""
    package = ROOT / "mockserver"
    found = []
    for path in sorted(package.rglob("*.py")):
        name = path.relative_to(package).as_posix()
        text = path.read_text(encoding="utf-8")
        if not name.startswith((*OWN_TEXT, "scaffold/template")) and NAMED.search(text):
            found.append((name, [*ast.walk(ast.parse(text))]))
    return found


def methods_of_names() -> dict[str, set[str]]:
    """The methods that are called on each name, anywhere in the package."""
    found: dict[str, set[str]] = {}
    for _name, nodes in sources():
        for node in nodes:
            if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
                holder = node.value
                name = holder.attr if isinstance(holder, ast.Attribute) else getattr(holder, "id", "")
                found.setdefault(name, set()).add(node.attr)
    return found


def module_patterns() -> Iterator[Use]:
    methods = methods_of_names()
    for info in pkgutil.walk_packages(mockserver.__path__, "mockserver."):
        where = info.name.removeprefix("mockserver.").replace(".", "/")
        if where.startswith(tuple(one.removesuffix(".py") for one in OWN_TEXT)) or "template" in where:
            continue
        if info.name in OPTIONAL:
            continue
        for name, one in vars(importlib.import_module(info.name)).items():
            if isinstance(one, re.Pattern):
                text = one.pattern if isinstance(one.pattern, str) else one.pattern.decode("latin-1")
                for method in methods.get(name) or {"search"}:
                    yield Use(f"{where}.{name}", text, one.flags & ~re.UNICODE, method)


def inline_patterns() -> Iterator[Use]:
    for where, nodes in sources():
        for node in nodes:
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            function = node.func
            if getattr(function.value, "id", "") != "re" or function.attr not in FUNCTIONS:
                continue
            pattern = node.args[0]
            if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str):
                yield Use(f"{where}:{node.lineno}", pattern.value, 0, function.attr)


@cache
def contract_files() -> list[Contract]:
    return [Contract.read(path) for path in sorted(contracts().rglob("*.yaml")) if path.stem != "stories"
            and path.name in ("openapi.yaml", "backstage.yaml")]  # fmt: skip


def computed_patterns() -> Iterator[Use]:
    """The patterns that are made from contracts: of paths and of host names."""
    for contract in contract_files():
        for operation in contract.operations.values():
            one: re.Pattern[str] = operation.match.__self__  # type: ignore[attr-defined]
            shape = re.sub(r"(?<=/)[^/()]+(?=/|$)", "x", one.pattern)  # what is fixed does not repeat
            yield Use("path", shape, one.flags & ~re.UNICODE, "fullmatch")
        for server in contract.servers:
            yield Use("host", server.host_pattern.pattern, 0, "fullmatch")


def patterns_in(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        if isinstance(node.get("patternProperties"), dict):
            yield from node["patternProperties"]
        for one in node.values():
            yield from patterns_in(one)
    elif isinstance(node, list):
        for one in node:
            yield from patterns_in(one)


@cache
def contract_patterns() -> list[str]:
    return sorted({one for contract in contract_files() for one in patterns_in(contract.document.root)})


def _cost(method: str) -> int:
    return COSTS.index(method) if method in COSTS else len(COSTS)


def costliest(found: Iterable[Use]) -> list[Use]:
    """One use of each pattern, and one more with `fullmatch`: the method that takes all steps of the others.

    A search tries the start, as `match` does, and ends with a match, where `findall` goes on.
    """
    last: dict[tuple[str, int, bool], Use] = {}
    for use in sorted(found, key=lambda one: (_cost(one.method), one)):
        last[use.pattern, use.flags, use.method == "fullmatch"] = use
    return sorted(last.values())


@cache
def uses() -> list[Use]:
    """The patterns of the package; all its modules are read and imported for them."""
    found = {*module_patterns(), *inline_patterns(), *computed_patterns()}
    sources.cache_clear()  # nodes of the whole package
    return costliest(one for one in found if one.where not in TRUSTED)


@pytest.fixture(autouse=True)
def deep_recursion() -> Iterator[None]:
    """A repetition of a group takes a few frames of the counter for each of its rounds."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(200_000)
    yield
    sys.setrecursionlimit(before)


def test_patterns_are_found() -> None:
    assert {"vendors/spotler/oauth_signature._PART", "state/worlds._NAME"} <= {one.where for one in uses()}
    assert len(uses()) > 60
    assert len(contract_patterns()) > 40


def test_every_pattern_takes_linear_time() -> None:
    slow = {one: text for one in uses() if (text := grows_faster_than_its_text(*one[1:])) is not None}
    assert slow == {}


@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r'\s*([A-Za-z0-9_.-]+)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(?:,|$)', "findall"),
        (r"[^@\s]+@[^@\s]+\.[^@\s]+", "fullmatch"),
        (r"\s+$", "sub"),
        (r"a*a*b", "match"),
        (r"(x+x+)+y", "match"),
        (r"([a-z]+,?)*;", "fullmatch"),
        (r'(?:\w+=(?:"[^"]*"|[^",\s]*)(?:[,;\s]+|\Z))+', "fullmatch"),
    ],
)
def test_a_pattern_of_quadratic_time_is_found(pattern: str, method: str) -> None:
    assert grows_faster_than_its_text(pattern, 0, method) is not None


@pytest.mark.parametrize("pattern", [r"[0-9a-f]{64}", r"(a{0,61}b)+", r"a++b", r"(?:a|b)*c"])
def test_a_pattern_of_linear_time_passes(pattern: str) -> None:
    assert all(grows_faster_than_its_text(pattern, 0, method) is None for method in ANCHORED)


def test_no_pattern_of_a_contract_needs_backtracking() -> None:
    """The linear engine cannot run look-around and back-references: another one would."""
    backtracking = (sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF, sre.GROUPREF_EXISTS)
    kinds = {pattern: {*kinds_in(parser.parse(pattern))} for pattern in contract_patterns()}
    assert [pattern for pattern, own in kinds.items() if not own or not own.isdisjoint(backtracking)] == []


def kinds_in(parsed: Any) -> Iterator[Any]:
    """The kinds of all parts of a parsed pattern."""
    for kind, argument in parsed:
        yield kind
        for one in argument if isinstance(argument, tuple | list) else ():
            if isinstance(one, parser.SubPattern):
                yield from kinds_in(one)
            elif isinstance(one, list) and kind is sre.BRANCH:
                for branch in one:
                    yield from kinds_in(branch)


@pytest.mark.parametrize("pattern", [r"a(?=b)", r"(a)\1", r"x|(?:y(?<!a))*"])
def test_backtracking_is_seen(pattern: str) -> None:
    assert {sre.ASSERT, sre.ASSERT_NOT, sre.GROUPREF} & {*kinds_in(parser.parse(pattern))}


def test_an_explanation_runs_no_pattern_of_python(monkeypatch: pytest.MonkeyPatch) -> None:
    schema = Schema({"pattern": r"^[^@\s]+@[^@\s]+\.[^@\s]+$"}, {})
    assert schema.explainer  # loaded before Python's `re` is out of order

    def forbidden(*_arguments: object) -> None:
        raise AssertionError("a pattern ran in Python")

    for name in FUNCTIONS:
        monkeypatch.setattr(re, name, forbidden)
    (found,) = schema.violations("a@" + "a." * 40_000 + "@")
    assert found.keyword == "pattern"


def test_every_vendor_is_covered() -> None:
    assert all(any(f"vendors/{name}/" in one.where for one in uses()) for name in vendors.names())
