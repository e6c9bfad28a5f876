"""Fifty changed contracts, five for each sample client, with what a reader of the client knows of each.

A change hits a client if it changes a member that the client reads, or a call that it makes. What it reads is
listed by its stage; the schemas are walked here in a way of their own.
"""

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

from mockserver.contract.document import Document
from mockserver.formats import yaml_cache
from mockserver.formats.json_pointer import parse_pointer
from mockserver.needs.report import Needs
from mockserver.paths import contracts
from tests.client_samples.stage import Stage

METHODS = ("get", "put", "post", "delete", "patch")


class Changed(NamedTuple):
    """A contract, what was changed, and whether that hits the client."""

    what: str
    document: Document
    hits: bool


class Edit:
    """A copy of a contract, to be changed."""

    def __init__(self, vendor: str) -> None:
        self.root = deepcopy(yaml_cache.read(contracts() / vendor / "openapi.yaml"))
        self.document = Document(self.root, "new")

    def operation(self, name: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """The path item, the method and the node of an operation."""
        for item in self.root["paths"].values():
            for method in METHODS:
                if item.get(method, {}).get("operationId") == name:
                    return item, method, item[method]
        raise LookupError(name)

    def holders(self, operation: str, pointer: str) -> Iterator[tuple[dict[str, Any], str]]:
        """The schemas that declare a member of the successful replies, and its name."""
        responses = self.operation(operation)[2]["responses"].items()
        nodes = [self.document.resolve(one) for status, one in responses if str(status).startswith("2")]
        content = [media for one in nodes for kind, media in one.get("content", {}).items() if "json" in kind]
        schemas = [one["schema"] for one in content]
        *steps, last = parse_pointer(pointer)
        for step in steps:
            parts = [part for one in schemas for part in self._parts(one)]
            schemas = [
                part["items"] if step == "*" else part["properties"][step]
                for part in parts
                if ("items" in part if step == "*" else step in part.get("properties", {}))
            ]
        for part in (part for one in schemas for part in self._parts(one)):
            if last in part.get("properties", {}):
                yield part, last

    def _parts(self, schema: Any) -> Iterator[dict[str, Any]]:
        schema = self.document.resolve(schema)
        if isinstance(schema, dict):
            yield schema
            for word in ("allOf", "anyOf", "oneOf"):
                for one in schema.get(word, ()):
                    yield from self._parts(one)


def changed_contracts(stage: Stage, needs: Needs) -> Iterator[Changed]:
    """Five changes of the contract of a client's vendor, drawn in the same way each time."""
    draw = Random(f"{stage.careful.__name__}").choice
    read = sorted((operation, one) for operation, pointers in stage.reads.items() for one in pointers)
    got = sorted({(one.operation, one.pointer) for one in needs.members if one.vendor == stage.vendor})
    called = sorted(
        {one["operation"] for one in needs.exchanges if one["vendor"] == stage.vendor and one["operation"]}
    )
    known = Edit(stage.vendor)
    declared = [one for one in read if any(known.holders(*one))]
    yield _change_member(stage, read, draw(declared), "removed")
    yield _change_member(stage, read, draw(declared), "type")
    unread = [one for one in got if one not in read and any(known.holders(*one))]
    yield _change_member(stage, read, draw(unread), "removed")
    yield _change_call(stage, draw(called))
    yield _change_another_operation(stage, called, draw)


def _change_member(stage: Stage, read: list[tuple[str, str]], member: tuple[str, str], how: str) -> Changed:
    edit = Edit(stage.vendor)
    # A schema may be shared, so that other members change with this one.
    touched = {(id(schema), name) for one in read for schema, name in edit.holders(*one) if one != member} & {
        (id(schema), name) for schema, name in edit.holders(*member)
    }
    for schema, name in [*edit.holders(*member)]:
        if how == "type":
            schema["properties"][name] = {"type": "array", "items": {}}
        else:
            del schema["properties"][name]
            schema["required"] = [one for one in schema.get("required", ()) if one != name]
    return Changed(f"{how} {' '.join(member)}", edit.document, member in read or bool(touched))


def _change_call(stage: Stage, operation: str) -> Changed:
    """A call that the client makes must have one more parameter."""
    edit = Edit(stage.vendor)
    _item, _method, node = edit.operation(operation)
    parameter = {"name": "region", "in": "query", "required": True, "schema": {"type": "string"}}
    node["parameters"] = [*node.get("parameters", ()), parameter]
    return Changed(f"?region of {operation}", edit.document, True)


def _change_another_operation(stage: Stage, called: list[str], draw: Any) -> Changed:
    """One operation is gone that the client does not call, and one that it calls takes and returns more."""
    edit = Edit(stage.vendor)
    others = [
        item[method]["operationId"]
        for item in edit.root["paths"].values()
        for method in METHODS
        if method in item and item[method]["operationId"] not in called
    ]
    gone = draw(others)
    item, method, _node = edit.operation(gone)
    del item[method]
    _item, _method, node = edit.operation(draw(called))
    parameter = {"name": "region", "in": "query", "schema": {"type": "string"}}
    node["parameters"] = [*node.get("parameters", ()), parameter]
    for schema in edit.root["components"]["schemas"].values():
        if "properties" in schema:
            schema["properties"]["etag"] = {"type": "string"}
    return Changed(f"{gone} is gone", edit.document, False)
