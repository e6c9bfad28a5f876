"""What JSON values reach of a contract's schemas: members that are there, values of enumerations."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from mockserver.call import Exchange
from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import SpecNode, walk
from mockserver.contract.operation import Operation
from mockserver.formats.json_pointer import format_pointer
from tests.contract.schema_nodes import SchemaNodes, Tokens, json_schema_tokens


class Sent(NamedTuple):
    """A call with its reply, as text."""

    query: str
    headers: Mapping[str, str]
    body: str | bytes
    status: int
    reply: str | bytes
    reply_headers: Mapping[str, str]


Value = tuple[str, str]
"""The JSON pointer of an enumeration, and one of its values as JSON."""
_NO_RULES = ("x-switches", "x-limits")


class Reach:
    """What exchanges with one vendor reached: `values` of enumerations, and members of objects in replies."""

    def __init__(self, contract: Contract) -> None:
        self._nodes = SchemaNodes(contract)
        self._contract = contract
        self.values: set[Value] = set()
        self._objects: Counter[Tokens] = Counter()
        self._members: Counter[tuple[Tokens, str]] = Counter()
        self._required: Counter[tuple[Tokens, str]] = Counter()
        self._headers: Counter[Tokens] = Counter()
        self._sent_headers: Counter[Tokens] = Counter()

    def add(self, exchange: Exchange) -> None:
        """Adds one exchange; of a call that got an error only the reply."""
        call, reply = exchange["call"], exchange["reply"]
        query = urlsplit(call["url"]).query
        sent = Sent(query, call["headers"], call["body"], reply["status"], reply["body"], reply["headers"])
        self.add_call(exchange["operation"] or "", sent)

    def add_call(self, name: str, sent: Sent) -> None:
        """Adds one call of the operation of this name."""
        operation = self._contract.operations.get(name) or self._refusing(str(sent.status))
        if operation is None:
            return
        here = ("paths", operation.path, operation.method.lower())
        if str(sent.status) in operation.replies:
            response = self._nodes.resolved((*here, "responses", str(sent.status)))
            self._add_body(response, sent.reply, is_reply=True)
            self._add_headers(response, sent.reply_headers)
        if 200 <= sent.status < 300 and name:
            if operation.body:
                self._add_body((*here, "requestBody"), sent.body, is_reply=False)
            self._add_parameters(operation, here, sent)

    def _refusing(self, status: str) -> Operation | None:
        """An operation with replies of a status: a call that was refused before it was routed has none."""
        is_error = status[0] in "45"
        return next(
            (one for one in self._contract.operations.values() if is_error and status in one.replies), None
        )

    def always_there(self) -> Iterator[tuple[str, str]]:
        """The object and the name of each member that all replies have although no schema requires it."""
        for (tokens, name), number in self._members.items():
            if number == self._objects[tokens] and self._required[tokens, name] < number:
                yield format_pointer([*tokens]), name

    def headers_always_there(self) -> Iterator[str]:
        """The JSON pointer of each header that all replies with it have although it is not required."""
        for tokens, number in self._headers.items():
            if self._sent_headers[tokens] == number and not self._nodes.node(tokens).get("required"):
                yield format_pointer([*tokens])

    def _add_body(self, tokens: Tokens, text: str | bytes, *, is_reply: bool) -> None:
        tokens = self._nodes.resolved(tokens)
        content = self._nodes.node(tokens).get("content", {})
        schema = json_schema_tokens(content, (*tokens, "content"))
        if schema is None or not self._is_of_use(schema):
            return
        try:
            value = json.loads(text)
        except ValueError:
            return
        self._add_value([schema], value, is_reply)

    def _is_of_use(self, _schema: Tokens) -> bool:
        """Whether values of the schema can add to what is gathered."""
        return True

    def _add_headers(self, response: Tokens, sent: Mapping[str, str]) -> None:
        lower = {name.lower() for name in sent}
        for name in self._nodes.node(response).get("headers", {}):
            header = self._nodes.resolved((*response, "headers", name))
            self._headers[header] += 1
            self._sent_headers[header] += name.lower() in lower

    def _add_value(self, schemas: list[Tokens], value: Any, is_reply: bool) -> None:
        schemas = [*filter(self._is_of_use, schemas)]
        if not schemas:
            return
        nodes = self._nodes.applicable(schemas, value)
        for tokens in nodes:
            for one in self._nodes.node(tokens).get("enum", ()):
                if one == value and isinstance(one, bool) == isinstance(value, bool):
                    self.values.add((format_pointer([*tokens]), json.dumps(one)))
        if is_reply and isinstance(value, dict):
            self._add_object(nodes, value)
        if isinstance(value, dict):
            named = [
                (*tokens, "propertyNames") for tokens in nodes if "propertyNames" in self._nodes.node(tokens)
            ]
            for name in value if named else ():
                self._add_value(named, name, is_reply)
        for _key, part, below in self._nodes.parts(nodes, value):
            self._add_value(below, part, is_reply)

    def _add_object(self, nodes: list[Tokens], value: dict[str, Any]) -> None:
        required = {name for tokens in nodes for name in self._nodes.node(tokens).get("required", ())}
        for tokens in nodes:
            properties = self._nodes.node(tokens).get("properties", {})
            self._objects[tokens] += bool(properties)
            for name in properties.keys() & value.keys():
                self._members[tokens, name] += 1
                self._required[tokens, name] += name in required

    def _add_parameters(self, operation: Operation, here: Tokens, sent: Sent) -> None:
        declared = {(one.name, one.location): one for one in operation.parameters}
        query = parse_qs(sent.query, keep_blank_values=True)
        for whole in (here[:2], here):
            for index in range(len(self._nodes.node(whole).get("parameters", ()))):
                tokens = self._nodes.resolved((*whole, "parameters", str(index)))
                node = self._nodes.node(tokens)
                parameter = declared[node["name"], node["in"]]
                texts = query.get(parameter.name) if parameter.location == "query" else None
                header = sent.headers.get(parameter.lookup)
                texts = texts or ([header] if header and parameter.location == "header" else None)
                if texts:
                    self._add_value([(*tokens, "schema")], parameter.read(texts), is_reply=False)


class ReachOfValues(Reach):
    """Only the `values`: it passes over schemas that none of them is left to find in, as most are soon."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(contract)
        self._wanted = cache(lambda schema: {*self._values_in(schema)})

    def _is_of_use(self, schema: Tokens) -> bool:
        wanted = self._wanted(schema)
        wanted -= self.values
        return bool(wanted)

    def _values_in(self, schema: Tokens) -> Iterator[Value]:
        """The values of all enumerations that a value of the schema can lead to."""
        waiting, seen = [schema], set[Tokens]()
        while waiting:
            tokens = waiting.pop()
            node = self._nodes.node(tokens)
            if tokens not in seen and isinstance(node, dict):
                seen.add(tokens)
                yield from ((format_pointer(tokens), json.dumps(one)) for one in node.get("enum", ()))
                waiting += self._nodes.below(tokens)

    def _add_object(self, nodes: list[Tokens], value: dict[str, Any]) -> None:
        """Counts no members."""

    def _add_headers(self, response: Tokens, sent: Mapping[str, str]) -> None:
        """Counts no headers."""


def enum_values(contract: Contract) -> set[Value]:
    """Every value of every enumeration that calls and replies can have."""
    return {
        (format_pointer([*node.tokens]), json.dumps(value))
        for node in _schemas(contract)
        for value in node.value.get("enum", ())
    }


def _schemas(contract: Contract) -> Iterator[SpecNode]:
    for node in walk(contract.name, contract.document.root):
        excluded = node.tokens[:1] and node.tokens[0] in _NO_RULES
        # a condition of a schema is no rule of its own
        excluded = excluded or bool({"not", "if", "propertyNames"} & {*node.tokens})
        if node.kind == "schema" and isinstance(node.value, dict) and not excluded:
            yield node
