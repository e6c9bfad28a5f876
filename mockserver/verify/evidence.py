"""Evidence: what has exercised the operations and problems of a vendor, as runs wrote it beside the contract.

Each kind has a file in `contracts/<vendor>/evidence/`: `stories.json`, `tests.json` and `tools.json`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mockserver.errors import InvalidContractError
from mockserver.formats.bounded_file import read_file
from mockserver.formats.json_text import parse_json
from mockserver.homes import find_home
from mockserver.paths import contracts

FOLDER: Final = "evidence"
CLIENTS: Final = ("client", "signer")
"""The kinds of tools that were published to call the vendor's API, or to sign such calls."""
GENERATED: Final = "generated"
"""The kind of clients that are generated from the contract."""
JUDGES: Final = ("replay", "proxy", "fuzzer")
"""The kinds of tools that judge replies by the contract."""
TIERS: Final = ("recording", "client", "generated", "judge", "story", "none")
"""What the best witness of an operation is, the best first."""

Reached = Mapping[str, tuple[str, ...]]
"""What has reached something, by its name."""


@dataclass(frozen=True, slots=True)
class ToolEvidence:
    """A tool of others: its kind, the version that is asked for (if any), and what it has reached."""

    name: str
    kind: str
    version: str
    operations: frozenset[str]
    problems: frozenset[str]

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}".rstrip()


@dataclass(frozen=True)
class Evidence:
    """The committed evidence about one vendor; what no file names has no witness."""

    stories: Reached = field(default_factory=dict)
    """The stories with a successful call of each operation."""
    problem_stories: Reached = field(default_factory=dict)
    problem_tests: Reached = field(default_factory=dict)
    """The tests that reach the problems without a story."""
    tools: tuple[ToolEvidence, ...] = ()
    documents: Reached = field(default_factory=dict)
    """The linters that find nothing in each document."""

    def tools_of(self, operation: str, *kinds: str) -> list[ToolEvidence]:
        """The tools of these kinds that have called the operation."""
        return [one for one in self.tools if one.kind in kinds and operation in one.operations]

    def problem_tools(self, problem: str) -> list[ToolEvidence]:
        """The tools that have received the problem."""
        return [one for one in self.tools if problem in one.problems]

    def tier(self, operation: str, recorded: bool = False) -> str:
        """The best witness of the operation, one of `TIERS`; `recorded`: whether a recording shows it."""
        found = {
            "recording": recorded,
            "client": self.tools_of(operation, *CLIENTS),
            "generated": self.tools_of(operation, GENERATED),
            "judge": self.tools_of(operation, *JUDGES),
            "story": self.stories.get(operation),
        }
        return next((tier for tier in TIERS if found.get(tier)), "none")

    @property
    def operations(self) -> set[str]:
        """Every operation that the evidence names."""
        return {*self.stories}.union(*(one.operations for one in self.tools))


def read_evidence(vendor: str) -> Evidence:
    """The evidence beside the vendor's contract, empty if it has none. Raises `InvalidContractError`."""
    stories, tests, tools = (_read(vendor, name) for name in ("stories", "tests", "tools"))
    return Evidence(
        _texts(stories, "operations"),
        _texts(stories, "problems"),
        _texts(tests, "problems"),
        tuple(_tools(tools)),
        _texts(tools, "documents"),
    )


def evidence_file(vendor: str, name: str) -> Path:
    """The path of a file of the vendor's evidence, by its kind."""
    shipped = contracts() / vendor  # of the control API too, which is not a vendor
    folder = shipped if shipped.is_dir() else find_home(vendor).contracts
    return folder / FOLDER / f"{name}.json"


def write_evidence(vendor: str, name: str, content: Mapping[str, Any]) -> None:
    """Writes a file of the vendor's evidence, sorted, with a line for each operation, problem or tool."""
    path = evidence_file(vendor, name)
    path.parent.mkdir(exist_ok=True)
    path.write_text(format_evidence(content), encoding="utf-8")


def format_evidence(content: Mapping[str, Any]) -> str:
    """The text of an evidence file."""
    sections = []
    for section, entries in content.items():
        lines = [f"    {json.dumps(name)}: {_one_line(entries[name])}" for name in sorted(entries)]
        body = ",\n".join(lines)
        sections.append(f'  "{section}": {{\n{body}\n  }}' if lines else f'  "{section}": {{}}')
    joined = ",\n".join(sections)
    return f"{{\n{joined}\n}}\n"


def _one_line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _read(vendor: str, name: str) -> dict[str, Any]:
    path = evidence_file(vendor, name)
    try:
        found = parse_json(read_file(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InvalidContractError(
            f"{vendor}/{FOLDER}/{path.name}", f"cannot be read ({error})", "write it again from a run"
        ) from error
    if not _is_evidence(found):
        where, fix = f"{vendor}/{FOLDER}/{path.name}", "write it again from a run"
        raise InvalidContractError(where, "is not evidence: names, each with what has reached it", fix)
    return dict(found)


def _is_evidence(document: Any) -> bool:
    if not isinstance(document, dict) or not all(isinstance(one, dict) for one in document.values()):
        return False
    tools = document.get("tools", {}).values()
    return all(_is_tool(one) for one in tools) and all(
        isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        for section, entries in document.items()
        for texts in (entries.values() if section != "tools" else ())
    )


def _is_tool(node: Any) -> bool:
    return isinstance(node, dict) and all(isinstance(node.get(one), str) for one in ("kind", "version"))


def _texts(document: Mapping[str, Any], section: str) -> Reached:
    return {name: tuple(texts) for name, texts in document.get(section, {}).items()}


def _tools(document: Mapping[str, Any]) -> Iterator[ToolEvidence]:
    operations, problems = _texts(document, "operations"), _texts(document, "problems")
    for name, tool in document.get("tools", {}).items():
        yield ToolEvidence(
            name,
            tool["kind"],
            tool["version"],
            frozenset(one for one, tools in operations.items() if name in tools),
            frozenset(one for one, tools in problems.items() if name in tools),
        )
