"""Ortto: accounts, their people, tags and activities."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.ortto import Ortto, condition

UNKNOWN_ID = "106153c398e0fdf2320c0700"
ZERO_ID = "0" * 24


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def merge(ortto: Ortto, *fields: dict[str, Any], by: str = "str:o:name", **options: Any) -> Any:
    body = {"accounts": [{"fields": one} for one in fields], "merge_by": [by], **options}
    return ortto.send("POST", "/v1/accounts/merge", body)["accounts"]


def create(ortto: Ortto, *names: str) -> list[str]:
    """The ids of new accounts with these names."""
    return [one["account_id"] for one in merge(ortto, *({"str:o:name": name} for name in names))]


def accounts(ortto: Ortto, **query: Any) -> Any:
    return ortto.send("POST", "/v1/accounts/get", query)


def ids(ortto: Ortto, **query: Any) -> list[str]:
    return [one["id"] for one in accounts(ortto, **query)["accounts"] or ()]


def fields(ortto: Ortto, id: str, *wanted: str) -> Any:
    body = {"account_ids": [id], "fields": wanted}
    return ortto.send("POST", "/v1/accounts/get-by-ids", body)["accounts"][id]["fields"]


def test_accounts_are_created_updated_and_read_after_a_fork(
    ortto: Ortto, mockserver_server: MockServer
) -> None:
    acme = {"str:o:name": "Acme", "str:o:website": "https://acme.example", "int:o:employees": 150}
    (done,) = merge(ortto, acme, by="str:o:website")
    id = done["account_id"]
    assert (done["status"], id[:2], id[-2:]) == ("created", "10", "00")
    fork = Ortto(mockserver_server.control.create_world(fork=ortto.world.name))
    changed = {**acme, "int:o:employees": 151, "geo:o:city": {"name": "Gent"}}
    assert merge(ortto, changed, by="str:o:website") == [{"status": "merged", "account_id": id}]
    wanted = ("str:o:name", "int:o:employees", "geo:o:city", "str:o:industry")
    expected = {"str:o:name": "Acme", "int:o:employees": 151, "geo:o:city": {"name": "Gent"}}
    assert fields(ortto, id, *wanted) == expected
    assert fields(fork, id, *wanted) == {"str:o:name": "Acme", "int:o:employees": 150}


@pytest.mark.parametrize(("strategy", "expected"), [(1, "Old"), (2, "New"), (3, "Old")])
def test_merge_strategies(ortto: Ortto, strategy: int, expected: str) -> None:
    (id,) = create(ortto, "Acme")
    merge(ortto, {"str:o:name": "Acme", "str:o:industry": "Old"})
    merge(ortto, {"str:o:name": "ACME", "str:o:industry": "New"}, merge_strategy=strategy)
    assert fields(ortto, id, "str:o:industry") == {"str:o:industry": expected}


def test_find_strategies_and_ids(ortto: Ortto) -> None:
    (id,) = create(ortto, "Acme")
    both = {"str:o:website": "https://new.example", "str:o:name": "Acme"}
    body = {"accounts": [{"fields": both}], "merge_by": ["str:o:website", "str:o:name"]}
    first_only = ortto.send("POST", "/v1/accounts/merge", {**body, "find_strategy": 1})["accounts"]
    assert first_only[0]["status"] == "created"
    for strategy in (0, None):  # the second field is tried, too
        again = {"str:o:website": f"https://{strategy}.example", "str:o:name": "Acme"}
        body = {"accounts": [{"fields": again}], "merge_by": ["str:o:website", "str:o:name"]}
        found = ortto.send("POST", "/v1/accounts/merge", {**body, "find_strategy": strategy})["accounts"]
        assert found[0]["status"] == "merged"
    by_id = {"str:o:organization_id": id.upper(), "str:o:industry": "Toys"}
    assert merge(ortto, by_id, by="str:o:organization_id") == [{"status": "merged", "account_id": id}]
    assert fields(ortto, id, "str:o:industry") == {"str:o:industry": "Toys"}
    unknown = {"accounts": [{"fields": {"str:o:organization_id": UNKNOWN_ID}}]}
    error = ortto.error("POST", "/v1/accounts/merge", {**unknown, "merge_by": ["str:o:organization_id"]})
    rejected = {"status": "invalid", "error": f"{UNKNOWN_ID}: Object not found"}
    assert error == {
        "error": f"No valid accounts provided ({rejected['error']})",
        "details": [rejected],
    }


def test_invalid_accounts_are_reported_beside_the_others(ortto: Ortto) -> None:
    good, bad = merge(ortto, {"str:o:name": "Good"}, {"str:o:name": "Bad", "str:oc:nope": "x"})
    assert (good["status"], bad["status"]) == ("created", "invalid")
    assert "str:oc:nope: Object not found" in bad["error"]
    for body in (
        {"accounts": [{"fields": {"str:o:name": "x"}}]},
        {"accounts": [{"fields": {"str:o:name": "x"}}], "merge_by": []},
        {"accounts": [], "merge_by": ["str:o:name"]},
        {"accounts": [{"fields": {"str:o:name": "x"}}], "merge_by": ["str::email"]},
    ):
        ortto.error("POST", "/v1/accounts/merge", body)


def test_async(ortto: Ortto) -> None:
    ortto.world.clock.freeze()
    before = len(ids(ortto))
    later: dict[str, Any] = {"async": True}
    assert merge(ortto, {"str:o:name": "Later"}, **later) == [{"status": "queued"}]
    assert len(ids(ortto)) == before
    ortto.world.clock.advance(seconds=1)
    assert len(ids(ortto)) == before + 1


@pytest.mark.mockserver(scenario="empty")
def test_pages_and_their_empty_forms(ortto: Ortto) -> None:
    empty = accounts(ortto)
    assert (empty["accounts"], empty["meta"]["total_organizations"]) == ([], 0)
    made = create(ortto, *(f"A{number}" for number in range(5)))
    whole = accounts(ortto, fields=["str:o:name"])
    assert [one["id"] for one in whole["accounts"]] == made[::-1]
    assert whole["accounts"][0]["fields"] == {"str:o:name": "A4"}
    first = accounts(ortto, limit=3)
    by_offset = accounts(ortto, limit=3, offset=first["next_offset"])
    by_cursor = accounts(ortto, limit=3, cursor_id=first["cursor_id"])
    assert first["accounts"] + by_offset["accounts"] == accounts(ortto)["accounts"]
    assert by_cursor["accounts"] == by_offset["accounts"]
    assert (first["has_more"], by_offset["has_more"]) == (True, False)
    totals = {"total_contacts": 0, "total_organizations": 5, "total_subscribers": 0}
    for query in ({"q": "zzz"}, {"filter": condition("$str::is", "str:o:name", value="zzz")}):
        found = accounts(ortto, fields=["str:o:name"], **query)
        cursor = found.pop("cursor_id")
        assert cursor.startswith("10")
        assert cursor != ZERO_ID
        assert found == {
            "accounts": [],
            "meta": {**totals, "total_matches": 0},
            "offset": 0,
            "next_offset": 0,
            "has_more": False,
        }
    assert accounts(ortto, offset=9) == {
        "accounts": None,
        "meta": {**totals, "total_matches": 5},
        "offset": 0,
        "next_offset": 0,
        "cursor_id": ZERO_ID,
        "has_more": False,
    }


@pytest.mark.mockserver(scenario="empty")
def test_queries(ortto: Ortto) -> None:
    acme, beta, gamma = create(ortto, "Acme", "Beta", "Gamma Acme")
    merge(ortto, {"str:o:name": "Beta", "int:o:employees": 7})
    assert ids(ortto, q="ACME") == [gamma, acme]
    assert ids(ortto, filter=condition("$int::greater_than", "int:o:employees", value=5)) == [beta]
    assert ids(ortto, sort_by_field_id="str:o:name", sort_order="asc") == [acme, beta, gamma]
    for order in ("desc", None):
        assert ids(ortto, sort_by_field_id="str:o:name", sort_order=order) == [gamma, beta, acme]
    for kind in ("", None):
        assert {*ids(ortto, type=kind)} == {acme, beta, gamma}
    assert ids(ortto, inclusion_ids=[beta, acme.upper()]) == [beta, acme]
    assert ids(ortto, exclusion_ids=[beta]) == [gamma, acme]
    wrong = ortto.error(
        "POST", "/v1/accounts/get", {"filter": condition("$int::gt", "int:o:employees", value=1)}
    )
    assert "Unknown operation $int::gt" in wrong["error"]
    ortto.error("POST", "/v1/accounts/get", {"filter": condition("$has_any_value", "str::email")})
    ortto.error("POST", "/v1/accounts/get", {"sort_by_field_id": "str::email"})
    short = ortto.error("POST", "/v1/accounts/get", {"inclusion_ids": ["short"]})
    assert "the length must be 12 or 24 + 2 for hex but it is 7" in short["error"]
    cursor = ortto.people(limit=1)["cursor_id"]
    assert "Object not found" in ortto.error("POST", "/v1/accounts/get", {"cursor_id": cursor})["error"]


def test_accounts_are_archived_restored_and_deleted(ortto: Ortto) -> None:
    id, other = create(ortto, "Acme", "Other")
    before = ids(ortto)
    selection = {"inclusion_ids": [id]}
    assert ortto.send("DELETE", "/v1/accounts/delete", selection) == {
        "scheduled_accounts": 0,
        "deleted_accounts": 0,
    }
    archived = {"scheduled_organizations": 0, "archived_organizations": 1}
    assert ortto.send("PUT", "/v1/organizations/archive", selection) == archived
    assert ids(ortto) == [one for one in before if one != id]
    assert ids(ortto, type="archived_account") == ids(ortto, type="archived") == [id]
    refused = {"type": "archived_account", "fields": ["str:o:name"]}
    assert ortto.error("POST", "/v1/accounts/get", refused) == {"error": "One or more attributes is invalid"}
    restored = {"scheduled_organizations": 0, "restored_organizations": 1}
    assert ortto.send("PUT", "/v1/accounts/restore", selection) == restored
    assert ids(ortto) == before
    everything = {"all_rows_selected": True, "exclusion_ids": [other]}
    ortto.send("PUT", "/v1/accounts/archive", everything)
    assert ids(ortto) == [other]
    gone = ortto.send("DELETE", "/v1/accounts/delete", {"all_rows_selected": True})
    assert gone["deleted_accounts"] == len(before) - 1
    assert ortto.send("POST", "/v1/accounts/get-by-ids", {"account_ids": [id]}) == {"accounts": {}}


def test_people_belong_to_one_account(ortto: Ortto) -> None:
    acme, beta = create(ortto, "Acme", "Beta")
    one, two = ortto.create("one@test.example"), ortto.create("two@test.example")

    def contacts(verb: str, account: str, *people: str) -> Any:
        body = {"account_id": account, "person_ids": people}
        return ortto.send("PUT", f"/v1/accounts/contacts/{verb}", body)

    assert contacts("add", acme, one, two, UNKNOWN_ID) == {}
    assert fields(ortto, acme, "ids:o:p") == {"ids:o:p": [one, two]}
    assert ortto.people(limit=2, fields=["str::email"])["contacts"][0]["fields"]["idt::o"] == acme
    assert contacts("add", beta, one) == {}
    assert fields(ortto, acme, "ids:o:p") == {"ids:o:p": [two]}
    assert fields(ortto, beta, "ids:o:p") == {"ids:o:p": [one]}
    assert ortto.ids(filter=condition("$has_any_value", "idt::o")) == [two, one]
    ortto.change_people("archive", inclusion_ids=[one])
    ortto.change_people("delete", inclusion_ids=[one])
    assert fields(ortto, beta, "ids:o:p") == {}
    assert contacts("remove", acme, one, two) == {}
    assert fields(ortto, acme, "ids:o:p") == {}
    assert "idt::o" not in ortto.people(limit=2)["contacts"][0]["fields"]
    ortto.send("PUT", "/v1/accounts/archive", {"inclusion_ids": [beta]})
    ortto.send("DELETE", "/v1/accounts/delete", {"inclusion_ids": [beta]})
    assert ortto.ids(filter=condition("$has_any_value", "idt::o")) == []
    body = {"account_id": UNKNOWN_ID, "person_ids": [one]}
    for verb in ("add", "remove"):
        error = ortto.error("PUT", f"/v1/accounts/contacts/{verb}", body)
        assert error == {"error": f"myorttoaccount: {UNKNOWN_ID}: Object not found"}


def test_accounts_have_tags_of_their_own(ortto: Ortto) -> None:
    def tag(name: str) -> Any:
        found = ortto.send("POST", "/v1/tags/get", {"q": name}) or []
        return next((one for one in found if one["type"] == "organization"), None)

    account = {"fields": {"str:o:name": "Acme"}, "tags": ["Wholesale", "My organization"]}
    body: dict[str, Any] = {"accounts": [account], "merge_by": ["str:o:name"]}
    (done,) = ortto.send("POST", "/v1/accounts/merge", body)["accounts"]
    assert (tag("wholesale")["id"], tag("wholesale")["count"]) == (2, 1)
    assert tag("my org")["count"] == 1
    assert fields(ortto, done["account_id"], "u4s:o:t") == {"u4s:o:t": [2, 1]}
    assert ids(ortto, filter={"$u4s::is": {"field_id": "u4s:o:t", "value": 2}}) == [done["account_id"]]
    account |= {"tags": [], "unset_tags": ["Wholesale"]}
    ortto.send("POST", "/v1/accounts/merge", body)
    assert tag("wholesale")["count"] == 0
    assert ortto.send("POST", "/v1/tags/get", {"q": "my team"})[0]["count"] == 3


def record(ortto: Ortto, *activities: dict[str, Any], **options: Any) -> Any:
    body = {"activities": activities, **options}
    return ortto.send("POST", "/v1/accounts/activities/create", body)["activities"]


@pytest.mark.mockserver(now="2031-01-01T00:00:00Z")
def test_an_activity_moves_the_time_when_an_account_was_last_seen(ortto: Ortto) -> None:
    (id,) = create(ortto, "Acme")
    ortto.world.clock.advance(hours=1)
    activity = {"activity_id": "act:oc:flight-booked", "fields": {"str:o:organization_id": id.upper()}}
    lost = {**activity, "fields": {"str:o:organization_id": UNKNOWN_ID}}
    queued = {"status": "queued", "account_status": "queued"}
    assert record(ortto, activity, lost) == [
        {"account_id": id, **queued},
        {"account_id": UNKNOWN_ID, **queued},
    ]
    assert fields(ortto, id, "ol", "oc") == {"ol": "2031-01-01T01:00:00Z", "oc": "2031-01-01T00:00:00Z"}
    old = {**activity, "created": "2030-12-31T00:00:00Z", "key": "o-1"}
    record(ortto, old, old)
    assert fields(ortto, id, "ol") == {"ol": "2031-01-01T01:00:00Z"}
    assert len(ids(ortto)) == 1


def test_an_activity_finds_or_creates_its_account(ortto: Ortto, mockserver_server: MockServer) -> None:
    (id,) = create(ortto, "Acme")
    before = ids(ortto)
    acme, beta = (
        {"activity_id": "act:cm:order", "fields": {"str:o:name": name, "str:o:industry": "Toys"}}
        for name in ("ACME", "Beta")
    )
    fork = Ortto(mockserver_server.control.create_world(fork=ortto.world.name))
    done = record(ortto, acme, beta, merge_by=["str:o:name"])
    assert done == [{"status": "queued", "account_status": "queued"}] * 2
    assert fields(ortto, id, "str:o:industry") == {"str:o:industry": "Toys"}
    (new,) = set(ids(ortto)) - set(before)
    assert fields(ortto, new, "str:o:name") == {"str:o:name": "Beta"}
    assert ids(fork) == before
    # With the id, other fields are ignored.
    changed = {**acme, "fields": {"str:o:organization_id": id, "str:o:industry": "Tools"}}
    record(ortto, changed, merge_by=["str:o:name"])
    assert fields(ortto, id, "str:o:industry") == {"str:o:industry": "Toys"}


@pytest.mark.mockserver(now="2031-01-01T00:00:00Z")
def test_activities_of_accounts_wait_as_those_of_people_do(ortto: Ortto) -> None:
    before = ids(ortto)
    one = {"activity_id": "act:oc:visit", "merge_by": ["str:o:name"]}
    later: dict[str, Any] = {"async": True}
    record(ortto, {**one, "fields": {"str:o:name": "Async"}}, **later)
    record(ortto, {**one, "fields": {"str:o:name": "Old"}, "created": "2030-01-01T00:00:00Z"})
    counts = [len(ids(ortto)) - len(before)]
    for seconds in (1, 3599):
        ortto.world.clock.advance(seconds=seconds)
        counts.append(len(ids(ortto)) - len(before))
    assert counts == [0, 1, 2]


def test_invalid_activities_of_accounts(ortto: Ortto) -> None:
    def error(**activity: Any) -> str:
        body = {"activities": [{"activity_id": "act:oc:visit", **activity}]}
        return str(ortto.error("POST", "/v1/accounts/activities/create", body)["error"])

    named = {"str:o:name": "Acme"}
    assert "activities.0: merge_by is required" in error(fields=named)
    assert "str::email: Object not found" in error(fields=named, merge_by=["str::email"])
    assert "act:cm:nothing: Object not found" in error(
        activity_id="act:cm:nothing", fields=named, merge_by=["str:o:name"]
    )
    assert "but it is 7: Object not found" in error(fields={"str:o:organization_id": "short"})
    attributes = {f"txt:cm:{n}": "x" * 4000 for n in range(5)}
    large = error(fields=named, merge_by=["str:o:name"], attributes=attributes)
    assert "activities.0: the activity is larger than 16 kB" in large
    assert ids(ortto, q="acme") == []
