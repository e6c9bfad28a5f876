"""Spotler: contact properties belong to the account, with types, sets and bits of its own."""

from typing import Any

import pytest

from mockserver.client import ControlError, World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

PROPERTY_INVALID = {"errorType": "INVALID_PROPERTY", "message": "Property is invalid"}
TYPES = [
    "birthdate",
    "date",
    "dateTime",
    "email",
    "gender",
    "int",
    "mobNr",
    "money",
    "postcode",
    "set",
    "string",
]


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


def write(spotler: Spotler, value: Any, name: str = "own") -> Any:
    """Writes one property of a contact; returns the error, or what is read back."""
    body = {"update": True, "contact": {"externalId": "p1", "properties": {name: value}}}
    reply = spotler.send("POST", "/contact", body)
    return reply.json() if reply.content else spotler.get("/contact/p1")["properties"].get(name)


def set_bits(spotler: Spotler, name: str) -> dict[int, bool]:
    return {one["bit"]: one["enabled"] for one in spotler.get("/contact/p1")["properties"][name]}


def test_the_demo_account_has_every_type(spotler: Spotler) -> None:
    listed = spotler.get("/contact/properties/list")
    assert {one["type"] for one in listed} == set(TYPES)
    assert {"favoriteBrand", "customerPhase", "list1", "freeField2"} <= {one["name"] for one in listed}
    interests = next(one for one in listed if one["name"] == "interests")
    assert [one["bit"] for one in interests["entries"]] == [1, 2, 4, 8, 1024]


@pytest.mark.mockserver(scenario="empty")
def test_a_property_that_the_account_lacks_is_invalid(spotler: Spotler) -> None:
    assert write(spotler, "Batavia", "favoriteBrand") == PROPERTY_INVALID
    added = spotler.backstage("add_property", name="favoriteBrand", type="string")
    assert added == {"name": "favoriteBrand", "description": "favoriteBrand", "type": "string"}
    assert write(spotler, "Batavia", "favoriteBrand") == "Batavia"
    assert spotler.backstage("remove_property", name="favoriteBrand") == {"removed": True}
    assert "favoriteBrand" not in spotler.get("/contact/p1")["properties"]
    with pytest.raises(ControlError, match="unknown property favoriteBrand"):
        spotler.backstage("remove_property", name="favoriteBrand")


@pytest.mark.mockserver(scenario="empty")
def test_a_setting_adds_properties(spotler: Spotler) -> None:
    definitions = [{"name": "own", "type": "set", "entries": [{"bit": 5, "description": "Five"}]}]
    spotler.world.configure(switches={"spotler": {"properties": definitions}})
    assert spotler.get("/contact/properties/list")[-1] == {
        "name": "own",
        "description": "own",
        "type": "set",
        "entries": [{"bit": 5, "description": "Five", "rank": 1}],
    }
    write(spotler, [{"bit": 5, "enabled": True}])
    assert set_bits(spotler, "own") == {5: True}


FIVE = {"bit": 5, "description": "Five"}


@pytest.mark.parametrize("name", ["firstName", "birthday", "lastPurchaseDate", "turnover", "interests"])
@pytest.mark.parametrize(
    "definition", [{"type": "int"}, {"type": "set", "entries": [FIVE, FIVE]}, {"type": "string"}]
)
def test_a_redefined_property_forgets_values_of_another_kind(
    spotler: Spotler, name: str, definition: dict[str, Any]
) -> None:
    before = spotler.get("/contact/c-1")["properties"]
    spotler.backstage("add_property", name=name, **definition)
    kinds = {"int": int, "set": list, "string": str}
    found = spotler.get("/contact/c-1")["properties"].get(name)
    assert isinstance(found, kinds[definition["type"]]) or (found is None and name in before), found
    values = {"int": 7, "set": [{"bit": 5, "enabled": True}], "string": "seven"}
    written = {name: values[definition["type"]]}
    spotler.succeed("PUT", "/contact/c-1", {"contact": {"externalId": "c-1", "properties": written}})
    expected = [{**FIVE, "enabled": True}] if definition["type"] == "set" else written[name]
    assert spotler.get("/contact/c-1")["properties"][name] == expected


