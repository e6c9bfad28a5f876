"""Ortto: POST /v1/person/merge."""

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto, condition

UNKNOWN = "failed to validate field str:cm:nope in schema: str:cm:nope: Object not found"


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_default_permissions_are_email_but_not_sms(ortto: Ortto) -> None:
    before = ortto.counts("Subscribers")
    id = ortto.create("new@test.example", str__first="New")
    assert ortto.fields(id, "bol::p", "bol::sp", "str::first") == {
        "bol::p": True,
        "bol::sp": False,
        "str::first": "New",
    }
    assert ortto.counts("Subscribers") == (before[0] + 1, before[1] + 1, before[2])


def test_permissions_move_people_between_the_system_audiences(ortto: Ortto) -> None:
    mail, text = ortto.counts("Subscribers"), ortto.counts("SMS subscribers")
    added = ortto.audience("SMS subscribers")["added_last_30_days"]
    id = ortto.create("mover@test.example", bol__p=False, bol__sp=True)
    assert ortto.counts("Subscribers") == mail
    assert ortto.counts("SMS subscribers") == (text[0] + 1, text[1], text[2] + 1)
    assert ortto.audience("SMS subscribers")["added_last_30_days"] == added + 1
    ortto.merge({"str::email": "MOVER@test.example", "bol::p": True})
    assert ortto.counts("Subscribers") == (mail[0] + 1, mail[1] + 1, mail[2] + 1)
    assert ortto.counts("SMS subscribers") == (text[0] + 1, text[1] + 1, text[2] + 1)
    (done,) = ortto.merge({"str::email": "mover@test.example", "bol::p": False, "bol::sp": False})
    assert done == {"person_id": id, "status": "merged"}
    assert (ortto.counts("Subscribers"), ortto.counts("SMS subscribers")) == (mail, text)
    assert ortto.audience("SMS subscribers")["added_last_30_days"] == added


def test_null_clears_a_value(ortto: Ortto) -> None:
    id = ortto.create("clear@test.example", str__first="Clear", str__last="Me")
    ortto.merge({"str::email": "clear@test.example", "str::first": None})
    assert ortto.fields(id, "str::first", "str::last") == {"str::last": "Me"}
    people = [{"fields": {"str::email": "clear@test.example"}, "clear_fields": {"str::last": True, "x": 1}}]
    ortto.send("POST", "/v1/person/merge", {"people": people})
    assert ortto.fields(id, "str::first", "str::last") == {}


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (1, {"str::first": "Old", "str::last": "Added"}),
        (2, {"str::first": "New", "str::last": "Added"}),
        (3, {"str::first": "Old"}),
    ],
)
def test_merge_strategies(ortto: Ortto, strategy: int, expected: dict[str, str]) -> None:
    id = ortto.create("strategy@test.example", str__first="Old")
    fields = {"str::email": "strategy@test.example", "str::first": "New", "str::last": "Added"}
    assert ortto.merge(fields, merge_strategy=strategy) == [{"person_id": id, "status": "merged"}]
    assert ortto.fields(id, "str::first", "str::last") == expected


@pytest.mark.parametrize(
    ("strategy", "left"), [(1, {"str::last": "Old"}), (2, {}), (3, {"str::last": "Old"})]
)
def test_only_overwriting_clears_fields(ortto: Ortto, strategy: int, left: dict[str, str]) -> None:
    id = ortto.create("clear@test.example", str__last="Old")
    people = [{"fields": {"str::email": "clear@test.example"}, "clear_fields": {"str::last": True}}]
    ortto.send("POST", "/v1/person/merge", {"people": people, "merge_strategy": strategy})
    assert ortto.fields(id, "str::last") == left


def test_every_strategy_creates_new_people(ortto: Ortto) -> None:
    for strategy in (1, 2, 3):
        fields = {"str::email": f"s{strategy}@test.example", "str::first": "Made", "bol::p": False}
        (done,) = ortto.merge(fields, merge_strategy=strategy)
        assert done["status"] == "created"
        shown = ortto.fields(done["person_id"], "str::first", "bol::p")
        assert shown == {"str::first": "Made", "bol::p": False}


def test_unknown_people_can_be_skipped(ortto: Ortto) -> None:
    known = ortto.create("known@test.example")
    done = ortto.merge(
        {"str::email": "known@test.example"}, {"str::email": "unknown@test.example"}, skip_non_existing=True
    )
    assert done == [{"person_id": known, "status": "merged"}, {"status": "skipped"}]
    assert ortto.people(q="unknown@test.example")["contacts"] == []


