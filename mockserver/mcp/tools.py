"""Tools made from the contract of the control API: `x-tool` of its operations, `x-tools` of its root."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from mockserver.contract.contract import READ_METHODS, Contract
from mockserver.contract.operation import is_json
from mockserver.errors import InvalidToolCallError
from mockserver.formats.json_text import half_character
from mockserver.formats.suggestions import nearest
from mockserver.mcp.input_schema import ACTION, Argument, body_members, required_members, tool_schema

_WORLD: Final = "world"
_DEFAULT_WORLD: Final = "default"


@dataclass(frozen=True)
class Request:
    """A call of the control API, as `Connection.send` takes it."""

    method: str
    path: str
    body: Any


@dataclass(frozen=True)
class Action:
    """One operation as an action of a tool; `name` is empty if the tool has no other."""

    tool: str
    name: str
    method: str
    path: str
    summary: str
    reads: bool
    arguments: Mapping[str, Argument]

    def request(self, given: Mapping[str, Any]) -> Request:
        """The call with these arguments. Raises InvalidToolCallError for a missing or unknown one."""
        self._check(given)
        values = {name: one.default for name, one in self.arguments.items() if one.default is not None}
        values |= given
        parts: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "members": {}, "body": {}}
        for name, value in values.items():
            one = self.arguments[name]
            parts[one.place][one.target] = value
        path = self.path
        for name, value in parts["path"].items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        query = urlencode({name: _text(one) for name, one in parts["query"].items()}, doseq=True)
        # An empty body that was given is sent, such as {} for an action without arguments.
        body = next(iter(parts["body"].values())) if parts["body"] else parts["members"] or None
        return Request(self.method, path + (f"?{query}" if query else ""), body)

    @property
    def example(self) -> str:
        """A call of this action that is right, as `tool {arguments}`."""
        return self.example_like({})

    def example_like(self, given: Mapping[str, Any]) -> str:
        """The example, in the world of a call that was wrong."""
        values = {name: one.example for name, one in self.arguments.items() if one.example is not None}
        if _WORLD in self.arguments and isinstance(given.get(_WORLD), str):
            values[_WORLD] = given[_WORLD]
        return format_call(self.tool, self.name, values)

    def _check(self, given: Mapping[str, Any]) -> None:
        what = f"{self.tool} {self.name}".strip()
        missing = [name for name, one in self.arguments.items() if one.required and name not in given]
        if missing:
            raise InvalidToolCallError(f"{what} needs {', '.join(missing)}", self.example_like(given))
        for name, value in given.items():
            if name not in self.arguments:
                hint = f" (nearest: {nearest(name, self.arguments)})" if self.arguments else ""
                raise InvalidToolCallError(f"{what} does not take {name!r}{hint}", self.example_like(given))
            if half_character(value):
                raise InvalidToolCallError(f"{name} of {what} has half a character", self.example_like({}))


@dataclass(frozen=True)
class Tool:
    """A tool: its description, its actions by name, and the schema of its arguments."""

    name: str
    description: str
    actions: Mapping[str, Action]
    schema: Mapping[str, Any]

    @property
    def reads(self) -> bool:
        """Whether no action of it changes anything."""
        return all(one.reads for one in self.actions.values())

    def choose(self, given: Mapping[str, Any]) -> tuple[Action, dict[str, Any]]:
        """The action that the arguments name, and its arguments. Raises InvalidToolCallError."""
        rest = dict(given)
        if len(self.actions) == 1:
            return next(iter(self.actions.values())), rest
        name = rest.pop(ACTION, None)
        if not isinstance(name, str) or name not in self.actions:  # a list cannot even be looked up
            first = next(iter(self.actions.values()))
            known = ", ".join(self.actions)
            raise InvalidToolCallError(
                f"{self.name} has no action {name!r} (available: {known})", first.example_like(rest)
            )
        return self.actions[name], rest


def format_call(tool: str, action: str, values: Mapping[str, Any]) -> str:
    """A call of a tool as messages name it."""
    return f"{tool} {json.dumps(({ACTION: action} if action else {}) | dict(values), ensure_ascii=False)}"


class Tools:
    """The tools of a contract by name, and the next right call after each of its problems."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._document = contract.document
        actions: dict[str, dict[str, Action]] = {}
        for path, method, item, node in contract.operation_nodes():
            if "x-tool" in node:
                one = self._action(path, method, item, node)
                actions.setdefault(one.tool, {})[one.name] = one
        self.by_name: dict[str, Tool] = {
            name: Tool(name, self._describe(text, actions[name]), actions[name], self._schema(actions[name]))
            for name, text in contract.document.root.get("x-tools", {}).items()
        }

    def next_call(self, action: Action, problem: str, given: Mapping[str, Any]) -> str:
        """The call that helps after a problem: the contract's (`x-next`), else an example of the action."""
        examples = self._document.root["components"]["examples"]
        named = examples.get(problem, {}).get("x-next")
        if named is None:
            return action.example_like(given)
        chosen = self.by_name[named["tool"]].actions[named.get(ACTION, "")]
        same = [name for name in (_WORLD, *named.get("same", ())) if name in chosen.arguments]
        values = {name: given[name] for name in same if name in given} | named.get("with", {})
        lacking = [name for name, one in chosen.arguments.items() if one.required and name not in values]
        values |= {name: chosen.arguments[name].example for name in lacking}
        return format_call(chosen.tool, chosen.name, values)

    def _describe(self, text: str, actions: Mapping[str, Action]) -> str:
        lines = [f"{name}: {one.summary}" for name, one in actions.items() if name]
        return "\n".join([" ".join(text.split()), *lines])

    def _schema(self, actions: Mapping[str, Action]) -> dict[str, Any]:
        arguments = {name: one.arguments.values() for name, one in actions.items()}
        return tool_schema(self._document, arguments)

    def _action(self, path: str, method: str, item: dict[str, Any], node: dict[str, Any]) -> Action:
        options = node["x-tool"]
        arguments = [*self._parameters([*item.get("parameters", ()), *node.get("parameters", ())], options)]
        arguments += self._body(node.get("requestBody"), options)
        return Action(
            options["name"],
            options.get(ACTION, ""),
            method.upper(),
            path,
            node["summary"],
            method in READ_METHODS or bool(node.get("x-reads")),
            {one.name: one for one in arguments},
        )

    def _parameters(self, nodes: list[Any], options: Mapping[str, Any]) -> Iterator[Argument]:
        for raw in nodes:
            node = self._document.resolve(raw)
            name = node["name"]
            if name in options.get("without", ()):
                continue
            default = options.get("defaults", {}).get(name)
            needed = name in options.get("required", ())
            if name == _WORLD and not needed:
                default = _DEFAULT_WORLD
            schema = {**node["schema"], "description": node.get("description", "")}
            shown = options.get("names", {}).get(name, name)
            required = needed or (bool(node.get("required")) and default is None)
            example = options.get("examples", {}).get(name, node.get("example")) if required else None
            yield Argument(shown, node["in"], name, schema, required, default, example)

    def _body(self, raw: Any, options: Mapping[str, Any]) -> Iterator[Argument]:
        if raw is None:
            return
        node = self._document.resolve(raw)
        media = next(value for kind, value in node["content"].items() if is_json(kind))
        example = self._example(media)
        members = body_members(self._document, media["schema"])
        if members is None:
            name = options.get("body", "body")
            needed = bool(node.get("required"))
            yield Argument(name, "body", name, media["schema"], needed, None, example)
            return
        required = required_members(self._document, media["schema"])
        for name, schema in members.items():
            default = options.get("defaults", {}).get(name)
            shown = schema if isinstance(schema, dict) else {}
            value = example.get(name) if isinstance(example, dict) else None
            yield Argument(name, "members", name, shown, name in required, default, value)

    def _example(self, media: Mapping[str, Any]) -> Any:
        if "example" in media:
            return media["example"]
        first: Any = next(iter(media.get("examples", {}).values()), {})
        return self._document.resolve(first).get("value")


def _text(value: Any) -> Any:
    """The text of a query parameter; a list stays a list, to be repeated."""
    if isinstance(value, bool):
        return str(value).lower()
    return value
