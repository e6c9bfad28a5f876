"""Ortto: custom fields of people and accounts, and the schema of the instance."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.ortto import Ortto, condition

OWNERS = [("person", "cm", "people.custom"), ("accounts", "oc", "account.custom")]


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def custom_fields(ortto: Ortto, owner: str) -> dict[str, Any]:
    """The custom fields by id."""
    found = ortto.send("POST", f"/v1/{owner}/custom-field/get")["fields"]
    fields = [one["field"] for one in found] if owner == "person" else found
    return {one["id"]: one for one in fields}


@pytest.mark.parametrize(("owner", "namespace", "liquid"), OWNERS)
def test_a_field_is_created_and_its_values_change(
    ortto: Ortto, mockserver_server: MockServer, owner: str, namespace: str, liquid: str
) -> None:
    id = f"str:{namespace}:customer-type"
    new = {"type": "single_select", "name": "Customer Type", "values": ["Retail", "Trade"]}
    made = ortto.send("POST", f"/v1/{owner}/custom-field/create", new)
    assert made == {
        "name": "Customer Type",
        "field_id": id,
        "display_type": "single_select",
        "values": ["Retail", "Trade"],
    }
    fork = Ortto(mockserver_server.control.create_world(fork=ortto.world.name))
    for change, values in (
        ({"add_values": ["Press", "Trade"]}, ["Retail", "Trade", "Press"]),
        ({"remove_values": ["Retail"]}, ["Trade", "Press"]),
        ({"replace_values": ["A", "B"], "add_values": ["C"], "remove_values": ["A"]}, ["A", "B"]),
        ({"add_values": ["C"], "remove_values": ["A"]}, ["A", "B", "C"]),
        ({"track_changes": True}, ["A", "B", "C"]),
    ):
        reply = ortto.send("PUT", f"/v1/{owner}/custom-field/update", {"field_id": id, **change})
        tracked = "track_changes" in change
        assert reply == {"field_id": id, "values": values, "track_changes": tracked}
        assert custom_fields(ortto, owner)[id]["dic_items"] == values
    assert custom_fields(fork, owner)[id] == {
        "id": id,
        "name": "Customer Type",
        "display_type": "single_select",
        "liquid_name": f"{liquid}.customer-type",
        "dic_items": ["Retail", "Trade"],
    }


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        ("text", "str"), ("large_text", "txt"), ("integer", "int"), ("decimal", "int"), ("currency", "int"),
        ("price", "int"), ("date", "dtz"), ("time", "tme"), ("bool", "bol"), ("phone", "phn"),
        ("link", "str"),
        ("object", "obj"),
    ],
)  # fmt: skip
def test_types_of_fields(ortto: Ortto, kind: str, id: str) -> None:
    made = ortto.send("POST", "/v1/person/custom-field/create", {"type": kind, "name": "My field"})
    assert made == {"name": "My field", "field_id": f"{id}:cm:my-field", "display_type": kind}
    body = {"field_id": made["field_id"], "track_changes": True}
    reply = ortto.send("PUT", "/v1/person/custom-field/update", body)
    assert reply == {"field_id": made["field_id"], "values": None, "track_changes": True}


def test_a_new_field_takes_values_and_filters_find_them(ortto: Ortto) -> None:
    new = {"type": "object", "name": "Basket"}
    ortto.send("POST", "/v1/person/custom-field/create", new)
    ortto.send("POST", "/v1/person/custom-field/create", {"type": "text", "name": "Shop"})
    basket = {"items": [1, {"sku": "x"}]}
    id = ortto.create("shop@test.example", **{"str:cm:shop": "Uppsala", "obj:cm:basket": basket})
    assert ortto.fields(id, "str:cm:shop", "obj:cm:basket") == {
        "str:cm:shop": "Uppsala",
        "obj:cm:basket": basket,
    }
    assert ortto.ids(filter=condition("$str::is", "str:cm:shop", value="uppsala")) == [id]


@pytest.mark.parametrize(("owner", "namespace", "liquid"), OWNERS)
def test_rejected_fields(ortto: Ortto, owner: str, namespace: str, liquid: str) -> None:
    path = f"/v1/{owner}/custom-field/create"
    ortto.send("POST", path, {"type": "text", "name": "My Field"})
    again = ortto.reply("POST", path, {"type": "integer", "name": "my  field"})
    assert (again.status_code, again.json()["code"]) == (409, 409)
    assert again.json()["error"] == "myorttoaccount: field my  field already exists: Conflict"
    for body in (
        {"type": "single_select", "name": "Choice"},
        {"type": "multi_select", "name": "Choice", "values": ["a"], "track_changes": True},
        {"type": "aggregate", "name": "Sum"},
        {"name": "Nameless"},
    ):
        ortto.error("POST", path, body)
    update = f"/v1/{owner}/custom-field/update"
    text = {"field_id": f"str:{namespace}:my-field", "add_values": ["a"]}
    assert "the field has no values" in ortto.error("PUT", update, text)["error"]
    unknown = {"field_id": f"str:{namespace}:nope", "add_values": ["a"]}
    assert f"str:{namespace}:nope: Object not found" in ortto.error("PUT", update, unknown)["error"]
    several = {"type": "multi_select", "name": "Several", "values": ["a"]}
    id = ortto.send("POST", path, several)["field_id"]
    ortto.error("PUT", update, {"field_id": id, "track_changes": True})


@pytest.mark.mockserver(scenario="empty")
def test_an_instance_has_at_most_a_hundred_fields(ortto: Ortto) -> None:
    for number in range(100):
        new = {"type": "text", "name": f"Field {number}"}
        ortto.send("POST", "/v1/person/custom-field/create", new)
    error = ortto.error("POST", "/v1/person/custom-field/create", {"type": "text", "name": "One more"})
    assert "the limit of 100 custom fields is reached" in error["error"]
    assert len(custom_fields(ortto, "person")) == 100


def schema(ortto: Ortto, *namespaces: str) -> Any:
    return ortto.send("POST", "/v1/instance-schema/get", {"namespaces": namespaces})["namespaces"]


def test_the_schema_of_the_instance(ortto: Ortto) -> None:
    everything = ortto.send("POST", "/v1/instance-schema/get")["namespaces"]
    assert everything == schema(ortto)
    assert {"", "o", "cm"} == everything.keys()
    assert schema(ortto, "o") == {"o": everything["o"]}
    assert schema(ortto, "", "o").keys() == {"", "o"}
    people, accounts = everything[""]["fields"], everything["o"]
    assert people["str::name"] == {
        "id": "str::name",
        "name": "Name",
        "display_type": "text",
        "liquid_name": "people.name",
    }
    assert people["u4s::t"]["read_only"] is True
    assert people["tme::s-all!f"]["liquid_name"] == "people.subscribed-to-email-first-occurred"
    assert {one["id"] for one in people["act::enter-audience"]["attributes"]} == {"idt::a", "str::name"}
    assert (len(accounts["fields"]), accounts["org"]) == (25, True)
    assert accounts["fields"]["ids:o:p"]["read_only"] is True
    assert "str:cm:label" in everything["cm"]["fields"]


def test_the_schema_has_new_fields_and_activities(ortto: Ortto) -> None:
    ortto.send("POST", "/v1/accounts/custom-field/create", {"type": "text", "name": "Tier"})
    definition = {
        **dict.fromkeys(("track_conversion_value", "touch", "filterable", "visible_in_feeds"), False),
        "name": "visit",
        "icon_id": "calendar-illustration-icon",
        "display_style": {"type": "activity"},
        "attributes": [{"name": "place", "display_type": "text"}],
    }
    ortto.send("POST", "/v1/definitions/activity/create", definition)
    found = schema(ortto)
    assert found["oc"]["fields"].keys() == {"str:oc:tier"}
    (place,) = found["cm"]["fields"]["act:cm:visit"]["attributes"]
    assert (place["id"], place["liquid_name"]) == ("str:cm:place", "activity.custom.visit.place")
    ortto.send("DELETE", "/v1/definitions/activity/delete", {"activity_field_id": "act:cm:visit"})
    assert "act:cm:visit" not in schema(ortto)["cm"]["fields"]
