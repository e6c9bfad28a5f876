"""Ortto: null means absent for every optional element."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


@pytest.mark.parametrize(
    ("path", "elements"),
    [
        ("/v1/audiences/get", "search_term with_filter limit offset archived retention"),
        (
            "/v1/person/get",
            "fields limit offset cursor_id sort_by_field_id sort_order q type filter audience_id "
            "audience_filter",
        ),
        ("/v1/tags/get", "q"),
    ],
)
def test_null_elements_are_ignored(ortto: Ortto, path: str, elements: str) -> None:
    expected = ortto.send("POST", path, {})
    assert ortto.send("POST", path, dict.fromkeys(elements.split())) == expected
    reply = ortto.session.post(ortto.url + path, data=b"null", timeout=10)
    assert (reply.status_code, reply.json()) == (200, expected)


@pytest.mark.parametrize("audience", [{}, {"audience_id": None}])
def test_an_audience_filter_still_needs_an_audience(ortto: Ortto, audience: dict[str, None]) -> None:
    ortto.error("POST", "/v1/person/get", {"audience_filter": "subscribers", **audience})


def test_null_options_of_merge_are_ignored(ortto: Ortto) -> None:
    options = (
        "async merge_by merge_by_alt_fields merge_strategy find_strategy skip_non_existing "
        "suppression_list_field_id skip_suppression_check"
    )
    nothing = dict.fromkeys(("source_ip", "custom", "address"))
    person = {
        "fields": {"str::email": "null@test.example", "str::first": "Ann"},
        **dict.fromkeys(("tags", "unset_tags", "clear_fields")),
    }
    for location in (None, nothing, {**nothing, "address": {"city": "Gent", "country": None}}):
        body = {"people": [{**person, "location": location}], **dict.fromkeys(options.split())}
        (done,) = ortto.send("POST", "/v1/person/merge", body)["people"]
    assert done["status"] == "merged"
    wanted = ("str::first", "geo::city", "geo::country")
    assert ortto.fields(done["person_id"], *wanted) == {"str::first": "Ann", "geo::city": {"name": "Gent"}}


def test_null_and_empty_keys_do_not_identify_people(ortto: Ortto) -> None:
    id = ortto.create("key@test.example")
    audience = ortto.audience_id_of("Subscribers")
    for key in (
        {"person_id": id, "email": None, "external_id": ""},
        {"person_id": None, "email": "key@test.example", "external_id": None},
    ):
        (person,) = ortto.send("POST", "/v1/person/subscriptions", {"people": [key]})["people"]
        assert person["person_id"] == id
        flags = {"subscribed": None, "sms_opted_in": False}
        (done,) = ortto.subscribe(audience, {**key, **flags}, **{"async": None})["people"]
        assert done["status"] == "unsubscribed"
    blank_keys: list[dict[str, Any]] = [
        {"email": ""},
        {"person_id": None, "email": None, "external_id": None},
    ]
    for key in blank_keys:
        expected = "myorttoaccount: people 0: person_id, email or external_id is required (Invalid value)"
        body = {"audience_id": audience, "people": [{**key, "subscribed": True}]}
        assert ortto.error("PUT", "/v1/audience/subscribe", body)["error"] == expected
        asked = {"people": [key]}
        assert ortto.error("POST", "/v1/person/subscriptions", asked)["error"] == expected
    without = {"audience_id": audience, "people": [{"person_id": id, "subscribed": None}]}
    assert "is required" in ortto.error("PUT", "/v1/audience/subscribe", without)["error"]


def test_null_selects_no_people(ortto: Ortto) -> None:
    nulls: dict[str, Any] = dict.fromkeys(("inclusion_ids", "exclusion_ids", "all_rows_selected"))
    for method, action in (("PUT", "archive"), ("PUT", "restore"), ("DELETE", "delete")):
        assert set(ortto.send(method, f"/v1/person/{action}", nulls).values()) == {0}
    id = ortto.create("one@test.example")
    body = {"contact_ids": [id], "fields": None}
    assert ortto.send("POST", "/v1/person/get-by-ids", body) == {"contacts": {id: {"id": id, "fields": {}}}}