def test_merging_by_person_id(ortto: Ortto) -> None:
    id = ortto.create("by.id@test.example")
    fields = {"str::person_id": id.upper(), "str::email": "renamed@test.example"}
    assert ortto.merge(fields, merge_by=["str::person_id"]) == [{"person_id": id, "status": "merged"}]
    assert ortto.fields(id, "str::email", "str::person_id") == {"str::email": "renamed@test.example"}
    (done,) = ortto.merge({"str::email": "by.id@test.example"})
    assert done["status"] == "created"
    body = {"people": [{"fields": {}}], "merge_by": ["str::person_id", "str::email"]}
    assert (
        "merge_by: at most 1 elements are allowed" in ortto.error("POST", "/v1/person/merge", body)["error"]
    )


def test_merging_by_an_unknown_id_creates_no_person(ortto: Ortto) -> None:
    fields = {"str::person_id": "00609c898a4490c5800a5400", "str::email": "unknown@test.example"}
    body = {"people": [{"fields": fields}], "merge_by": ["str::person_id"]}
    error = ortto.error("POST", "/v1/person/merge", body)
    assert error["error"] == "No valid contacts provided (00609c898a4490c5800a5400: Object not found)"
    assert ortto.people(q="unknown@test.example")["contacts"] == []


def test_merging_by_external_id_is_the_fallback(ortto: Ortto) -> None:
    (done,) = ortto.merge({"str::ei": "E-1", "str::first": "External"})
    assert ortto.merge({"str::ei": "e-1"}) == [{"person_id": done["person_id"], "status": "merged"}]
    both = {"str::ei": "E-1", "str::email": "external@test.example"}
    assert ortto.merge(both) == [{"person_id": done["person_id"], "status": "merged"}]
    assert ortto.merge({"str::email": "external@test.example"})[0]["status"] == "merged"


def test_find_strategies(ortto: Ortto) -> None:
    phone = {"c": "46", "n": "701740605"}
    with_email = ortto.create("find@test.example", phn__phone=phone)
    by = {"merge_by": ["str::email", "phn::phone"]}
    other = {
        "str::email": "other@test.example",
        "phn::phone": {"phone": "+46 701740605", "parse_with_country_code": True},
    }
    # any: the phone number matches, so the email is overwritten
    assert ortto.merge(other, **by)[0]["person_id"] == with_email
    ortto.merge(
        {"str::person_id": with_email, "str::email": "find@test.example"}, merge_by=["str::person_id"]
    )
    # next only if previous empty: a person with another email does not match
    assert ortto.merge(other, find_strategy=1, **by)[0]["status"] == "created"
    ortto.merge({"str::person_id": with_email, "str::email": None}, merge_by=["str::person_id"])
    third = {**other, "str::email": "third@test.example"}
    assert ortto.merge(third, find_strategy=1, **by) == [{"person_id": with_email, "status": "merged"}]
    # all: both have to match
    both = {"str::email": "other@test.example", "phn::phone": {"c": "46", "n": "999"}}
    assert ortto.merge(both, find_strategy=2, **by)[0]["status"] == "created"
    assert ortto.merge({"str::email": "third@test.example"}, find_strategy=2, **by)[0]["status"] == "merged"


def test_a_value_can_be_found_in_another_field(ortto: Ortto) -> None:
    ortto.backstage("create_custom_field", name="Second mail", display_type="text")
    id = ortto.create("first@test.example", **{"str:cm:second-mail": "second@test.example"})
    alternatives = {"str::email": ["str:cm:second-mail"]}
    (done,) = ortto.merge(
        {"str::email": "second@test.example"},
        merge_by=["str::email"],
        merge_by_alt_fields=alternatives,
        skip_non_existing=True,
    )
    assert done == {"person_id": id, "status": "merged"}


def test_each_field_of_several_can_be_found_in_another(ortto: Ortto) -> None:
    ortto.backstage("create_custom_field", name="Second mail", display_type="text")
    given = {"str::ei": "E-1", "str:cm:second-mail": "second@test.example"}
    id = ortto.create("first@test.example", **given)
    options = {
        "merge_by": ["str::ei", "str::email"],
        "merge_by_alt_fields": {"str::email": ["str:cm:second-mail"]},
        "find_strategy": 2,
        "skip_non_existing": True,
    }
    fields = {"str::ei": "E-1", "str::email": "third@test.example"}
    assert ortto.merge(fields, **options) == [{"status": "skipped"}]
    fields["str::email"] = "second@test.example"
    assert ortto.merge(fields, **options) == [{"person_id": id, "status": "merged"}]


