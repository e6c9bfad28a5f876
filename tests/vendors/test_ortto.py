"""Ortto: headers, authentication and the texts of errors, which all endpoints share."""

import re
from typing import Any

import pytest
import requests

from mockserver.client import World
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.examples import one_in
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
    ("POST", "/v1/person/custom-field/create"),
    ("PUT", "/v1/person/custom-field/update"),
    ("POST", "/v1/accounts/custom-field/get"),
    ("POST", "/v1/accounts/custom-field/create"),
    ("PUT", "/v1/accounts/custom-field/update"),
    ("POST", "/v1/instance-schema/get"),
    ("POST", "/v1/accounts/get"),
    ("POST", "/v1/organizations/get"),
    ("POST", "/v1/accounts/get-by-ids"),
    ("POST", "/v1/accounts/merge"),
    ("PUT", "/v1/accounts/archive"),
    ("PUT", "/v1/accounts/restore"),
    ("DELETE", "/v1/accounts/delete"),
    ("PUT", "/v1/accounts/contacts/add"),
    ("PUT", "/v1/accounts/contacts/remove"),
    ("POST", "/v1/accounts/activities/create"),
    ("POST", "/v1/campaign/get-all"),
]
OPTIONAL_BODY = {
    "/v1/audiences/get", "/v1/person/get", "/v1/tags/get",
    "/v1/person/custom-field/get", "/v1/accounts/custom-field/get", "/v1/instance-schema/get",
    "/v1/accounts/get", "/v1/organizations/get", "/v1/campaign/get-all",
}  # fmt: skip
RATE_LIMITED = {"error": {"code": "rate-limit", "message": "rate limit", "try-in-seconds": 10}}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
WRONG_IDS = [("0" * 14, 16), ("0" * 20, 22), ("0" * 36, 38), ("", 2), (7, 1)]
"""Ids with the length that they are said to have."""
PLACES_OF_IDS: list[tuple[str, str, Any]] = [
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
    ("POST", "/v1/person/get/activities", {"person_id": ...}),
    ("POST", "/v1/activities/create", {"activities": [{"activity_id": "act::o", "person_id": ...}]}),
    ("POST", "/v1/accounts/get", {"cursor_id": ...}),
    ("POST", "/v1/accounts/get-by-ids", {"account_ids": [...]}),
    ("PUT", "/v1/accounts/archive", {"inclusion_ids": [...]}),
    ("PUT", "/v1/accounts/contacts/add", {"account_id": "0" * 24, "person_ids": [...]}),
    ("PUT", "/v1/accounts/contacts/remove", {"account_id": ..., "person_ids": []}),
    ("POST", "/v1/campaign/get-all", {"campaign_ids": [...]}),
]


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


@pytest.fixture(scope="module")
def unchanged(mockserver_module: World) -> Ortto:
    """That of one world for the many calls that are refused, and so change nothing."""
    return Ortto(mockserver_module)


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
def test_an_api_key_is_required(unchanged: Ortto, method: str, path: str) -> None:
    without = requests.request(method, unchanged.url + path, json={}, timeout=30)
    wrong = requests.request(
        method, unchanged.url + path, json={}, headers={"X-Api-Key": "PRK-x"}, timeout=30
    )
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
    assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (
        404,
        404,
        "Unknown endpoint or method",
    )
    assert HEADERS.items() <= dict(reply.headers).items()


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(("method", "path"), one_in(3, OPERATIONS))
def test_another_method_is_not_allowed(unchanged: Ortto, method: str, path: str) -> None:
    reply = unchanged.reply("PATCH", path, {})
    assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (
        405,
        405,
        "Method Not Allowed",
    )


@pytest.mark.parametrize(("method", "path"), one_in(3, OPERATIONS))
def test_a_body_that_is_not_json(unchanged: Ortto, method: str, path: str) -> None:
    reply = unchanged.session.request(method, unchanged.url + path, data='{"limit":', timeout=30)
    assert reply.status_code == 400
    assert reply.json()["error"].startswith("myorttoaccount: Failed to parse request ")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_a_body_is_required_if_an_element_is(ortto: Ortto, method: str, path: str) -> None:
    if path in OPTIONAL_BODY:
        assert ortto.reply(method, path).status_code == 200
    else:
        assert ortto.error(method, path) == {"error": "myorttoaccount: Failed to parse request EOF"}


