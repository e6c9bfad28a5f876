from typing import Any

import pytest

from mockserver.contract.contract import Contract
from mockserver.contract.credential import CredentialSpec
from mockserver.contract.document import Document
from mockserver.contract.operation import Operation, is_json
from mockserver.errors import InvalidContractError


def _contract(root: dict[str, Any]) -> Contract:
    return Contract(Document(root, "shelf/openapi.yaml"))


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/books", "list_books"),
        ("POST", "/books", "create_book"),
        ("GET", "/books/latest", "get_latest_book"),
        ("GET", "/books/latest ", "get_book"),
        ("GET", "/books/a.b c", "get_book"),
        ("GET", "/books/a\nb", "get_book"),
        ("DELETE", "/books/momo", "delete_book"),
    ],
)
def test_a_call_is_routed_to_its_operation(method: str, path: str, found: str, shelf: Contract) -> None:
    operation = shelf.route(method, path)
    assert isinstance(operation, Operation)
    assert operation.id == found


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/books", ("GET", "POST")),
        ("get", "/books", ("GET", "POST")),
        ("DELETE", "/books/latest", ("GET",)),
        ("GET", "/book", ()),
        ("GET", "/books/", ()),
        ("GET", "/books/a/b", ()),
        ("GET", "/x/books/a", ()),
        ("GET", "", ()),
    ],
)
def test_an_unknown_method_yields_the_methods_of_the_path(
    method: str, path: str, allowed: tuple[str, ...], shelf: Contract
) -> None:
    assert shelf.route(method, path) == allowed


def test_the_template_with_fewer_parameters_wins(root: dict[str, Any]) -> None:
    both = {"get": root["paths"]["/books/latest"]["get"] | {"operationId": "get_page"}}
    root["paths"] = {"/{kind}/{title}": both, **root["paths"]}
    operation = _contract(root).route("GET", "/books/momo")
    assert isinstance(operation, Operation)
    assert operation.id == "get_book"


def test_regex_characters_in_a_path_are_literal(root: dict[str, Any]) -> None:
    root["paths"] = {"/v1.0/{title}": root["paths"]["/books/{title}"]}
    contract = _contract(root)
    assert isinstance(contract.route("GET", "/v1.0/a"), Operation)
    assert contract.route("GET", "/v1x0/a") == ()


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("GET", "/bookss", "list_books"),
        ("DELETE", "/book/{title}", "delete_book"),
        ("DELETE", "/book/a-title-that-is-much-longer-than-the-name-of-its-parameter", "delete_book"),
        ("PATCH", "???", None),
    ],
)
def test_the_most_similar_operation_is_suggested(
    method: str, path: str, nearest: str | None, shelf: Contract
) -> None:
    found = shelf.suggest_operation(method, path)
    assert (found.id if found else None) == nearest


def test_problems_have_their_status_body_and_templates(shelf: Contract) -> None:
    unfit = shelf.operations["list_books"].problems["unfit"]
    assert unfit.status == 400
    assert unfit.summary == "Something does not fit"
    assert unfit.fill == {"/id": "{id}", "/error": "{field}: {reason}", "/about/a~1b/1": "{field}"}
    body = unfit.body({"id": 9, "field": "limit", "reason": "no"})
    assert body == {"error": "limit: no", "id": 9, "about": {"a/b": ["x", "limit"]}}


def test_a_shared_template_applies_to_problems_that_have_its_pointer(root: dict[str, Any]) -> None:
    del root["components"]["examples"]["unreadable"]["value"]["id"]
    problems = _contract(root).operations["create_book"].problems
    assert problems["unreadable"].fill == {}
    assert problems["untraceable"].fill == {"/id": "{id}"}


def test_a_problems_template_overrides_the_shared_one(root: dict[str, Any]) -> None:
    root["components"]["examples"]["untraceable"]["x-fill"] = {"/id": "{trace}"}
    assert _contract(root).problems["untraceable"].fill == {"/id": "{trace}"}


def test_every_problem_is_found_with_its_replies(shelf: Contract) -> None:
    assert set(shelf.problems) == {
        "not_found",
        "wrong_method",
        "unfit",
        "untraceable",
        "unreadable",
        "unauthorized",
    }
    assert shelf.replies_declaring("not_found") is shelf.unrouted.replies
    assert shelf.replies_declaring("unfit") is shelf.operations["list_books"].replies
    assert shelf.replies_declaring("nothing") == {}


