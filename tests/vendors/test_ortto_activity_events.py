"""Ortto: activities/create, person/get/activities and the definitions of custom activities."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.ortto import Ortto, condition

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
QUEUED = {"status": "queued", "person_status": "queued"}
UNKNOWN_ID = "00609c898a4490c5800a5400"
DEFINITION: dict[str, Any] = {
    "name": "Product purchase",
    "icon_id": "moneys-illustration-icon",
    "track_conversion_value": True,
    "touch": False,
    "filterable": True,
    "visible_in_feeds": True,
    "display_style": {"type": "activity_attribute", "attribute": "product-name"},
    "attributes": [
        {"name": "product-name", "display_type": "text"},
        {"name": "count", "display_type": "integer", "field_id": "do-not-map"},
    ],
}
pytestmark = pytest.mark.mockserver(now=NOW.isoformat())


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    mockserver.clock.freeze(NOW.isoformat())
    return Ortto(mockserver)


def create(ortto: Ortto, *activities: dict[str, Any], **options: Any) -> Any:
    body = {"activities": activities, **options}
    return ortto.send("POST", "/v1/activities/create", body)["activities"]


def feed(ortto: Ortto, id: str, **query: Any) -> Any:
    return ortto.send("POST", "/v1/person/get/activities", {"person_id": id, **query})


def events(ortto: Ortto, id: str, *activities: str) -> list[Any]:
    """The events of these activities, newest first."""
    return feed(ortto, id, activities=activities)["activities"] or []


def test_an_activity_puts_the_person_into_the_audience_that_asks_for_it(
    ortto: Ortto, mockserver_server: MockServer
) -> None:
    filter = condition("$act::has_occurred", "act:cm:order", timeframe={"type": "last-7-days"})
    ortto.backstage("create_audience", name="Fresh buyers", filter=filter)
    id = ortto.create("buyer@test.example")
    ortto.world.clock.advance(seconds=2)
    before = ortto.audience("Fresh buyers")["members"]
    attributes = {"str:cm:order-id": "1042", "int::v": 49900}
    fork = Ortto(mockserver_server.control.create_world(fork=ortto.world.name))
    (done,) = create(
        ortto, {"activity_id": "act:cm:order", "person_id": id.upper(), "attributes": attributes}
    )
    assert done == {"person_id": id, **QUEUED}
    assert ortto.audience("Fresh buyers")["members"] == before + 1
    assert id in ortto.ids(audience_id=ortto.audience_id_of("Fresh buyers"))
    assert id in ortto.ids(filter=filter)
    (order,) = events(ortto, id, "act:cm:order")
    assert (order["attr"], order["created_at"]) == (attributes, "2026-01-01T12:00:02Z")
    entered = events(ortto, id, "act::enter-audience")[0]
    assert entered["attr"]["str::name"] == "Fresh buyers"
    # Elsewhere nothing has happened, and the other world takes the same event.
    assert fork.audience("Fresh buyers")["members"] == before
    assert events(fork, id, "act:cm:order") == []
    create(fork, {"activity_id": "act:cm:order", "person_id": id})
    assert fork.audience("Fresh buyers")["members"] == before + 1
    ortto.world.clock.advance(days=9)
    assert id not in ortto.ids(audience_id=ortto.audience_id_of("Fresh buyers"))


def test_a_person_found_by_merge_has_no_id_in_the_reply(ortto: Ortto) -> None:
    order = {"activity_id": "act:cm:order", "fields": {"str::email": "new@test.example", "str::first": "Ny"}}
    assert create(ortto, order, merge_by=["str::email"]) == [QUEUED]
    (id,) = ortto.ids(filter=condition("$str::is", "str::email", value="new@test.example"))
    assert ortto.fields(id, "str::first") == {"str::first": "Ny"}
    assert len(events(ortto, id, "act:cm:order")) == 1
    renamed = {**order, "fields": {"str::email": "new@test.example", "str::first": "Nils"}}
    create(ortto, {**renamed, "merge_strategy": 3})
    assert ortto.fields(id, "str::first") == {"str::first": "Ny"}
    create(ortto, {**renamed, "merge_by": ["str::email"]})
    assert ortto.fields(id, "str::first") == {"str::first": "Nils"}
    assert len(events(ortto, id, "act:cm:order")) == 3


def test_with_a_person_id_the_fields_are_ignored(ortto: Ortto) -> None:
    id = ortto.create("one@test.example", str__first="One")
    create(ortto, {"activity_id": "act::c", "person_id": id, "fields": {"str::first": "Two"}})
    assert ortto.fields(id, "str::first") == {"str::first": "One"}
    assert [one["render_cmds"] for one in events(ortto, id, "act::c")] == [
        [{"content": "Clicked email"}, {"content": "."}]
    ]


def test_async_and_old_activities_are_recorded_later(ortto: Ortto) -> None:
    id = ortto.create("later@test.example")
    soon = {"activity_id": "act:cm:order", "person_id": id}
    old = {**soon, "created": (NOW - timedelta(days=91)).isoformat()}
    recent = {**soon, "created": "2025-12-31T12:00:00Z"}
    assert create(ortto, soon, **{"async": True}) == create(ortto, old) == [{"person_id": id, **QUEUED}]
    assert events(ortto, id, "act:cm:order") == []
    create(ortto, recent)
    assert [one["created_at"] for one in events(ortto, id, "act:cm:order")] == ["2025-12-31T12:00:00Z"]
    ortto.world.clock.advance(seconds=1)
    assert len(events(ortto, id, "act:cm:order")) == 2
    ortto.world.clock.advance(hours=1)
    assert events(ortto, id, "act:cm:order")[-1]["created_at"] == "2025-10-02T12:00:00Z"


def test_the_same_key_and_time_are_one_event(ortto: Ortto) -> None:
    id, other = ortto.create("key@test.example"), ortto.create("other@test.example")
    order = {"activity_id": "act:cm:order", "created": "2025-12-30T08:00:00Z", "key": "o-1"}
    create(ortto, *[{**order, "person_id": id}] * 3, {**order, "person_id": other})
    create(ortto, {**order, "person_id": id, "key": "o-2"})
    create(ortto, {**order, "person_id": id, "created": "2025-12-30T08:00:01Z"})
    assert (len(events(ortto, id, "act:cm:order")), len(events(ortto, other, "act:cm:order"))) == (3, 1)


def test_fifty_events_of_an_activity_in_a_day(ortto: Ortto) -> None:
    id = ortto.create("busy@test.example")
    create(ortto, *[{"activity_id": "act:cm:order", "person_id": id}] * 51)
    create(ortto, {"activity_id": "act::o", "person_id": id})
    assert feed(ortto, id, activities=["act:cm:order"])["meta"]["total_activities"] == 50
    assert len(events(ortto, id, "act::o")) == 1
    ortto.world.clock.advance(days=1)
    create(ortto, {"activity_id": "act:cm:order", "person_id": id})
    assert feed(ortto, id, activities=["act:cm:order"])["meta"]["total_activities"] == 51


def test_an_activity_of_nobody_is_dropped(ortto: Ortto) -> None:
    before = len(ortto.ids())
    lost = {"activity_id": "act:cm:order", "person_id": UNKNOWN_ID}
    nameless = {"activity_id": "act:cm:order", "fields": {"str::first": "Nobody"}}
    assert create(ortto, lost, nameless) == [{"person_id": UNKNOWN_ID, **QUEUED}, QUEUED]
    assert len(ortto.ids()) == before


def test_invalid_activities(ortto: Ortto) -> None:
    id = ortto.create("wrong@test.example")
    unknown = {"activities": [{"activity_id": "act:cm:nothing", "person_id": id}]}
    text = "failed to validate field act:cm:nothing in schema: act:cm:nothing: Object not found"
    assert ortto.error("POST", "/v1/activities/create", unknown) == {"error": f"myorttoaccount: {text}"}
    for one in (
        {"activity_id": "act:cm:order"},
        {"person_id": id},
        {"activity_id": "act:cm:order", "person_id": "short"},
        {
            "activity_id": "act:cm:order",
            "person_id": id,
            "attributes": {f"str:cm:{n}": "" for n in range(16)},
        },
        {"activity_id": "act:cm:order", "person_id": id, "attributes": {"int::v": "x"}},
        {"activity_id": "act:cm:order", "fields": {}, "merge_by": ["str:cm:nope"]},
    ):
        ortto.error("POST", "/v1/activities/create", {"activities": [one]})
    ortto.error("POST", "/v1/activities/create", {"activities": []})
    attributes = {f"txt:cm:{n}": "x" * 4000 for n in range(5)}
    large = {"activity_id": "act:cm:order", "person_id": id, "attributes": attributes}
    error = ortto.error("POST", "/v1/activities/create", {"activities": [large]})["error"]
    assert "activities.0: the activity is larger than 16 kB" in error
    many = [{"activity_id": "act:cm:order", "person_id": id}] * 101
    ortto.error("POST", "/v1/activities/create", {"activities": many})
    assert events(ortto, id, "act:cm:order") == []


def test_the_feed_of_a_new_person_is_as_recorded(ortto: Ortto) -> None:
    id = ortto.create("feed@test.example", bol__p=True, bol__sp=False)
    audience = ortto.audience_id_of("Subscribers")
    reply = feed(ortto, id)
    assert [(one["field_id"], one["attr"], one["render_cmds"]) for one in reply["activities"]] == [
        (
            "act::oos-all",
            {"str::soo-ctx": "Unsubscribed via API"},
            [{"content": "Unsubscribed from sms"}, {"content": "."}],
        ),
        (
            "act::s-all",
            {"str::is": "API", "str::s-ctx": "Subscribed via API"},
            [{"content": "Subscribed to email"}, {"content": "."}],
        ),
        (
            "act::enter-audience",
            {"idt::a": audience, "str::name": "Subscribers"},
            [
                {"content": "Entered audience"},
                {"content": " "},
                {"content": "Subscribers", "link": f"/audiences/{audience}/performance"},
                {"content": "."},
            ],
        ),
    ]
    assert {one["created_at"] for one in reply["activities"]} == {"2026-01-01T12:00:00Z"}
    assert (reply["offset"], reply["next_offset"]) == (0, 3)
    assert reply["meta"] == {
        "total_activities": 3,
        "field_ids": None,
        "has_more": False,
        "retention": {"type": "time", "max_value": 90},
    }
    nothing = feed(ortto, id, activities=["act::o", "act::c"])
    assert nothing == {
        "activities": None,
        "meta": {**reply["meta"], "total_activities": 0, "field_ids": ["act::o", "act::c"]},
        "offset": 0,
        "next_offset": 0,
    }


def test_pages_and_time_frames_of_a_feed(ortto: Ortto) -> None:
    id = ortto.create("pages@test.example")
    for day in (30, 31):
        create(ortto, {"activity_id": "act::o", "person_id": id, "created": f"2025-12-{day}T10:00:00Z"})
    whole = feed(ortto, id)["activities"]
    first, second = feed(ortto, id, limit=3), feed(ortto, id, limit=3, offset=3)
    assert (first["meta"]["has_more"], second["meta"]["has_more"]) == (True, False)
    assert first["activities"] + second["activities"] == whole
    assert (first["next_offset"], second["next_offset"]) == (3, 4)
    assert feed(ortto, id, offset=9)["activities"] is None
    yesterday = feed(ortto, id, timeframe={"type": "yesterday"})["activities"]
    assert [one["created_at"] for one in yesterday] == ["2025-12-31T10:00:00Z"]
    error = ortto.error("POST", "/v1/person/get/activities", {"person_id": UNKNOWN_ID})
    assert error == {"error": f"myorttoaccount: {UNKNOWN_ID}: Object not found"}
    ortto.change_people("archive", inclusion_ids=[id])
    assert events(ortto, id, "act::leave-audience")[0]["attr"]["str::name"] == "Subscribers"
    ortto.change_people("delete", inclusion_ids=[id])
    ortto.error("POST", "/v1/person/get/activities", {"person_id": id})


def test_opt_ins_and_tags_are_in_the_feed(ortto: Ortto) -> None:
    id, audience = ortto.create("tags@test.example"), ortto.audience_id_of("Subscribers")
    for flags in (
        {"subscribed": False},
        {"subscribed": True},
        {"sms_opted_in": False},
        {"sms_opted_in": True},
    ):
        ortto.subscribe(audience, {"person_id": id, **flags})
    found = events(ortto, id, "act::u-a", "act::s-a", "act::oos-a", "act::ois-a")
    assert [one["field_id"] for one in found] == ["act::ois-a", "act::oos-a", "act::s-a", "act::u-a"]
    assert {one["attr"]["idt::a"] for one in found} == {audience}
    assert id in ortto.ids(filter=condition("$act::last", "act::u-a", timeframe={"type": "today"}))
    person = {"fields": {"str::email": "tags@test.example"}}
    for change in ({"tags": ["Brand new"]}, {"unset_tags": ["Brand new"]}):
        ortto.send("POST", "/v1/person/merge", {"people": [{**person, **change}]})
    found = events(ortto, id, "act::ta", "act::tr")
    assert [(one["field_id"], one["attr"]) for one in found] == [
        ("act::tr", {"str::name": "Brand new"}),
        ("act::ta", {"str::name": "Brand new"}),
    ]


def test_the_population_has_a_feed(ortto: Ortto) -> None:
    bought = condition("$act::has_occurred", "act:cm:order")
    (buyer, *_) = ortto.ids(filter={"$and": [bought, {"$is_opted_in": {}}]})
    whole = feed(ortto, buyer)["activities"]
    assert whole == feed(ortto, buyer)["activities"]
    assert {"act:cm:order", "act::enter-audience"} <= {one["field_id"] for one in whole}
    assert len({one["id"] for one in whole}) == len(whole)
    assert sorted((one["created_at"] for one in whole), reverse=True) == [one["created_at"] for one in whole]
    names = {one["attr"]["str::name"] for one in whole if one["field_id"] == "act::enter-audience"}
    assert {one["audience_name"] for one in ortto.subscriptions(person_id=buyer)["subscriptions"]} <= names


def test_a_custom_activity_is_defined_modified_and_archived(ortto: Ortto) -> None:
    made = ortto.send("POST", "/v1/definitions/activity/create", DEFINITION)["custom_activity"]
    assert made == {
        "name": "Product purchase",
        "activity_field_id": "act:cm:product-purchase",
        "state": "awaiting_implementation",
        "display_mode": {"type": "activity_attribute", "attribute_field_id": "str:cm:product-name"},
        "attributes": [
            {
                "name": name,
                "field_id": f"{prefix}:cm:{name}",
                "display_type": kind,
                "liquid_name": f"activity.custom.product-purchase.{name}",
            }
            for name, prefix, kind in (("product-name", "str", "text"), ("count", "int", "integer"))
        ],
        "icon_id": "moneys-illustration-icon",
        "track_conversion_value": True,
        "touch": False,
        "filterable": True,
        "visible_in_feeds": True,
        "created_by": "Public API",
        "created_at": "2026-01-01T12:00:00Z",
        "edited_at": "2026-01-01T12:00:00Z",
    }
    again = ortto.error("POST", "/v1/definitions/activity/create", DEFINITION)
    assert again == {
        "error": "myorttoaccount: act:cm:product-purchase: Object already exists (Invalid value)"
    }
    id = ortto.create("buys@test.example")
    purchase = {"activity_id": "act:cm:product-purchase", "person_id": id}
    create(ortto, {**purchase, "attributes": {"str:cm:product-name": "Chair"}})
    (event,) = events(ortto, id, "act:cm:product-purchase")
    assert [one["content"] for one in event["render_cmds"]] == ["Product purchase", " ", "Chair", "."]
    ortto.world.clock.advance(hours=1)
    changes = {"name": "product-purchase", "touch": True, "display_style": {"type": "activity"}}
    changed = ortto.send("PUT", "/v1/definitions/activity/modify", changes)["custom_activity"]
    assert changed == {
        **made,
        "state": "live",
        "touch": True,
        "display_mode": {"type": "activity"},
        "edited_at": "2026-01-01T13:00:00Z",
    }
    create(ortto, purchase)
    assert ortto.fields(id, "l") == {"l": "2026-01-01T13:00:00Z"}
    key = {"activity_field_id": "act:cm:product-purchase"}
    assert ortto.send("DELETE", "/v1/definitions/activity/delete", key) == {
        "archived_activity": "act:cm:product-purchase"
    }
    ortto.error("POST", "/v1/activities/create", {"activities": [purchase]})
    assert len(events(ortto, id, "act:cm:product-purchase")) == 2
    ortto.error("DELETE", "/v1/definitions/activity/delete", key)
    error = ortto.error("PUT", "/v1/definitions/activity/modify", {"name": "never-made"})
    assert error == {"error": "myorttoaccount: act:cm:never-made: Object not found"}


def test_attributes_have_every_type(ortto: Ortto) -> None:
    kinds = [
        *("large_text", "email", "phone", "link", "decimal", "currency", "date", "time", "bool"),
        *("single_select", "multi_select", "object"),
    ]
    attributes = [{"name": kind.replace("_", "-"), "display_type": kind} for kind in kinds]
    style = {"type": "activity_template", "template": "Sold"}
    definition = {**DEFINITION, "name": "Sale", "display_style": style, "attributes": attributes}
    made = ortto.send("POST", "/v1/definitions/activity/create", definition)["custom_activity"]
    assert [one["display_type"] for one in made["attributes"]] == kinds
    assert made["display_mode"]["type"] == "activity_template"


def test_an_attribute_may_be_mapped_to_a_field(ortto: Ortto) -> None:
    fields = {"buyer": "str::first", "seller": "do-not-map", "place": "", "mail": None}
    attributes = [
        {"name": name, "display_type": "text", **({"field_id": field} if field is not None else {})}
        for name, field in fields.items()
    ]
    style = {"type": "activity_attribute", "attribute_name": "buyer"}
    definition = {**DEFINITION, "name": "Sale", "display_style": style, "attributes": attributes}
    made = ortto.send("POST", "/v1/definitions/activity/create", definition)["custom_activity"]
    ids = [one["field_id"] for one in made["attributes"]]
    assert ids == ["str::first", "str:cm:seller", "str:cm:place", "str:cm:mail"]
    assert made["display_mode"]["attribute_field_id"] == "str::first"


def test_touch_keeps_the_time_when_a_person_was_last_seen(ortto: Ortto) -> None:
    ortto.send("POST", "/v1/definitions/activity/create", DEFINITION)
    id = ortto.create("seen@test.example")
    ortto.world.clock.advance(hours=1)
    create(ortto, {"activity_id": "act:cm:product-purchase", "person_id": id})
    assert ortto.fields(id, "l") == {"l": "2026-01-01T12:00:00Z"}
    create(ortto, {"activity_id": "act:cm:order", "person_id": id, "created": "2025-12-01T00:00:00Z"})
    assert ortto.fields(id, "l") == {"l": "2026-01-01T12:00:00Z"}
    create(ortto, {"activity_id": "act:cm:order", "person_id": id})
    assert ortto.fields(id, "l") == {"l": "2026-01-01T13:00:00Z"}


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Ça va", "ca-va"),
        ("Visit: shop/café!", "visit-shop-cafe"),
        ("\ufb03" * 100, "ffi" * 33 + "f"),
        ("日本", "c7b7cdcc"),
    ],
)
def test_the_id_of_an_activity_is_spelt_with_latin_letters(ortto: Ortto, name: str, id: str) -> None:
    body = {**DEFINITION, "name": name}
    reply = ortto.send("POST", "/v1/definitions/activity/create", body)
    assert reply["custom_activity"]["activity_field_id"] == f"act:cm:{id}"
    assert reply["custom_activity"]["name"] == name