def test_a_scenario_redefines_a_standard_property(mockserver_server: MockServer) -> None:
    own = [{"name": "firstName", "type": "int"}, {"name": "birthday", "type": "set", "entries": [FIVE]}]
    section = {"account": {"properties": own}}
    world = mockserver_server.control.create_world(scenario={"people": 2, "vendors": {"spotler": section}})
    properties = Spotler(world).get("/contact/c-1")["properties"]
    assert "firstName" not in properties
    assert properties["birthday"] == [{**FIVE, "enabled": False}]
    assert properties["lastName"]
    world.delete()


@pytest.mark.parametrize(
    "definition",
    [
        {"name": "email", "type": "string"},
        {"name": "permissions", "type": "string"},
        {"name": "own", "type": "set"},
        {"name": "own", "type": "set", "entries": []},
        {"name": "own", "type": "int", "entries": [FIVE]},
    ],
)
def test_a_definition_that_cannot_work_is_refused_wherever_it_is_given(
    spotler: Spotler, definition: dict[str, Any]
) -> None:
    with pytest.raises(ControlError, match="add_property"):
        spotler.backstage("add_property", **definition)
    with pytest.raises(ControlError, match="invalid value for the switch properties of spotler"):
        spotler.world.configure(switches={"spotler": {"properties": [definition]}})


@pytest.mark.parametrize(
    ("type", "value", "read"),
    [
        ("int", 7, 7),
        ("int", "7", 7),
        ("int", "-7", -7),
        ("money", 4995, 4995),
        ("money", "4995", 4995),
        ("string", 7, "7"),
        ("string", 1.5, "1.5"),
        ("gender", "MALE", "M"),
        ("gender", "female", "F"),
        ("gender", "F", "F"),
        ("date", "2024-02-29", "2024-02-29"),
        ("birthdate", "1990-01-31", "1990-01-31"),
        ("dateTime", "2024-05-01", "2024-05-01"),
        ("dateTime", "2024-05-01T10:00:00+02:00", "2024-05-01T10:00:00+02:00"),
        ("dateTime", "2024-05-01T10:00:00.1234567Z", "2024-05-01T10:00:00.1234567Z"),
        ("dateTime", "2024-05-01T10:00:00+0200", "2024-05-01T10:00:00+0200"),
        ("postcode", "1234 AB", "1234 AB"),
        ("postcode", "1234AB", "1234AB"),
        ("mobNr", "+31612345678", "+31612345678"),
        ("email", "a@example.com", "a@example.com"),
        ("string", "", None),
        ("int", None, None),
    ],
)
def test_values_that_fit_their_type(spotler: Spotler, type: str, value: Any, read: Any) -> None:
    spotler.backstage("add_property", name="own", type=type)
    assert write(spotler, value) == read


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("int", "seven"),
        ("int", 1.5),
        ("int", True),
        ("int", 2**63),
        ("int", "9" * 19),
        ("money", "49.95"),
        ("string", True),
        ("string", ["x"]),
        ("string", "x" * 256),
        ("gender", "X"),
        ("gender", ["M"]),
        ("date", "2024-02-30"),
        ("date", "2024-02-28T10:00:00"),
        ("birthdate", "31-01-1990"),
        ("dateTime", "2024-05-01T25:00:00"),
        ("dateTime", "yesterday"),
        ("postcode", "!!"),
        ("postcode", "0123 AB"),
        ("postcode", "SW1A 1AA"),
        ("mobNr", "call me"),
        ("set", "x"),
        ("set", [{"bit": 2, "enabled": True}]),
        ("set", [{"bit": 1, "enabled": "yes"}]),
        ("set", [{"enabled": True}]),
    ],
)
def test_values_that_do_not_fit_their_type(spotler: Spotler, type: str, value: Any) -> None:
    entries = {"entries": [{"bit": 1, "description": "One"}]} if type == "set" else {}
    spotler.backstage("add_property", name="own", type=type, **entries)
    assert write(spotler, value) == PROPERTY_INVALID
    contacts = [{"externalId": "p1", "properties": {"own": value}}]
    (one,) = spotler.send("POST", "/contact/list", {"contacts": contacts}).json()
    assert (one["code"], one["message"]) == ("PROPERTY_INVALID", "Property is invalid")


def test_a_value_in_the_email_type_of_another_name(spotler: Spotler) -> None:
    spotler.backstage("add_property", name="own", type="email")
    assert write(spotler, "nobody")["message"] == "Email is invalid"


