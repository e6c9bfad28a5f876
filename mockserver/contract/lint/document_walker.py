"""Every object of an OpenAPI document with its place, its kind, and the members that this server honours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong with a document: where (file and JSON pointer), what, and how to fix it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.fix}".split())


@dataclass(frozen=True, slots=True)
class SpecNode:
    """One object of the document."""

    file: str
    kind: str
    tokens: tuple[str, ...]
    value: Any

    def diagnostic(self, what: str, fix: str, *below: str | int) -> Diagnostic:
        """A diagnostic at this place, or at the member that `below` leads to."""
        return Diagnostic(f"{self.file}#{format_pointer([*self.tokens, *below])}", what, fix)


def _leaf_members(words: str) -> dict[str, str]:
    return dict.fromkeys(words.split(), "")


_METHODS = dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation")
_ONE = dict.fromkeys(("not", "if", "then", "else", "items", "contains", "propertyNames"), "schema")
_REST = dict.fromkeys(("additionalProperties", "unevaluatedProperties", "unevaluatedItems"), "schema")
_MANY = dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "schema[]")
_NAMED = dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), "schema{}")

ASSERTIONS: Final = frozenset(
    _leaf_members(
        "type enum const multipleOf maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength "
        "pattern format maxItems minItems uniqueItems maxContains minContains maxProperties minProperties "
        "required dependentRequired"
    )
)
"""The keywords of JSON Schema that by themselves refuse a value."""
APPLICATORS: Final = frozenset({*_ONE, *_REST, *_MANY, *_NAMED, "$ref"})
"""The keywords of JSON Schema that hold or name other schemas."""
SOURCE_MEMBERS: Final = ("x-source", "x-source-at")
"""The members that say where a rule is known from."""

SUPPORTED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "document": _leaf_members(
            "openapi security externalDocs x-problems x-fill x-credentials x-first-call "
            "x-content-type-required x-reply-content-type x-reply-newline x-paths"
        )
        | {"info": "info", "servers": "server[]", "tags": "tag[]", "paths": "path{}"}
        | {"components": "components", "x-unrouted": "response{}"}
        | {"x-limits": "limit{}", "x-switches": "switch{}", "x-sources": "source{}"},
        "info": _leaf_members("title summary description version license contact termsOfService"),
        "limit": _leaf_members(
            "description calls seconds per counts windows methods operations ban problem headers "
            "refusal_headers"
        ),
        "switch": _leaf_members("description default") | {"schema": "schema"},
        "source": _leaf_members("url repository path title"),
        "server": _leaf_members("url description variables"),
        "tag": _leaf_members("name description externalDocs"),
        "path": _leaf_members("summary description x-aliases") | {"parameters": "parameter[]"} | _METHODS,
        "operation": _leaf_members(
            "operationId tags summary description externalDocs deprecated security x-problems x-partial "
            "x-reads x-pages"
        )
        | {"parameters": "parameter[]", "requestBody": "body", "responses": "response{}"},
        "parameter": _leaf_members("name in description required deprecated style explode example x-problem")
        | {"schema": "schema", "examples": "example{}"},
        "body": _leaf_members("description required x-problem") | {"content": "media{}"},
        "media": _leaf_members("example") | {"schema": "schema", "examples": "example{}"},
        "response": _leaf_members("description")
        | {"headers": "header{}", "content": "media{}", "links": "link{}"},
        "header": _leaf_members("description required deprecated style example")
        | {"schema": "schema", "examples": "example{}"},
        "example": _leaf_members("summary description value x-fill"),
        "link": _leaf_members("operationId parameters requestBody description"),
        "scheme": _leaf_members("type description name in scheme bearerFormat"),
        "components": {
            "schemas": "schema{}",
            "responses": "response{}",
            "parameters": "parameter{}",
            "examples": "example{}",
            "requestBodies": "body{}",
            "headers": "header{}",
            "securitySchemes": "scheme{}",
            "links": "link{}",
        },
        "schema": _leaf_members(
            "title description deprecated default example examples externalDocs $comment $ref"
        )
        | _leaf_members("writeOnly")
        | dict.fromkeys(ASSERTIONS, "")
        | _ONE
        | _REST
        | _MANY
        | _NAMED,
        "reference": _leaf_members("$ref summary description"),
    }
)
"""For each kind of object the members that we keep or that only document, and the kind of what they hold."""

_NEVER_REFERENCES: Final = frozenset(
    {"document", "path", "operation", "media", "components", "info", "schema", "limit", "switch", "source"}
)
_WITHOUT_SOURCE: Final = frozenset({"reference", "source", "components"})


def walk(file: str, root: dict[str, Any]) -> Iterator[SpecNode]:
    """Every object of the document, depth first. What has not the type it should have is passed over."""
    yield from _within(SpecNode(file, "document", (), root))


def _within(place: SpecNode) -> Iterator[SpecNode]:
    yield place
    for member, held in SUPPORTED[place.kind].items():
        if held and isinstance(place.value, dict) and member in place.value:
            for below, node in _held(held, place.value[member]):
                yield from _within(_place(place, held.rstrip("[]{}"), (member, *below), node))


def _held(held: str, node: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if held.endswith("[]"):
        nodes = enumerate(node) if isinstance(node, list) else ()
        yield from (((str(number),), one) for number, one in nodes)
    elif held.endswith("{}"):
        yield from (((name,), one) for name, one in node.items()) if isinstance(node, dict) else ()
    else:
        yield (), node


def _place(within: SpecNode, kind: str, below: tuple[str, ...], node: Any) -> SpecNode:
    if isinstance(node, dict) and "$ref" in node and kind not in _NEVER_REFERENCES:
        kind = "reference"
    return SpecNode(within.file, kind, within.tokens + below, node)


def check_members(place: SpecNode) -> Iterator[Diagnostic]:
    """The members that nobody here would look at."""
    if not isinstance(place.value, dict):
        return
    known = [*SUPPORTED[place.kind], *(() if place.kind in _WITHOUT_SOURCE else SOURCE_MEMBERS)]
    for member in place.value:
        if member not in known:
            close = suggest(member, known)
            fix = f"did you mean {close}?" if close else "take it out"
            yield place.diagnostic(f"{member} is not honoured in a {place.kind}", fix, member)
