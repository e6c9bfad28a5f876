"""The Swagger 1.2 document of the service, made from the contract: for the operations that this fake has."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.errors import Problem
from mockserver.paths import contracts
from mockserver.state.world import World

_BASE_PATH: Final = "/integrationservice"
_HOST: Final = "https://restapi.mailplus.nl"
_VERSIONS: Final = {"apiVersion": "1.0.0", "swaggerVersion": "1.2"}
_MEMBERS: Final = "/audience/{externalId}/contact"
_SCHEMAS: Final = "#/components/schemas/"
_HIDDEN: Final = "api-docs"


def list_api_docs(_call: Call, _world: World) -> object:
    """Returns the resources."""
    return {**_VERSIONS, "apis": [{"path": f"/{name}"} for name in _resources()]}


def get_api_docs(call: Call, _world: World) -> object:
    """Returns the operations and models of a resource. Problem: api_docs_not_found."""
    name = call.params["resource"]
    if name not in _resources():
        raise Problem("api_docs_not_found")
    paths = _resources()[name]
    apis = [{"path": path, "operations": list(_operations(item))} for path, item in paths.items()]
    models: dict[str, Any] = {}
    for item in paths.values():
        for method in item.values():
            _collect_models(method, models)
    return {
        **_VERSIONS,
        "basePath": _HOST + _BASE_PATH,
        "resourcePath": f"/{name}",
        "apis": apis,
        "models": models,
    }


@cache
def _contract() -> Contract:
    return Contract.read(contracts() / "spotler" / "openapi.yaml")


@cache
def _resources() -> Mapping[str, Mapping[str, Any]]:
    """Path items by path, by resource; the contacts of audiences are a resource of their own."""
    found: dict[str, dict[str, Any]] = {}
    for path, method, item, node in _contract().operation_nodes():
        below = path.removeprefix(_BASE_PATH)
        name = "audience-contact" if below == _MEMBERS else below.split("/")[1]
        if name != _HIDDEN:
            shared = item.get("parameters", [])
            whole = {**node, "parameters": [*shared, *node.get("parameters", [])]}
            found.setdefault(name, {}).setdefault(below, {})[method.upper()] = whole
    return found


def _operations(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    resolve = _contract().document.resolve
    for method, node in item.items():
        replies = {status: resolve(reply) for status, reply in node["responses"].items()}
        success = next(reply for status, reply in replies.items() if status.startswith("2"))
        yield {
            "method": method,
            "summary": node["summary"],
            "notes": node.get("description", node["summary"]).strip(),
            "nickname": _camel_case(node["operationId"]),
            **_type(success.get("content", {})),
            "produces": _media_types(success) or ["application/xml", "application/json"],
            "consumes": _media_types(node.get("requestBody", {})) or ["application/xml", "application/json"],
            "parameters": list(_parameters(node)),
            "responseMessages": list(_messages(replies)),
        }


def _media_types(node: Mapping[str, Any]) -> list[str]:
    """The media types, XML first, as in the vendor's document."""
    return sorted(node.get("content", {}), reverse=True)


def _type(content: Mapping[str, Any]) -> dict[str, Any]:
    schema = content.get("application/json", {}).get("schema")
    if schema is None:
        return {"type": "void"}
    schema = next(iter(schema.get("oneOf", [schema])))
    target = _contract().document.resolve(schema)
    if target.get("type") == "array":
        return {"type": "array", "items": _reference(target["items"])}
    return {"type": _name(schema)}


def _parameters(node: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for raw in node["parameters"]:
        one = _contract().document.resolve(raw)
        kind = _contract().document.resolve(one["schema"]).get("type", "string")
        yield {
            "name": one["name"],
            "required": one.get("required", False),
            "type": kind,
            "paramType": one["in"],
            "allowMultiple": False,
        }
    body = node.get("requestBody")
    if body:
        name = _name(body["content"]["application/json"]["schema"])
        required = body.get("required", False)
        yield {
            "name": "body",
            "required": required,
            "type": name,
            "paramType": "body",
            "allowMultiple": False,
        }


def _messages(replies: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for status, reply in replies.items():
        content = reply.get("content", {}).get("application/json", {})
        problems = [_contract().document.resolve(one) for one in content.get("examples", {}).values()]
        if not status.startswith("2"):
            text = "; ".join(dict.fromkeys(one["value"].get("message", one["summary"]) for one in problems))
            yield {"code": int(status), "message": text, "responseModel": _name(content["schema"])}
        elif status == "204":
            yield {"code": int(status), "message": reply["description"]}


def _collect_models(node: Any, models: dict[str, Any]) -> None:
    """Adds every schema that a part of the contract refers to, in Swagger's form."""
    if isinstance(node, list):
        for one in node:
            _collect_models(one, models)
    elif isinstance(node, dict):
        reference = node.get("$ref", "")
        target = _contract().document.resolve_reference(reference) if reference else None
        is_model = reference.startswith(_SCHEMAS) and "properties" in (target or {})
        if target is not None and not (is_model and _name(node) in models):
            if is_model:
                models[_name(node)] = _model(_name(node), target)
            _collect_models(target, models)
        for name, one in node.items():
            if name != "examples":
                _collect_models(one, models)


def _model(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    required = {"required": schema["required"]} if schema.get("required") else {}
    return {
        "id": name,
        **required,
        "properties": {member: _reference(one) for member, one in schema["properties"].items()},
    }


def _reference(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A member's type: a model by its name, else a type of Swagger 1.2."""
    target = _contract().document.resolve(schema)
    if "properties" in target:
        return {"$ref": _name(schema)}
    kinds = target.get("type", "string")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    found: dict[str, Any] = {"type": kind}
    if kind == "array":
        found["items"] = _reference(target.get("items", {}))
    if "enum" in target:
        found["enum"] = target["enum"]
    return found


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else "object"


def _camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.title, rest))
