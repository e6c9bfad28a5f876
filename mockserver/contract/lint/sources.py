"""Sources: every operation and problem declares one, with its evidence."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.overlay import OVERLAY, OVERLAYS
from mockserver.contract.provenance import INFERRED, SOURCES, source_keys
from mockserver.formats.suggestions import suggest

_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_REPOSITORY: Final = re.compile(r"[^\s/:]+\.[^\s/:]+/[^\s/]+/[^\s/]+")
_PATH: Final = re.compile(r"[^\s/][^\n]*")
_WITH_EVIDENCE: Final = ("docs", "observed")
_ENTRY: Final = "{url: 'https://…'} or {repository: github.com/owner/name, path: …}"
_CHOICE: Final = f"{', '.join(SOURCES[:-1])} or {SOURCES[-1]}"


def check_sources(nodes: list[SpecNode], problems: Collection[str]) -> Iterator[Diagnostic]:
    """Errors in `x-source`, `x-source-at` and `x-sources`; `problems` are the names of the problems."""
    root = nodes[0]
    entries = root.value.get("x-sources", {})
    if not isinstance(entries, dict):
        fix = f"write a mapping of keys to {_ENTRY}"
        yield root.diagnostic("x-sources is not a mapping", fix, "x-sources")
        return
    inferred = root.value.get("x-source") == INFERRED
    if "x-source" in root.value and not inferred:
        fix = "remove it and declare one for each operation, problem and schema"
        yield root.diagnostic(f"x-source of a document can only be {INFERRED}", fix, "x-source")
    known = (*SOURCES, OVERLAY) if OVERLAYS in root.value else SOURCES
    users: dict[str, list[Any]] = {}
    for node in nodes:
        if isinstance(node.value, dict) and node.kind != "reference":
            yield from _check_source(node, known)
            yield from _check_keys(node, entries, users)
            yield from _check_declared(node, _rule_noun(node, problems), inferred)
    for node in nodes:
        if node.kind == "source":
            # An overlay may leave a source without a rule.
            unused: list[Any] = [OVERLAY] if OVERLAYS in root.value else []
            yield from _check_entry(node, users.get(str(node.tokens[1]), unused))


def _rule_noun(node: SpecNode, problems: Collection[str]) -> str | None:
    """The noun for a node that must declare its source; None if it need not."""
    if node.kind == "operation":
        return "operation"
    example = node.kind == "example" and node.tokens[:2] == ("components", "examples")
    return "problem" if example and node.tokens[-1] in problems else None


def _check_source(node: SpecNode, known: Sequence[str]) -> Iterator[Diagnostic]:
    if "x-source" in node.value and node.value["x-source"] not in known:
        fix = f"use one of {', '.join(known)}"
        yield node.diagnostic(f"unknown x-source {node.value['x-source']}", fix, "x-source")


def _check_declared(node: SpecNode, noun: str | None, inferred: bool) -> Iterator[Diagnostic]:
    if noun is None:
        return
    if "x-source" not in node.value:
        if not inferred:
            yield node.diagnostic(f"the {noun} has no x-source", f"add x-source: {_CHOICE}")
    elif node.value["x-source"] in _WITH_EVIDENCE and "x-source-at" not in node.value:
        what = f"the {noun} is {node.value['x-source']} without x-source-at"
        yield node.diagnostic(what, "add x-source-at with a key of x-sources, or declare it inferred")


def _check_keys(
    node: SpecNode, entries: Mapping[str, Any], users: dict[str, list[Any]]
) -> Iterator[Diagnostic]:
    """The keys of one object's `x-source-at`; `users` collects the sources that use each key."""
    if "x-source-at" not in node.value:
        return
    given, source = node.value["x-source-at"], node.value.get("x-source")
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(key, str) for key in listed) or len({*listed}) < len(listed):
        fix = "write one key of x-sources, or a list of different ones"
        yield node.diagnostic("x-source-at is not a key or a list of keys", fix, "x-source-at")
        return
    if source is None:
        fix = f"add x-source: {', '.join(SOURCES[:-2])} or {SOURCES[-2]}"
        yield node.diagnostic("x-source-at without an x-source beside it", fix, "x-source-at")
    elif source == INFERRED:
        fix = "remove it, or declare the source that it names"
        yield node.diagnostic("x-source-at beside x-source: inferred", fix, "x-source-at")
    for key in source_keys(node.value):
        users.setdefault(key, []).append(source)
        if key not in entries:
            close = suggest(key, map(str, entries))
            fix = f"did you mean {close}?" if close else "add it there"
            yield node.diagnostic(f"x-source-at {key} is not in x-sources", fix, "x-source-at")


def _check_entry(node: SpecNode, users: list[Any]) -> Iterator[Diagnostic]:
    """One entry of `x-sources`; `users` are the sources of the objects that use it."""
    key, raw = str(node.tokens[1]), node.value
    if not _KEY.fullmatch(key):
        yield node.diagnostic(f"the key {key} of x-sources is not in kebab-case", "rename it")
    if not users:
        yield node.diagnostic(f"{key} of x-sources is not used", "use it in an x-source-at or remove it")
    fix = _entry_fix(raw) if isinstance(raw, dict) else f"write {_ENTRY}"
    if fix:
        yield node.diagnostic(f"{key} of x-sources is not a page or a repository", fix)
    elif "title" in raw and len(raw) == 1 and any(user != "seed" for user in users):
        what = f"{key} of x-sources has only a title, but something other than seed uses it"
        yield node.diagnostic(what, f"write {_ENTRY}")


def _entry_fix(raw: Mapping[str, Any]) -> str | None:
    """How to fix an entry of `x-sources`; None if it is valid."""
    forms = {"url": _URL, "repository": _REPOSITORY, "path": _PATH, "title": _PATH}
    for member, form in forms.items():
        if member in raw and not (isinstance(raw[member], str) and form.fullmatch(raw[member])):
            return f"correct its {member}"
    if raw.get("recorded", True) is not True:
        return "write recorded: true, or leave it out"
    if "url" in raw and ("repository" in raw or "path" in raw):
        return "keep either the url or the repository"
    if "path" in raw and "repository" not in raw:
        return "add the repository of the path"
    return None if raw.keys() & {"url", "repository", "title"} else f"write {_ENTRY}"
