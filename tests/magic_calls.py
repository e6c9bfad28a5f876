"""Where each operation's calls name an identity, and calls with a magic value at that place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from mockserver.binding.vendor import Vendor
from mockserver.contract.magic_values import spellings
from mockserver.contract.operation import Operation, Parameter
from mockserver.formats.json_pointer import format_pointer

_NAMES: Final = ("email", "id", "key", "name", "search", "phone", "query", "q", "any", "title", "code")
"""What names of identities end in, the best first."""
_NO_IDENTITIES: Final = ("icon_id", "sort_by_field_id", "apikey")


@dataclass(frozen=True)
class Place:
    """A place of an identity in the calls of an operation, and the spelling of magic values there."""

    location: str
    name: str
    spelling: str

    def value(self, problem: str) -> str | int:
        """The magic value of the problem at this place."""
        found: str | int = getattr(spellings(problem), self.spelling)
        return found


@dataclass(frozen=True)
class MagicCall:
    """The parts of a call with a magic value."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str


def find_place(vendor: Vendor, operation: Operation) -> Place | None:
    """The best place for an identity in calls of the operation; None if they name none."""
    example = _example(vendor, operation)
    members = [] if example is None else list(_members(example[1]))
    found = [
        *(("body", format_pointer(steps), _spelling(steps, value)) for steps, value in members),
        *(
            (one.location, one.name, _spelling_of(one))
            for one in operation.parameters
            if one.location in ("path", "query") and _is_identity(one)
        ),
    ]
    ranked = sorted(range(len(found)), key=lambda number: (_rank(*found[number]), number))
    return Place(*found[ranked[0]]) if ranked else None


def magic_call(vendor: Vendor, operation: Operation, place: Place, problem: str) -> MagicCall:
    """The call with the magic value of the problem at the place."""
    value = place.value(problem)
    parameters = {one.name: "1" if _spelling_of(one) == "number" else "x" for one in operation.parameters}
    if place.location == "path":
        parameters[place.name] = quote(str(value), safe="")
    path = operation.path
    for name, text in parameters.items():
        path = path.replace(f"{{{name}}}", text)
    query = f"{quote(place.name)}={quote(str(value), safe='')}" if place.location == "query" else ""
    example = _example(vendor, operation)
    if example is None:
        return MagicCall(operation.method, path, query, b"", "application/json")
    content_type, body = example
    if place.location == "body":
        body = _replaced(body, place.name, value)
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return MagicCall(operation.method, path, query, raw, content_type)


def _example(vendor: Vendor, operation: Operation) -> tuple[str, Any] | None:
    """The media type and the first example of the operation's request body."""
    root = vendor.contract.document.root
    node = next(one for *_at, one in vendor.contract.operation_nodes() if one["operationId"] == operation.id)
    body = _resolved(root, node.get("requestBody", {}))
    contents = sorted(body.get("content", {}).items(), key=lambda one: "json" not in one[0])
    for media_type, content in contents:
        if "example" in content:
            return media_type, content["example"]
        for example in content.get("examples", {}).values():
            return media_type, _resolved(root, example).get("value")
    return None


def _resolved(root: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        found: Any = root
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def _members(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """The texts and whole numbers in a value, with their places."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _members(one, (*steps, name))
    elif isinstance(value, list):
        for number, one in enumerate(value[:1]):
            yield from _members(one, (*steps, number))
    elif isinstance(value, str) or type(value) is int:
        ending = _ending(next((one for one in reversed(steps) if isinstance(one, str)), ""))
        if ending == "id" or (ending and isinstance(value, str)):
            yield steps, value


def _spelling(steps: tuple[str | int, ...], value: Any) -> str:
    if isinstance(value, int):
        return "number"
    if len(value) == 36 and value.count("-") == 4:
        return "uuid"
    return "email" if "@" in value or "email" in str(steps[-1]).lower() else "text"


def _spelling_of(parameter: Parameter) -> str:
    if "integer" in (parameter.type, parameter.item_type):
        return "number"
    shape = parameter.schema.schema
    if isinstance(shape, dict) and shape.get("format") == "uuid":
        return "uuid"
    return "email" if "email" in parameter.name.lower() else "text"


def _is_identity(parameter: Parameter) -> bool:
    if parameter.location == "path":
        return True
    ending = _ending(parameter.name)
    return ending == "id" or (parameter.type == "string" and ending is not None)


def _ending(name: str) -> str | None:
    if name.lower() in _NO_IDENTITIES:
        return None
    word = name.replace(":", " ").replace("_", " ").lower().rpartition(" ")[2]
    return next(
        (one for one in _NAMES if word == one or (len(one) > 1 and word.endswith((one, f"{one}s")))), None
    )


def _rank(location: str, name: str, spelling: str) -> tuple[int, int]:
    """An e-mail address first, then what the path names, then the rest by the end of its name."""
    if spelling == "email":
        return (0, 0)
    if location == "path":
        return (1, 0 if _ending(name) else 1)
    ending = _ending([one for one in name.split("/") if not one.isdecimal()][-1])
    return (2, _NAMES.index(ending or ""))


def _replaced(body: Any, pointer: str, value: Any) -> Any:
    changed = json.loads(json.dumps(body))
    *steps, last = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    holder = changed
    for step in steps:
        holder = holder[int(step) if isinstance(holder, list) else step]
    holder[int(last) if isinstance(holder, list) else last] = value
    return changed
