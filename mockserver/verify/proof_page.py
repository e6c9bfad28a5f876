"""The proof of a vendor as a page in Markdown."""

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.formats.json_pointer import parse_pointer
from mockserver.verify.proof import VERDICTS, Row

_MAX_STORIES: Final = 3
_VERDICTS_EXPLAINED: Final = """\
- **proven**: a source outside this project states it, and a tool, client or recording that is not ours has
  exercised it
- **not proven**: a source states it; only stories and tests of this project reach it
- **unknown**: no source states it; the fake does what is most plausible
"""
_TIERS_EXPLAINED: Final = """\
The tier is the best witness of an operation: `recording` (a published recording of the real service),
`client` (a published client or signing library), `generated` (a client generated from the contract), `judge`
(a fuzzer, a validating proxy or a runner of stories), `story` (ours), `none`. The sources are listed
[below](#sources).
"""


def page(proof: Row) -> str:
    """The whole page."""
    name = proof["vendor"]
    parts = [
        f"# Proof: {proof['title']}",
        _wrap(
            f"What shows that the fake `{name}` does what the real service does, and what does not. The page "
            "is made from the contract and from evidence that test runs write; "
            f"`mockserver proof {name}` prints it."
        ),
        *_numbers(proof),
        "## Tools",
        _tools(proof),
        "## Operations",
        _TIERS_EXPLAINED.rstrip(),
        _operations(proof["operations"]),
        "## Problems",
        "What reaches a problem is a story; a test if no story can; and tools of others.",
        _problems(proof["problems"]),
        "## Switches",
        _switches(proof["switches"]),
        "## Inferred rules",
        _inferred(proof["inferred"]),
        "## Sources",
        _sources(proof["sources"]),
    ]
    return "\n\n".join(parts) + "\n"


def _numbers(proof: Row) -> Iterator[str]:
    summary = proof["summary"]
    rules, number = summary["other_rules"], len(proof["operations"])
    rows: list[list[object]] = [
        [kind, *(summary[kind][verdict] for verdict in VERDICTS)] for kind in ("operations", "problems")
    ]
    rows.append(["other rules", "–", rules["stated"], rules["unknown"]])
    yield _table(("", *VERDICTS), rows)
    yield _VERDICTS_EXPLAINED.rstrip()
    yield _wrap(
        "Other rules are parameters, properties, headers, limits and switches; witnesses are not counted for "
        "each of them, so none counts as proven."
    )
    yield _wrap(
        f"Of {number} operations, {_share(summary['outside'], number)} have a witness that is not ours, "
        f"{_share(summary['clients'], number)} a client or a recording. By the best witness: "
        f"{_listed(summary['tiers'])}. Seen live: {_seen(summary['seen'], number)}."
    )


def _seen(seen: int, number: int) -> str:
    if seen:
        return f"{_share(seen, number)}, by the file of `--seen`"
    keeps = "`mockserver verify VENDOR --url … --seen FILE` keeps a record for you"
    return f"not known; {keeps}, `mockserver proof VENDOR --seen FILE` shows it"


def _listed(tiers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {tier}" for tier, number in tiers.items() if number)


def _share(part: int, whole: int) -> str:
    return f"{part} ({100 * part // max(whole, 1)} %)"


def _tools(proof: Row) -> str:
    rows: list[list[object]] = [
        [one["tool"], one["version"] or "latest", one["kind"], one["operations"] or "", one["problems"] or ""]
        for one in proof["tools"]
    ]
    if not rows:
        return "No tool of others has called this fake."
    table = _table(("tool", "version", "kind", "operations", "problems"), rows)
    read = [f"`{name}`: {', '.join(tools)}" for name, tools in proof["documents"].items()]
    return "\n\n".join([table, *([_wrap(f"Linters find nothing in {'; '.join(read)}.")] if read else [])])


def _operations(operations: Iterable[Row]) -> str:
    headers = (
        "operation",
        "call",
        "documented",
        "stories",
        "clients",
        "judges",
        "recording",
        "last seen",
        "tier",
    )
    rows = [
        [
            f"`{one['operation']}`",
            f"{one['method']} `{one['path']}`",
            _documented(one),
            _stories(one["stories"]),
            ", ".join(one["clients"]),
            ", ".join(one["judges"]),
            ", ".join(one["recordings"]),
            f"{one['seen']['on']}, {one['seen']['at']}" if one["seen"] else "",
            one["tier"],
        ]
        for one in operations
    ]
    shown = [number for number, _ in enumerate(headers) if number < 3 or any(row[number] for row in rows)]
    return _table([headers[number] for number in shown], [[row[number] for number in shown] for row in rows])


def _problems(problems: Iterable[Row]) -> str:
    rows = [
        [
            f"`{one['problem']}`",
            one["status"],
            _documented(one),
            _stories(one["stories"]) or ", ".join(f"`{test}`" for test in one["tests"]),
            ", ".join(one["tools"]),
            one["verdict"],
        ]
        for one in problems
    ]
    return _table(("problem", "status", "documented", "reached by", "tools", "verdict"), rows)


def _switches(switches: Sequence[Row]) -> str:
    if not switches:
        return "This vendor has none."
    rows = [
        [f"`{one['switch']}`", f"`{json.dumps(one['default'])}`", _documented(one), one["what"]]
        for one in switches
    ]
    return _table(("switch", "default", "documented", "what it decides"), rows)


def _inferred(rules: Sequence[Row]) -> str:
    if not rules:
        return "Every rule has a source."
    rows = [[one["kind"], f"`{one['name']}`", f"`{_place(one['at'])}`", one["what"]] for one in rules]
    return _table(("kind", "rule", "in the contract", "what it is"), rows)


def _place(pointer: str) -> str:
    tokens = parse_pointer(pointer)
    return f"/{'/'.join(tokens[1:] if tokens[:1] == ['components'] else tokens)}"


def _sources(sources: Sequence[Row]) -> str:
    if not sources:
        return "No rule names a source."
    rows = [[f"`{one['key']}`", _location(one), one["rules"]] for one in sources]
    return _table(("source", "what it is", "rules"), rows)


def _location(source: Mapping[str, Any]) -> str:
    title = source.get("title") or source["key"]
    url = source.get("url")
    if "repository" in source:
        url = f"https://{source['repository']}"
    path = f", `{source['path']}`" if "path" in source else ""
    return f"{f'[{title}]({url})' if url else title}{path}"


def _documented(row: Row) -> str:
    return ": ".join(filter(None, [row["source"], ", ".join(row["documented"])]))


def _stories(stories: Sequence[str]) -> str:
    shown = ", ".join(stories[:_MAX_STORIES])
    further = len(stories) - _MAX_STORIES
    return f"{shown} and {further} more" if further > 0 else shown


def _table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 118, break_on_hyphens=False, break_long_words=False))
