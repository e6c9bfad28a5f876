"""Ortto: POST /v1/person/get and /v1/person/get-by-ids."""

from itertools import product
from typing import Any

import pytest

from mockserver.client import World
from tests.examples import one_in
from tests.vendors.ortto import Ortto, condition

EMPTY_PAGE = {
    "contacts": None,
    "meta": {"total_contacts": 0, "total_organizations": 0, "total_matches": 0, "total_subscribers": 0},
    "offset": 0,
    "next_offset": 0,
    "cursor_id": "0" * 24,
    "has_more": False,
}


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_people_are_returned_newest_first(ortto: Ortto) -> None:
    newest = ortto.create("newest@test.example")
    page = ortto.people(limit=3, fields=["str::email"])
    assert page["contacts"][0] == {"id": newest, "fields": {"str::email": "newest@test.example"}}
    assert page["meta"]["total_contacts"] == page["meta"]["total_matches"] == 201
    assert page["meta"]["total_subscribers"] == ortto.audience("Subscribers")["members"]
    assert (page["offset"], page["next_offset"], page["has_more"]) == (0, 3, True)


def test_person_ids_start_and_end_with_zeros(ortto: Ortto) -> None:
    ids = [*ortto.ids(), ortto.create("one@more.example")]
    assert len(set(ids)) == 201
    assert all(len(id) == 24 and id[:2] == id[-2:] == "00" and int(id, 16) for id in ids)


@pytest.mark.parametrize("limit", [None, 0, -5, 501, 10**18])
def test_a_limit_out_of_range_is_fifty(ortto: Ortto, limit: int | None) -> None:
    query = {} if limit is None else {"limit": limit}
    assert len(ortto.people(**query)["contacts"]) == 50
    assert len(ortto.people(filter=condition("$has_any_value", "l"), **query)["contacts"]) == 50


def test_a_page_after_the_end_is_null_and_zeros(ortto: Ortto) -> None:
    assert ortto.people(offset=5000) == EMPTY_PAGE
    assert ortto.people(offset=10**18, q="e") == EMPTY_PAGE
    assert ortto.people(offset=1, q="no person has this name") == EMPTY_PAGE


def test_an_empty_first_page_has_a_cursor(ortto: Ortto) -> None:
    page = ortto.people(type="archived", fields=["str::last"])
    cursor = page.pop("cursor_id")
    assert cursor != EMPTY_PAGE["cursor_id"]
    assert page == {name: value for name, value in EMPTY_PAGE.items() if name != "cursor_id"}
    assert ortto.people(cursor_id=cursor)["contacts"] == ortto.people()["contacts"]


@pytest.mark.parametrize(
    "query",
    [{"q": "no person has this name"}, {"filter": condition("$str::is", "str::email", value="no one")}],
)
def test_a_search_without_a_match_is_an_array_and_keeps_the_total(
    ortto: Ortto, query: dict[str, Any]
) -> None:
    page = ortto.people(**query)
    assert page.pop("cursor_id") != EMPTY_PAGE["cursor_id"]
    assert page == {
        "contacts": [],
        "meta": {"total_contacts": 200, "total_organizations": 0, "total_matches": 0, "total_subscribers": 0},
        "offset": 0,
        "next_offset": 0,
        "has_more": False,
    }


def test_fields_without_a_value_are_missing(ortto: Ortto) -> None:
    id = ortto.create("sparse@test.example", str__first="Sparse")
    wanted = ["str::first", "str::last", "str:cm:no-such-field", "tags", "bol::p", "bol::sp"]
    assert ortto.fields(id, *wanted) == {"str::first": "Sparse", "bol::p": True, "bol::sp": False}
    assert ortto.people(limit=1)["contacts"] == [{"id": id, "fields": {}}]


QUERIES: list[dict[str, Any]] = [
    {},
    {"q": "an"},
    {"filter": condition("$bol::is", "bol::p", value=True)},
    {"sort_by_field_id": "str::last", "sort_order": "asc"},
    {"sort_by_field_id": "int::e", "q": "e"},
]


@pytest.mark.parametrize(
    ("way", "in_audience", "query"),
    one_in(4, product(["offset", "cursor", "both"], [False, True], QUERIES)),
)
def test_pages_return_every_person_once(
    ortto: Ortto, way: str, in_audience: bool, query: dict[str, Any]
) -> None:
    if in_audience:
        query = {
            **query,
            "audience_id": ortto.audience_id_of("Engaged subscribers"),
            "audience_filter": "subscribers",
        }
    everyone = ortto.ids(**query)
    seen: list[str] = []
    step: dict[str, Any] = {}
    while True:
        page = ortto.people(limit=17, **query, **step)
        assert page["offset"] == len(seen)
        seen += [one["id"] for one in page["contacts"]]
        assert page["next_offset"] == len(seen)
        if not page["has_more"]:
            break
        offset, cursor = {"offset": page["next_offset"]}, {"cursor_id": page["cursor_id"]}
        step = {"offset": offset, "cursor": cursor, "both": offset | cursor}[way]
    assert seen == everyone
    assert len(seen) == page["meta"]["total_matches"] == len(set(seen)) > 17


