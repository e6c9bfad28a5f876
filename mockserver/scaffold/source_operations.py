"""The operations of a document, read: names, parameters, bodies and replies, with converted schemas."""

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from keyword import iskeyword
from typing import Any, Final

from mockserver.contract.operation import is_json, is_parsed
from mockserver.errors import ScaffoldError
from mockserver.formats.json_pointer import MISSING
from mockserver.scaffold.document_file import SourceDocument, as_mapping
from mockserver.scaffold.schema_conversion import SchemaConversion

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
MAX_OPERATIONS: Final = 3_000
_MAX_SUMMARY: Final = 120
_LOCATIONS: Final = ("query", "path", "header", "cookie")
_STYLES: Final = {"query": "form", "path": "simple", "header": "simple", "cookie": "form"}
_OWN_HEADERS: Final = ("accept", "content-type", "authorization")


@dataclass
class SourceContent:
    """The schema of a body in one media type, and an example of it (`MISSING`: none)."""

    schema: Any
    example: Any = MISSING


@dataclass
class SourceReply:
    """One documented reply; `content` is by media type."""

    description: str
    content: dict[str, SourceContent] = field(default_factory=dict)
    headers: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class SourceOperation:
    """One operation of the document."""

    id: str
    method: str
    path: str
    node: Mapping[str, Any]
    summary: str
    parameters: list[dict[str, Any]]
    body: SourceReply | None
    body_required: bool
    replies: dict[str, SourceReply]
    security: list[Any] | None


