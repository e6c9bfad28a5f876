"""People of a scenario with given fields."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.errors import InvalidScenarioError
from mockserver.state.people import people
from mockserver.state.scenario import load_scenario, parse_scenario

EVA = {
    "first": "Eva",
    "last": "Åström",
    "locale": "sv_SE",
    "birthday": "1990-05-17",
    "joinedDaysAgo": 400,
    "orders": 3,
    "spent": 149.5,
    "lastOrderDaysAgo": 2,
    "acceptsSms": True,
}


def given(**fields: Any) -> Any:
    (person,) = people(42, 1, ["nl_NL"], [fields])
    return person


def test_given_fields_are_those_of_the_person() -> None:
    eva = given(**EVA)
    assert (eva.first, eva.last, eva.country, eva.birthday) == ("Eva", "Åström", "SE", date(1990, 5, 17))
    assert (eva.orders, eva.spent, eva.accepts_sms) == (3, 14_950, True)
    assert (eva.joined, eva.last_order) == (timedelta(days=400), timedelta(days=2))


def test_what_is_left_out_follows_from_what_is_given() -> None:
    assert given(**EVA).email.startswith("eva.astrom1@")
    assert given(email="eva@example.com").email == "eva@example.com"
    assert given(spent=20).orders >= 1
    assert given(spent=20).spent == 2_000
    assert given(orders=4).spent % 4 == 0 < given(orders=4).spent
    assert given(orders=4).last_order is not None
    assert (given(lastOrderDaysAgo=0).orders > 0, given(lastOrderDaysAgo=0).last_order) == (True, timedelta())
    never = given(orders=0)
    assert (never.spent, never.last_order) == (0, None)
    old = given(lastOrderDaysAgo=20_000)
    assert old.joined == old.last_order == timedelta(days=20_000)


def test_named_people_come_first_and_change_nobody_else() -> None:
    without, together = people(42, 10, ["nl_NL"]), people(42, 10, ["nl_NL"], [EVA, {"orders": 7}])
    assert [one.number for one in together] == [*range(1, 11)]
    assert (together[0].first, together[1].orders) == ("Eva", 7)
    assert together[2:] == without[2:]
    assert together[1].email == without[1].email


def test_a_given_address_or_number_is_nobody_elses() -> None:
    without = people(42, 10, ["nl_NL"])
    seven, eight = without[6], without[7]
    local, _, domain = seven.email.partition("@")
    taken = [
        {"email": seven.email.upper(), "phone": seven.phone},
        {"email": f"{local}-2@{domain}", "phone": "+999000000007"},
        {"email": eight.email},
    ]
    found = people(42, 10, ["nl_NL"], taken)
    assert found == people(42, 10, ["nl_NL"], taken)
    assert len({one.email.casefold() for one in found}) == len({one.phone for one in found}) == 10
    assert [(one.email, one.phone) for one in found[:2]] == [
        (one["email"], one["phone"]) for one in taken[:2]
    ]
    assert found[6] == seven._replace(email=f"{local}-3@{domain}", phone="+999001000008")
    assert found[7] == eight._replace(email=eight.email.replace("@", "-2@"))
    assert found[3:6] + found[8:] == without[3:6] + without[8:]
    # of a named person that has no given address
    second = people(42, 2, ["nl_NL"], [{"email": without[1].email}, {"orders": 3}])[1]
    assert second.email == without[1].email.replace("@", "-2@")


def test_a_number_in_the_list_adds_generated_people() -> None:
    scenario = parse_scenario("own", "own", {"people": [EVA, 5, {"email": "a@example.com"}, 2]})
    assert (scenario.people, len(scenario.named)) == (9, 2)
    assert scenario.fingerprint != parse_scenario("own", "own", {"people": 9}).fingerprint


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([{"email": "nowhere"}], 'own at /people/0/email: "nowhere" is not a "email"'),
        ([{"name": "Eva"}], 'own at /people/0/name: unknown key "name"'),
        ([{"email": "a@example.com"}, 3, {"email": "A@example.com"}], "is also that of /people/0"),
        ([{"phone": "+46701740605"}, {"phone": "+46701740605"}], "own at /people/1/phone: "),
        ([{"birthday": "soon"}], "a date in quotes"),
        ([{"birthday": "0000-01-01"}], "a date in quotes"),
        ([{"birthday": "1799-12-31"}], "a date in quotes"),
        ([1_000_000, {}], "there are 1000001 people"),
        ([5, {"orders": 0, "spent": 5}], "own at /people/1/spent: a person without orders has it; leave it"),
        (
            [{"orders": 0, "lastOrderDaysAgo": 0}],
            "own at /people/0/lastOrderDaysAgo: a person without orders",
        ),
        (
            [{"joinedDaysAgo": 3, "lastOrderDaysAgo": 3.5}],
            "before the person joined, 3 days ago; give at most 3",
        ),
        ([{"joinedDaysAgo": 3, "movedDaysAgo": 4}], "/movedDaysAgo: it was before the person joined"),
        ([{"spent": 0.004}], "own at /people/0/spent: 0.004 has a part of a cent; give at most two decimals"),
        (
            [{"optedOutDaysAgo": 2, "acceptsEmail": True}],
            "own at /people/0/acceptsEmail: the person has opted",
        ),
        ([{"optedOutDaysAgo": 0}], "own at /people/0/optedOutDaysAgo: the world has no history; give `life:"),
        (
            [{"formerCity": "Ghent"}],
            "own at /people/0/formerCity: the person has not moved; give movedDaysAgo",
        ),
    ],
)
def test_wrong_people_are_named(listed: list[Any], message: str) -> None:
    with pytest.raises(InvalidScenarioError) as raised:
        parse_scenario("own", "own", {"people": listed})
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "person",
    [
        {"orders": 0, "spent": 0, "joinedDaysAgo": 0},
        {"spent": 19.99, "joinedDaysAgo": 3, "lastOrderDaysAgo": 3},
        {"spent": 999_999_999.99, "optedOutDaysAgo": 0},
        {"optedOutDaysAgo": 30, "movedDaysAgo": 30, "formerCity": "Ghent", "acceptsEmail": False},
    ],
)
def test_fields_that_fit_each_other_are_kept(person: dict[str, Any]) -> None:
    scenario = parse_scenario("own", "own", {"people": [person], "life": {"history": 30}})
    (found,) = people(42, 1, ["nl_NL"], scenario.named)
    assert (found.spent, found.accepts_email) == (
        round(person.get("spent", found.spent / 100) * 100),
        "optedOutDaysAgo" not in person and found.accepts_email,
    )
    with pytest.raises(InvalidScenarioError, match="/people/0/movedDaysAgo: the history has 30 days"):
        parse_scenario("own", "own", {"people": [{"movedDaysAgo": 31}], "life": {"history": 30}})


def test_vendors_have_the_named_person(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("people: [{email: eva@example.com, first: Eva, last: Ek}, 3]\n")
    client = create_app(load_scenario(str(path))).test_client()
    world = client.get("/_mock/worlds/default").json or {}
    assert world["people"] == 4
    headers = {name: one["headers"] for name, one in world["vendors"].items()}
    wanted = {"fields": ["str::email", "str::first"], "limit": 10}
    found = client.post("/ortto/v1/person/get", json=wanted, headers=headers["ortto"]).json or {}
    fields = [one["fields"] for one in found["contacts"]]
    assert {"str::email": "eva@example.com", "str::first": "Eva"} in fields
    sought = {"contactType": "Member", "email": "eva@example.com"}
    voyado = {**headers["voyado"], "Content-Type": "application/json"}
    overview = client.get("/voyado/api/v3/contactoverview", query_string=sought, headers=voyado)
    assert overview.status_code == 200, overview.json
    assert "Eva" in overview.text
