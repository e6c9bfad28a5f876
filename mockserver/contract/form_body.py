"""Form bodies, urlencoded or multipart, read by JSON Schemas.

Names nest by brackets, as in `price[amount]=5`, `tags[]=a&tags[]=b` and `lines[0][sku]=a`. A name that occurs
again continues a list where the schema has one, else its last value counts. A part of a multipart form is its
text, or the value if it is JSON.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any, Final
from urllib.parse import parse_qsl

from mockserver.contract.json_body import MAX_DEPTH, read_json
from mockserver.contract.operation import MULTIPART, is_json
from mockserver.contract.unknown_properties import Rule, collect_rules, collect_types

ReadText = Callable[[str, str], Any]

_MAX_FIELDS: Final = 1_000
_MAX_NESTING: Final = 8
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PARTS: Final = re.compile(r"\[([^\[\]]*)\]")
_SCALARS: Final = ("boolean", "integer", "number")

Fields = list[tuple[str, Any]]
"""The names and values of a form, in its order; a value is a text, or what a JSON part has."""


def read_form(
    raw: bytes, content_type: str, schema: Any, components: Mapping[str, Any], read_text: ReadText
) -> Any:
    """The body as a JSON object; `read_text` types a text. Raises `ValueError` if it is not such a form."""
    is_multipart = content_type.lower().startswith(MULTIPART)
    fields = _parts(raw, content_type) if is_multipart else _pairs(raw)
    tree: dict[str, Any] = {}
    for name, value in fields:
        found = _NAME.fullmatch(name)
        path = [found[1], *_PARTS.findall(found[2])] if found else [name]
        _put(tree, path[:_MAX_NESTING], value)
    return _Reader(components, read_text).value(tree, [schema])


def _pairs(raw: bytes) -> Fields:
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise ValueError("the form is not percent-encoded") from None
    try:
        return [*parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS)]
    except ValueError:
        raise ValueError(f"more than {_MAX_FIELDS} fields") from None


def _parts(raw: bytes, content_type: str) -> Fields:
    http = import_module("werkzeug.http")  # which only multipart forms need
    boundary = http.parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        raise ValueError("the Content-Type of the form has no boundary")
    try:
        return [*_read_parts(raw, boundary.encode())]
    except import_module("werkzeug.exceptions").RequestEntityTooLarge as error:
        raise ValueError(f"more than {_MAX_FIELDS} parts") from error


def _read_parts(raw: bytes, boundary: bytes) -> Iterator[tuple[str, Any]]:
    multipart = import_module("werkzeug.sansio.multipart")
    part: Any = None
    content: list[bytes] = []
    for event in _events(multipart, raw, boundary):
        if isinstance(event, multipart.Field | multipart.File):
            part, content = event, []
            if part.name is None:
                raise ValueError("a part of the form has no name")
        elif isinstance(event, multipart.Data):
            content.append(event.data)
            if not event.more_data:
                yield part.name, _content(part.headers.get("content-type", ""), b"".join(content))


def _events(multipart: Any, raw: bytes, boundary: bytes) -> Iterator[Any]:
    """The events of the decoder. Raises `ValueError` in words of ours, which replies may have."""
    decoder = multipart.MultipartDecoder(boundary, max_parts=_MAX_FIELDS)
    decoder.receive_data(raw)
    decoder.receive_data(None)  # the end: without it the decoder would wait for more
    event: Any = None
    while not isinstance(event, multipart.Epilogue):
        try:
            event = decoder.next_event()
        except ValueError:
            raise ValueError("the form is not multipart with the boundary of its Content-Type") from None
        yield event


def _content(media_type: str, raw: bytes) -> Any:
    return read_json(raw) if is_json(media_type) else raw.decode("utf-8", "replace")


def _put(tree: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Adds a value; the values of one name are a list."""
    for number, name in enumerate(path[:-1]):
        below = tree.setdefault(name, {})
        if not isinstance(below, dict):  # `a=1&a[b]=2`: the last one counts
            below = tree[name] = {}
        if path[number + 1] == "" and number + 2 < len(path):  # `a[][b]=1` begins another item
            below = below.setdefault(str(_item(below, path[number + 2 :])), {})
            _put(below, path[number + 2 :], value)
            return
        tree = below
    last = path[-1]
    held = tree.get(last)
    tree[last] = _Values([*held, value]) if isinstance(held, _Values) else _Values([value])


def _item(items: Mapping[str, Any], path: Sequence[str]) -> int:
    """The number of the item that a value is for: the last one, unless that has one of this name."""
    last = items.get(str(len(items) - 1))
    is_taken = isinstance(last, dict) and path[0] in last
    return len(items) if last is None or is_taken else len(items) - 1


class _Values(list[Any]):
    """The values that were sent under one name."""


class _Reader:
    def __init__(self, components: Mapping[str, Any], read_text: ReadText) -> None:
        self._components = components
        self._read_text = read_text

    def value(self, node: Any, schemas: Sequence[Any], depth: int = 0) -> Any:
        """The JSON value of a part of the form to which these schemas apply."""
        rules = collect_rules(schemas, self._components) if depth < MAX_DEPTH else []
        types = collect_types(rules) | ({"object"} if any("properties" in one for one in rules) else set())
        if isinstance(node, _Values):
            if "array" in types and not (len(node) == 1 and isinstance(node[0], list)):
                return [self._scalar(one, _items(rules), depth + 1) for one in node]
            return self._scalar(node[-1], schemas, depth)
        if "array" in types and all(name == "" or name.isdecimal() for name in node):
            return [
                item
                for name, one in node.items()
                for item in self._listed(name, one, _items(rules), depth + 1)
            ]
        return {name: self.value(one, _member(rules, name), depth + 1) for name, one in node.items()}

    def _listed(self, name: str, node: Any, schemas: Sequence[Any], depth: int) -> list[Any]:
        """The items below a name: `[]` has several, a number one."""
        if name == "" and isinstance(node, _Values):
            return [self._scalar(one, schemas, depth) for one in node]
        return [self.value(node, schemas, depth)]

    def _scalar(self, value: Any, schemas: Sequence[Any], depth: int) -> Any:
        if not isinstance(value, str):
            return value
        types = collect_types(collect_rules(schemas, self._components)) if depth < MAX_DEPTH else frozenset()
        if "string" in types or types.isdisjoint(_SCALARS):
            return value
        return self._read_text(value.strip(), next(one for one in _SCALARS if one in types))


def _member(rules: Sequence[Rule], name: str) -> list[Any]:
    own = [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]
    return own or [rule["additionalProperties"] for rule in rules if "additionalProperties" in rule]


def _items(rules: Sequence[Rule]) -> list[Any]:
    return [rule["items"] for rule in rules if "items" in rule]