def test_purchases_have_a_time_and_postal_codes_are_dutch(spotler: Spotler) -> None:
    for name in ("firstPurchaseDate", "lastPurchaseDate"):
        assert write(spotler, "2024-05-01T10:00:00+02:00", name) == "2024-05-01T10:00:00+02:00"
        assert write(spotler, "2024-05-01", name) == "2024-05-01"
    assert write(spotler, "!!", "postalCode") == PROPERTY_INVALID
    assert write(spotler, "1234 AB", "postalCode") == "1234 AB"
    assert write(spotler, "SW1A 1AA", "zipCode") == "SW1A 1AA"


def test_every_set_is_always_there_with_all_its_bits(spotler: Spotler) -> None:
    body = {"update": True, "contact": {"externalId": "p1", "properties": {"email": "p1@example.com"}}}
    spotler.succeed("POST", "/contact", body)

    def sets() -> dict[str, list[tuple[int, bool]]]:
        found = spotler.get("/contact/p1")["properties"]
        return {
            name: [(one["bit"], one["enabled"]) for one in value]
            for name, value in found.items()
            if isinstance(value, list)
        }

    none = {
        "permissions": [(1, False), (2, False), (3, False), (4, False)],
        "profileFields": [(1, False), (2, False), (3, False), (4, False)],
        "interests": [(1, False), (2, False), (4, False), (8, False), (1024, False)],
        "list1": [(1, False), (5, False)],
    }
    assert sets() == none
    assert all(one["description"] for one in spotler.get("/contact/p1")["properties"]["interests"])
    write(spotler, [{"bit": 1024, "enabled": True}], "interests")
    write(spotler, [{"bit": 1, "enabled": True}], "interests")
    assert sets()["interests"] == [(1, True), (2, False), (4, False), (8, False), (1024, True)]
    spotler.succeed("PUT", "/contact/anonymize/p1")
    assert sets() == none


def test_what_was_written_is_read_after_a_fork(spotler: Spotler, mockserver_server: MockServer) -> None:
    spotler.backstage("add_property", name="own", type="int")
    write(spotler, 7)
    with forked(mockserver_server, spotler.world) as fork:
        assert fork.get("/contact/p1")["properties"]["own"] == 7


def test_numbers_are_taken_as_text(spotler: Spotler) -> None:
    spotler.succeed("POST", "/contact", {"contact": {"externalId": 12}})
    spotler.succeed("POST", "/templist", {"externalTemporaryListId": 7, "name": "seven", "contacts": [12]})
    assert spotler.get("/templist")[-1]["externalTemporaryListId"] == "7"
    spotler.create("1", "2")
    spotler.succeed("POST", "/audience/1/contact", {"contacts": [12]})
    assert spotler.members("1") == ["12"]
    assert spotler.create(3, 4)["name"] == "4"  # type: ignore[arg-type]
    wrong: Any
    for wrong in (True, ["x"], {}):
        error = spotler.fail(400, "POST", "/templist", {"externalTemporaryListId": wrong, "name": "n"})
        assert error["errorType"] == "INVALID_PARAMS"


def test_null_in_an_optional_member_is_absent(spotler: Spotler) -> None:
    nulls = {"channels": None, "testGroup": None, "properties": None}
    spotler.succeed(
        "POST", "/contact", {"contact": {"externalId": "n1", **nulls}, "update": None, "purge": None}
    )
    assert spotler.get("/contact/n1")["testGroup"] is False
    spotler.succeed("PUT", "/contact/n1", {"contact": {"externalId": None, **nulls}, "update": None})
    spotler.succeed("POST", "/templist", {"externalTemporaryListId": "t", "name": "t", "contacts": None})
    contacts = [{"externalId": "n2", **nulls}]
    (one,) = spotler.send("POST", "/contact/list", {"contacts": contacts, "update": None}).json()
    assert one["code"] == "OK"
    spotler.create("ours")
    assert spotler.fail(400, "DELETE", "/audience/ours/contact", {"contacts": None})


def test_search_by_an_own_property(spotler: Spotler) -> None:
    spotler.backstage("add_property", name="own", type="int")
    write(spotler, 77)
    found = spotler.get("/contact/search", MPSearchQuery="own=77", pageSize=10)
    assert [one["externalId"] for one in found["contacts"]] == ["p1"]
    params = {"MPSearchQuery": "nope=77", "pageSize": 1}
    assert spotler.fail(400, "GET", "/contact/search", params=params) == PROPERTY_INVALID
