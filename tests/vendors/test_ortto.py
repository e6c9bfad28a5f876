"""Ortto: headers, authentication and the texts of errors, which all endpoints share."""

import re
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.vendors.ortto import Ortto

HEADERS = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE, OPTIONS",
    "Access-Control-Allow-Origin": "*",
    "Allow": "GET, POST, PUT, DELETE, OPTIONS",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "Content-Type": "application/json",
}
OPERATIONS = [
    ("POST", "/v1/audiences/get"),
    ("PUT", "/v1/audience/subscribe"),
    ("POST", "/v1/person/subscriptions"),
    ("POST", "/v1/person/get"),
    ("POST", "/v1/person/get-by-ids"),
    ("POST", "/v1/person/merge"),
    ("PUT", "/v1/person/archive"),
    ("PUT", "/v1/person/restore"),
    ("DELETE", "/v1/person/delete"),
    ("POST", "/v1/activities/create"),
    ("POST", "/v1/person/get/activities"),
    ("POST", "/v1/definitions/activity/create"),
    ("PUT", "/v1/definitions/activity/modify"),
    ("DELETE", "/v1/definitions/activity/delete"),
    ("POST", "/v1/tags/get"),
    ("POST", "/v1/person/custom-field/get"),
]
OPTIONAL_BODY = {"/v1/audiences/get", "/v1/person/get", "/v1/tags/get", "/v1/person/custom-field/get"}
RATE_LIMITED = {"error": {"code": "rate-limit", "message": "rate limit", "try-in-seconds": 10}}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_success_has_the_recorded_headers_and_ends_with_a_newline(ortto: Ortto) -> None:
    reply = ortto.reply("POST", "/v1/audiences/get", {"search_term": "no audience has this name"})
    assert reply.content == b"null\n"
    assert HEADERS.items() <= dict(reply.headers).items()
    assert reply.headers["X-Version"].startswith("master-")


def test_an_error_has_the_recorded_headers(ortto: Ortto) -> None:
    reply = ortto.reply("POST", "/v1/audiences/get", {"limit": "x"})
    assert reply.status_code == 400
    assert reply.content.endswith(b"}\n")
    assert HEADERS.items() <= dict(reply.headers).items()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_api_key_is_required(ortto: Ortto, method: str, path: str) -> None:
    without = requests.request(method, ortto.url + path, json={}, timeout=30)
    wrong = requests.request(method, ortto.url + path, json={}, headers={"X-Api-Key": "PRK-x"}, timeout=30)
    for reply in (without, wrong):
        body = reply.json()
        assert UUID.fullmatch(body.pop("request_id"))
        assert (reply.status_code, body) == (401, {"code": 401, "error": "Unauthorized"})


def test_the_key_header_name_is_case_insensitive(ortto: Ortto) -> None:
    key = ortto.world.credentials("ortto")["api_key"]
    reply = requests.post(f"{ortto.url}/v1/tags/get", json={}, headers={"x-api-key": key}, timeout=30)
    assert reply.status_code == 200


def test_every_call_has_a_new_request_id(ortto: Ortto) -> None:
    replies = [ortto.reply("POST", "/v1/audiences/get", {"limit": "x"}).json() for _ in range(3)]
    assert len({reply["request_id"] for reply in replies}) == 3


