"""XML bodies, read and rendered by JSON Schemas and OpenAPI's `xml` objects.

Of an `xml` object `name` and `wrapped` count, and two extensions: `x-map` on an object with names that
callers choose (`<entry><key/><value/></entry>` for each member, as JAXB writes maps), and `x-milliseconds` on
a number that is ISO 8601 in XML. The root element of a request may have any name.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mockserver.contract.json_body import MAX_DEPTH, MAX_VALUES
from mockserver.contract.unknown_properties import Rule, collect_rules, collect_types
from mockserver.formats.timestamps import from_micros

ReadText = Callable[[str, str], Any]

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_TRUE: Final = frozenset({"true", "1"})
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# What XML 1.0 cannot hold. Compiling the complement, with its large ranges, took a fiftieth of the start.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SCALARS: Final = ("boolean", "integer", "number")
_ITEM: Final = "item"
_ROOT: Final = "response"


def is_xml(media_type: str) -> bool:
    """Whether a media type (parameters allowed) is XML."""
    name = media_type.partition(";")[0].strip().lower()
    return name in ("application/xml", "text/xml") or name.endswith("+xml")


def read_xml(raw: bytes, schema: Any, components: Mapping[str, Any], read_text: ReadText) -> Any:
    """The body as a JSON value; `read_text` types a text.

    Raises `ValueError` if the XML is malformed, has a document type, too many elements or too deep ones.
    """
    if raw.count(b"<") > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES} elements")
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ValueError("a document type is not allowed") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ValueError("the XML is not well-formed") from error
    if _is_too_deep(root):
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    return _Reader(components, read_text).value(root, [schema])


def render_xml(value: Any, schema: Any, components: Mapping[str, Any]) -> str:
    """The JSON value as an XML document; null members are omitted."""
    rules = collect_rules([_chosen(value, schema, components)], components)
    parts = _Renderer(components).element(_own_name(rules) or _ROOT, value, rules)
    return _DECLARATION + "".join(parts)


def _chosen(value: Any, schema: Any, components: Mapping[str, Any]) -> Any:
    """Of alternative schemas the one whose required members the value has, with the most of them."""
    branches = schema.get("anyOf", schema.get("oneOf")) if isinstance(schema, Mapping) else None
    if not branches or not isinstance(value, dict):
        return schema
    required = [
        {name for rule in collect_rules([one], components) for name in rule.get("required", ())}
        for one in branches
    ]
    fitting = [index for index, names in enumerate(required) if names <= value.keys()]
    return branches[max(fitting, key=lambda index: len(required[index]))] if fitting else schema


def _is_too_deep(root: Element) -> bool:
    level, depth = [root], 0
    while level and depth < MAX_DEPTH:
        level, depth = [child for one in level for child in one], depth + 1
    return bool(level)


class _Reader:
    def __init__(self, components: Mapping[str, Any], read_text: ReadText) -> None:
        self._components = components
        self._read_text = read_text

    def value(self, element: Element, schemas: Sequence[Any]) -> Any:
        """The JSON value of an element to which these schemas apply."""
        if element.get(_NIL, "").strip() in _TRUE:
            return None
        rules = collect_rules(schemas, self._components)
        text = element.text or ""
        has_children, types = len(element) > 0, _types(rules)
        is_blank = not has_children and not text.strip()
        if "array" in types and (has_children or (is_blank and "string" not in types)):
            return [self.value(child, _items(rules)) for child in element]
        if has_children or ("object" in types and is_blank):
            return self._map(element, rules) if _flag(rules, "x-map") else self._object(element, rules)
        return self._scalar(text, types)

    def _scalar(self, text: str, types: frozenset[str]) -> Any:
        if "string" in types or types.isdisjoint(_SCALARS):
            return text
        kind = next(one for one in _SCALARS if one in types)
        return self._read_text(text.strip(), kind)

    def _object(self, element: Element, rules: Sequence[Rule]) -> dict[str, Any]:
        members = {one.tag: one for one in _members(rules, self._components)}
        rest, found = _additional(rules), dict[str, Any]()
        for child in element:
            tag = _local_name(child)
            member = members.get(tag)
            if member is None:
                found[tag] = self.value(child, rest)
            elif member.repeats:
                found.setdefault(member.name, []).append(self.value(child, _items(member.rules)))
            else:
                found[member.name] = self.value(child, member.schemas)
        return found

    def _map(self, element: Element, rules: Sequence[Rule]) -> dict[str, Any]:
        """The members of a map; an element that is not an entry counts as a member of its name."""
        found: dict[str, Any] = {}
        for entry in element:
            parts = {_local_name(part): part for part in entry}
            if _local_name(entry) != "entry" or "key" not in parts:
                name, value = _local_name(entry), entry
            else:
                name, value = parts["key"].text or "", parts.get("value", Element("value", {_NIL: "true"}))
            found[name] = self.value(value, _member_schemas(rules, name))
        return found


class _Renderer:
    def __init__(self, components: Mapping[str, Any]) -> None:
        self._components = components

    def element(self, name: str, value: Any, rules: Sequence[Rule]) -> Iterator[str]:
        """The element of a value to which these rules apply; several for a list that is not wrapped."""
        if value is None:
            return
        if isinstance(value, list):
            yield from self._list(name, value, rules)
        elif isinstance(value, dict):
            is_map = _flag(rules, "x-map")
            yield f"<{name}>"
            yield from self._map(value, rules) if is_map else self._members(value, rules)
            yield f"</{name}>"
        else:
            yield f"<{name}>{_text(value, rules)}</{name}>"

    def _list(self, name: str, value: list[Any], rules: Sequence[Rule]) -> Iterator[str]:
        items = collect_rules(_items(rules), self._components)
        is_wrapped = _flag(rules, "wrapped") or not items
        item_name = _own_name(items) or (_ITEM if is_wrapped else name)
        yield f"<{name}>" if is_wrapped else ""
        for one in value:
            yield from self.element(item_name, one, items)
        yield f"</{name}>" if is_wrapped else ""

    def _members(self, value: Mapping[str, Any], rules: Sequence[Rule]) -> Iterator[str]:
        members = {one.name: one for one in _members(rules, self._components)}
        rest = collect_rules(_additional(rules), self._components)
        for name, one in value.items():
            if name in members:
                yield from self.element(members[name].tag, one, members[name].rules)
            elif _NAME.fullmatch(name):
                yield from self.element(name, one, rest)

    def _map(self, value: Mapping[str, Any], rules: Sequence[Rule]) -> Iterator[str]:
        for name, one in value.items():
            if one is not None:
                yield f"<entry><key>{_escape(name)}</key>"
                below = collect_rules(_member_schemas(rules, name), self._components)
                yield from self.element("value", one, below)
                yield "</entry>"


class _Member:
    """A declared member: its name, its schemas, and the name of its element."""

    def __init__(self, name: str, schemas: Sequence[Any], components: Mapping[str, Any]) -> None:
        self.name = name
        self.schemas = schemas
        self.rules = collect_rules(schemas, components)
        self.repeats = "array" in _types(self.rules) and not _flag(self.rules, "wrapped")
        items = collect_rules(_items(self.rules), components) if self.repeats else self.rules
        self.tag = _own_name(items) or name


def _members(rules: Sequence[Rule], components: Mapping[str, Any]) -> list[_Member]:
    names = dict.fromkeys(name for rule in rules for name in rule.get("properties", ()))
    return [_Member(name, _declared(rules, name), components) for name in names]


def _declared(rules: Sequence[Rule], name: str) -> list[Any]:
    return [rule["properties"][name] for rule in rules if name in rule.get("properties", ())]


def _member_schemas(rules: Sequence[Rule], name: str) -> list[Any]:
    return _declared(rules, name) or _additional(rules)


def _additional(rules: Sequence[Rule]) -> list[Any]:
    found = [rule.get("additionalProperties") for rule in rules]
    return [one for one in found if isinstance(one, Mapping)]


def _items(rules: Sequence[Rule]) -> list[Any]:
    return [rule["items"] for rule in rules if "items" in rule]


def _types(rules: Sequence[Rule]) -> frozenset[str]:
    """The JSON types that the rules name; `properties` implies an object."""
    implied = {"object"} if any("properties" in rule for rule in rules) else set()
    return collect_types(rules) | implied


def _own_name(rules: Sequence[Rule]) -> str | None:
    return next((rule["xml"]["name"] for rule in rules if "name" in rule.get("xml", ())), None)


def _flag(rules: Sequence[Rule], name: str) -> bool:
    return any(rule.get("xml", {}).get(name, False) for rule in rules)


def _local_name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(value: Any, rules: Sequence[Rule]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and _flag(rules, "x-milliseconds"):
        return from_micros(value * 1000).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return _escape(str(value))


def _escape(text: str) -> str:
    """The text with its markup escaped, and a replacement for the characters that XML forbids."""
    return escape(_ILLEGAL.sub("\ufffd", text), quote=False).replace("\r", "&#13;")
