"""An `x-resource` that cannot be kept is refused when the contract is bound."""

from copy import deepcopy
from typing import Any

import pytest

from mockserver.binding.bound_contract import BoundContract
from mockserver.contract.contract import Contract
from mockserver.contract.document import Document
from mockserver.errors import InvalidContractError
from mockserver.formats.json_pointer import resolve

BOOK = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
PROBLEM = {"description": "No.", "content": {"application/json": {"examples": {"gone": {"value": {}}}}}}
FINE = {"description": "A book.", "content": {"application/json": {"schema": BOOK}}}
LIST = {
    "description": "Books.",
    "content": {"application/json": {"schema": {"type": "array", "items": BOOK}}},
}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
ID = {"name": "bookId", "in": "path", "required": True, "schema": {"type": "integer"}}
ROOT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Books", "version": "1"},
    "x-resources": {"books": {"id": "id", "ids": "number", "schema": BOOK}},
    "paths": {
        "/books": {
            "get": {
                "operationId": "list_books",
                "x-resource": {"collection": "books", "does": "list", "pages": {"limit": "limit"}},
                "parameters": [LIMIT],
                "responses": {"200": LIST},
            }
        },
        "/books/{bookId}": {
            "get": {
                "operationId": "get_book",
                "x-resource": {
                    "collection": "books",
                    "does": "read",
                    "id": "bookId",
                    "missing": "gone",
                    "item": "",
                },
                "parameters": [ID],
                "responses": {"200": FINE, "404": PROBLEM},
            }
        },
    },
}
LIST_AT, READ_AT = "/paths/~1books/get/x-resource", "/paths/~1books~1{bookId}/get/x-resource"


def bound(where: str = LIST_AT, **changes: Any) -> BoundContract:
    """The contract without handlers of its own, with members of an `x-resource` changed (None: left out)."""
    root = deepcopy(ROOT)
    action = resolve(root, where)
    action.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del action[name]
    return BoundContract(Contract(Document(root, "books")), ())


def test_contract_needs_no_handlers() -> None:
    assert sorted(bound().handlers) == ["get_book", "list_books"]


@pytest.mark.parametrize(
    ("where", "changes", "reason"),
    [
        (LIST_AT, {"does": "print"}, "does 'print'; use one of create, read"),
        (
            LIST_AT,
            {"collection": "boks"},
            "unknown collection 'boks'; name one of x-resources, such as books",
        ),
        (LIST_AT, {"pages": {"limit": "count"}}, "unknown parameter 'count'"),
        (LIST_AT, {"pages": {"most": "limit"}}, "unknown member 'most' of pages"),
        (LIST_AT, {"filters": {"name": "name"}}, "unknown parameter 'name'"),
        (LIST_AT, {"within": [{"parameter": "shelf"}]}, "unknown parameter 'shelf'"),
        (READ_AT, {"missing": "lost"}, "names the problem 'lost', which is not listed"),
        (READ_AT, {"missing": None}, "does not say what read answers then; add `missing`"),
        (READ_AT, {"id": None}, "does not say where the id is; add `id`"),
        (READ_AT, {"id": "isbn"}, "unknown parameter 'isbn'"),
    ],
)
def test_invalid_resource(where: str, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidContractError) as refused:
        bound(where, **changes)
    assert reason in str(refused.value)