@pytest.mark.mockserver(strict=False)
def test_the_plural_path_of_subscribe_is_unknown(ortto: Ortto) -> None:
    reply = ortto.reply("PUT", "/v1/audiences/subscribe", {})
    assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (404, 404, "Not Found")
    assert HEADERS.items() <= dict(reply.headers).items()


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_another_method_is_not_allowed(ortto: Ortto, method: str, path: str) -> None:
    reply = ortto.reply("PATCH", path, {})
    assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (
        405,
        405,
        "Method Not Allowed",
    )


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_body_that_is_not_json(ortto: Ortto, method: str, path: str) -> None:
    reply = ortto.session.request(method, ortto.url + path, data='{"limit":', timeout=30)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("myorttoaccount: Failed to parse request ")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_body_is_required_if_an_element_is(ortto: Ortto, method: str, path: str) -> None:
    if path in OPTIONAL_BODY:
        assert ortto.reply(method, path).status_code == 200
    else:
        assert ortto.error(method, path) == {"error": "myorttoaccount: Failed to parse request EOF"}


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("/v1/audiences/get", {"limit": "x"}, "json: cannot unmarshal string into /limit of type integer"),
        (
            "/v1/audiences/get",
            {"archived": 1},
            "json: cannot unmarshal number into /archived of type boolean",
        ),
        (
            "/v1/audiences/get",
            {"search_term": 5},
            "json: cannot unmarshal number into /search_term of type string",
        ),
        ("/v1/person/get", [], "json: cannot unmarshal array into / of type object"),
        ("/v1/tags/get", {"q": {}}, "json: cannot unmarshal object into /q of type string"),
        ("/v1/person/custom-field/get", True, "json: cannot unmarshal bool into / of type object"),
        ("/v1/audiences/get", {"offset": -1}, "/offset: -1 is less than the minimum of 0"),
        (
            "/v1/person/get",
            {"audience_filter": "subscribers"},
            "/: 'audience_id' is a required property",
        ),
        ("/v1/person/subscriptions", {}, "/: 'people' is a required property"),
    ],
)
def test_invalid_elements(ortto: Ortto, path: str, body: Any, reason: str) -> None:
    text = f"myorttoaccount: Failed to parse request {reason} (Invalid value)"
    assert ortto.error("POST", path, body) == {"error": text}


@pytest.mark.parametrize(("id", "length"), [("0" * 14, 16), ("0" * 20, 22), ("0" * 36, 38), ("", 2), (7, 1)])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/person/get", {"cursor_id": ...}),
        ("POST", "/v1/person/get", {"audience_id": ...}),
        ("POST", "/v1/person/get", {"filter": {"$or": [{"$is_member_of": {"audience_id": ...}}]}}),
        ("POST", "/v1/person/get-by-ids", {"contact_ids": [...]}),
        ("PUT", "/v1/person/archive", {"inclusion_ids": [...]}),
        ("PUT", "/v1/person/restore", {"exclusion_ids": [...]}),
        ("DELETE", "/v1/person/delete", {"inclusion_ids": [...]}),
        (
            "PUT",
            "/v1/audience/subscribe",
            {"audience_id": ..., "people": [{"email": "a@b.c", "subscribed": True}]},
        ),
        ("POST", "/v1/person/subscriptions", {"people": [{"person_id": ...}]}),
    ],
)
def test_an_id_of_the_wrong_length(
    ortto: Ortto, method: str, path: str, body: Any, id: Any, length: int
) -> None:
    text = (
        "myorttoaccount: Failed to parse request cannot unmarshal into an ID, the length must be "
        f"12 or 24 + 2 for hex but it is {length}: Object not found"
    )
    assert ortto.error(method, path, _with_id(body, id)) == {"error": text}


def test_an_id_that_is_not_hexadecimal(ortto: Ortto) -> None:
    error = ortto.error("POST", "/v1/person/get", {"cursor_id": "z" * 24})
    assert error["error"].endswith("encoding/hex: invalid byte: U+007A 'z': Object not found")


def test_a_429_has_another_body_than_other_errors() -> None:
    contract = Contract.read(contracts() / "ortto" / "openapi.yaml")
    assert contract.operations
    for operation in contract.operations.values():
        limited, either = operation.problems["rate_limited"], operation.replies["429"].schema
        assert (limited.status, limited.value) == (429, RATE_LIMITED)
        assert either is not None
        assert either.is_valid(RATE_LIMITED)
        assert either.is_valid(operation.problems["unauthorized"].value)
        assert not either.is_valid({"error": 429})


def _with_id(body: Any, id: Any) -> Any:
    """The body with every ellipsis replaced by the id."""
    if isinstance(body, dict):
        return {key: _with_id(value, id) for key, value in body.items()}
    if isinstance(body, list):
        return [_with_id(value, id) for value in body]
    return id if body is ... else body