def test_the_first_cursor_works_for_all_pages(ortto: Ortto) -> None:
    everyone = ortto.ids()
    cursor = ortto.people(limit=10)["cursor_id"]
    for offset in (10, 20, 60, 5):
        page = ortto.people(limit=10, offset=offset, cursor_id=cursor)
        assert [one["id"] for one in page["contacts"]] == everyone[offset : offset + 10]


@pytest.mark.parametrize("query", QUERIES[:3])
def test_a_cursor_is_stable_while_people_are_added(ortto: Ortto, query: dict[str, Any]) -> None:
    everyone = ortto.ids(**query)
    page = ortto.people(limit=10, **query)
    ortto.create("ann.anders@test.example", str__first="Ann")
    following = ortto.people(limit=10, cursor_id=page["cursor_id"], **query)
    assert [one["id"] for one in following["contacts"]] == everyone[10:20]
    shifted = ortto.people(limit=10, offset=10, **query)
    assert [one["id"] for one in shifted["contacts"]] == everyone[9:19]


def all_pages(ortto: Ortto, way: str, **query: Any) -> list[str]:
    """The ids of all people, read page by page."""
    seen: list[str] = []
    page = ortto.people(**query)
    while page["contacts"]:
        seen += [one["id"] for one in page["contacts"]]
        assert page["meta"]["total_matches"] >= len(seen)
        step = {"cursor_id": page["cursor_id"]} if way == "cursor" else {"offset": page["next_offset"]}
        page = ortto.people(**query, **step)
    return seen


@pytest.mark.mockserver(people=1500)
@pytest.mark.parametrize("way", ["offset", "cursor"])
def test_a_large_audience_page_by_page(ortto: Ortto, way: str) -> None:
    audience = ortto.audience("Subscribers")
    opted_in = all_pages(ortto, "offset", limit=500, filter=condition("$bol::is", "bol::p", value=True))
    members = all_pages(ortto, way, limit=90, audience_id=audience["id"])
    assert members == opted_in
    assert len(members) == audience["members"] > 1000
    gone = [members[0], members[300], members[301], members[-1]]
    ortto.subscribe(audience["id"], *({"person_id": id, "subscribed": False} for id in gone))
    ortto.send("PUT", "/v1/person/archive", {"inclusion_ids": [members[700]]})
    left = [id for id in members if id != members[700]]
    assert all_pages(ortto, way, limit=90, audience_id=audience["id"]) == left
    out = all_pages(ortto, way, limit=7, audience_id=audience["id"], audience_filter="unsubscribed")
    assert set(gone) <= set(out)
    assert out == [id for id in left if id in set(out)]
    subscribers = all_pages(ortto, way, limit=400, audience_id=audience["id"], audience_filter="subscribers")
    assert subscribers == [id for id in left if id not in set(out)]


def test_an_unknown_cursor(ortto: Ortto) -> None:
    text = "myorttoaccount: 00609c898a4490c5800a5453: Object not found"
    assert ortto.error("POST", "/v1/person/get", {"cursor_id": "00609C898a4490c5800a5453"}) == {"error": text}
    assert ortto.people(cursor_id="0" * 24)["offset"] == 0


def test_q_matches_names_and_identifiers(ortto: Ortto) -> None:
    phone = {"c": "46", "n": "701740605"}
    id = ortto.create(
        "q.person@test.example", str__first="Quirin", str__last="Quist", phn__phone=phone, str__ei="Q-77"
    )
    for term in ("QUIRIN", "irin qui", "q.person@", "q-77", "46701740605"):
        assert ortto.ids(q=term) == [id], term
    meta = ortto.people(q="quirin")["meta"]
    assert meta == {
        "total_contacts": 201,
        "total_organizations": 0,
        "total_matches": 1,
        "total_subscribers": 0,
    }


def test_sorting_puts_people_without_a_value_last(ortto: Ortto) -> None:
    unnamed = ortto.create("unnamed@test.example")
    for order in ("asc", "desc"):
        ids = ortto.ids(sort_by_field_id="str::last", sort_order=order)
        assert ids[-1] == unnamed
        page = ortto.people(limit=200, sort_by_field_id="str::last", sort_order=order, fields=["str::last"])
        names = [one["fields"]["str::last"].casefold() for one in page["contacts"]]
        assert names == sorted(names, reverse=order == "desc")
    scores = [
        one["fields"]["int::e"]
        for one in ortto.people(limit=200, sort_by_field_id="int::e", fields=["int::e"])["contacts"]
    ]
    assert scores == sorted(scores, reverse=True)


