"""Sources: every operation and problem declares its own, and names where it is documented or was observed."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from mockserver.contract.lint.document_walker import Diagnostic, Place
from mockserver.contract.provenance import INFERRED, SOURCES, source_keys
from mockserver.formats.suggestions import suggest

_KEY: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_URL: Final = re.compile(r"https?://[^\s/]+\S*")
_REPOSITORY: Final = re.compile(r"[^\s/:]+\.[^\s/:]+/[^\s/]+/[^\s/]+")
_PATH: Final = re.compile(r"[^\s/][^\n]*")
_WITH_EVIDENCE: Final = ("docs", "observed")
_ENTRY: Final = "{url: 'https://…'} or {repository: github.com/owner/name, path: …}"
_CHOICE: Final = f"{', '.join(SOURCES[:-1])} or {SOURCES[-1]}"


def provenance(found: list[Place], problems: Collection[str]) -> Iterator[Diagnostic]:
    """Everything wrong with `x-source`, `x-source-at` and `x-sources`; `problems` are the problems' names."""
    root = found[0]
    entries = root.node.get("x-sources", {})
    if not isinstance(entries, dict):
        fix = f"write a mapping of keys to {_ENTRY}"
        yield root.wrong("x-sources is not a mapping", fix, "x-sources")
        return
    inferred = root.node.get("x-source") == INFERRED
    if "x-source" in root.node and not inferred:
        fix = "take it out and give each operation, problem and schema its own"
        yield root.wrong(f"x-source of a document can only be {INFERRED}", fix, "x-source")
    users: dict[str, list[Any]] = {}
    for place in found:
        if isinstance(place.node, dict) and place.kind != "reference":
            yield from _source(place)
            yield from _keys(place, entries, users)
            yield from _rule(place, _noun(place, problems), inferred)
    for place in found:
        if place.kind == "source":
            yield from _entry(place, users.get(str(place.tokens[1]), []))


def _noun(place: Place, problems: Collection[str]) -> str | None:
    """What to call a rule that must declare its source; None for what need not."""
    if place.kind == "operation":
        return "operation"
    example = place.kind == "example" and place.tokens[:2] == ("components", "examples")
    return "problem" if example and place.tokens[-1] in problems else None


def _source(place: Place) -> Iterator[Diagnostic]:
    if "x-source" in place.node and place.node["x-source"] not in SOURCES:
        fix = f"use one of {', '.join(SOURCES)}"
        yield place.wrong(f"x-source {place.node['x-source']} is unknown", fix, "x-source")


def _rule(place: Place, noun: str | None, inferred: bool) -> Iterator[Diagnostic]:
    if noun is None:
        return
    if "x-source" not in place.node:
        if not inferred:
            yield place.wrong(f"the {noun} has no x-source", f"add x-source: {_CHOICE}")
    elif place.node["x-source"] in _WITH_EVIDENCE and "x-source-at" not in place.node:
        what = f"the {noun} is {place.node['x-source']} without x-source-at"
        yield place.wrong(what, "add x-source-at with a key of x-sources, or make it inferred")


def _keys(place: Place, entries: Mapping[str, Any], users: dict[str, list[Any]]) -> Iterator[Diagnostic]:
    """The keys of one object's `x-source-at`; `users` collects the sources that use each key."""
    if "x-source-at" not in place.node:
        return
    given, source = place.node["x-source-at"], place.node.get("x-source")
    listed = given if isinstance(given, list) else [given]
    if not listed or not all(isinstance(key, str) for key in listed) or len({*listed}) < len(listed):
        fix = "write one key of x-sources, or a list of different ones"
        yield place.wrong("x-source-at is not a key or a list of keys", fix, "x-source-at")
        return
    if source is None:
        fix = f"add x-source: {', '.join(SOURCES[:-2])} or {SOURCES[-2]}"
        yield place.wrong("x-source-at without an x-source beside it", fix, "x-source-at")
    elif source == INFERRED:
        fix = "take it out, or declare the source that it names"
        yield place.wrong("x-source-at of something inferred", fix, "x-source-at")
    for key in source_keys(place.node):
        users.setdefault(key, []).append(source)
        if key not in entries:
            close = suggest(key, map(str, entries))
            fix = f"did you mean {close}?" if close else "add it there"
            yield place.wrong(f"x-source-at {key} is not in x-sources", fix, "x-source-at")


def _entry(place: Place, users: list[Any]) -> Iterator[Diagnostic]:
    """One entry of `x-sources`; `users` are the sources of the objects that use it."""
    key, node = str(place.tokens[1]), place.node
    if not _KEY.fullmatch(key):
        yield place.wrong(f"the key {key} of x-sources is not in kebab-case", "rename it")
    if not users:
        yield place.wrong(f"{key} of x-sources is not used", "use it in an x-source-at or take it out")
    flaw = _flaw(node) if isinstance(node, dict) else f"write {_ENTRY}"
    if flaw:
        yield place.wrong(f"{key} of x-sources is not a page or a repository", flaw)
    elif "title" in node and len(node) == 1 and any(user != "seed" for user in users):
        what = f"{key} of x-sources has only a title, but something other than seed uses it"
        yield place.wrong(what, f"write {_ENTRY}")


def _flaw(node: Mapping[str, Any]) -> str | None:
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