def test_a_custom_field_to_merge_by_is_kept_up_to_date(ortto: Ortto) -> None:
    id = ortto.create("company@test.example", **{"str:cm:company": "Acme & Sons"})
    by = {"merge_by": ["str:cm:company"], "skip_non_existing": True}
    assert ortto.merge({"str:cm:company": "ACME & sons"}, **by) == [{"person_id": id, "status": "merged"}]
    ortto.merge({"str::email": "company@test.example", "str:cm:company": "Other"})
    assert ortto.merge({"str:cm:company": "Acme & Sons"}, **by) == [{"status": "skipped"}]
    assert ortto.merge({"str:cm:company": "other"}, **by) == [{"person_id": id, "status": "merged"}]


def test_an_unknown_field_makes_its_person_invalid(ortto: Ortto) -> None:
    invalid = {"str::email": "invalid@test.example", "str:cm:nope": "x"}
    rejected = {"status": "invalid", "error": UNKNOWN}
    good, bad = ortto.merge({"str::email": "good@test.example"}, invalid)
    assert (good["status"], bad) == ("created", rejected)
    error = ortto.error("POST", "/v1/person/merge", {"people": [{"fields": invalid}]})
    assert error == {"error": f"No valid contacts provided ({UNKNOWN})", "details": [rejected]}
    assert ortto.people(q="invalid@test.example")["contacts"] == []


@pytest.mark.parametrize("field_id", ["int::e", "l", "u4s::t", "tags"])
def test_derived_fields_cannot_be_set(ortto: Ortto, field_id: str) -> None:
    value = [1] if field_id == "u4s::t" else [] if field_id == "tags" else 1 if field_id == "int::e" else "x"
    body = {"people": [{"fields": {"str::email": "a@test.example", field_id: value}}]}
    assert ortto.error("POST", "/v1/person/merge", body)["details"][0]["status"] == "invalid"


def test_a_name_is_stored_and_nothing_derived_from_it(ortto: Ortto) -> None:
    id = ortto.create("b@test.example", str__name="Bo Ek")
    assert ortto.fields(id, "str::name", "str::first", "str::last") == {"str::name": "Bo Ek"}
    assert ortto.ids(filter=condition("$str::is", "str::name", value="bo ek")) == [id]
    assert ortto.ids(q="bo ek") == [id]
    ortto.merge({"str::email": "b@test.example", "str::first": "Bosse", "str::name": None})
    assert ortto.ids(filter=condition("$str::is", "str::name", value="bosse")) == [id]


def test_a_given_context_is_kept(ortto: Ortto) -> None:
    id = ortto.create("form@test.example", bol__p=True, **{"str::s-ctx": "Sign-up form"})
    ortto.merge({"str::email": "form@test.example", "bol::p": True})
    assert ortto.fields(id, "str::s-ctx") == {"str::s-ctx": "Sign-up form"}
    ortto.merge({"str::email": "form@test.example", "bol::p": False, "str::u-ctx": "By letter"})
    ortto.merge({"str::email": "form@test.example", "bol::p": True, "str::s-ctx": "In the shop"})
    assert ortto.fields(id, "str::s-ctx", "str::u-ctx") == {
        "str::s-ctx": "In the shop",
        "str::u-ctx": "By letter",
    }


def test_an_unknown_field_to_merge_by(ortto: Ortto) -> None:
    body = {"people": [{"fields": {"str::email": "a@test.example"}}], "merge_by": ["str:cm:nope"]}
    assert ortto.error("POST", "/v1/person/merge", body) == {"error": f"myorttoaccount: {UNKNOWN}"}


def test_a_new_person_needs_an_email_or_an_external_id(ortto: Ortto) -> None:
    body = {"people": [{"fields": {"str::first": "Anonymous"}}, {"fields": {"str::email": ""}}]}
    error = ortto.error("POST", "/v1/person/merge", body)
    assert [one["status"] for one in error["details"]] == ["invalid", "invalid"]


def test_suppressed_emails(ortto: Ortto) -> None:
    rejected = {"status": "suppressed", "error": "Email is suppressed"}
    existing = ortto.create("later.suppressed@test.example")
    ortto.backstage("suppress_email", email="Later.Suppressed@test.example")
    ortto.backstage("suppress_email", email="never@test.example")
    on = {"suppression_list_field_id": "str::email"}
    done = ortto.merge(
        {"str::email": "LATER.suppressed@test.example"}, {"str::email": "never@test.example"}, **on
    )
    assert done == [{"person_id": existing, "status": "merged"}, rejected]
    body = {"people": [{"fields": {"str::email": "never@test.example"}}], **on}
    error = ortto.error("POST", "/v1/person/merge", body)
    assert error == {"error": "No valid contacts provided (Email is suppressed)", "details": [rejected]}
    assert (
        ortto.merge({"str::email": "never@test.example"}, skip_suppression_check=True, **on)[0]["status"]
        == "created"
    )