UNMARSHAL = "json: cannot unmarshal"


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("audiences/get", '{"limit":"10"}', "string into Go struct field AudiencesQuery.limit of type int"),
        (
            "audiences/get",
            '{"limit":2.0}',
            "number 2.0 into Go struct field AudiencesQuery.limit of type int",
        ),
        (
            "audiences/get",
            '{"limit":1e2}',
            "number 1e2 into Go struct field AudiencesQuery.limit of type int",
        ),
        (
            "audiences/get",
            '{"offset": 9223372036854775808}',
            "number 9223372036854775808 into Go struct field AudiencesQuery.offset of type int",
        ),
        (
            "audiences/get",
            '{"archived":1}',
            "number into Go struct field AudiencesQuery.archived of type bool",
        ),
        (
            "audiences/get",
            '{"search_term":5}',
            "number into Go struct field AudiencesQuery.search_term of type string",
        ),
        ("person/get", "[]", "array into Go value of type PeopleQuery"),
        ("person/get", '{"fields":{}}', "object into Go struct field PeopleQuery.fields of type []string"),
        ("person/get", '{"type":5}', "number into Go struct field PeopleQuery.type of type string"),
        ("tags/get", '{"q":{}}', "object into Go struct field TagsQuery.q of type string"),
        ("person/custom-field/get", "true", "bool into Go value of type NoElements"),
        (
            "person/merge",
            '{"people":[{"fields":{}},{"fields":{},"tags":"VIP"}]}',
            "string into Go struct field Merge.people.tags of type []string",
        ),
        (
            "person/merge",
            '{"people":[{"fields":"x"}]}',
            "string into Go struct field Merge.people.fields of type struct",
        ),
        (
            "person/merge",
            '{"people":[{"fields":{}}],"merge_by_alt_fields":"x"}',
            "string into Go struct field Merge.merge_by_alt_fields of type map[string]interface {}",
        ),
    ],
)
def test_a_wrong_type_is_refused_in_the_words_of_go(
    unchanged: Ortto, path: str, body: str, reason: str
) -> None:
    assert _error_of(unchanged, path, body) == f"myorttoaccount: Failed to parse request {UNMARSHAL} {reason}"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{", "unexpected end of JSON input"),
        ('{"limit":', "unexpected end of JSON input"),
        ('{"limit":"1', "unexpected end of JSON input"),
        ('{"limit":1', "unexpected end of JSON input"),
        ("nonsense", "invalid character 'o' in literal null (expecting 'u')"),
        ("tru", "unexpected end of JSON input"),
        ("{'a':1}", "invalid character '\\'' looking for beginning of object key string"),
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a":[1,]}', "invalid character ']' looking for beginning of value"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ('{"a":[1 {"b":"]"}]}', "invalid character '{' after array element"),
        ("{} {}", "invalid character '{' after top-level value"),
        ('{"a":NaN}', "invalid character 'N' looking for beginning of value"),
        ('{"a":<}', "invalid character '<' looking for beginning of value"),
        ('{"a":"\n"}', "invalid character '\\n' in string literal"),
        ('{"a":"\\x"}', "invalid character 'x' in string escape code"),
        ("[" * 300 + "]" * 300, "exceeded max depth"),
        ('{"limit":1e400}', "json: cannot unmarshal number 1e400 into Go value of type float64"),
    ],
)
def test_a_body_that_is_not_json_is_refused_in_the_words_of_go(
    unchanged: Ortto, body: str, reason: str
) -> None:
    assert _error_of(unchanged, "audiences/get", body) == f"myorttoaccount: Failed to parse request {reason}"


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("audiences/get", '{"offset":-1}', "offset: the value is less than 0"),
        ("person/get", '{"audience_filter":"subscribers"}', "audience_id is required"),
        ("person/get", '{"sort_order":"up"}', 'sort_order: "up"'),
        (
            "person/merge",
            '{"people":[{"fields":{"str::email":"a@b.c"}},{"fields":{"int:cm:orders": "1"}}]}',
            'failed to validate field int:cm:orders: "1"',
        ),
        (
            "person/merge",
            '{"people":[{"fields":{"dtz::b":{"year": 1e2}}}]}',
            'failed to validate field dtz::b: {"year": 1e2}',
        ),
        ("person/subscriptions", "{}", "people is required"),
        ("person/subscriptions", '{"people":[]}', "people: at least 1 element is required"),
        (
            "activities/create",
            '{"activities":[{"activity_id":"act::o","person_id":null}]}',
            "activities.0: person_id or fields is required",
        ),
        (
            "activities/create",
            '{"activities":[{"activity_id":"x","fields":{}}]}',
            'activities.0.activity_id: "x"',
        ),
    ],
)
def test_other_invalid_elements(unchanged: Ortto, path: str, body: str, reason: str) -> None:
    text = f"myorttoaccount: Failed to parse request {reason} (Invalid value)"
    assert _error_of(unchanged, path, body) == text