def test_of_equal_values_the_older_comes_first_in_ascending_order(ortto: Ortto) -> None:
    older, newer = (ortto.create(f"{n}@test.example", str__last="Zzz") for n in ("older", "newer"))
    for order, expected in (("asc", [older, newer]), ("desc", [newer, older])):
        ids = ortto.ids(sort_by_field_id="str::last", sort_order=order)
        assert [id for id in ids if id in expected] == expected


def test_members_of_an_audience(ortto: Ortto) -> None:
    audience = ortto.audience("Nordic customers")
    page = ortto.people(audience_id=audience["id"].upper(), limit=500, fields=["geo::country"])
    assert {one["fields"]["geo::country"]["name"] for one in page["contacts"]} == {"Sweden", "Finland"}
    assert page["meta"] == {
        "total_contacts": audience["members"],
        "total_organizations": 0,
        "total_matches": audience["members"],
        "total_subscribers": audience["subscribers"],
    }
    swedish = condition("$geo::is", "geo::country", value="Sweden")
    narrowed = ortto.people(audience_id=audience["id"], filter=swedish)["meta"]
    assert narrowed["total_contacts"] == audience["members"]
    assert 0 < narrowed["total_matches"] < audience["members"]


def test_an_email_filter_within_an_audience(ortto: Ortto) -> None:
    id = ortto.create("member@test.example")
    filter = {"$and": [condition("$str::is", "str::email", value="MEMBER@test.example")]}
    assert ortto.ids(filter=filter) == [id]
    assert ortto.ids(filter=filter, audience_id=ortto.audience_id_of("Subscribers")) == [id]
    assert ortto.ids(filter=filter, audience_id=ortto.audience_id_of("SMS subscribers")) == []


def test_an_unknown_audience(ortto: Ortto) -> None:
    id = "61380ac92593ecf2de4fd705"
    text = f"myorttoaccount: {id}: Object not found"
    for body in ({"audience_id": id}, {"filter": {"$is_member_of": {"audience_id": id}}}):
        assert ortto.error("POST", "/v1/person/get", body) == {"error": text}


def test_an_unknown_field(ortto: Ortto) -> None:
    text = "myorttoaccount: failed to validate field str:cm:nope in schema: str:cm:nope: Object not found"
    for body in (
        {"sort_by_field_id": "str:cm:nope"},
        {"filter": {"$and": [condition("$has_any_value", "str:cm:nope")]}},
    ):
        assert ortto.error("POST", "/v1/person/get", body) == {"error": text}


@pytest.mark.parametrize(
    "element",
    [
        {"filter": {"$has_any_value": {"field_id": "l"}}},
        {"sort_by_field_id": "str::last"},
        {"audience_id": "61380ac92593ecf2de4fd705"},
    ],
)
def test_archived_is_allowed_with_fields_and_q_only(ortto: Ortto, element: dict[str, Any]) -> None:
    body = {"type": "archived", **element}
    assert ortto.error("POST", "/v1/person/get", body) == {"error": "One or more attributes is invalid"}
    assert ortto.people(type="", q="e")["contacts"]


def test_people_by_ids(ortto: Ortto) -> None:
    first, second, *_ = ortto.ids()
    ids = [second, first.upper(), first, "00609c898a4490c5800a5400"]
    found = ortto.send("POST", "/v1/person/get-by-ids", {"contact_ids": ids, "fields": ["str::email"]})[
        "contacts"
    ]
    assert set(found) == {first, second}
    assert all(set(one) == {"id", "fields"} and "@" in one["fields"]["str::email"] for one in found.values())
    assert ortto.send("POST", "/v1/person/get-by-ids", {"contact_ids": []}) == {"contacts": {}}
    too_many = {"contact_ids": [first], "fields": ["str::email"] * 151}
    assert (
        "fields: at most 150 elements are allowed"
        in ortto.error("POST", "/v1/person/get-by-ids", too_many)["error"]
    )


@pytest.mark.parametrize("list_name", [None, "Subscribers", "SMS subscribers"])
def test_every_offset_gives_a_slice_of_the_whole_list(ortto: Ortto, list_name: str | None) -> None:
    of_list = {} if list_name is None else {"audience_id": ortto.audience_id_of(list_name)}
    everybody = ortto.ids(**of_list)
    assert len(everybody) > 3
    for offset in (1, len(everybody) - 1, len(everybody), len(everybody) + 1, 500_000, 2**40):
        page = ortto.people(limit=2, offset=offset, **of_list)
        assert [one["id"] for one in page["contacts"] or ()] == everybody[offset : offset + 2]
    first = ortto.people(limit=2, **of_list)
    ortto.change_people("archive", inclusion_ids=everybody[:3])  # the cursor stays where it was
    after = ortto.people(limit=500, cursor_id=first["cursor_id"], **of_list)
    assert [one["id"] for one in after["contacts"] or ()] == everybody[3:]
