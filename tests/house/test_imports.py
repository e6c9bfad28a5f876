"""Rules 1 and 2: imports follow the order of folders, and the core knows no vendor."""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.house.each_module import each_module
from tests.house.sources import ROOT, functions, imports, modules, nodes, vendors

ORDER = (
    # A folder imports itself and the folders above it in this list, never one below.
    "call",
    "errors",
    "environment",
    "paths",
    "homes",
    "formats",
    "assertions",
    "contract",
    "storage",
    "state",
    "resources",
    "binding",
    "pipeline",
    "vendors",
    "verify",
    "conduct",
    "control",
    "scaffold",
    "server",
    "app",
    "transports",
    "redirection",
    "waits",
    "needs",
    "worst_day",
    "client",
    "mcp",
    "testing",
    "pytest_plugin",
    "cli",
    "__main__",
)

APART = {("contract", "state"), ("state", "contract"), ("cli", "pytest_plugin"), ("pytest_plugin", "cli")}
"""Folders that must not know each other, though the order would allow it."""

INNER_IMPORTS = {
    "mockserver.pytest_plugin": "it is loaded before coverage starts",
    "mockserver.testing.conduct_plugin": "it is loaded before coverage starts",
    "mockserver.testing.needs_plugin": "it is loaded before coverage starts",
    "mockserver.contract.lint": "openapi-spec-validator is an optional driver",
    "mockserver.storage.urls": "psycopg is an optional driver, and worlds in memory need no SQLite",
    "mockserver.server.certificates": "trustme is an optional driver",
    "mockserver.cli.serve_options": "prometheus-client is an optional driver",
}

LEAN = {
    # `import mockserver` must not load what only some uses need
    "mockserver": {
        "asyncio",
        "click",
        "http",
        "yaml",
        "flask",
        "jsonschema",
        "faker",
        "httptools",
        "orjson",
        "schemathesis",
        "hypothesis",
        "pytest",
    },
    # the client is the standard library's alone, until somebody asks for a library of its own
    "mockserver.client": {
        "asyncio",
        "click",
        "jsonschema_rs",
        "sqlite3",
        "flask",
        "werkzeug",
        "orjson",
        "yaml",
        "httptools",
        "requests",
        "urllib3",
        "httpx",
        "httpcore",
        "aiohttp",
        "rich",
    },
    # nor may the server itself load the people, the fuzzers or the clients
    "mockserver.app": {
        "asyncio",
        "harfile",
        "yaml",
        "faker",
        "jsonschema",
        "schemathesis",
        "hypothesis",
        "requests",
        "openapi_spec_validator",
        "pytest",
    },
    # a server with worlds in memory starts without what only another store, or none, needs
    "mockserver.cli.serve": {"sqlite3", "psycopg", "yaml", "faker", "jsonschema", "rich"},
}


def folder(name: str) -> str:
    """The folder, or the module at the top, that a module belongs to; "" for the package itself."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else ""


def promised(name: str) -> str:
    """The contracts of the vendor that a module belongs to, if it does to one."""
    parts = name.split(".")
    return contracts_of(parts[2]) if parts[1:2] == ["vendors"] and parts[2:] else ""


@cache
def contracts_of(vendor: str) -> str:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "contracts" / vendor).glob("*.yaml")]
    return "\n".join(texts).lower()


def test_every_folder_has_its_place_in_the_order() -> None:
    assert {folder(name) for name in modules()} - {""} == set(ORDER)


@each_module
def test_imports_follow_the_order_of_folders(name: str, path: Path) -> None:
    own = [one for one, _node in imports(path) if name != "mockserver" and folder(one)]
    assert [one for one in own if ORDER.index(folder(one)) > ORDER.index(folder(name))] == []
    assert [one for one in own if (folder(name), folder(one)) in APART] == []


def test_no_cycles() -> None:
    graph = {name: {imported for imported, _ in imports(path)} for name, path in modules().items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"a cycle: {' -> '.join([*trail, name])}"
        if name not in done:
            for imported in graph.get(name, ()):
                # A package and its own modules are one thing here: `__init__` may gather them.
                if not f"{name}.".startswith(f"{imported}."):
                    visit(imported, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@each_module
def test_imports_stand_at_the_top(name: str, path: Path) -> None:
    if name in INNER_IMPORTS:
        return
    importing = [
        function.name
        for node in (*nodes(path, ast.Import), *nodes(path, ast.ImportFrom))
        for function in functions(path)
        if function.lineno <= node.lineno <= (function.end_lineno or 0)
    ]
    assert importing == [], f"imports inside are allowed only for {list(INNER_IMPORTS)}"


@each_module
def test_the_core_knows_no_vendor(name: str, path: Path) -> None:
    """A vendor may name another that its own contract names (one imports the lists of the other, say)."""
    text = path.read_text(encoding="utf-8").lower()
    known = promised(name)
    assert vendors()
    for vendor in vendors():
        own = f"{name}.".startswith(f"mockserver.vendors.{vendor}.")
        if vendor in text and not own:  # a plain search takes a tenth of the time
            word = re.compile(rf"\b{vendor}\b")
            assert not word.search(text) or word.search(known), f"{name} names {vendor}"


@each_module
def test_vendors_do_not_import_each_other(name: str, path: Path) -> None:
    if not name.startswith("mockserver.vendors."):
        return
    own = ".".join(name.split(".")[:3])
    text = path.read_text(encoding="utf-8")
    if not any(vendor in text for vendor in vendors() if not own.endswith(f".{vendor}")):
        return  # to parse it would take a hundred times as long
    others = {one for one, _node in imports(path) if one.startswith("mockserver.vendors.")}
    assert {one for one in others if not f"{one}.".startswith(f"{own}.")} == set()


@each_module
def test_vendors_see_no_web_and_no_sql(name: str, path: Path) -> None:
    if not name.startswith("mockserver.vendors."):
        return
    names = {alias.name for node in nodes(path, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in nodes(path, ast.ImportFrom)}
    assert not {one.partition(".")[0] for one in names} & {"flask", "werkzeug", "sqlite3", "httptools"}
    assert not names & {"mockserver.storage.store", "mockserver.storage.sqlite"}, "reaches into the store"


@pytest.mark.parametrize(("start", "unwanted"), LEAN.items())
def test_what_an_import_must_not_load(start: str, unwanted: set[str]) -> None:
    script = f"import sys, {start}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert not unwanted & set(loaded.split())


def test_importing_the_package_loads_no_module_of_it() -> None:
    asked = "import sys, mockserver; print(*[name for name in sys.modules if name.startswith('mockserver')])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["mockserver"]


@pytest.mark.usefixtures("everything_loaded")
def test_a_second_start_needs_no_parser(tmp_path: Path) -> None:
    """Contracts and fixtures come from the cache, and neither they nor the people need a heavy library.

    Those of all vendors come from the cache of all tests; a first start, of one vendor, parses its own.
    """
    heavy = "{'yaml', 'jsonschema', 'faker', 'harfile', 'asyncio', 'rich'}"
    loaded = []
    for words, environment in (
        ("vendors=('ortto',)", {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}),
        ("", dict(os.environ)),
    ):
        asked = f"import sys; from mockserver.app import create_app; create_app({words})"
        script = f"{asked}; print({heavy} & {{*sys.modules}})"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
        )
        loaded.append(done.stdout.strip())
    assert loaded == ["{'yaml'}", "set()"]
