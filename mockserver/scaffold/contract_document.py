"""A contract made from an OpenAPI document: its operations, what the fake does for each, and the problems."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mockserver.contract.operation import is_json
from mockserver.errors import ScaffoldError
from mockserver.formats.json_pointer import format_pointer
from mockserver.scaffold.composition_check import check_composition
from mockserver.scaffold.contract_parts import ContractParts
from mockserver.scaffold.document_file import SourceDocument, as_mapping
from mockserver.scaffold.document_security import DocumentSecurity, needs_credential, read_security
from mockserver.scaffold.operation_contract import OperationContract
from mockserver.scaffold.problem_catalog import ProblemCatalog
from mockserver.scaffold.resource_discovery import Resource, ResourceDiscovery
from mockserver.scaffold.schema_conversion import SchemaConversion
from mockserver.scaffold.schema_reading import SchemaReader
from mockserver.scaffold.source_operations import OperationReader, SourceOperation
from mockserver.scaffold.start_records import start_records
from mockserver.scaffold.views import Views

MAX_SCHEMAS: Final = 5_000
_FROM_DOCUMENT: Final = {"x-source": "seed", "x-source-at": "document"}
_OWN_ERROR: Final = {
    "type": "object",
    "x-source": "inferred",
    "required": ["error", "message"],
    "additionalProperties": False,
    "properties": {
        "error": {"type": "string", "minLength": 1, "description": "Error code."},
        "message": {"type": "string", "minLength": 1, "description": "Explanation of the error."},
    },
}
_ORIGIN: Final = re.compile(r"https?://[^\s/]+")


@dataclass
class Draft:
    """A contract in the making, with what the rest of the vendor is made from."""

    vendor: str
    root: dict[str, Any]
    operations: list[SourceOperation]
    resources: dict[str, Resource]
    security: DocumentSecurity
    notes: list[str] = field(default_factory=list)


def draft_contract(source: SourceDocument, vendor: str, title: str) -> Draft:
    """The contract of a document. Raises `ScaffoldError`."""
    schemas = SchemaConversion(source)
    reading = OperationReader(source, schemas)
    operations = reading.read()
    if len(schemas.components) > MAX_SCHEMAS:
        problem = f"{source.name} has more than {MAX_SCHEMAS:,} schemas"
        raise ScaffoldError(f"{problem}; keep the operations that you need")
    check_composition(schemas.components, source.name)
    components = _apply_views(operations, schemas)
    parts = ContractParts(components, reading.notes)
    _prune(operations, components, parts)
    security = read_security(source, operations, vendor)
    discovery = ResourceDiscovery(operations, SchemaReader(components))
    resources = discovery.find()
    catalog = ProblemCatalog(operations, components)
    if catalog.needs_own_schema:
        components["MockError"] = _OWN_ERROR
    root = _root(source, vendor, title, operations, security)
    unrouted = _unrouted(catalog, security)
    root["x-problems"], root["x-unrouted"] = unrouted
    writer = OperationContract(parts, catalog, discovery, security.requirement, root["x-problems"])
    for one in operations:
        item = root["paths"].setdefault(one.path, {})
        item[one.method] = writer.node(one, needs_credential(source, one, security))
    if resources:
        root["x-resources"] = {
            name: {
                "x-source": "inferred",
                "id": one.id,
                "ids": one.ids,
                "schema": one.schema,
                **({"start": start} if (start := start_records(one, resources, operations, parts)) else {}),
            }
            for name, one in resources.items()
        }
    root["components"] = {
        **({"securitySchemes": security.schemes} if security.schemes else {}),
        "responses": catalog.responses,
        "schemas": {name: _sourced(one) for name, one in components.items()},
        "examples": catalog.examples,
    }
    return Draft(vendor, root, operations, resources, security, reading.notes)


def _apply_views(operations: list[SourceOperation], schemas: SchemaConversion) -> dict[str, Any]:
    """Replaces the schemas of bodies and replies by their views; the components of all."""
    views = Views(schemas.components)
    for operation in operations:
        for content in operation.body.content.values() if operation.body else ():
            content.schema = views.request(content.schema)
        for reply in operation.replies.values():
            for content in reply.content.values():
                content.schema = views.reply(content.schema)
    return views.components


def _prune(operations: list[SourceOperation], components: dict[str, Any], parts: ContractParts) -> None:
    parts.prune(list(components.values()))
    for one in operations:
        bodies = [*one.replies.values(), *([one.body] if one.body else [])]
        parts.prune([content.schema for body in bodies for content in body.content.values()])


def _root(
    source: SourceDocument,
    vendor: str,
    title: str,
    operations: list[SourceOperation],
    security: DocumentSecurity,
) -> dict[str, Any]:
    info = as_mapping(source.root.get("info"))
    version = info.get("version")
    description = info.get("description")
    license = as_mapping(info.get("license"))
    named = {name: str(license[name]) for name in ("name", "identifier", "url") if license.get(name)}
    named.pop("url" if "identifier" in named else "", None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{title} API" if not title.endswith("API") else title,
            "version": str(version) if version else "v1",
            "summary": f"A fake made from {source.name}; what the document does not say is inferred.",
            **({"description": description} if isinstance(description, str) and description else {}),
            **({"license": named} if "name" in named else {}),
        },
        "servers": _servers(source, vendor),
        **({"security": security.requirement} if security.schemes else {}),
        "x-sources": {"document": {"title": f"{title}: {source.name}"}},
        **({"x-credentials": security.credentials} if security.credentials else {}),
        **({"x-credential-parameters": security.parameters} if security.parameters else {}),
        **({"x-first-call": first} if (first := _first_call(operations)) else {}),
        "paths": {},
    }


def _first_call(operations: list[SourceOperation]) -> str | None:
    """A call that needs neither an id nor a body, if there is one; None if no call can be printed."""
    simple = [one.id for one in operations if one.method == "get" and "{" not in one.path]
    bodyless = [one.id for one in operations if one.body is None or any(map(is_json, one.body.content))]
    return next(iter(simple or bodyless), None)


def _servers(source: SourceDocument, vendor: str) -> list[dict[str, Any]]:
    """The document's servers that have a host, else an invented one."""
    found = []
    for raw in source.root.get("servers") or ():
        node = as_mapping(raw)
        if _ORIGIN.match(str(node.get("url", ""))):
            kept = {name: node[name] for name in ("url", "description", "variables") if node.get(name)}
            found.append(kept)
    host = vendor.replace("_", "-")
    return found or [{"url": f"https://api.{host}.example", "description": "invented; replace it"}]


