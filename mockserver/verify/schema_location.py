"""Where in a contract's document the rule stands that a reply broke, and the name of the place."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.document import Document
from mockserver.contract.operation import Operation
from mockserver.formats.json_pointer import format_pointer, parse_pointer, resolve

Tokens = tuple[str, ...]
"""The way from the document's root to a node, as in a JSON pointer."""

_EVERY: Final = ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems")
_ONE_OF_MANY: Final = ("prefixItems", "patternProperties")
COMPOSED: Final = ("allOf", "anyOf", "oneOf")


class Spot(NamedTuple):
    """A schema: `site` is where it is used (a `$ref` stays one), `home` where the rule itself is written."""

    site: Tokens
    home: Tokens


def at(document: Document, tokens: Tokens) -> Any:
    """The node at the end of the way; no reference is followed."""
    return resolve(document.root, tokens)


def home(document: Document, tokens: Tokens, member: str | None = None) -> Tokens:
    """Where the `$ref`s of a node lead: to the node that has the member, or has no `$ref` any more."""
    node = at(document, tokens)
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and (not member or member not in node):
        tokens = tuple(parse_pointer(node["$ref"][1:]))
        node = at(document, tokens)
    return tokens


def responses(document: Document, operation: Operation) -> Tokens:
    """Where the operation's responses stand."""
    for path, item in document.root["paths"].items():
        for method, node in item.items():
            if isinstance(node, dict) and node.get("operationId") == operation.id:
                return ("paths", path, method, "responses")
    raise KeyError(operation.id)


def reply(document: Document, operation: Operation, status: int) -> Tokens:
    """Where the schema of the operation's JSON replies with the status stands."""
    listed = responses(document, operation)
    declared = at(document, listed)
    key = next(one for one in (str(status), f"{status // 100}XX", "default") if one in declared)
    response = home(document, (*listed, key))
    media = next(iter(at(document, response)["content"]))
    return (*response, "content", media, "schema")


def spot(document: Document, start: Tokens, path: Sequence[Any]) -> Spot:
    """The schema whose keyword is the last of the path, which starts at a schema and names no `$ref`."""
    here = start
    for token in path[:-1]:
        here = (*home(document, here, str(token)), str(token))
    return Spot(here, home(document, here, str(path[-1])))


def holder(document: Document, start: Tokens, value: Any, tokens: Sequence[str]) -> Tokens | None:
    """The home of the schema that describes the object to which the tokens lead in a value."""
    heres = [*_applied(document, start)]
    for token in tokens:
        below = [one for here in heres for one in _below(document, here, token)]
        heres = [one for here in below for one in _applied(document, here)]
        value = value[int(token)] if isinstance(value, list) else value[token]
    described = [one for one in heres if "properties" in at(document, one)]
    return max(described, key=lambda one: len(at(document, one)["properties"].keys() & value), default=None)


def _below(document: Document, here: Tokens, token: str) -> Iterator[Tokens]:
    node = at(document, here)
    if token in node.get("properties", ()):
        yield (*here, "properties", token)
    else:
        yield from ((*here, word) for word in _EVERY if isinstance(node.get(word), dict))


def _applied(document: Document, start: Tokens) -> Iterator[Tokens]:
    waiting, seen = [start], set[Tokens]()
    while waiting:
        here = waiting.pop(0)
        node = at(document, here)
        if here in seen or not isinstance(node, dict):
            continue
        seen.add(here)
        yield here
        if "$ref" in node:
            waiting.append(home(document, here))
        waiting += [(*here, word, str(n)) for word in COMPOSED for n in range(len(node.get(word, ())))]


def name(operation: str, status: int, tokens: Tokens) -> tuple[str, str]:
    """The name of a schema and the JSON pointer inside it (`*`: every item): that of the component in which
    it stands, else operation and status.
    """
    if tokens[0] == "components":
        known, rest = tokens[2], [*tokens[3:]]
    else:
        known, rest = f"{operation} {status}", [*tokens[5:]]
    if rest[:1] == ["content"]:
        rest = rest[3:]
    return known, format_pointer(list(_members(rest)))


def _members(rest: list[str]) -> Iterator[str]:
    """The members of a value that a way through its schema leads to."""
    while rest:
        word = rest.pop(0)
        if word == "properties":
            yield rest.pop(0)
        elif word in _EVERY:
            yield "*"
        elif word in _ONE_OF_MANY:
            rest.pop(0)
            yield "*"
        elif word in COMPOSED:
            rest.pop(0)
