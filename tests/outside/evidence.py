"""Evidence: which operations the tools of others reached on our servers, as the servers counted them.

`python -m tests.outside.evidence FILE` checks an evidence file and prints a summary; with `--update`, its
witnesses become the committed evidence.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import jsonschema

from mockserver import __version__, vendors
from mockserver.contract.contract import Contract
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.state.events import CallEvent
from tests.outside import ratchet
from tests.read_vendors import read_vendor

SCHEMA: Final = Path(__file__).with_name("evidence.schema.yaml")
FUZZER: Final = "fuzzer"
_CLIENTS: Final = ("client", "generated")
UPDATE: Final = "--update"
_FORMAT: Final = 1
_MEMBERS: Final = ("operations", "problems", "documents")

Row = dict[str, Any]


class Tool(NamedTuple):
    """A program of others: its name and version as published, and what it does with a server."""

    name: str
    version: str
    kind: str


class CallCounter:
    """Counts the calls of a server by vendor, operation and status; an observer of its journal."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, str, int]] = Counter()
        self.problems: Counter[tuple[str, str]] = Counter()
        self._paused = False

    def on_call(self, event: CallEvent) -> None:
        """Counts a call, unless no operation has its path, and a problem in any case."""
        if self._paused or not event.vendor:
            return
        if event.operation:
            self.calls[event.vendor, event.operation, event.status] += 1
        if event.problem:
            self.problems[event.vendor, event.problem] += 1

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Does not count the calls inside; a server counts a call before it sends the reply."""
        self._paused = True
        try:
            yield
        finally:
            self._paused = False


class Evidence:
    """What one test has seen of tools; the run keeps it if the test passes.

    `check` gets the rows of each tool, and raises AssertionError if they are not what is committed.
    """

    def __init__(self, test: str, check: Callable[[dict[str, list[Row]]], None] | None = None) -> None:
        self._test = test
        self._check = check
        self.rows: dict[str, list[Row]] = {member: [] for member in _MEMBERS}

    @contextmanager
    def reached_by(self, tool: Tool, counter: CallCounter, only: str | None = None) -> Iterator[list[Row]]:
        """Adds the operations that are called inside; only the tool may call the server there.

        `only` names the one vendor that counts, if the tool makes the server call others.

        Yields the rows, which are empty until the end. Raises AssertionError if the tool calls no operation.
        """
        rows: list[Row] = []
        before, problems_before = counter.calls.copy(), counter.problems.copy()
        yield rows
        found: dict[tuple[str, str], dict[str, int]] = {}
        for (vendor, operation, status), number in (counter.calls - before).items():
            if only in (None, vendor):
                found.setdefault((vendor, operation), {})[str(status)] = number
        assert found, f"{tool.name} has called no operation"
        for (vendor, operation), statuses in found.items():
            row = {"vendor": vendor, "operation": operation, **self._seen(tool), "statuses": statuses}
            rows.append(row)
        self.rows["operations"] += rows
        new = [*(counter.problems - problems_before)] if tool.kind != FUZZER else []
        problems = [
            {"vendor": vendor, "problem": name, **self._seen(tool)}
            for vendor, name in new
            if only in (None, vendor)
        ]
        self.rows["problems"] += problems
        if self._check:
            self._check({"operations": rows, "problems": problems})

    def read_by(self, tool: Tool, document: Path) -> None:
        """Adds a document below `contracts` that the tool has read without an error."""
        row = {"vendor": document.parent.name, "document": document.name, **self._seen(tool)}
        self.rows["documents"].append(row)

    def _seen(self, tool: Tool) -> Row:
        return {"tool": tool.name, "version": tool.version, "kind": tool.kind, "tests": [self._test]}


def merge(found: Iterable[dict[str, list[Row]]]) -> dict[str, Any]:
    """The content of an evidence file: rows of the same tool about the same thing are one, sorted."""
    merged: dict[str, dict[tuple[str, ...], Row]] = {member: {} for member in _MEMBERS}
    for rows in found:
        for member in _MEMBERS:
            for row in rows.get(member, ()):
                _add(merged[member], row)
    content = {member: [rows[key] for key in sorted(rows)] for member, rows in merged.items()}
    return {"format": _FORMAT, "mockserver": __version__, **content}


def _add(rows: dict[tuple[str, ...], Row], new: Row) -> None:
    key = tuple(text for name, text in new.items() if isinstance(text, str) and name != "tests")
    row = rows.setdefault(key, {**new, "tests": []})
    row["tests"] = sorted({*row["tests"], *new["tests"]})
    if "statuses" in new and row["statuses"] is not new["statuses"]:
        added: Counter[str] = Counter(row["statuses"]) + Counter(new["statuses"])
        row["statuses"] = dict(sorted(added.items()))


def schema_violations(content: Any) -> list[str]:
    """Where the content of a file does not fit the schema of evidence files: one line for each place."""
    validator = jsonschema.Draft202012Validator(yaml_loader.read(SCHEMA))
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(content)]


def gaps(content: dict[str, Any]) -> list[str]:
    """Unknown operations, and vendors that no client has called: one line for each."""
    known = _operations()
    reached = {(row["vendor"], row["operation"]) for row in content["operations"]}
    unknown = [
        f"{vendor} has no operation {name}" for vendor, name in sorted(reached) if name not in known[vendor]
    ]
    with_client = {row["vendor"] for row in content["operations"] if row["kind"] in _CLIENTS}
    return unknown + [f"no client has called {vendor}" for vendor in sorted(known.keys() - with_client)]


def summary(content: dict[str, Any]) -> Iterator[str]:
    """A line for each vendor, and below it one for each tool."""
    for vendor, operations in _operations().items():
        reached: dict[tuple[str, str, str], set[str]] = {}
        for row in content["operations"]:
            if row["vendor"] == vendor:
                reached.setdefault((row["kind"], row["tool"], row["version"]), set()).add(row["operation"])
        every = set().union(*reached.values())
        yield f"{vendor}: {len(every)} of {len(operations)} operations"
        for (kind, tool, version), names in sorted(reached.items()):
            yield f"  {len(names):4}  {kind:7} {tool} {version}"


def _operations() -> dict[str, set[str]]:
    """The operations of each contract."""
    found = {name: set(read_vendor(name).contract.operations) for name in vendors.names()}
    control = Contract.read(contracts() / "control" / "openapi.yaml")
    return {**found, "control": set(control.operations)}


def main(file: str, *options: str) -> int:
    """Prints the summary of a file, and what is wrong with it; 1 if anything is.

    What tools have reached must be the committed evidence; with `--update` it becomes it.
    """
    content = json.loads(Path(file).read_text(encoding="utf-8"))
    wrong = schema_violations(content)
    if not wrong and UPDATE in options:
        ratchet.update(content)
    lines = [] if wrong else [*summary(content)]
    wrong += [] if wrong or UPDATE in options else gaps(content) + ratchet.judge(content, _operations())
    sys.stdout.write("".join(f"{line}\n" for line in [*lines, *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