def test_context_messages_follow_the_permissions(ortto: Ortto) -> None:
    id = ortto.create("context@test.example", bol__p=False, **{"str::u-ctx": "Asked by phone"})
    wanted = ("str::s-ctx", "str::u-ctx", "str::soi-ctx", "str::soo-ctx")
    assert ortto.fields(id, *wanted) == {"str::u-ctx": "Asked by phone"}
    ortto.merge({"str::email": "context@test.example", "bol::p": True, "bol::sp": True})
    assert ortto.fields(id, *wanted) == {
        "str::u-ctx": "Asked by phone",
        "str::s-ctx": "Subscribed via API",
        "str::soi-ctx": "Subscribed via API",
    }


def test_append_changes_neither_permissions_nor_context_messages(ortto: Ortto) -> None:
    id = ortto.create("append@test.example")
    ortto.merge({"str::email": "append@test.example", "bol::p": False}, merge_strategy=1)
    assert ortto.fields(id, "bol::p", "str::u-ctx") == {"bol::p": True}


def test_locations_and_phone_numbers(ortto: Ortto) -> None:
    body = {
        "people": [
            {
                "fields": {
                    "str::email": "place@test.example",
                    "geo::city": {"name": "Utrecht"},
                    "phn::phone": {"phone": "+358401234567", "parse_with_country_code": True},
                },
                "location": {"custom": {"city": "Ghent", "country": "Netherlands", "postal": "3511"}},
            },
            {"fields": {"str::email": "ip@test.example"}, "location": {"source_ip": "119.18.0.218"}},
            {
                "fields": {"str::email": "null@test.example", "phn::phone": {"phone": "040 123"}},
                "location": None,
            },
        ]
    }
    done = ortto.send("POST", "/v1/person/merge", body)["people"]
    wanted = ("geo::city", "geo::country", "str::postal", "phn::phone")
    assert [ortto.fields(one["person_id"], *wanted) for one in done] == [
        {
            "geo::city": {"name": "Utrecht"},
            "geo::country": {"name": "Netherlands"},
            "str::postal": "3511",
            "phn::phone": {"c": "358", "n": "401234567"},
        },
        {},
        {"phn::phone": {"c": "", "n": "040123"}},
    ]


def test_async(ortto: Ortto) -> None:
    ortto.world.clock.freeze()
    body = {"people": [{"fields": {"str::email": "later@test.example"}}, {"fields": {}}], "async": True}
    assert ortto.send("POST", "/v1/person/merge", body) == {
        "people": [{"status": "queued"}, {"status": "queued"}]
    }
    assert ortto.people(q="later@test.example")["contacts"] == []
    ortto.world.clock.advance(seconds=2)
    assert len(ortto.people(q="later@test.example")["contacts"]) == 1


@pytest.mark.parametrize(
    ("number", "reason"), [(0, "at least 1 element is required"), (101, "at most 100 elements are allowed")]
)
def test_a_body_has_1_to_100_people(ortto: Ortto, number: int, reason: str) -> None:
    people = [{"fields": {"str::email": "a@test.example"}}] * number
    assert f"people: {reason}" in ortto.error("POST", "/v1/person/merge", {"people": people})["error"]
    hundred = [{"str::email": f"n{number}@test.example"} for number in range(100)]
    assert {one["status"] for one in ortto.merge(*hundred)} == {"created"}


def test_a_body_has_at_most_2_megabytes(ortto: Ortto) -> None:
    ortto.backstage("create_custom_field", name="Notes", display_type="long_text")
    people = [
        {"fields": {"str::email": f"n{number}@test.example", "txt:cm:notes": "\U0001d11e" * 4000}}
        for number in range(100)
    ]
    body = {"people": people[:40]}
    assert len(ortto.send("POST", "/v1/person/merge", body)["people"]) == 40
    error = ortto.error("POST", "/v1/person/merge", {"people": people})
    assert error == {"error": "myorttoaccount: Failed to parse request http: request body too large"}
    assert ortto.people(q="n77@test.example")["contacts"] == []


def test_one_person_twice_in_a_call(ortto: Ortto) -> None:
    first, second = ortto.merge({"str::email": "twice@test.example"}, {"str::email": "Twice@test.example"})
    assert first == {"person_id": second["person_id"], "status": "created"}
    assert second["status"] == "merged"
