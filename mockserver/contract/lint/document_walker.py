"""Walks an OpenAPI document: every object with its location, its kind and the members that are supported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mockserver.formats.json_pointer import format_pointer
from mockserver.formats.suggestions import suggest


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One error in a document: where (file and JSON pointer), what is wrong, and how to fix it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}; {self.fix}".split())


@dataclass(frozen=True, slots=True)
class SpecNode:
    """One object of the document: its kind, the tokens of its JSON pointer, and its value."""

    file: str
    kind: str
    tokens: tuple[str, ...]
    value: Any

    def diagnostic(self, what: str, fix: str, *below: str | int) -> Diagnostic:
        """A diagnostic at this node, or at the member below it with these tokens."""
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
"""The keywords of JSON Schema that can reject a value themselves."""
APPLICATORS: Final = frozenset({*_ONE, *_REST, *_MANY, *_NAMED, "$ref"})
"""The keywords of JSON Schema that contain or refer to other schemas."""
SOURCE_MEMBERS: Final = ("x-source", "x-source-at")
"""The members that declare the source of a rule."""

SUPPORTED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "document": _leaf_members(
            "openapi security externalDocs x-problems x-fill x-credentials x-first-call "
            "x-content-type-required x-assumed-content-type x-reply-content-type x-reply-newline x-paths "
            "x-parameters x-default-media-type x-coerce x-credential-parameters x-names-ignore-case "
            "x-routes-first x-tools x-overlays"
        )
        | {"x-conduct": "conduct"}
        | {"info": "info", "servers": "server[]", "tags": "tag[]", "paths": "path{}"}
        | {"components": "components", "x-unrouted": "response{}", "x-preflight": "response{}"}
        | {"x-limits": "limit{}", "x-switches": "switch{}", "x-sources": "source{}"}
        | {"x-resources": "resource{}"},
        "info": _leaf_members("title summary description version license contact termsOfService"),
        "limit": _leaf_members(
            "description calls seconds per counts windows methods operations except ban problem headers "
            "refusal_headers"
        ),
        "switch": _leaf_members("description default") | {"schema": "schema"},
        "conduct": _leaf_members(
            "login retry_after user_agent consent consent_members mailings lists bulk many page_sizes jobs "
            "changes checks empties hashes clock nonce updates fixed repeatable"
        ),
        "resource": _leaf_members("id ids start") | {"schema": "schema"},
        "action": _leaf_members(
            "collection does id within sent item items pages total next more filters missing taken creates"
        ),
        "source": _leaf_members("url repository path title recorded"),
        "server": _leaf_members("url description variables"),
        "tag": _leaf_members("name description externalDocs"),
        "path": _leaf_members("summary description x-aliases x-catches")
        | {"parameters": "parameter[]"}
        | _METHODS,
        "operation": _leaf_members(
            "operationId tags summary description externalDocs deprecated security x-problems x-partial "
            "x-reads x-stream x-access x-pages x-any-method x-effects x-tool"
        )
        | {"parameters": "parameter[]", "requestBody": "body", "responses": "response{}"}
        | {"x-resource": "action"},
        "parameter": _leaf_members("name in description required deprecated style explode example x-problem")
        | {"schema": "schema", "examples": "example{}"},
        "body": _leaf_members("description required x-problem") | {"content": "media{}"},
        "media": _leaf_members("example") | {"schema": "schema", "examples": "example{}"},
        "response": _leaf_members("description")
        | {"headers": "header{}", "content": "media{}", "links": "link{}"},
        "header": _leaf_members("description required deprecated style example")
        | {"schema": "schema", "examples": "example{}"},
        "example": _leaf_members("summary description value x-fill x-next"),
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
        | _leaf_members("writeOnly readOnly")
        | {"xml": "xml"}
        | dict.fromkeys(ASSERTIONS, "")
        | _ONE
        | _REST
        | _MANY
        | _NAMED,
        "xml": _leaf_members("name wrapped x-map x-milliseconds"),
        "reference": _leaf_members("$ref summary description"),
    }
)
"""The members of each kind of object that this server keeps or that only document, with the kind of their
values: "" for values that are not walked, `[]` for lists and `{}` for maps of the kind."""

_NEVER_REFERENCES: Final = frozenset(
    {
        "document",
        "path",
        "operation",
        "media",
        "components",
        "info",
        "schema",
        "limit",
        "switch",
        "source",
        "xml",
        "resource",
        "action",
    }
)
_WITHOUT_SOURCE: Final = frozenset({"reference", "source", "components", "xml"})


def walk(file: str, root: dict[str, Any]) -> Iterator[SpecNode]:
    """Every object of the document, depth first. Values of the wrong type are skipped."""
    yield from _walk_below(SpecNode(file, "document", (), root))


def _walk_below(node: SpecNode) -> Iterator[SpecNode]:
    yield node
    for member, kind in SUPPORTED[node.kind].items():
        if kind and isinstance(node.value, dict) and member in node.value:
            for below, raw in _children(kind, node.value[member]):
                yield from _walk_below(_child(node, kind.rstrip("[]{}"), (member, *below), raw))


def _children(kind: str, raw: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The objects of a member, each with the tokens below the member."""
    if kind.endswith("[]"):
        nodes = enumerate(raw) if isinstance(raw, list) else ()
        yield from (((str(number),), one) for number, one in nodes)
    elif kind.endswith("{}"):
        yield from (((name,), one) for name, one in raw.items()) if isinstance(raw, dict) else ()
    else:
        yield (), raw


def _child(parent: SpecNode, kind: str, below: tuple[str, ...], raw: Any) -> SpecNode:
    if isinstance(raw, dict) and "$ref" in raw and kind not in _NEVER_REFERENCES:
        kind = "reference"
    return SpecNode(parent.file, kind, parent.tokens + below, raw)


def kinds_on_the_way(tokens: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The objects that a JSON pointer leads through: how many of its tokens lead to each, and its kind.

    The last has one token more than there are where the pointer leads to a map or a list of such objects.
    """
    kind, length = "document", 0
    while kind:
        yield length, kind
        if length >= len(tokens):
            return
        below = SUPPORTED.get(kind, {}).get(tokens[length], "")
        kind, length = below.rstrip("[]{}"), length + (2 if below.endswith(("]", "}")) else 1)


def check_members(node: SpecNode) -> Iterator[Diagnostic]:
    """Members that this server would ignore."""
    if not isinstance(node.value, dict):
        return
    known = [*SUPPORTED[node.kind], *(() if node.kind in _WITHOUT_SOURCE else SOURCE_MEMBERS)]
    for member in node.value:
        if member not in known:
            close = suggest(member, known)
            fix = f"did you mean {close}?" if close else "remove it"
            yield node.diagnostic(f"{member} is not supported in {_with_article(node.kind)}", fix, member)


def _with_article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"
