"""Rule 9: docstrings, messages and contract prose are plain English."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.formats import yaml_loader
from tests.house.each_module import each_module
from tests.house.plain_english import findings, first_line_findings
from tests.house.sources import ROOT, functions, nodes

PROSE = ("description", "summary", "title")
"""The members of a contract that are this project's own prose; the rest is the vendor's."""


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    for node in (*nodes(path, ast.Module), *nodes(path, ast.ClassDef), *functions(path)):
        text = ast.get_docstring(node)
        if text:
            yield getattr(node, "lineno", 1), text


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Every string that is a sentence: messages, help texts and attribute docstrings."""
    for node in nodes(path, ast.Constant):
        if isinstance(node.value, str) and " " in node.value.strip():
            yield node.lineno, node.value


def prose(node: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name in PROSE and isinstance(value, str):
                yield f"{where}/{name}", value
            elif name not in ("value", "example", "examples", "default", "enum", "const"):
                yield from prose(value, f"{where}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from prose(value, f"{where}/{index}")


@each_module
def test_docstrings_say_what_a_thing_is(name: str, path: Path) -> None:
    found = [
        f"{name}:{line}: {finding}"
        for line, text in docstrings(path)
        for finding in first_line_findings(text.partition("\n")[0].rstrip("."))
    ]
    assert found == []


@each_module
def test_strings_of_modules(name: str, path: Path) -> None:
    found = [f"{name}:{line}: {finding}" for line, text in strings(path) for finding in findings(text)]
    assert found == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "contracts").glob("*/*.yaml")), ids=lambda path: "/".join(path.parts[-2:])
)
def test_prose_of_contracts(path: Path) -> None:
    found = [
        f"{where}: {finding}" for where, text in prose(yaml_loader.read(path)) for finding in findings(text)
    ]
    assert found == []
