"""The schemas as requests and as replies see them.

A read-only member is not required of a caller, a write-only one is in no reply.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.contract.unknown_properties import collect_properties
from mockserver.scaffold.schema_conversion import PREFIX

_SUFFIX: Final = "Request"
_CHILDREN: Final = ("items", "additionalProperties", "not", "if", "then", "else")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")


class Views:
    """Two views of the same components; `components` has both once all requests were asked for."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        self._source = components
        self.components: dict[str, Any] = {
            name: self._relax(schema, "writeOnly", ()) for name, schema in components.items()
        }
        self._affected = self._find_affected()
        self._used: set[str] = set()

    def reply(self, schema: Any) -> Any:
        """The schema of a reply, without what only requests have."""
        return self._relax(schema, "writeOnly", ())

    def request(self, schema: Any) -> Any:
        """The schema of a request: what only replies have is not required."""
        return self._renamed(self._relax(schema, "readOnly", ()))

    def _find_affected(self) -> set[str]:
        """The components that differ for requests, or refer to one that does."""
        found = {
            name
            for name, schema in self._source.items()
            if self._relax(schema, "readOnly", ()) != self.components[name]
        }
        users: dict[str, set[str]] = {}
        for name, schema in self._source.items():
            for target in _references(schema):
                users.setdefault(target, set()).add(name)
        waiting = [*found]
        while waiting:
            for user in users.get(waiting.pop(), set()) - found:
                found.add(user)
                waiting.append(user)
        return found

    def _renamed(self, node: Any) -> Any:
        """A copy in which references lead to the components as requests see them."""
        if isinstance(node, list):
            return [self._renamed(one) for one in node]
        if not isinstance(node, dict):
            return node
        found = {name: self._renamed(value) for name, value in node.items()}
        reference = node.get("$ref")
        target = reference.removeprefix(PREFIX) if isinstance(reference, str) else ""
        if target in self._affected:
            found["$ref"] = PREFIX + self._request_component(target)
        return found

    def _request_component(self, name: str) -> str:
        renamed = f"{name}{_SUFFIX}"
        while renamed in self._source:
            renamed += "_"
        if name not in self._used:
            self._used.add(name)
            self.components[renamed] = {}
            self.components[renamed] = self._renamed(self._relax(self._source[name], "readOnly", ()))
        return renamed

    def _relax(self, node: Any, keyword: str, above: tuple[str, ...]) -> Any:
        """The schema without the requirement of members that have the keyword."""
        if not isinstance(node, dict):
            return node
        properties = collect_properties(node, self._source)
        marked = (*above, *(name for name, one in properties.items() if _has(one, keyword)))
        found = dict(node)
        for word in _LISTS:
            if word in node:
                inherited = marked if word == "allOf" else ()
                found[word] = [self._relax(one, keyword, inherited) for one in node[word]]
        for word in _CHILDREN:
            if word in node:
                found[word] = self._relax(node[word], keyword, ())
        for word in _MAPS:
            if word in node:
                hidden = marked if word == "properties" and keyword == "writeOnly" else ()
                found[word] = {
                    name: self._relax(one, keyword, ())
                    for name, one in node[word].items()
                    if name not in hidden
                }
        if "required" in node:
            found["required"] = [name for name in node["required"] if name not in marked]
            if not found["required"]:
                del found["required"]
        return found


def _has(schema: Any, keyword: str) -> bool:
    return isinstance(schema, dict) and schema.get(keyword) is True


def _references(node: Any) -> set[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()
            if isinstance(one.get("$ref"), str):
                found.add(one["$ref"].removeprefix(PREFIX))
    return found
