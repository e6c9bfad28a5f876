"""The pages of the operations of a contract, generated from it: parameters, bodies, replies and problems."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver import vendors
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.paths import contracts
from website.pages import Page

_MAX_DEPTH: Final = 2
_CONTROL: Final = """# Endpoints of the control API

Every endpoint with its parameters, body, replies and errors, generated from the contract, which a running
server serves at `/_mock/openapi.json`. [Control API](control-api.md) explains them by topic.
"""
_VENDOR: Final = """# Operations of {title}

Every operation of the fake with its parameters, body, replies and problems, generated from the contract,
which a running server serves at `/{name}/openapi.json`. A problem is an error that the fake can answer, also
as a [planned fault](../reference/faults.md). `mockserver contract {name} --provenance` says where each rule
comes from.
"""


def operation_pages() -> Iterator[Page]:
    """The page of the control API, and one of each vendor."""
    control = Contract.read(contracts() / "control" / "openapi.yaml")
    yield Page("reference/control-endpoints.md", None, _page(_CONTROL, control))
    for name in vendors.names():
        contract = vendors.find(name).contract
        head = _VENDOR.format(title=contract.document.root["info"]["title"], name=name)
        yield Page(f"vendors/{name}-operations.md", None, _page(head, contract))


def _page(head: str, contract: Contract) -> str:
    return "\n".join([head, *_operations(contract)])


def _operations(contract: Contract) -> Iterator[str]:
    for path, method, item, node in contract.operation_nodes():
        operation = contract.operations[node["operationId"]]
        yield f"## {operation.id}\n\n`{method.upper()} {path}`\n\n{_sentence(operation.summary)}\n"
        if node.get("description"):
            yield f"{_quoted(node['description'])}\n"
        parameters = [*item.get("parameters", ()), *node.get("parameters", ())]
        yield from _table(
            "parameter | in | type | meaning", (_parameter(contract, one) for one in parameters)
        )
        yield from _body(contract, node)
        yield from _replies(contract, node)
        yield from _problems(operation)


def _parameter(contract: Contract, raw: Any) -> list[str]:
    node = contract.document.resolve(raw)
    needed = ", required" if node.get("required") else ""
    schema = node.get("schema", {})
    text = node.get("description") or contract.document.resolve(schema).get("description", "")
    return [f"`{node['name']}`", f"{node['in']}{needed}", type_name(contract, schema), _line(text)]


def _body(contract: Contract, node: Mapping[str, Any]) -> Iterator[str]:
    body = contract.document.resolve(node.get("requestBody"))
    if not body:
        return
    for media_type, media in body["content"].items():
        yield f"Body, `{media_type}`:\n"
        rows = [*_members(contract, media.get("schema", {}), "", 0)]
        yield from _table("member | type | meaning", rows)
        if not rows:
            yield f"{type_name(contract, media.get('schema', {}))}\n"


def _members(contract: Contract, raw: Any, prefix: str, depth: int) -> Iterator[list[str]]:
    """The members of an object, those of objects in it too; of alternatives, those of all."""
    schema = contract.document.resolve(raw)
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return
    seen: set[str] = set()
    for one in [schema, *(contract.document.resolve(part) for part in _parts(schema))]:
        for name, member in one.get("properties", {}).items() if isinstance(one, dict) else ():
            if name in seen or not isinstance(member, dict):
                continue
            seen.add(name)
            needed = " (required)" if name in schema.get("required", ()) else ""
            found = contract.document.resolve(member)
            text = member.get("description") or found.get("description", "")
            yield [f"`{prefix}{name}`{needed}", type_name(contract, member), _line(text)]
            below = found.get("items", member) if found.get("type") == "array" else member
            mark = "[]." if below is not member else "."
            yield from _members(contract, below, f"{prefix}{name}{mark}", depth + 1)


def _parts(schema: Mapping[str, Any]) -> list[Any]:
    return [part for word in ("allOf", "oneOf", "anyOf") for part in schema.get(word, ())]


def type_name(contract: Contract, raw: Any) -> str:
    """The type of a schema in a few words."""
    schema = contract.document.resolve(raw)
    if not isinstance(schema, dict):
        return "any"
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return " ".join(f"`{value}`" for value in schema["enum"])
    given = schema.get("type")
    if isinstance(given, list):
        return " or ".join(given)
    if given == "array":
        return f"array of {type_name(contract, schema.get('items', {}))}"
    names = [type_name(contract, one) for word in ("oneOf", "anyOf") for one in schema.get(word, ())]
    return given or " or ".join(dict.fromkeys(names)) or "any"


def _replies(contract: Contract, node: Mapping[str, Any]) -> Iterator[str]:
    replies = {str(status): contract.document.resolve(reply) for status, reply in node["responses"].items()}
    rows = [[status, _line(reply.get("description", ""))] for status, reply in replies.items()]
    yield from _table("reply | meaning", rows)


def _problems(operation: Operation) -> Iterator[str]:
    rows = [[f"`{one.name}`", str(one.status), _line(one.summary)] for one in operation.problems.values()]
    yield from _table("problem | status | when", rows)


def _table(head: str, rows: Any) -> Iterator[str]:
    lines = [" | ".join(row) for row in rows]
    if lines:
        marks = "|".join(["---"] * (head.count("|") + 1))
        yield "\n".join([f"| {head} |", f"|{marks}|", *(f"| {line} |" for line in lines)]) + "\n"


def _line(text: str) -> str:
    """The text in one line of a table."""
    return _quoted(" ".join(str(text).split())).replace("|", "\\|")


def _quoted(text: str) -> str:
    """The text of a contract, without what HTML or Markdown would read as its own."""
    parts = text.strip().split("`")
    return "`".join(
        part.replace("<", "&lt;").replace("*", "\\*").replace("](", "]\\(") if number % 2 == 0 else part
        for number, part in enumerate(parts)
    )


def _sentence(text: str) -> str:
    return f"{_quoted(text)}."