def _unrouted(catalog: ProblemCatalog, security: DocumentSecurity) -> tuple[dict[str, str], dict[str, Any]]:
    """`x-problems` and `x-unrouted` of the root."""
    problems: dict[str, str] = {}
    replies: dict[str, Any] = {}
    wanted = [("404", "unknown_path", ["path_unknown"]), ("405", "unknown_method", ["method_unknown"])]
    if security.schemes:
        wanted.append(("401", "unauthorized", ["credential_missing", "credential_unknown"]))
    for status, name, conditions in wanted:
        declared = catalog.declare(int(status), None, catalog.common, base=name)
        if declared is None:
            raise ScaffoldError("the error schema of the document allows no value; correct it")
        problems |= dict.fromkeys(conditions, declared[0])
        replies[status] = declared[1]
    return problems, replies


def _sourced(schema: Any) -> Any:
    """The component with its source."""
    if not isinstance(schema, dict) or "x-source" in schema:
        return schema
    return {**_FROM_DOCUMENT, **schema} if "$ref" not in schema else schema


def collections_of(draft: Draft) -> Mapping[str, Any]:
    """The `collections.yaml` of the vendor."""
    reader = SchemaReader(draft.root["components"]["schemas"])
    found = {}
    for name, one in draft.resources.items():
        members = reader.members(one.schema)
        scalars = [member for member in members if reader.is_scalar(members[member]) and "/" not in member]
        columns = [one.id, *(member for member in scalars if member != one.id)][:5]
        words = name.replace("_", " ")
        found[name] = {
            "title": words.capitalize(),
            "description": f"The records at {one.shape.replace('{}', '…')}.",
            "records": name,
            "summary": [format_pointer([member]) for member in columns],
        }
    return {"collections": found, "internal": {}}