def test_member_names_match_without_regard_to_case(ortto: Ortto) -> None:
    assert len(ortto.audiences(LIMIT=1)) == 1
    assert len(ortto.audiences(LIMIT=1, limit=2)) == 2
    body = {"PEOPLE": [{"Fields": {"str::email": "case@test.example"}, "TAGS": ["VIP"]}]}
    (done,) = ortto.send("POST", "/v1/person/merge", body)["people"]
    assert ortto.fields(done["person_id"], "tags") == {"tags": ["VIP"]}
    # The keys of a map are not names of members.
    unknown = {"people": [{"fields": {"STR::EMAIL": "case@test.example"}}]}
    assert "STR::EMAIL" in ortto.error("POST", "/v1/person/merge", unknown)["error"]
    wrong = ortto.error("POST", "/v1/audiences/get", {"LIMIT": "x"})["error"]
    assert wrong.endswith("string into Go struct field AudiencesQuery.limit of type int")


def _error_of(ortto: Ortto, path: str, body: str) -> str:
    reply = ortto.session.post(f"{ortto.url}/v1/{path}", data=body, timeout=30)
    assert reply.status_code == 400, reply.text
    return str(reply.json()["error"])


@pytest.mark.parametrize("path", ["/v1/audiences/get", "/v1/person/merge"])
def test_a_preflight_succeeds_without_a_key(ortto: Ortto, path: str) -> None:
    reply = requests.options(ortto.url + path, timeout=30)
    assert (reply.status_code, reply.content) == (204, b"")
    expected = {name: text for name, text in HEADERS.items() if name != "Content-Type"}
    assert expected.items() <= dict(reply.headers).items()


@pytest.mark.mockserver(strict=False)
def test_paths_that_are_no_endpoints(ortto: Ortto) -> None:
    key = {"X-Api-Key": ortto.world.credentials("ortto")["api_key"]}
    cases: list[tuple[str, dict[str, str], int, str]] = [
        ("/v1/", {}, 400, "Bad Request"),
        ("/v1/", key, 404, "Unknown endpoint or method"),
        ("/v1/nowhere", {}, 401, "Unauthorized"),
        ("/.well-known/security.txt", {}, 401, "Unauthorized"),
    ]
    for path, headers, status, text in cases:
        reply = requests.get(ortto.url + path, headers=headers, timeout=30)
        assert (reply.status_code, reply.json()["code"], reply.json()["error"]) == (status, status, text)
    forbidden = requests.get(f"{ortto.url}/.well-known/openid-configuration", timeout=30)
    assert (forbidden.status_code, forbidden.headers["Content-Type"]) == (403, "text/html")
    assert "request_id" not in forbidden.text


@pytest.mark.parametrize(
    ("region", "host"),
    [("default", "api.ap3api.com"), ("au", "api.au.ap3api.com"), ("eu", "api.eu.ap3api.com")],
)
def test_a_key_works_on_the_host_of_its_region_only(ortto: Ortto, region: str, host: str) -> None:
    ortto.world.configure(switches={"ortto": {"region": region}})
    with ortto.world.redirect():
        for other in ("api.ap3api.com", "api.au.ap3api.com", "api.eu.ap3api.com"):
            reply = ortto.session.post(f"https://{other}/v1/audiences/get", json={}, timeout=30)
            assert reply.status_code == (200 if other == host else 401), other
    assert ortto.audiences()
    remarks = [one["remarks"] for one in ortto.world.journal() if one["reply"]["status"] == 401]
    assert len(remarks) == 2
    assert all(f"of the region {region}" in found[0] for found in remarks)


@pytest.mark.parametrize(
    ("id", "method", "path", "body"), one_in(3, [(id, *place) for id in WRONG_IDS for place in PLACES_OF_IDS])
)
def test_an_id_of_the_wrong_length(
    unchanged: Ortto, id: tuple[Any, int], method: str, path: str, body: Any
) -> None:
    sent, length = id
    text = (
        "myorttoaccount: Failed to parse request cannot unmarshal into an ID, the length must be "
        f"12 or 24 + 2 for hex but it is {length}: Object not found"
    )
    assert unchanged.error(method, path, _with_id(body, sent)) == {"error": text}


@pytest.mark.parametrize("id", ["z" * 24, "0a9F" + "z" * 20, "0" * 23 + "z"])
def test_an_id_that_is_not_hexadecimal(ortto: Ortto, id: str) -> None:
    error = ortto.error("POST", "/v1/person/get", {"cursor_id": id})
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
