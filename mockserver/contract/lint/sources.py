"""Sources: every operation and problem declares its own, and names where it is documented or was observed."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.provenance import INFERRED, SOURCES, source_keys
from mockserver.formats.suggestions import suggest

_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_REPOSITORY: Final = re.compile(r"[^\s/:]+\.[^\s/:]+/[^\s/]+/[^\s/]+")
_PATH: Final = re.compile(r"[^\s/][^\n]*")
_WITH_EVIDENCE: Final = ("docs", "observed")
_ENTRY: Final = "{url: 'https://…'} or {repository: github.com/owner/name, path: …}"
_CHOICE: Final = f"{', '.join(SOURCES[:-1])} or {SOURCES[-1]}"


def check_sources(found: list[SpecNode], problems: Collection[str]) -> Iterator[Diagnostic]:
    """Everything wrong with `x-source`, `x-source-at` and `x-sources`; `problems` are the problems' names."""
    root = found[0]
    entries = root.value.get("x-sources", {})
    if not isinstance(entries, dict):
        fix = f"write a mapping of keys to {_ENTRY}"
        yield root.diagnostic("x-sources is not a mapping", fix, "x-sources")
        return
    inferred = root.value.get("x-source") == INFERRED
    if "x-source" in root.value and not inferred:
        fix = "take it out and give each operation, problem and schema its own"
        yield root.diagnostic(f"x-source of a document can only be {INFERRED}", fix, "x-source")
    users: dict[str, list[Any]] = {}
    for place in found:
        if isinstance(place.value, dict) and place.kind != "reference":
            yield from _check_source(place)
            yield from _check_keys(place, entries, users)
            yield from _check_declared(place, _rule_noun(place, problems), inferred)
    for place in found:
        if place.kind == "source":
            yield from _check_entry(place, users.get(str(place.tokens[1]), []))


def _rule_noun(place: SpecNode, problems: Collection[str]) -> str | None:
    """What to call a rule that must declare its source; None for what need not."""
    if place.kind == "operation":
        return "operation"
    example = place.kind == "example" and place.tokens[:2] == ("components", "examples")
    return "problem" if example and place.tokens[-1] in problems else None


def _check_source(place: SpecNode) -> Iterator[Diagnostic]:
    if "x-source" in place.value and place.value["x-source"] not in SOURCES:
        fix = f"use one of {', '.join(SOURCES)}"
        yield place.diagnostic(f"x-source {place.value['x-source']} is unknown", fix, "x-source")


def _check_declared(place: SpecNode, noun: str | None, inferred: bool) -> Iterator[Diagnostic]:
    if noun is None:
        return
    if "x-source" not in place.value:
        if not inferred:
            yield place.diagnostic(f"the {noun} has no x-source", f"add x-source: {_CHOICE}")
    elif place.value["x-source"] in _WITH_EVIDENCE and "x-source-at" not in place.value:
        what = f"the {noun} is {place.value['x-source']} without x-source-at"
        yield place.diagnostic(what, "add x-source-at with a key of x-sources, or make it inferred")


def _check_keys(
    place: SpecNode, entries: Mapping[str, Any], users: dict[str, list[Any]]
) -> Iterator[Diagnostic]:
    """The keys of one object's `x-source-at`; `users` collects the sources that use each key."""
    if "x-source-at" not in place.value:
        return
    given, source = place.value["x-source-at"], place.value.get("x-source")
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(key, str) for key in listed) or len({*listed}) < len(listed):
        fix = "write one key of x-sources, or a list of different ones"
        yield place.diagnostic("x-source-at is not a key or a list of keys", fix, "x-source-at")
        return
    if source is None:
        fix = f"add x-source: {', '.join(SOURCES[:-2])} or {SOURCES[-2]}"
        yield place.diagnostic("x-source-at without an x-source beside it", fix, "x-source-at")
    elif source == INFERRED:
        fix = "take it out, or declare the source that it names"
        yield place.diagnostic("x-source-at of something inferred", fix, "x-source-at")
    for key in source_keys(place.value):
        users.setdefault(key, []).append(source)
        if key not in entries:
            close = suggest(key, map(str, entries))
            fix = f"did you mean {close}?" if close else "add it there"
            yield place.diagnostic(f"x-source-at {key} is not in x-sources", fix, "x-source-at")


def _check_entry(place: SpecNode, users: list[Any]) -> Iterator[Diagnostic]:
    """One entry of `x-sources`; `users` are the sources of the objects that use it."""
    key, node = str(place.tokens[1]), place.value
    if not _KEY.fullmatch(key):
        yield place.diagnostic(f"the key {key} of x-sources is not in kebab-case", "rename it")
    if not users:
        yield place.diagnostic(f"{key} of x-sources is not used", "use it in an x-source-at or take it out")
    flaw = _entry_fix(node) if isinstance(node, dict) else f"write {_ENTRY}"
    if flaw:
        yield place.diagnostic(f"{key} of x-sources is not a page or a repository", flaw)
    elif "title" in node and len(node) == 1 and any(user != "seed" for user in users):
        what = f"{key} of x-sources has only a title, but something other than seed uses it"
        yield place.diagnostic(what, f"write {_ENTRY}")


def _entry_fix(node: Mapping[str, Any]) -> str | None:
    """How to fix an entry of `x-sources`; None if nothing is wrong."""
    forms = {"url": _URL, "repository": _REPOSITORY, "path": _PATH, "title": _PATH}
    for member, form in forms.items():
        if member in node and not (isinstance(node[member], str) and form.fullmatch(node[member])):
            return f"correct its {member}"
    if "url" in node and ("repository" in node or "path" in node):
        return "keep either the url or the repository"
    if "path" in node and "repository" not in node:
        return "add the repository of the path"
    return None if node.keys() & {"url", "repository", "title"} else f"write {_ENTRY}"