class OperationReader:
    """Reads the operations; `notes` are what of them no contract can keep."""

    def __init__(self, source: SourceDocument, schemas: SchemaConversion) -> None:
        self._source = source
        self._schemas = schemas
        self._ids: set[str] = set()
        self.notes: list[str] = []

    def read(self) -> list[SourceOperation]:
        """All operations, in the order of the document. Raises `ScaffoldError`."""
        found: list[SourceOperation] = []
        for path, item, method, node in self._nodes():
            if len(found) == MAX_OPERATIONS:
                problem = f"{self._source.name} has more than {MAX_OPERATIONS:,} operations"
                raise ScaffoldError(f"{problem}; keep those that you need")
            found.append(self._operation(path, item, method, node))
        if not found:
            raise ScaffoldError(f"{self._source.name} has no operations; add one below `paths`")
        return found

    def _nodes(self) -> Iterator[tuple[str, Mapping[str, Any], str, Mapping[str, Any]]]:
        shapes: dict[str, str] = {}
        for path, raw in self._source.root["paths"].items():
            item = as_mapping(self._source.follow(raw))
            shape = re.sub(r"\{[^{}]*\}", "{}", path)
            if not path.startswith("/") or shapes.setdefault(shape, path) != path:
                self.notes.append(f"path {path}: {'the same as ' + shapes.get(shape, '') or 'not a path'}")
                continue
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield path, item, method, item[method]

    def _operation(
        self, path: str, item: Mapping[str, Any], method: str, node: Mapping[str, Any]
    ) -> SourceOperation:
        id = self._id(node.get("operationId"), method, path)
        raw = self._source.follow(node.get("requestBody"))
        body = self._reply(id, raw) if isinstance(raw, dict) and raw.get("content") else None
        declared = as_mapping(node.get("responses")).items()
        return SourceOperation(
            id=id,
            method=method,
            path=path,
            node=node,
            summary=_summary(node, method, path),
            parameters=self._parameters(id, path, item, node),
            body=body,
            body_required=bool(isinstance(raw, dict) and raw.get("required") is True),
            replies={
                str(status).upper() if status != "default" else status: self._reply(
                    id, self._source.follow(one)
                )
                for status, one in declared
                if re.fullmatch(r"[1-5](\d\d|[xX]{2})|default", str(status))
            },
            security=node["security"] if isinstance(node.get("security"), list) else None,
        )

    def _id(self, given: Any, method: str, path: str) -> str:
        words = given if isinstance(given, str) and re.search("[A-Za-z]", given) else f"{method} {path}"
        words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words)
        words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", words)
        plain = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:100].strip("_")
        if not plain[:1].isalpha() or iskeyword(plain) or hasattr(builtins, plain):
            plain = f"call_{plain}"  # a name that a function may have, and that hides nothing
        id, number = plain, 2
        while id in self._ids:
            id, number = f"{plain}_{number}", number + 1
        self._ids.add(id)
        return id

    def _parameters(
        self, id: str, path: str, item: Mapping[str, Any], node: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        in_path = re.findall(r"\{([^{}]+)\}", path)
        for raw in [*_listed(item.get("parameters")), *_listed(node.get("parameters"))]:
            one = as_mapping(self._source.follow(raw))
            name, where = one.get("name"), one.get("in")
            if not isinstance(name, str) or where not in _LOCATIONS:
                continue
            if (where == "path" and name not in in_path) or (
                where == "header" and name.lower() in _OWN_HEADERS
            ):
                continue
            if one.get("style", _STYLES[where]) != _STYLES[where] or "content" in one:
                self.notes.append(f"{id}: the parameter {name} ({one.get('style', 'content')})")
                continue
            found[where, name] = self._parameter(one, where)
        for name in in_path:
            bare = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            found.setdefault(("path", name), bare)
        return list(found.values())

    def _parameter(self, one: Mapping[str, Any], where: str) -> dict[str, Any]:
        described = {"description": one["description"]} if isinstance(one.get("description"), str) else {}
        return {
            "name": one["name"],
            "in": where,
            **described,
            "required": where == "path" or one.get("required") is True,
            **({"explode": False} if one.get("explode") is False and where == "query" else {}),
            "schema": self._schemas.convert(one.get("schema", {"type": "string"})),
            **({"example": one["example"]} if "example" in one else {}),
        }

    def _reply(self, id: str, raw: Any) -> SourceReply:
        node = as_mapping(raw)
        content: dict[str, SourceContent] = {}
        for given, media in as_mapping(node.get("content")).items():
            media_type = given.partition(";")[0].strip().lower()
            schema = as_mapping(media).get("schema")
            if media_type == "*/*" and schema is not None:
                media_type = "application/json"
            converted = True if schema is None else self._schemas.convert(schema)
            content.setdefault(media_type, SourceContent(converted, self._example(as_mapping(media))))
        ranks = {name: 0 if is_json(name) else 1 if is_parsed(name) else 2 for name in content}
        kept = {name: content[name] for name in sorted(content, key=ranks.__getitem__)[:1]}
        if len(kept) < len(content):
            self.notes.append(f"{id}: {', '.join(sorted(content.keys() - kept.keys()))}")
        text = node.get("description")
        return SourceReply(
            text if isinstance(text, str) and text else "As documented.", kept, self._headers(node)
        )

    def _example(self, media: Mapping[str, Any]) -> Any:
        if "example" in media:
            return media["example"]
        for raw in as_mapping(media.get("examples")).values():
            one = as_mapping(self._source.follow(raw))
            if "value" in one:
                return one["value"]
        return MISSING

    def _headers(self, node: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found = {}
        for name, raw in as_mapping(node.get("headers")).items():
            one = as_mapping(self._source.follow(raw))
            if isinstance(one.get("schema"), dict) and name.lower() != "content-type":
                found[name] = {"schema": self._schemas.convert(one["schema"])}
                if isinstance(one.get("description"), str):
                    found[name]["description"] = one["description"]
        return found


def _listed(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _summary(node: Mapping[str, Any], method: str, path: str) -> str:
    words = node.get("summary") or node.get("description") or ""
    line = " ".join(str(words).split())
    first = re.split(r"(?<=[.!?])\s", line)[0]
    return first[:_MAX_SUMMARY].rstrip() or f"{method.upper()} {path}"
