"""Prepares in advance what the first calls to a contract's operations would prepare while they wait."""

from collections.abc import Iterator

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema


def prepare(contract: Contract) -> Iterator[None]:
    """Builds the routes, the redaction and the validators of successful calls, in steps of milliseconds.

    All of it is built on first use anyway, and any thread may build it: only the time of the work changes.
    """
    contract.normalize_path("/")
    contract.rules()
    yield
    _ = contract.redaction
    yield
    for operation in contract.operations.values():
        for schema in _schemas(operation):
            schema.is_valid(None)
        if operation.body and operation.body.json_schema:
            operation.body.json_schema.unknown_properties({})
        yield


def _schemas(operation: Operation) -> Iterator[Schema]:
    """The schemas that a valid call to the operation, and its reply, are validated against."""
    yield from (parameter.schema for parameter in operation.parameters)
    if operation.body and operation.body.json_schema:
        yield operation.body.json_schema
    replies = [reply for status, reply in operation.replies.items() if status.startswith("2")]
    for reply in replies:
        yield from (header.schema for header in reply.headers.values())
        if reply.schema:
            yield reply.schema