def test_examples_of_2xx_replies_are_not_problems(shelf: Contract) -> None:
    assert "momo" not in shelf.operations["create_book"].problems


def test_an_operation_overrides_conditions_of_the_contract(root: dict[str, Any]) -> None:
    root["paths"]["/books"]["get"]["x-problems"] = {"call_invalid": "untraceable"}
    contract = _contract(root)
    assert contract.operations["list_books"].conditions["call_invalid"] == "untraceable"
    assert contract.operations["list_books"].conditions["path_unknown"] == "not_found"
    assert contract.operations["create_book"].conditions["call_invalid"] == "unfit"


@pytest.mark.parametrize(
    ("schema", "standing"),
    [
        ({"const": "7"}, "7"),
        ({"type": "integer", "default": 0}, "0"),
        ({"type": "string"}, None),
        ({"$ref": "#/components/schemas/Version"}, "8"),
    ],
)
def test_fixed_headers_are_read(schema: dict[str, Any], standing: str | None, root: dict[str, Any]) -> None:
    root["components"]["schemas"]["Version"] = {"const": "8"}
    root["paths"]["/books"]["get"]["responses"]["200"]["headers"]["X-Version"]["schema"] = schema
    header = _contract(root).operations["list_books"].replies["200"].headers["x-version"]
    assert header.fixed_value == standing


def test_credentials_and_their_schemes(root: dict[str, Any]) -> None:
    root["x-credentials"]["password"] = {"mint": "{uuid}"}
    contract = _contract(root)
    assert contract.credentials == (
        CredentialSpec("key", "Key", "K-{hex}"),
        CredentialSpec("password", None, "{uuid}"),
    )
    assert contract.schemes["Key"]["name"] == "X-Key"
    assert contract.default_schemes == ("Key",)
    sent = {"X-Key": "a", "Authorization": "b", "cookie": "c", "set-cookie": "d", "Accept": "e"}
    assert contract.redaction.headers(sent) == {**dict.fromkeys(sent, "…"), "Accept": "e"}


def test_an_operation_may_need_no_credential(shelf: Contract) -> None:
    assert shelf.operations["get_latest_book"].schemes == ()
    assert shelf.operations["get_book"].schemes == ("Key",)


def test_the_success_status_is_the_first_2xx(root: dict[str, Any]) -> None:
    responses = root["paths"]["/books"]["post"]["responses"]
    root["paths"]["/books"]["post"]["responses"] = {"400": responses["400"], "2XX": {}, **responses}
    contract = _contract(root)
    assert contract.operations["create_book"].success_status == 201
    assert contract.operations["delete_book"].success_status == 204


def test_reply_settings_of_the_root_are_read(root: dict[str, Any]) -> None:
    plain = _contract(root)
    assert (plain.reply_content_type, plain.reply_newline, plain.rules().content_type_scope) == (
        "application/json",
        False,
        None,
    )
    root |= {"x-reply-content-type": "text/json", "x-reply-newline": True, "x-content-type-required": True}
    other = _contract(root)
    assert (other.reply_content_type, other.reply_newline, other.rules().content_type_scope) == (
        "text/json",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"operationId": "create_book"},
            "shelf/openapi.yaml: operationId create_book is used twice; rename one",
        ),
        ({"operationId": None}, "shelf/openapi.yaml GET /books: has no operationId; name the operation"),
        ({"responses": {"400": {}}}, "shelf/openapi.yaml GET /books: declares no 2xx reply; add one"),
        ({"responses": {"2XX": {}}}, "shelf/openapi.yaml GET /books: declares no 2xx reply; add one"),
        ({"requestBody": {"$ref": "#/nobody"}}, "$ref #/nobody does not resolve"),
    ],
)
def test_invalid_operations_are_rejected(changes: dict[str, Any], message: str, root: dict[str, Any]) -> None:
    root["paths"]["/books"]["get"] |= changes
    contract = _contract(root)
    with pytest.raises(InvalidContractError) as caught:
        _ = contract.operations
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("media_type", "json"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/csv", False),
        ("application/jsonl", False),
    ],
)
def test_json_media_types_are_recognized(media_type: str, json: bool) -> None:
    assert is_json(media_type) is json
