"""ARCHITECTURE.md and GLOSSARY.md describe the tree as it is, and define the terms of the project."""

import re
from pathlib import Path

import pytest

from tests.house.pages import PAGES
from tests.house.sources import PACKAGE, ROOT, modules

ARCHITECTURE = PAGES["ARCHITECTURE.md"]
GLOSSARY = PAGES["GLOSSARY.md"]
CONTRIBUTING = PAGES["CONTRIBUTING.md"]
CORE_TERMS = (
    *("contract", "vendor", "operation", "endpoint", "problem", "call", "reply", "exchange", "journal"),
    *("world", "scenario", "snapshot", "fault", "backstage", "story", "collection", "effect"),
)


def named_paths(text: str) -> set[str]:
    """The files and folders in code spans, without those that contain a placeholder or a pattern."""
    found = re.findall(r"`([\w./-]*(?:/|\.(?:py|yaml|toml|md|html)))`", text)
    return {path for path in found if not path.startswith("_")}


def folders() -> list[str]:
    """Every folder of the package with modules, below the package; a vendor's own folder is not one."""
    found = {path.parent.relative_to(PACKAGE) for path in modules().values()}
    return sorted(path.as_posix() for path in found if path.parts and path.parts[0] != "vendors")


def top_modules() -> list[str]:
    """The modules at the top of the package."""
    return [path.name for path in modules().values() if path.parent == PACKAGE and path.name[0] != "_"]


def exists(name: str, *starts: Path) -> bool:
    """Whether one of the folders has this file; a bare name may be a file of any vendor."""
    return any((start / name).exists() for start in starts) or any(
        any(folder.glob(f"*/{name}")) for folder in (ROOT / "contracts", PACKAGE / "vendors")
    )


@pytest.mark.parametrize("folder", folders())
def test_every_folder_is_described(folder: str) -> None:
    assert re.search(rf"^\| .*`{folder}/`.* \|", ARCHITECTURE, re.MULTILINE)


@pytest.mark.parametrize("module", top_modules())
def test_every_module_at_the_top_is_described(module: str) -> None:
    assert re.search(rf"^\| .*`{module}`.* \|", ARCHITECTURE, re.MULTILINE)


@pytest.mark.parametrize("name", sorted(named_paths(ARCHITECTURE)))
def test_every_named_file_exists(name: str) -> None:
    assert exists(name, ROOT, PACKAGE)


@pytest.mark.parametrize("name", sorted(named_paths(CONTRIBUTING)))
def test_every_file_of_a_recipe_exists(name: str) -> None:
    assert exists(name, ROOT)


def test_every_rule_names_its_test() -> None:
    rules = re.split(r"^\d+\. ", ARCHITECTURE.split("\n## Rules\n")[1], flags=re.MULTILINE)[1:]
    assert len(rules) >= 9
    assert [rule for rule in rules if not re.search(r"`tests/\w+/test_\w+\.py`", rule)] == []


def test_the_order_of_folders_is_that_of_the_import_test() -> None:
    table = ARCHITECTURE.split("\n## Folders of mockserver/\n")[1].split("\n## ")[0]
    described = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    names = [name for cell in described for name in re.findall(r"`([a-z_]+)(?:\.py|/(?:<vendor>/)?)`", cell)]
    source = (ROOT / "tests" / "house" / "test_imports.py").read_text(encoding="utf-8")
    order = re.findall(r'^    "(\w+)",$', source.split("ORDER = (")[1].split("\n)")[0], re.MULTILINE)
    assert names == [name for name in order if name != "__main__"]


@pytest.mark.parametrize("term", CORE_TERMS)
def test_every_core_term_is_defined(term: str) -> None:
    core = GLOSSARY.split("\n## Core terms\n")[1].split("\n## ")[0]
    defined = re.findall(r"^\| \[([a-z, ]+)\]\(", core, re.MULTILINE)
    assert term in [word for words in defined for word in words.split(", ")]


def test_every_term_has_a_link_and_is_defined_once() -> None:
    rows = re.findall(r"^\| (?!term |-)(.+?) \| .+ \|$", GLOSSARY, re.MULTILINE)
    assert [row for row in rows if not re.fullmatch(r"\[[\w, ]+\]\([\w./#-]+\)", row)] == []
    assert len(rows) == len(set(rows))
