"""Voyado: interactions of contacts, and the schemas that their payloads fit."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
RATING = {"type": "object", "required": ["rating"], "properties": {"rating": {"type": "integer"}}}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
VERSIONS = pytest.mark.parametrize("version", ["v3", "v2"])


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def define(engage: Engage, id: str = "review", schema: Any = None, version: str = "v3") -> Any:
    body = {"id": id, "displayName": "Review", "jsonSchema": RATING if schema is None else schema}
    reply = engage.send("POST", f"/api/{version}/interactionschemas", body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def save(engage: Engage, contact: str, rating: Any = 5, version: str = "v3", **members: Any) -> Any:
    body = {"contactId": contact, "schemaId": "review", "payload": {"rating": rating}, **members}
    reply = engage.send("POST", f"/api/{version}/interactions", body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def listed(engage: Engage, contact: str, version: str = "v3", **params: Any) -> Any:
    return engage.get(f"/api/{version}/interactions", contactId=contact, **{"schemaId": "review", **params})


@VERSIONS
def test_an_interaction_is_saved_read_and_deleted(
    engage: Engage, mockserver_server: MockServer, version: str
) -> None:
    contact = engage.create("review@example.com")
    href = f"/api/{version}/interactionschemas/a%2Fb%20%C3%A9"
    assert define(engage, "a/b é", version=version)["self"] == {
        "href": href,
        "created": "2026-01-05T09:00:00.000Z",
    }
    assert engage.get(href)["jsonSchema"] == RATING
    define(engage, version=version)
    made = save(engage, contact.upper(), version=version, createdDate="2026-01-04 10:00:00+01:00")
    path = f"/api/{version}/interactions/{made['id']}"
    assert made["self"] == {"contactId": contact, "href": path, "created": "2026-01-05T09:00:00.000Z"}
    interaction = {
        "id": made["id"],
        "contactId": contact,
        "schemaId": "review",
        "createdDate": "2026-01-04T09:00:00.000Z",
        "payload": {"rating": 5},
    }
    newer = save(engage, contact, 3, version=version)["id"]
    for one in (engage, engage.fork(mockserver_server.control)):
        assert one.get(path) == interaction
        for either in ("v2", "v3"):
            page = listed(one, contact, either)
            assert [item["id"] for item in page["items"]] == [newer, made["id"]]
            assert (page["links"], page["items"][1]) == ([], interaction)
        names = one.get(f"/api/{version}/interactionschemas")
        assert names == [{"id": id, "displayName": "Review"} for id in ("a/b é", "review")]
    assert engage.send("DELETE", path).json() == {}
    for method in ("GET", "DELETE"):
        assert engage.expect_error(404, method, path)["errorCode"] == "InteractionNotFound"
    assert [item["id"] for item in listed(engage, contact)["items"]] == [newer]


@VERSIONS
def test_a_schema_is_deleted_with_its_interactions(
    engage: Engage, mockserver_server: MockServer, version: str
) -> None:
    contacts = [engage.create(f"{name}@example.com") for name in ("one", "two")]
    define(engage)
    define(engage, "other")
    gone = [save(engage, contact)["id"] for contact in contacts]
    kept = save(engage, contacts[0], schemaId="other")["id"]
    path = f"/api/{version}/interactionschemas/review"
    assert engage.send("DELETE", path).json() == {}
    for one in (engage, engage.fork(mockserver_server.control)):
        assert [schema["id"] for schema in one.get(f"/api/{version}/interactionschemas")] == ["other"]
        for id in gone:
            one.expect_error(404, "GET", f"/api/{version}/interactions/{id}")
        assert one.get(f"/api/{version}/interactions/{kept}")["schemaId"] == "other"
        for method in ("GET", "DELETE"):
            assert one.expect_error(404, method, path)["errorCode"] == "InteractionSchemaNotFound"
    define(engage)
    assert listed(engage, contacts[0], version)["items"] == []


@VERSIONS
def test_a_contact_is_deleted_with_its_interactions(engage: Engage, version: str) -> None:
    contact, other = engage.create("one@example.com"), engage.create("two@example.com")
    define(engage)
    gone, kept = (save(engage, one)["id"] for one in (contact, other))
    engage.send("DELETE", f"/api/{version}/contacts/{contact}")
    engage.expect_error(404, "GET", f"/api/v3/interactions/{gone}")
    assert engage.get(f"/api/v3/interactions/{kept}")["id"] == kept


def test_a_page_has_fifty_interactions(engage: Engage) -> None:
    contact = engage.create("many@example.com")
    define(engage)
    ids = [save(engage, contact, createdDate=f"2026-01-04T09:{number:02}:00Z")["id"] for number in range(51)]
    first = listed(engage, contact, "v2")
    (link,) = first["links"]
    assert (link["method"], link["rel"]) == ("GET", "next")
    assert link["href"].startswith(f"/api/v2/interactions?contactId={contact}&schemaId=review&continuation=")
    second = engage.get(link["href"])
    assert [item["id"] for item in (*first["items"], *second["items"])] == ids[::-1]
    assert (len(second["items"]), second["links"]) == (1, [])
    for token in ("x", "é", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5LzE"):
        error = engage.expect_error(
            400, "GET", "/api/v3/interactions", contactId=contact, schemaId="review", continuation=token
        )
        assert error["message"] == "The continuation field is not valid."


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ({}, "The payload.rating field is required."),
        ({"rating": "x"}, "The field payload.rating must be a whole number."),
        ({"rating": 1, "tags": ["a" * 40 + "b"]}, "The payload.tags[0] field is not valid."),
    ],
)
def test_a_payload_fits_its_schema(engage: Engage, payload: Any, message: str) -> None:
    contact = engage.create("strict@example.com")
    tags = {"type": "array", "items": {"pattern": "^(a+)+$"}}
    define(engage, schema={**RATING, "properties": {**RATING["properties"], "tags": tags}})  # type: ignore[dict-item]
    body = {"contactId": contact, "schemaId": "review", "payload": payload}
    error = engage.expect_error(422, "POST", "/api/v3/interactions", body)
    assert [one["errorDescription"] for one in error["validationErrors"]] == [message]
    assert listed(engage, contact)["items"] == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "text"},
        {"pattern": "("},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$schema": "https://example.com/another"},
    ],
)
def test_an_invalid_schema_is_rejected_and_nothing_is_fetched(engage: Engage, schema: Any) -> None:
    body = {"id": "review", "displayName": "Review", "jsonSchema": schema}
    error = engage.expect_error(422, "POST", "/api/v3/interactionschemas", body)
    assert error["validationErrors"] == [
        {"errorDescription": "The jsonSchema field is not a valid JSON schema.", "field": "jsonSchema"}
    ]
    assert engage.get("/api/v3/interactionschemas") == []


def test_what_is_unknown_or_missing_is_rejected(engage: Engage) -> None:
    contact = engage.create("unknown@example.com")
    define(engage)
    post, get = "/api/v3/interactions", "/api/v2/interactions"
    body = {"contactId": contact, "schemaId": "review", "payload": {"rating": 1}}
    same = {"id": "review", "displayName": "Review", "jsonSchema": {}}
    for status, code, method, path, given, params in (
        (404, "ContactNotFound", "POST", post, {**body, "contactId": UNKNOWN_ID}, {}),
        (404, "InteractionSchemaNotFound", "POST", post, {**body, "schemaId": "none"}, {}),
        (422, "ValidationError", "POST", post, {**body, "contactId": "1"}, {}),
        (404, "ContactNotFound", "GET", get, None, {"contactId": UNKNOWN_ID, "schemaId": "review"}),
        (404, "InteractionSchemaNotFound", "GET", get, None, {"contactId": contact, "schemaId": "none"}),
        (400, "InvalidContactId", "GET", get, None, {"contactId": "1", "schemaId": "review"}),
        (400, "InvalidData", "GET", get, None, {"contactId": contact}),
        (404, "InteractionNotFound", "GET", f"{get}/1", None, {}),
        (409, "InteractionSchemaExists", "POST", "/api/v2/interactionschemas", same, {}),
    ):
        assert engage.expect_error(status, method, path, given, **params)["errorCode"] == code
