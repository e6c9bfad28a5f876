"""Each bound of each operation is called just inside and just outside: the fake accepts the one only."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

import pytest
from werkzeug.test import Client

from mockserver import vendors
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation, Parameter
from tests.contract import exceptions
from tests.contract.bounds import LIMITS, NOT_A_NAME, NOTHING, Bound, Case, Sampler, is_missing
from tests.contract.schema_nodes import SchemaNodes, Tokens, json_schema_tokens
from tests.hostile.caller import Answer, Caller
from tests.read_vendors import read_vendor

_UNSENDABLE = "\r\n\0"


class Part(NamedTuple):
    """A part of a call that has a schema: a parameter, or the body (None)."""

    parameter: Parameter | None
    schema: Tokens
    bases: list[Any]


class BoundCaller(Caller):
    """Calls one vendor without counting work, and reads what the journal says of it."""

    def open(self, path: str, method: str, query: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        sent = [*headers.items()]
        reply = Client(self.app, use_cookies=False).open(
            path, method=method, query_string=query, data=body, headers=sent
        )
        return Answer(reply.status_code, dict(reply.headers), reply.get_data(), 0)

    def last_exchange(self) -> Any:
        """The newest exchange of the default world."""
        journal = self.app.context.worlds.journal("default")
        return journal.read(after=journal.last_number() - 1)[-1]


@pytest.fixture(scope="module")
def caller() -> Iterator[BoundCaller]:
    caller = BoundCaller(people=20)
    yield caller
    caller.close()


def parts_of(nodes: SchemaNodes, sampler: Sampler, operation: Operation) -> Iterator[Part]:
    """The parts of a call of the operation."""
    here = ("paths", operation.path, operation.method.lower())
    declared = {(one.name, one.location): one for one in operation.parameters}
    for whole in (("paths", operation.path), here):
        for index in range(len(nodes.node(whole).get("parameters", ()))):
            tokens = nodes.resolved((*whole, "parameters", str(index)))
            node = nodes.node(tokens)
            schema = (*tokens, "schema")
            fits = nodes.schema(schema).is_valid
            bases = (
                [node["example"]] if "example" in node and fits(node["example"]) else [sampler.sample(schema)]
            )
            yield Part(declared[node["name"], node["in"]], schema, bases)
    if operation.body:
        tokens = nodes.resolved((*here, "requestBody"))
        body = json_schema_tokens(nodes.node(tokens)["content"], (*tokens, "content"))
        if body is not None:
            media = nodes.node(body[:-1])
            examples = [media["example"]] if "example" in media else []
            examples += [
                nodes.node(nodes.resolved((*body[:-1], "examples", name)))["value"]
                for name in media.get("examples", ())
            ]
            yield Part(None, body, examples or [sampler.sample(body)])


def limits_of(nodes: SchemaNodes, schema: Tokens) -> set[Bound]:
    """Every bound that a value of the schema can meet."""
    waiting, seen, found = [schema], set[Tokens](), set[Bound]()
    while waiting:
        tokens = waiting.pop()
        node = nodes.node(tokens)
        if tokens in seen or not isinstance(node, dict):
            continue
        seen.add(tokens)
        found |= {Bound(tokens, word) for word in LIMITS if word in node and word[3:] != "Properties"}
        found -= {Bound(tokens, "format")} if node.get("format") == "password" else set()
        if "$ref" in node:
            waiting.append(nodes.resolved(tokens))
        for word in ("allOf", "anyOf", "oneOf", "prefixItems"):
            waiting += [(*tokens, word, str(index)) for index in range(len(node.get(word, ())))]
        for word in ("properties", "patternProperties"):
            waiting += [(*tokens, word, name) for name in node.get(word, ())]
        waiting += [
            (*tokens, word) for word in ("items", "additionalProperties", "then", "else") if word in node
        ]
    return found


def cases_of(sampler: Sampler, part: Part) -> dict[Bound, Case]:
    """The cases of a part: for each bound the first that has both sides, or else any."""
    found: dict[Bound, Case] = {}
    for base in part.bases:
        for case in sampler.cases(part.schema, base):
            known = found.get(case.bound)
            if known is None or is_missing(known.outside) or is_missing(known.inside):
                found[case.bound] = case
    return found


class Request(NamedTuple):
    """A call whose parts all fit, but for those replaced."""

    operation: Operation
    values: dict[Parameter, Any]
    body: Any

    def send(self, caller: BoundCaller, vendor: str) -> Answer:
        """Sends it with the credential of the default world."""
        path, query, headers = self.operation.path, list[tuple[str, str]](), dict[str, str]()
        for one, value in self.values.items():
            if one.location == "path":
                path = path.replace(f"{{{one.name}}}", quote(_text(value), safe=""))
            elif one.location == "query":
                query += [(one.name, text) for text in _texts(one, value)]
            elif one.location == "header":
                headers[one.name] = _text(value)
        text = urlencode(query, quote_via=quote)
        sent = {**caller.headers(vendor, self.operation.method, path, text), **headers}
        raw = b"" if is_missing(self.body) else json.dumps(self.body).encode()
        return caller.send(vendor, self.operation.method, path, text, raw, sent)


def _texts(parameter: Parameter, value: Any) -> list[str]:
    if isinstance(value, list):
        return [*map(_text, value)] if parameter.explode else [",".join(map(_text, value))]
    return [_text(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def can_send(parameter: Parameter | None, value: Any) -> bool:
    """Whether a value reaches the server as it is: not every text can be in a path or in a header."""
    if parameter is None:
        return True
    texts = _texts(parameter, value)
    if parameter.location == "query":
        return bool(texts) and parameter.read(texts) == value
    text = "".join(texts)
    if parameter.read(texts) != value:
        return False
    if parameter.location == "path":
        return text not in ("", ".", "..") and "/" not in text
    return text.isascii() and text == text.strip() and not {*text} & {*_UNSENDABLE} and bool(text)


@pytest.mark.parametrize(
    "everywhere", [False, pytest.param(True, marks=pytest.mark.thorough)], ids=["once", "everywhere"]
)
@pytest.mark.parametrize("vendor", vendors.names())
def test_calls_just_inside_and_just_outside_of_each_bound(
    caller: BoundCaller, vendor: str, everywhere: bool
) -> None:
    """A schema that operations share is called by the first of them, and by all in a thorough run."""
    nodes = SchemaNodes(read_vendor(vendor).contract)  # which keeps the schemas that operations share
    checked, wrong = set[str](), list[str]()
    wanted = set[Bound]()
    for operation in nodes.contract.operations.values():
        known = set() if everywhere else checked
        here, bad, all_of_it = check_operation(caller, vendor, nodes, operation, known)
        checked |= here
        wrong += bad
        wanted |= all_of_it
    assert wrong == []
    listed = {*exceptions.reasons(vendor, "bounds")}
    missing = {str(one) for one in wanted} - checked
    assert sorted(missing - listed) == [], "bounds without a call on both sides"
    assert sorted(listed - missing) == [], "these have a call on both sides: remove them from the exceptions"
    assert checked


def check_operation(
    caller: BoundCaller, vendor: str, nodes: SchemaNodes, operation: Operation, known: set[str]
) -> tuple[set[str], list[str], set[Bound]]:
    """The limits with a call on both sides, what went wrong, and the limits that there are.

    Those that are known have had a call on both sides.
    """
    plain = Sampler(nodes, known=known)
    lenient = Sampler(nodes, operation.body.coercion if operation.body else None, known)
    parts = [*parts_of(nodes, plain, operation)]
    checked, wrong, wanted = set[str](), list[str](), set[Bound]()
    for part in parts:
        wanted |= limits_of(nodes, part.schema)
        for case in cases_of(plain if part.parameter else lenient, part).values():
            sides = 0
            for value, fits in ((case.inside, True), (case.outside, False)):
                if is_missing(value) or not can_send(part.parameter, value):
                    continue
                sides += 1
                flaw = judge(caller, vendor, build(operation, parts, part, value), fits)
                wrong += [f"{operation.id}: {case.bound}: {flaw}"] if flaw else []
            checked |= {str(case.bound)} if sides == 2 else set()
    return checked, wrong, wanted


def build(operation: Operation, parts: list[Part], changed: Part, value: Any) -> Request:
    """A call whose parts are their examples, but for one."""
    values = {
        one.parameter: value if one is changed else one.bases[0]
        for one in parts
        if one.parameter and (one is changed or one.parameter.required)
    }
    bodies = [value if one is changed else one.bases[0] for one in parts if one.parameter is None]
    return Request(operation, values, bodies[0] if bodies else NOTHING)


def judge(caller: BoundCaller, vendor: str, request: Request, fits: bool) -> str | None:
    """What is wrong with the reply; None if it is right."""
    answer = request.send(caller, vendor)
    exchange = caller.last_exchange()
    if answer.status == 401:  # an earlier call may have ended the session
        caller.log_in_again(vendor)
        answer = request.send(caller, vendor)
        exchange = caller.last_exchange()
    if answer.is_failure_of_ours or exchange["operation"] != request.operation.id:
        return f"{answer.status} {exchange['why']}"
    refused = [one for one in exchange["violations"] if one["side"] == "call"]
    if fits:
        return f"refused: {refused}" if refused else None
    if not refused or not 400 <= answer.status < 500:
        sent = request.values if is_missing(request.body) else request.body
        return f"accepted with {answer.status} {exchange['problem']}: {sent}"[:300]
    return (
        None
        if exchange["problem"] in request.operation.problems
        else f"undeclared problem {exchange['problem']}"
    )


_SCHEMA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
        "tags": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", "b"]}},
        "at": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date"}]},
    },
}


def test_each_bound_has_a_value_on_both_sides() -> None:
    document = Document({"components": {"schemas": {"Person": _SCHEMA}}}, "people")
    nodes, root = SchemaNodes(Contract(document)), ("components", "schemas", "Person")
    cases = {
        str(case.bound)[len("/components/schemas/Person") :].strip(): case for case in cases_from(nodes, root)
    }
    assert (cases["/properties/name minLength"].inside, cases["/properties/name minLength"].outside) == (
        {"name": "aa"},
        {"name": "a"},
    )
    assert len(cases["/properties/name maxLength"].outside["name"]) == 6
    assert cases["/properties/age minimum"].outside["age"] == -1
    assert cases["/properties/age exclusiveMaximum"].inside["age"] == 149
    assert cases["/properties/tags maxItems"].outside["tags"] == ["a", "a", "a"]
    assert cases["required name"].outside == {}
    assert NOT_A_NAME in cases["additionalProperties"].outside
    assert cases["/properties/at/anyOf/1 format"].inside["at"] == "2024-02-29"
    limits = {str(one) for one in limits_of(nodes, root)}
    assert len(limits) == 8
    assert limits <= {str(case.bound) for case in cases.values() if not is_missing(case.outside)}
    for case in cases.values():
        assert nodes.schema(root).is_valid(case.inside), case
        assert not nodes.schema(root).is_valid(case.outside), case


def cases_from(nodes: SchemaNodes, root: Tokens) -> list[Case]:
    """The cases of a schema, from its smallest value."""
    return [*Sampler(nodes).cases(root, Sampler(nodes).sample(root))]


@pytest.mark.parametrize("fits", [True, False])
def test_a_wrong_reply_is_found(caller: BoundCaller, fits: bool) -> None:
    nodes = SchemaNodes(read_vendor("spotler").contract)
    operation = nodes.contract.operations["create_audience"]
    (part,) = parts_of(nodes, Sampler(nodes), operation)
    (case,) = [one for one in cases_of(Sampler(nodes), part).values() if one.bound.keyword == "required"][:1]
    request = build(operation, [part], part, case.inside if fits else case.outside)
    assert judge(caller, "spotler", request, fits) is None
    assert judge(caller, "spotler", request, not fits)


class WithoutBounds(SchemaNodes):
    """The schemas with huge bounds in place of those that whole numbers lack."""

    HUGE: Final = 1 << 70

    def _node(self, tokens: Tokens) -> Any:
        node = super()._node(tokens)
        if not isinstance(node, dict) or {"enum", "const"} & node.keys() or not is_whole_number(node):
            return node
        return {"minimum": -self.HUGE, "maximum": self.HUGE, **node}


def is_whole_number(schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type", ())
    return "integer" in ([kinds] if isinstance(kinds, str) else kinds)


def test_a_whole_number_without_a_bound_may_have_any_size(caller: BoundCaller) -> None:
    """A vendor that reads 64 bits says so in its contract: fuzzers and generated clients go by that."""
    refused, sent = list[str](), 0
    for vendor in vendors.names():
        nodes = WithoutBounds(read_vendor(vendor).contract)
        for operation in nodes.contract.operations.values():
            parts = [*parts_of(nodes, Sampler(nodes), operation)]
            for part in parts:
                for case in cases_of(Sampler(nodes), part).values():
                    bound = nodes.node(case.bound.tokens).get(case.bound.keyword)
                    if bound not in (nodes.HUGE, -nodes.HUGE) or is_missing(case.inside):
                        continue
                    if can_send(part.parameter, case.inside):
                        flaw = judge(caller, vendor, build(operation, parts, part, case.inside), True)
                        refused += [f"{operation.id}: {case.bound}: {flaw}"] if flaw else []
                        sent += 1
    assert refused == []
    assert sent > 20
